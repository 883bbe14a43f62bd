//! Faithfulness of the attributions and of simpler methods on a sample of pairs.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::curves::{Order, PairCurves, STEPS, curves};
use super::game::{Coalition, Game, TextPair};
use super::interval::mean;
use super::scores::{Case, Method, Scores, explain, explain_by_removal, second_differences};
use super::settings::{Metric, Settings};
use crate::Encoder;
use crate::error::Result;
use crate::pairs::Pair;
use crate::progress::{Progress, steps};
use crate::rank::{determination, kendall, pearson, spearman};
use crate::report::{Coalitions, Curves, Faithfulness};
use crate::similarity::Similarity;

/// Values are not normalised for a pair whose whole texts are worth so little more or less than
/// nothing.
const LEAST_RANGE: f64 = 0.05;

/// Texts to embed for each text by removal: with the default, removal would take longer than all
/// metrics together.
const BUDGET: usize = 256;

/// One method's scores on one pair.
#[derive(Clone, Debug, Default)]
struct Marks {
    first: Option<PairCurves>,
    second: Option<PairCurves>,
    r2: Option<f64>,
    line: Option<f64>,
    rank: Option<f64>,
    tau: Option<f64>,
}

/// Evaluates every method on the sample.
pub(super) fn faithfulness(
    encoder: &Encoder,
    sample: &[Pair],
    similarity: Similarity,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<Vec<Faithfulness>> {
    let marks = steps(progress, "faithfulness", sample.iter().enumerate(), |&(i, pair)| {
        let texts = [pair.a.as_str(), pair.b.as_str()];
        let game = TextPair::new(encoder, texts, similarity, settings.removal, settings.value)?;
        let (decompositions, explanation) = explain(encoder, texts, &settings.method, similarity)?;
        let seed = settings.seed.wrapping_add(i as u64);
        let removed = explain_by_removal(encoder, texts, BUDGET, settings, similarity)?;
        let mut case = Case { encoder, game, texts: decompositions, explanation, removed, seed };
        pair_marks(&mut case, settings)
    })?;
    Ok(Method::ALL.iter().enumerate().map(|(m, method)| summary(*method, &marks, m, settings)).collect())
}

/// The scores of every method, in the order of [`Method::ALL`].
fn pair_marks(case: &mut Case, settings: &Settings) -> Result<Vec<Marks>> {
    let asked = |metric| settings.metrics.contains(&metric);
    let subsets = subsets(case.game.players(), settings.subsets, case.seed);
    let worth = if asked(Metric::Coalitions) { gains(&mut case.game, &subsets)? } else { Vec::new() };
    let differences = match asked(Metric::Differences) {
        true => second_differences(&mut case.game)?.matrix.concat(),
        false => Vec::new(),
    };
    let mut all = Vec::new();
    for method in Method::ALL {
        let scores = case.scores(method)?;
        let mut marks = Marks::default();
        if asked(Metric::Insertion) {
            marks.first = Some(curves(&mut case.game, &scores, Order::First)?);
            marks.second = Some(curves(&mut case.game, &scores, Order::Second)?);
        }
        let inside: Vec<f64> = subsets.iter().take(worth.len()).map(|subset| scores.inside(subset)).collect();
        marks.r2 = determination(&inside, &worth).filter(|_| method.has_units());
        marks.line = pearson(&inside, &worth).map(|r| r * r);
        marks.rank = spearman(&inside, &worth);
        marks.tau = kendall(&between(&scores, &differences), &differences);
        all.push(marks);
    }
    Ok(all)
}

/// The entries that second differences are compared with; empty if there are none.
fn between(scores: &Scores, differences: &[f64]) -> Vec<f64> {
    if differences.is_empty() { Vec::new() } else { scores.between_players() }
}

/// The value of each subset minus that of the empty one.
fn gains(game: &mut impl Game, subsets: &[Coalition]) -> Result<Vec<f64>> {
    let [a, b] = game.players().map(|players| vec![false; players]);
    let mut asked = subsets.to_vec();
    asked.push(Coalition { a, b });
    let mut values = game.values(&asked)?;
    let nothing = values.pop().unwrap_or_default();
    Ok(values.into_iter().map(|v| v - nothing).collect())
}

/// Random subsets: first draw a size, uniformly, then that many tokens.
fn subsets(players: [usize; 2], count: usize, seed: u64) -> Vec<Coalition> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let total = players[0] + players[1];
    let mut subset = |_| {
        let size = random.random_range(0..=total);
        let drawn = rand::seq::index::sample(&mut random, total, size);
        let mut kept = vec![false; total];
        drawn.iter().for_each(|p| kept[p] = true);
        let b = kept.split_off(players[0]);
        Coalition { a: kept, b }
    };
    (0..count).map(&mut subset).collect()
}

/// Summarises one method over all pairs. marks: `[pairs][methods]`.
fn summary(method: Method, marks: &[Vec<Marks>], m: usize, settings: &Settings) -> Faithfulness {
    let asked = |metric| settings.metrics.contains(&metric);
    let average = |of: fn(&Marks) -> Option<f64>| mean(marks.iter().map(|pair| of(&pair[m])), settings.seed);
    let all = |of: fn(&Marks) -> &Option<PairCurves>| marks.iter().filter_map(|pair| of(&pair[m]).as_ref()).collect();
    let insertion = asked(Metric::Insertion);
    Faithfulness {
        method: method.name().into(),
        first_order: insertion.then(|| summed(all(|marks| &marks.first), settings.seed)),
        second_order: insertion.then(|| summed(all(|marks| &marks.second), settings.seed)),
        coalitions: asked(Metric::Coalitions).then(|| Coalitions {
            r2: average(|marks| marks.r2),
            r2_line: average(|marks| marks.line),
            spearman: average(|marks| marks.rank),
        }),
        differences: average(|marks| marks.tau),
    }
}

fn summed(all: Vec<&PairCurves>, seed: u64) -> Curves {
    let normalised = |c: &&PairCurves| (c.range().abs() >= LEAST_RANGE).then(|| c.area() / c.range().abs());
    let at = |of: fn(&PairCurves) -> &Vec<f64>| {
        let value = |t: usize| all.iter().map(|c| of(c)[t]).sum::<f64>() / all.len().max(1) as f64;
        (0..=STEPS).map(value).collect()
    };
    Curves {
        area: mean(all.iter().map(normalised), seed),
        raw_area: mean(all.iter().map(|c| Some(c.area())), seed),
        most: at(|c| &c.most),
        least: at(|c| &c.least),
    }
}
