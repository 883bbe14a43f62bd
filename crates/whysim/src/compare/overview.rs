//! Many pairs of texts under two models.

use rand::SeedableRng;
use rand::seq::index;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use super::comparison::Comparison;
use super::table::{WordMove, table};
use crate::rank::{Concordance, pearson, ranks, spearman};

/// How many pairs to look into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How many of the pairs that moved most to explain.
    pub top: usize,
    /// How many pairs to draw for the table of words.
    pub sample: usize,
    /// How many pairs of words to list for each explained pair of texts.
    pub word_pairs: usize,
    /// Seed of the drawing.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { top: 5, sample: 20, word_pairs: 8, seed: 0 }
    }
}

/// Many pairs of texts under two models. Arrays of two have the first model, then the second.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Overview {
    /// What the two are called.
    pub names: [String; 2],
    /// How far the scores agree.
    pub scores: Agreed,
    /// How far each model agrees with the gold scores; None without any.
    pub gold: Option<Gold>,
    /// The explained pairs that moved most by their standardised scores, strongest first. Where no
    /// score moves, as between layers of one model, the first pairs that were drawn.
    pub moved: Vec<Moved>,
    /// The words that moved scores most over the drawn pairs, strongest first.
    pub words: Vec<WordMove>,
    /// How many pairs were drawn for `words`.
    pub sample: usize,
    /// The scores of every pair, in the order given.
    pub pairs: Vec<Scored>,
}

/// How far the scores of all pairs agree. None is undefined: of one pair, or of constant scores.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Agreed {
    /// Spearman's correlation.
    pub spearman: Option<f64>,
    /// Pearson's correlation.
    pub pearson: Option<f64>,
    /// Kendall's tau-b.
    pub kendall: Option<f64>,
    /// Of all pairs of pairs that neither model ties, the share that the two put in opposite order.
    pub discordant: Option<f64>,
    /// Mean of the absolute differences of the scores.
    pub difference: f64,
    /// The mean score.
    pub mean: [f64; 2],
    /// The standard deviation of the scores.
    pub deviation: [f64; 2],
}

/// How far each model agrees with gold scores.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Gold {
    /// How many pairs have a gold score.
    pub pairs: usize,
    /// Spearman's correlation.
    pub spearman: [Option<f64>; 2],
    /// Pearson's correlation.
    pub pearson: [Option<f64>; 2],
}

/// The scores of one pair.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Scored {
    /// The similarity under each model.
    pub scores: [f64; 2],
    /// The same in standard deviations from the model's mean over all pairs; 0 if scores do not
    /// vary.
    pub standardised: [f64; 2],
    /// The pair's place among all, 1 for the most similar; ties share the mean.
    pub ranks: [f64; 2],
    /// The gold score, if there is one.
    pub gold: Option<f64>,
}

/// A pair that moved, with the words that moved it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Moved {
    /// Its number among all pairs, from 1.
    pub number: usize,
    /// Its place among them.
    #[serde(flatten)]
    pub scored: Scored,
    /// Its words.
    pub comparison: Comparison,
}

/// Which pairs to explain, by their indices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// Those that moved most, strongest first.
    pub moved: Vec<usize>,
    /// Those that were drawn for the table of words, in order.
    pub sample: Vec<usize>,
}

impl Chosen {
    /// All of them, each once, in order.
    pub fn all(&self) -> Vec<usize> {
        let mut all = [&self.moved[..], &self.sample].concat();
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// Standardised scores that differ by less come from rounding.
const STILL: f64 = 1e-5;

/// Chooses the pairs to explain. scores: of every pair under both models.
pub fn choose(scores: &[[f64; 2]], settings: &Settings) -> Chosen {
    let mut random = ChaCha8Rng::seed_from_u64(settings.seed);
    let mut sample = index::sample(&mut random, scores.len(), settings.sample.min(scores.len())).into_vec();
    sample.sort_unstable();
    let scored = scored(scores, &vec![None; scores.len()]);
    let move_of = |i: usize| (scored[i].standardised[1] - scored[i].standardised[0]).abs();
    let plain = |i: usize| (scores[i][1] - scores[i][0]).abs();
    let mut moved: Vec<usize> = (0..scores.len()).collect();
    if moved.iter().all(|&i| move_of(i) < STILL && plain(i) < STILL) {
        moved.clone_from(&sample);
    } else {
        moved.sort_by(|&i, &j| move_of(j).total_cmp(&move_of(i)).then(plain(j).total_cmp(&plain(i))));
    }
    moved.truncate(settings.top);
    Chosen { moved, sample }
}

impl Overview {
    /// Puts together what is known of all pairs. scores: under both models; gold: their gold
    /// scores; compared: the comparisons of `chosen.all()`, in that order.
    pub fn new(scores: &[[f64; 2]], gold: &[Option<f64>], chosen: &Chosen, compared: Vec<Comparison>) -> Self {
        let pairs = scored(scores, gold);
        let scores = agreed(scores);
        let all = chosen.all();
        let at = |i: usize| compared.get(all.binary_search(&i).ok()?);
        let sampled: Vec<&Comparison> = chosen.sample.iter().filter_map(|&i| at(i)).collect();
        let moved = |&i: &usize| Some(Moved { number: i + 1, scored: pairs[i], comparison: at(i)?.clone() });
        Self {
            names: compared.first().map(|one| one.names.clone()).unwrap_or_default(),
            words: table(&sampled, scores.deviation),
            sample: sampled.len(),
            moved: chosen.moved.iter().filter_map(moved).collect(),
            gold: against(&pairs),
            scores,
            pairs,
        }
    }
}

/// One model's values of all pairs.
fn of<T: Copy>(pairs: &[[T; 2]], model: usize) -> Vec<T> {
    pairs.iter().map(|both| both[model]).collect()
}

fn agreed(scores: &[[f64; 2]]) -> Agreed {
    let (x, y) = (of(scores, 0), of(scores, 1));
    let order = Concordance::of(&x, &y);
    let [(mean_x, sd_x), (mean_y, sd_y)] = [&x, &y].map(|values| moments(values));
    Agreed {
        spearman: spearman(&x, &y),
        pearson: pearson(&x, &y),
        kendall: order.tau(),
        discordant: order.disorder(),
        difference: x.iter().zip(&y).map(|(x, y)| (y - x).abs()).sum::<f64>() / x.len().max(1) as f64,
        mean: [mean_x, mean_y],
        deviation: [sd_x, sd_y],
    }
}

/// Mean and standard deviation.
fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt())
}

fn scored(scores: &[[f64; 2]], gold: &[Option<f64>]) -> Vec<Scored> {
    let models = [0, 1].map(|model| {
        let values = of(scores, model);
        let (mean, deviation) = moments(&values);
        let standard = |v: &f64| if deviation > 0.0 { (v - mean) / deviation } else { 0.0 };
        let standardised: Vec<f64> = values.iter().map(standard).collect();
        (standardised, ranks(&values.iter().map(|v| -v).collect::<Vec<f64>>()))
    });
    let one = |(i, &scores): (usize, &[f64; 2])| Scored {
        scores,
        standardised: [models[0].0[i], models[1].0[i]],
        ranks: [models[0].1[i], models[1].1[i]],
        gold: gold.get(i).copied().flatten(),
    };
    scores.iter().enumerate().map(one).collect()
}

fn against(pairs: &[Scored]) -> Option<Gold> {
    let known: Vec<(f64, [f64; 2])> = pairs.iter().filter_map(|pair| Some((pair.gold?, pair.scores))).collect();
    let gold: Vec<f64> = known.iter().map(|(gold, _)| *gold).collect();
    let scores = |model: usize| known.iter().map(|(_, scores)| scores[model]).collect::<Vec<f64>>();
    let both = |by: fn(&[f64], &[f64]) -> Option<f64>| [0, 1].map(|model| by(&scores(model), &gold));
    (!known.is_empty()).then(|| Gold { pairs: known.len(), spearman: both(spearman), pearson: both(pearson) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_of_a_model_moves_no_pair() {
        // The second model's scores are the first's on another scale, but for one pair.
        let mut scores: Vec<[f64; 2]> = (0..20).map(|i| f64::from(i) / 20.0).map(|s| [s, 0.5 + 0.1 * s]).collect();
        scores[7][1] = 0.6;
        let chosen = choose(&scores, &Settings { top: 2, sample: 4, ..Settings::default() });
        assert_eq!((chosen.moved[0], chosen.moved.len(), chosen.sample.len()), (7, 2, 4));
        let plain = |i: usize| (scores[i][1] - scores[i][0]).abs();
        assert!(plain(0) > plain(7), "by plain differences it would be another");
        let overview = Overview::new(&scores, &[None; 20], &chosen, Vec::new());
        // It overtakes the twelve that were above it.
        assert_eq!((overview.pairs[7].ranks, overview.gold), ([13.0, 1.0], None));
        assert!((overview.scores.discordant.unwrap() - 12.0 / 190.0).abs() < 1e-12);
        assert!((overview.scores.kendall.unwrap() - (1.0 - 2.0 * 12.0 / 190.0)).abs() < 1e-12);
    }

    #[test]
    fn where_no_score_moves_what_was_drawn_is_shown() {
        let scores: Vec<[f64; 2]> = (0..30).map(|i| [f64::from(i) * 0.01; 2]).collect();
        let chosen = choose(&scores, &Settings::default());
        assert_eq!(chosen.moved, chosen.sample[..5]);
        assert_eq!(chosen.all(), chosen.sample);
        let other = choose(&scores, &Settings { seed: 1, ..Settings::default() });
        assert_ne!(chosen.sample, other.sample);
    }

    #[test]
    fn gold_counts_the_pairs_that_have_it() {
        let scores = [[0.1, 0.3], [0.2, 0.2], [0.3, 0.1], [0.9, 0.9]];
        let gold = [Some(0.0), Some(0.5), Some(1.0), None];
        let chosen = Chosen { moved: vec![], sample: vec![] };
        let found = Overview::new(&scores, &gold, &chosen, Vec::new()).gold.unwrap();
        assert_eq!(found.pairs, 3);
        assert!((found.spearman[0].unwrap() - 1.0).abs() < 1e-12 && (found.spearman[1].unwrap() + 1.0).abs() < 1e-12);
    }

    #[test]
    fn one_pair_has_no_correlation() {
        let chosen = choose(&[[0.1, 0.9]], &Settings::default());
        assert_eq!((chosen.moved.as_slice(), chosen.sample.as_slice()), (&[0][..], &[0][..]));
        let one = Overview::new(&[[0.1, 0.9]], &[None], &chosen, Vec::new());
        assert_eq!((one.scores.spearman, one.scores.discordant, one.scores.deviation), (None, None, [0.0; 2]));
        assert!((one.scores.difference - 0.8).abs() < 1e-12 && one.pairs[0].standardised == [0.0; 2]);
    }
}
