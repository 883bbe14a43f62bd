//! How a model is trained.

use serde::{Deserialize, Serialize};

use crate::encoder::Shift;
use crate::error::{Error, Result};
use crate::names::named;
use crate::similarity::Similarity;

/// The training target of the similarities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Objective {
    /// The scores in the data.
    #[default]
    Gold,
    /// The base model's own similarities.
    Distill,
}

impl Objective {
    /// Its usual dropout: the config's for [`Objective::Gold`]; none for [`Objective::Distill`],
    /// since a twin should follow its teacher closely.
    pub fn dropout(self) -> Dropout {
        match self {
            Self::Gold => Dropout::Config,
            Self::Distill => Dropout::Off,
        }
    }
}

/// Dropout in training.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dropout {
    /// At the rates of the model's config.
    #[default]
    Config,
    /// None.
    Off,
}

named!(Objective, "objective", [("gold", Gold), ("distill", Distill)]);
named!(Dropout, "dropout", [("config", Config), ("off", Off)]);

/// The recipe. `Default` is that of the papers: Moeller, Nikolaev, Padó, EMNLP 2023.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Options {
    /// Whether the model is made exact.
    pub shift: Shift,
    /// The similarity to train.
    pub similarity: Similarity,
    /// The training target, for the model card; training itself uses the pairs' scores.
    pub objective: Objective,
    /// Dropout.
    pub dropout: Dropout,
    /// Passes over the pairs.
    pub epochs: usize,
    /// Pairs per step.
    pub batch_size: usize,
    /// The largest learning rate, reached after the warm-up.
    pub learning_rate: f64,
    /// AdamW's decoupled weight decay, of all weights but biases and those of normalisations.
    pub weight_decay: f64,
    /// The share of all steps over which the learning rate rises from 0.
    pub warmup: f64,
    /// The norm of all gradients together is clipped to this.
    pub max_grad_norm: f64,
    /// Fixes the order of the pairs and the dropout.
    pub seed: u64,
    /// Steps between evaluations and checkpoints. None: once an epoch. The end of an epoch always
    /// has both.
    pub eval_every: Option<usize>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            shift: Shift::On,
            similarity: Similarity::Cos,
            objective: Objective::Gold,
            dropout: Dropout::Config,
            epochs: 5,
            batch_size: 16,
            learning_rate: 2e-5,
            weight_decay: 0.01,
            warmup: 0.1,
            max_grad_norm: 1.0,
            seed: 0,
            eval_every: None,
        }
    }
}

impl Options {
    /// Checks that every value is in its range.
    pub(super) fn check(&self) -> Result<()> {
        let wrong = |option, expected: &str, got: String| Err(Error::Option { option, expected: expected.into(), got });
        for (option, count) in [
            ("epochs", self.epochs),
            ("batch size", self.batch_size),
            ("number of steps between evaluations", self.eval_every.unwrap_or(1)),
        ] {
            if count == 0 {
                return wrong(option, "at least 1", count.to_string());
            }
        }
        for (option, value) in [("learning rate", self.learning_rate), ("largest gradient norm", self.max_grad_norm)] {
            if !(value > 0.0 && value.is_finite()) {
                return wrong(option, "a positive number", value.to_string());
            }
        }
        for (option, value) in [("weight decay", self.weight_decay), ("warm-up", self.warmup)] {
            if !(0.0..=1.0).contains(&value) {
                return wrong(option, "a number from 0 to 1", value.to_string());
            }
        }
        Ok(())
    }

    /// The learning rate of step `step` of `steps`, counted from 0: linear warm-up from 0, then
    /// linear decay to 0.
    pub(super) fn rate(&self, step: usize, steps: usize) -> f64 {
        let warmup = (steps as f64 * self.warmup).ceil();
        let (step, steps) = (step as f64, steps as f64);
        let share = if step < warmup { step / warmup } else { (steps - step) / (steps - warmup).max(1.0) };
        self.learning_rate * share.clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_rises_and_falls_as_a_triangle() {
        let options = Options { learning_rate: 1.0, ..Options::default() };
        let rates: Vec<f64> = (0..=20).map(|step| options.rate(step, 20)).collect();
        assert_eq!((rates[0], rates[1], rates[2], rates[11], rates[20]), (0.0, 0.5, 1.0, 0.5, 0.0));
        let flat = Options { warmup: 0.0, ..options };
        assert_eq!((flat.rate(0, 4), flat.rate(3, 4)), (1.0, 0.25));
    }

    #[test]
    fn values_out_of_range_are_named() {
        let bad = [
            (Options { epochs: 0, ..Options::default() }, "epochs must be at least 1, not 0"),
            (Options { batch_size: 0, ..Options::default() }, "batch size"),
            (Options { eval_every: Some(0), ..Options::default() }, "evaluations"),
            (Options { learning_rate: f64::NAN, ..Options::default() }, "learning rate"),
            (Options { max_grad_norm: -1.0, ..Options::default() }, "gradient norm"),
            (Options { weight_decay: -0.1, ..Options::default() }, "weight decay"),
            (Options { warmup: 1.5, ..Options::default() }, "warm-up must be a number from 0 to 1, not 1.5"),
        ];
        for (options, message) in bad {
            let error = options.check().unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
        assert!(Options::default().check().is_ok());
    }
}
