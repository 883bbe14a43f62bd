//! Measures how good a model's similarities and attributions are on pairs of texts.
//! docs/evaluation.md defines every number.
//!
//! | part | what is measured |
//! |---|---|
//! | [`Metric::Predictive`] | similarities against gold scores |
//! | [`Metric::Accuracy`] | the error of the numerical integration, by layer, rule and nodes |
//! | [`Metric::Agreement`] | similarities and attributions against those of another model |
//! | [`Metric::Insertion`] | the similarity with only the most or least important tokens kept |
//! | [`Metric::Coalitions`] | sums of attributions within random subsets against the values of the subsets |
//! | [`Metric::Differences`] | single attributions against second differences of the similarity |
//! | [`Metric::Pointing`] | attributions between matching sentences in shuffled texts |
//! | [`Metric::Sanity`] | how much of the attributions survives when the weights are randomised |
//! | [`Metric::Alignment`] | attributions against gold alignments of chunks or words |
//!
//! Everything is seeded: the same data, options and machine produce the same report.

mod accuracy;
mod agreement;
mod curves;
mod faithful;
mod game;
mod gold;
mod interval;
mod pointing;
mod predictive;
mod run;
mod sanity;
mod scores;
mod settings;

pub use crate::pairs::Pair;
#[doc(hidden)]
pub use curves::{Order, PairCurves, curves};
#[doc(hidden)]
pub use game::{Coalition, Game};
#[doc(hidden)]
pub use gold::{average_precision, f1};
pub use predictive::{Similarities, similarities};
pub use run::evaluate;
#[doc(hidden)]
pub use scores::Scores;
pub use settings::{Metric, Settings};
