//! The task of a training run, its evaluations and its report.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::pairs::Pair;

/// What to train, on what.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    /// The base model's folder.
    pub base: &'a Path,
    /// The base model's name in results.
    pub name: &'a str,
    /// The pairs to train on.
    pub train: &'a [Pair],
    /// The dev pairs. The parameters with the best Spearman correlation on them are kept; without
    /// dev pairs, the last ones are.
    pub dev: &'a [Pair],
    /// What the finished model is measured on.
    pub tests: &'a [Test],
    /// The folder to write. It appears when training is finished; until then the run is in
    /// `<output>.training`.
    pub output: &'a Path,
    /// Whether to begin or to resume.
    pub start: Start,
}

/// A test set.
#[derive(Clone, Debug)]
pub struct Test {
    /// Its name in the model card.
    pub name: String,
    /// The pairs.
    pub pairs: Vec<Pair>,
}

/// Whether a run begins or is resumed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// From the base model; there must be no unfinished run.
    #[default]
    New,
    /// From the checkpoint of an unfinished run with the same options, data and base model.
    Resume,
}

/// One step, as in `metrics.jsonl`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Step {
    /// Counted from 1.
    pub step: usize,
    /// Mean-squared error of the batch before the step.
    pub loss: f64,
    /// The step's learning rate.
    pub learning_rate: f64,
    /// The norm of all gradients together, before clipping.
    pub gradient_norm: f64,
}

/// The dev pairs after a step, as in `metrics.jsonl`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Steps done.
    pub step: usize,
    /// Agreement with the dev pairs.
    pub dev: Agreement,
}

/// Agreement of similarities with the pairs' scores.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// Spearman's rank correlation, -1 to 1; 0 where all similarities or all scores are equal.
    pub spearman: f64,
    /// Mean of |similarity - score|.
    pub mean_absolute_difference: f64,
}

/// The result of training.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Steps of the whole run.
    pub steps: usize,
    /// The evaluation whose parameters were kept; None without dev pairs.
    pub best: Option<Evaluation>,
    /// Agreement with each test set, in order.
    pub tests: Vec<Agreement>,
}
