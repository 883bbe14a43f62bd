//! How good a model's similarities and attributions are, measured on pairs of texts.
//! docs/evaluation.md defines every number.
//!
//! | part | what is measured |
//! |---|---|
//! | [`Metric::Predictive`] | similarities against gold scores |
//! | [`Metric::Accuracy`] | the error of the numerical integration, by layer, rule and nodes |
//! | [`Metric::Agreement`] | similarities and attributions against those of another model |
//! | [`Metric::Insertion`] | what the similarity is with the most and the least important tokens kept |
//! | [`Metric::Coalitions`] | sums of attributions inside random subsets against what the subsets are worth |
//! | [`Metric::Differences`] | single attributions against second differences of the similarity |
//! | [`Metric::Pointing`] | attributions between shuffled sentences that belong together |
//! | [`Metric::Sanity`] | what is left of the attributions when the weights are randomised |
//!
//! Everything is seeded: the same data, options and machine give the same report.

mod accuracy;
mod agreement;
mod curves;
mod faithful;
mod game;
mod interval;
mod pointing;
mod predictive;
mod run;
mod sanity;
mod scores;
mod settings;

pub use crate::pairs::Pair;
pub use curves::{Order, PairCurves, curves};
pub use game::{Coalition, Game};
pub use predictive::{Similarities, similarities};
pub use run::evaluate;
pub use scores::Scores;
pub use settings::{Metric, Settings};
