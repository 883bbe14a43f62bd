//! The task of a training run, its evaluations and its report.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::pairs::Pair;

/// What is trained on what.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    /// The base model's folder.
    pub base: &'a Path,
    /// What results call the base model.
    pub name: &'a str,
    /// The pairs to train on.
    pub train: &'a [Pair],
    /// The pairs that decide which parameters are kept: those with the best Spearman correlation.
    /// None: the last are kept.
    pub dev: &'a [Pair],
    /// What the finished model is measured on, once.
    pub tests: &'a [Test],
    /// The folder to write. It appears when the model is finished; until then, the run is in
    /// `<output>.training`.
    pub output: &'a Path,
    /// Whether to begin or to go on.
    pub start: Start,
}

/// Pairs that a finished model is measured on.
#[derive(Clone, Debug)]
pub struct Test {
    /// What the model card calls it.
    pub name: String,
    /// The pairs.
    pub pairs: Vec<Pair>,
}

/// Whether a run begins or goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// From the base model; no unfinished run may be there.
    #[default]
    New,
    /// From the checkpoint of an unfinished run with the same options, data and base model.
    Resume,
}

/// One step, as `metrics.jsonl` has it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Step {
    /// Counted from 1.
    pub step: usize,
    /// Mean-squared error of the batch before the step.
    pub loss: f64,
    /// The step's learning rate.
    pub learning_rate: f64,
    /// Length of all gradients together, before they are clipped.
    pub gradient_norm: f64,
}

/// The dev pairs after a step, as `metrics.jsonl` has it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Steps done.
    pub step: usize,
    /// How well the model agrees with the dev pairs.
    pub dev: Agreement,
}

/// How well similarities agree with the pairs' scores.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// Spearman's rank correlation, -1 to 1; 0 where all similarities or all scores are equal.
    pub spearman: f64,
    /// Mean of |similarity - score|.
    pub mean_absolute_difference: f64,
}

/// What came of a training.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Steps of the whole run.
    pub steps: usize,
    /// The evaluation whose parameters were kept. None without dev pairs.
    pub best: Option<Evaluation>,
    /// How well the model agrees with each test, in order.
    pub tests: Vec<Agreement>,
}
