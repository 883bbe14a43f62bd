//! What ranks the pairs of units: attributions, and simpler methods beside them.

use std::collections::HashSet;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

use super::units::{content_words, members};
use crate::error::Result;
use crate::evaluate::agreement::centred;
use crate::evaluate::scores::{cosines, wide};
use crate::evaluate::settings::Settings;
use crate::explanation::{Explanation, View};
use crate::pairs::gold::{Aligned, Units};
use crate::removal::{self, LEAST};
use crate::similarity::Similarity;
use crate::text::Origin;
use crate::{Encoder, Options};

/// A method that gives a matrix.
pub(super) enum Source {
    /// Attributions by a way of decomposing texts, at a layer.
    Explained { method: &'static str, layer: usize, options: Options },
    /// Attributions by removal of tokens.
    Removal { options: Options },
    /// Cosines of the hidden states that enter a layer.
    Cosine { layer: usize },
    /// Words or letters that the units share; without any model.
    Overlap,
    /// Independent normal numbers.
    Random,
}

/// Texts to embed for each text by removal, where its tokens allow so few: with more, removal would
/// take longer than everything else together.
const BUDGET: usize = 128;

/// A row of the report.
pub(super) struct Row {
    pub method: &'static str,
    pub view: Option<View>,
    pub layer: Option<usize>,
}

/// Both views of a matrix over tokens.
const VIEWS: [View; 2] = [View::Attribution, View::Interaction];

/// Every method, in the order of the report.
pub(super) fn sources(encoder: &Encoder, settings: &Settings) -> Result<Vec<Source>> {
    let named = match &settings.layers {
        Some(layers) => layers.clone(),
        None => vec![settings.method.layer.unwrap_or(encoder.default_layer() as i64)],
    };
    let mut layers = named.into_iter().map(|layer| encoder.layer(layer)).collect::<Result<Vec<usize>>>()?;
    layers.sort_unstable();
    layers.dedup();
    let removal = removal::Options { seed: settings.seed, budget: Some(BUDGET), ..Default::default() };
    let removal = Source::Removal { options: Options { removal: Some(removal), ..Options::default() } };
    let at = |layer: usize| Options { layer: Some(layer as i64), ..settings.method.clone() };
    let path = layers.iter().map(|&layer| Source::Explained { method: "attribution", layer, options: at(layer) });
    let mut states: Vec<usize> = layers.iter().copied().chain([encoder.layers()]).collect();
    states.dedup();
    let cosines = states.into_iter().map(|layer| Source::Cosine { layer });
    Ok(path.chain([removal]).chain(cosines).chain([Source::Overlap, Source::Random]).collect())
}

impl Source {
    /// Its rows of the report.
    pub fn rows(&self) -> Vec<Row> {
        let both = |method, layer| VIEWS.map(|view| Row { method, view: Some(view), layer }).into();
        let one = |method| vec![Row { method, view: None, layer: None }];
        match self {
            Self::Explained { method, layer, .. } => both(method, Some(*layer)),
            Self::Removal { .. } => both("removal", None),
            Self::Cosine { layer } => both("token cosine", Some(*layer)),
            Self::Overlap => one("overlap"),
            Self::Random => one("random"),
        }
    }
}

/// A pair of texts with everything that the methods need.
pub(super) struct Case<'a> {
    encoder: &'a Encoder,
    pair: &'a Aligned,
    which: [&'a str; 2],
    similarity: Similarity,
    seed: u64,
    /// What the model reads of each text.
    ids: [Vec<u32>; 2],
    /// The positions of each text's own tokens.
    own: [Vec<usize>; 2],
    /// For each unit of each text the tokens in it, by their positions among the text's own tokens.
    units: [Vec<Vec<usize>>; 2],
}

impl<'a> Case<'a> {
    /// None if the model reads no token of some unit. `which`: what errors call the texts.
    pub fn new(
        encoder: &'a Encoder,
        pair: &'a Aligned,
        which: [&'a str; 2],
        similarity: Similarity,
        seed: u64,
    ) -> Result<Option<Self>> {
        let prompt = encoder.prompt(None)?;
        let read = |units: &Units, which| -> Result<_> {
            let tokens = encoder.tokenize(prompt, &units.text, which)?;
            let own: Vec<usize> = (0..tokens.ids.len()).filter(|&i| tokens.tokens[i].origin == Origin::Text).collect();
            let units = members(units, own.iter().map(|&i| &tokens.tokens[i]));
            Ok(units.map(|units| (tokens.ids, own, units)))
        };
        let sides = (read(&pair.a, which[0])?, read(&pair.b, which[1])?);
        let (Some((ids_a, own_a, units_a)), Some((ids_b, own_b, units_b))) = sides else { return Ok(None) };
        let (ids, own, units) = ([ids_a, ids_b], [own_a, own_b], [units_a, units_b]);
        Ok(Some(Self { encoder, pair, which, similarity, seed, ids, own, units }))
    }

    /// A method's scores, a matrix [units of A][units of B] for each of its rows of the report.
    pub fn scores(&self, source: &Source) -> Result<Vec<Vec<Vec<f64>>>> {
        Ok(match source {
            Source::Explained { options, .. } => {
                let a = self.encoder.decompose_named(&self.pair.a.text, options, self.which[0])?;
                let b = self.encoder.decompose_named(&self.pair.b.text, options, self.which[1])?;
                self.views(self.own(&wide(&a.explain(&b, self.similarity)?.matrix)))
            }
            Source::Removal { options } => self.views(wide(&self.removed(options)?.matrix)),
            Source::Cosine { layer } => {
                self.views(self.own(&cosines(self.encoder, [&self.ids[0], &self.ids[1]], *layer)))
            }
            Source::Overlap => vec![self.overlap()],
            Source::Random => vec![self.random()],
        })
    }

    /// The pair by removal; its rows are the texts' own tokens.
    fn removed(&self, options: &Options) -> Result<Explanation> {
        let decompose = |text: &str, tokens: &[usize], which| {
            let budget = Some(BUDGET.max(LEAST * tokens.len()));
            let removal = options.removal.map(|removal| removal::Options { budget, ..removal });
            self.encoder.decompose_named(text, &Options { removal, ..options.clone() }, which)
        };
        let a = decompose(&self.pair.a.text, &self.own[0], self.which[0])?;
        let b = decompose(&self.pair.b.text, &self.own[1], self.which[1])?;
        a.explain(&b, self.similarity)
    }

    /// The part of a matrix over all tokens between the texts' own.
    fn own(&self, matrix: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let [rows, columns] = &self.own;
        rows.iter().map(|&i| columns.iter().map(|&j| matrix[i][j]).collect()).collect()
    }

    /// Both views of a matrix between the texts' own tokens, by units.
    fn views(&self, own: Vec<Vec<f64>>) -> Vec<Vec<Vec<f64>>> {
        let view = |view| match view {
            View::Attribution => self.by_units(&own),
            View::Interaction => self.by_units(&centred(own.clone())),
        };
        VIEWS.map(view).into()
    }

    /// Two units' score: each token's best value with a token of the other unit, averaged over the
    /// tokens of each unit, and the mean of the two averages. matrix: [own tokens of A][of B].
    ///
    /// Every token counts, but not how many others it meets: sums grow with the length of units,
    /// means with what is between tokens that have nothing to do with each other.
    fn by_units(&self, matrix: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let cell = |rows: &Vec<usize>, columns: &Vec<usize>| {
            let best = |values: &mut dyn Iterator<Item = f64>| values.fold(f64::NEG_INFINITY, f64::max);
            let of_rows: f64 = rows.iter().map(|&i| best(&mut columns.iter().map(|&j| matrix[i][j]))).sum();
            let of_columns: f64 = columns.iter().map(|&j| best(&mut rows.iter().map(|&i| matrix[i][j]))).sum();
            0.5 * (of_rows / rows.len() as f64 + of_columns / columns.len() as f64)
        };
        self.units[0].iter().map(|rows| self.units[1].iter().map(|columns| cell(rows, columns)).collect()).collect()
    }

    /// 1 where two units share a content word, otherwise the letter pairs that they share, divided
    /// by all of the two (Jaccard).
    fn overlap(&self) -> Vec<Vec<f64>> {
        let sets = |units: &Units| -> Vec<_> {
            (0..units.spans.len()).map(|i| (content_words(&units.unit(i)), letter_pairs(&units.unit(i)))).collect()
        };
        let (a, b) = (sets(&self.pair.a), sets(&self.pair.b));
        let cell = |x: &(HashSet<String>, HashSet<[char; 2]>), y: &(HashSet<String>, HashSet<[char; 2]>)| {
            if !x.0.is_disjoint(&y.0) {
                return 1.0;
            }
            let shared = x.1.intersection(&y.1).count();
            shared as f64 / (x.1.len() + y.1.len() - shared).max(1) as f64
        };
        a.iter().map(|x| b.iter().map(|y| cell(x, y)).collect()).collect()
    }

    fn random(&self) -> Vec<Vec<f64>> {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        let [rows, columns] = [&self.units[0], &self.units[1]].map(Vec::len);
        (0..rows).map(|_| (0..columns).map(|_| random.sample(StandardNormal)).collect()).collect()
    }
}

/// Neighbouring characters of every word, in small letters, with a blank at both of its ends.
fn letter_pairs(unit: &str) -> HashSet<[char; 2]> {
    let padded: Vec<char> = format!(" {} ", unit.to_lowercase()).chars().collect();
    padded.windows(2).map(|two| [two[0], two[1]]).collect()
}
