//! How long an explanation will take, before it begins.

use std::sync::OnceLock;
use std::time::Instant;

use whysim_core::kernel;

use crate::decomposition::Options;
use crate::encoder::{Context, Encoder, Suffix};
use crate::error::Result;
use crate::path::{Function, Steps};
use crate::removal::{self, Players};
use crate::text::group;

/// What is known of an explanation before it is made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forecast {
    /// Tokens of A and B.
    pub tokens: [usize; 2],
    /// Rows of A and of B: tokens, words or sentences.
    pub rows: [usize; 2],
    /// About how many seconds it takes, within a factor of two or three.
    pub seconds: f64,
}

/// Nodes that adaptive quadrature takes as a rule at the default layer, and the factor by which
/// their number grows with every layer before it. Five sentences under all-MiniLM-L6-v2 took 6 to 7
/// nodes there and 22 to 27 five layers before.
const NODES: f64 = 8.0;
const GROWTH: f64 = 1.3;

/// Seconds that nobody needs to be told of.
const SHORT: f64 = 20.0;

impl Forecast {
    /// What to say before long work: how long it is, and what is shorter. None for short work.
    pub fn warning(&self) -> Option<String> {
        let Self { tokens, rows, seconds } = *self;
        let time = long(seconds)?;
        Some(format!(
            "this takes about {time}: the texts have {} and {} tokens, which make {} and {} rows; later layers and rows by sentence \
             take less, and relevance tells of one text only what adds to the score, for much less",
            tokens[0], tokens[1], rows[0], rows[1]
        ))
    }
}

/// The share of the machine's rate of products that the whole work reaches.
const SHARE: f64 = 0.5;

/// A time that is worth mentioning.
fn long(seconds: f64) -> Option<String> {
    match seconds {
        s if s < SHORT => None,
        s if s < 100.0 => Some(format!("{s:.0} seconds")),
        s if s < 6000.0 => Some(format!("{:.0} minutes", s / 60.0)),
        s => Some(format!("{:.0} hours", s / 3600.0)),
    }
}

/// What is done with each of many texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// [`Encoder::decompose`]: a tangent for each row.
    Decompose,
    /// [`Encoder::relevance`]: one cotangent.
    Relevance,
    /// [`Encoder::features`]: a cotangent for each dimension.
    Features,
}

/// A tokenized text.
struct Read {
    tokens: usize,
    /// The tokens that make up each row, `[rows][tokens]`.
    members: Vec<Vec<usize>>,
    context: Context<f32>,
}

impl Read {
    /// Multiplications at one node: with a tangent for each row, and with so many cotangents.
    fn costs(&self, encoder: &Encoder, layer: usize, cotangents: usize) -> [f64; 2] {
        Suffix::new(encoder, layer, &self.context).costs(&self.members, cotangents)
    }
}

/// Of more texts, as many are looked at.
const LOOKED_AT: usize = 64;

impl Encoder {
    /// What to say before work on many texts; None if it is short. Texts that are no texts for the
    /// model are left to the work itself.
    pub fn forecast_texts(&self, texts: &[&str], options: &Options, work: Work) -> Option<String> {
        if texts.is_empty() || options.removal.is_some() {
            return None;
        }
        let step = texts.len().div_ceil(LOOKED_AT);
        let looked_at: Vec<&str> = texts.iter().step_by(step).copied().collect();
        let seconds: f64 = looked_at.iter().map(|text| self.seconds(text, options, work).unwrap_or(0.0)).sum();
        let time = long(seconds * texts.len() as f64 / looked_at.len() as f64)?;
        Some(format!("this takes about {time}; later layers take less, and so do rows by sentence"))
    }

    fn seconds(&self, text: &str, options: &Options, work: Work) -> Result<f64> {
        let read = self.read(text, options, "it")?;
        let layer = self.layer_of(options)?;
        let cotangents = if work == Work::Features { self.dim() } else { 1 };
        let [tangents, cotangents] = read.costs(self, layer, cotangents);
        let node = if work == Work::Decompose { tangents } else { cotangents };
        Ok((self.multiplications(read.tokens) + self.nodes(options, layer) * node) / (SHARE * rate()))
    }

    /// `which` names the text in errors.
    fn read(&self, text: &str, options: &Options, which: &str) -> Result<Read> {
        let prompt = self.prompt(options.prompt.as_deref())?;
        let read = self.tokenize(prompt, text, which)?;
        let tokens = read.ids.len();
        let members = group(text, &read.tokens, options.unit).members();
        Ok(Read { tokens, members, context: self.context([tokens], self.left_out(prompt)?) })
    }

    fn layer_of(&self, options: &Options) -> Result<usize> {
        options.layer.map_or(Ok(self.default_layer()), |layer| self.layer(layer))
    }

    /// How many nodes it will be.
    fn nodes(&self, options: &Options, layer: usize) -> f64 {
        match options.steps {
            Steps::Fixed(nodes) => nodes as f64,
            Steps::Adaptive { limit, .. } => {
                let earlier = self.default_layer().saturating_sub(layer) as i32;
                (NODES * GROWTH.powi(earlier)).min(limit as f64)
            }
        }
    }

    /// About how long [`Encoder::explain`] will take, from its count of multiplications and the
    /// machine's rate.
    ///
    /// # Errors
    /// As [`Encoder::explain`], as far as it concerns texts, prompts and the layer.
    pub fn forecast(&self, texts: [&str; 2], options: [&Options; 2]) -> Result<Forecast> {
        if let Some(removal) = &options[0].removal {
            return self.forecast_removal(texts, options, removal);
        }
        let read = [self.read(texts[0], options[0], "A")?, self.read(texts[1], options[1], "B")?];
        let rows = [0, 1].map(|i: usize| read[i].members.len());
        let layer = self.layer_of(options[0])?;
        let [a, b] = [0, 1].map(|i: usize| read[i].costs(self, layer, rows[1 - i] + 1));
        let node = [a[0] + b[0], a[0] + b[1], a[1] + b[0]].into_iter().fold(f64::INFINITY, f64::min);
        let nodes = self.nodes(options[0], layer);
        let tokens = [0, 1].map(|i: usize| read[i].tokens);
        let values: f64 = tokens.iter().map(|&tokens| self.multiplications(tokens)).sum();
        Ok(Forecast { tokens, rows, seconds: (values + nodes * node) / (SHARE * rate()) })
    }

    /// Half of a text's rows are there on average, in every text that is embedded.
    fn forecast_removal(
        &self,
        texts: [&str; 2],
        options: [&Options; 2],
        removal: &removal::Options,
    ) -> Result<Forecast> {
        let (mut tokens, mut rows, mut work) = ([0; 2], [0; 2], 0.0);
        for i in 0..2 {
            let prompt = self.prompt(options[i].prompt.as_deref())?;
            let read = self.tokenize(prompt, texts[i], ["A", "B"][i])?;
            rows[i] = Players::of(texts[i], &read.tokens, options[i].unit).rows.len();
            tokens[i] = read.ids.len();
            let embedded = removal.most(rows[i], ["A", "B"][i])?.unwrap_or(1 << rows[i]);
            work += embedded as f64 * self.multiplications(tokens[i].div_ceil(2));
        }
        Ok(Forecast { tokens, rows, seconds: work / (SHARE * rate()) })
    }
}

/// Multiplications a second of this machine, measured once.
fn rate() -> f64 {
    static RATE: OnceLock<f64> = OnceLock::new();
    *RATE.get_or_init(|| {
        const SIZES: [usize; 3] = [512, 768, 768];
        let [rows, inputs, outputs] = SIZES;
        let (x, weight) = (vec![0.5f32; rows * inputs], vec![0.25f32; inputs * outputs]);
        let once = || {
            let start = Instant::now();
            std::hint::black_box(kernel::linear(&x, inputs, &weight, None));
            start.elapsed().as_secs_f64()
        };
        let best = (0..3).map(|_| once()).fold(f64::INFINITY, f64::min);
        SIZES.iter().product::<usize>() as f64 / best
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::text::Unit;

    #[test]
    fn work_on_many_texts_is_forecast_if_it_is_long() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/bert");
        let encoder = Encoder::load(&folder, "bert").unwrap();
        let options = Options { steps: Steps::Fixed(1 << 16), layer: Some(0), ..Options::default() };
        let of = |count: usize, work| encoder.forecast_texts(&vec!["The cat sleeps."; count], &options, work);
        assert!(of(10_000_000, Work::Decompose).is_some_and(|text| text.contains("hours")));
        assert!(of(10_000_000, Work::Features).is_some());
        assert_eq!(encoder.forecast_texts(&["The cat sleeps.", ""], &Options::default(), Work::Relevance), None);
    }

    #[test]
    fn longer_work_is_forecast_to_take_longer() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/modernbert");
        let encoder = Encoder::load(&folder, "modernbert").unwrap();
        let long = "The cat sleeps on the warm roof. Birds sing.";
        let of = |text, options: &Options| encoder.forecast(["A dog runs", text], [options; 2]).unwrap();
        let plain = Options::default();
        let [short, longer] = ["A cat", long].map(|text| of(text, &plain));
        assert!(short.seconds > 0.0 && longer.seconds > short.seconds, "{short:?} {longer:?}");
        assert!(of(long, &Options { layer: Some(0), ..plain.clone() }).seconds > longer.seconds);
        let nodes = Options { steps: Steps::Fixed(80), ..plain.clone() };
        assert!(of(long, &nodes).seconds > longer.seconds);
        let sentences = of(long, &Options { unit: Unit::Sentence, ..plain });
        assert!(sentences.rows[1] < longer.rows[1] && sentences.tokens == longer.tokens);
        assert!(encoder.forecast(["", "A"], [&Options::default(); 2]).is_err());
    }
}
