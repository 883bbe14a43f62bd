//! How long an explanation will take, before it begins.

use std::sync::OnceLock;
use std::time::Instant;

use whysim_core::kernel;

use crate::decomposition::Options;
use crate::encoder::{Encoder, Suffix};
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

/// Nodes that adaptive quadrature takes as a rule at the default layer, and by how much their number
/// grows with every layer before it.
const NODES: f64 = 8.0;
const GROWTH: f64 = 1.3;

/// Seconds that nobody needs to be told of.
const SHORT: f64 = 20.0;

impl Forecast {
    /// What to say before long work: how long it is, and what is shorter. None for short work.
    pub fn warning(&self) -> Option<String> {
        let Self { tokens, rows, seconds } = *self;
        if seconds < SHORT {
            return None;
        }
        let time = match seconds {
            s if s < 100.0 => format!("{s:.0} seconds"),
            s if s < 6000.0 => format!("{:.0} minutes", s / 60.0),
            s => format!("{:.0} hours", s / 3600.0),
        };
        Some(format!(
            "this takes about {time}: the texts have {} and {} tokens, which make {} and {} rows; later layers and rows by sentence \
             take less, and relevance tells of one text only what adds to the score, for much less",
            tokens[0], tokens[1], rows[0], rows[1]
        ))
    }
}

/// The share of the machine's rate of products that the whole work reaches.
const SHARE: f64 = 0.5;

impl Encoder {
    /// About how long [`Encoder::explain`] will take, from its count of multiplications and the
    /// machine's rate.
    ///
    /// # Errors
    /// As [`Encoder::explain`], as far as it concerns texts, prompts and the layer.
    pub fn forecast(&self, texts: [&str; 2], options: [&Options; 2]) -> Result<Forecast> {
        if let Some(removal) = &options[0].removal {
            return self.forecast_removal(texts, options, removal);
        }
        let (mut tokens, mut members, mut costs) = ([0; 2], [vec![], vec![]], [[0.0; 2]; 2]);
        let mut contexts = Vec::with_capacity(2);
        for i in 0..2 {
            let prompt = self.prompt(options[i].prompt.as_deref())?;
            let read = self.tokenize(prompt, texts[i], ["A", "B"][i])?;
            let groups = group(texts[i], &read.tokens, options[i].unit);
            members[i] = vec![Vec::new(); groups.tokens.len()];
            groups.of.iter().enumerate().for_each(|(token, &row)| members[i][row].push(token));
            tokens[i] = read.ids.len();
            contexts.push(self.context([tokens[i]], self.left_out(prompt)?));
        }
        let layer = match options[0].layer {
            Some(layer) => self.layer(layer)?,
            None => self.default_layer(),
        };
        for i in 0..2 {
            costs[i] = Suffix::new(self, layer, &contexts[i]).costs(&members[i], members[1 - i].len() + 1);
        }
        let [a, b] = costs;
        let node = [a[0] + b[0], a[0] + b[1], a[1] + b[0]].into_iter().fold(f64::INFINITY, f64::min);
        let nodes = match options[0].steps {
            Steps::Fixed(nodes) => nodes as f64,
            Steps::Adaptive { limit, .. } => {
                let earlier = self.default_layer().saturating_sub(layer) as i32;
                (NODES * GROWTH.powi(earlier)).min(limit as f64)
            }
        };
        let values: f64 = tokens.iter().map(|&tokens| self.multiplications(tokens)).sum();
        let rows = [members[0].len(), members[1].len()];
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
