//! What is measured, and how.

use crate::decomposition::Options;
use crate::names::named;
use crate::report::{Removal, Value};
use crate::similarity::Similarity;

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Metric {
    /// Similarities against gold scores.
    Predictive,
    /// Completeness errors.
    Accuracy,
    /// Agreement with another model.
    Agreement,
    /// Insertion and deletion.
    Insertion,
    /// Sampled coalitions.
    Coalitions,
    /// Second differences.
    Differences,
    /// The pointing game.
    Pointing,
    /// Randomised weights.
    Sanity,
}

named!(
    Metric,
    "metric",
    [
        ("predictive", Predictive),
        ("accuracy", Accuracy),
        ("agreement", Agreement),
        ("insertion", Insertion),
        ("coalitions", Coalitions),
        ("differences", Differences),
        ("pointing", Pointing),
        ("sanity", Sanity),
    ]
);

impl Metric {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Predictive,
        Self::Accuracy,
        Self::Agreement,
        Self::Insertion,
        Self::Coalitions,
        Self::Differences,
        Self::Pointing,
        Self::Sanity,
    ];
}

/// How to evaluate. `Default` is what the program does without flags.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What to measure. [`Metric::Agreement`] is left out where there is no other model.
    pub metrics: Vec<Metric>,
    /// How texts are decomposed for all parts but accuracy and agreement, which vary the layer. The
    /// unit is always the token, and the prompt the model's default.
    pub method: Options,
    /// The similarity to attribute. None: the model's own.
    pub similarity: Option<Similarity>,
    /// How tokens are taken out.
    pub removal: Removal,
    /// What subsets are scored by.
    pub value: Value,
    /// Pairs to evaluate attributions on, drawn at random without replacement.
    pub sample: usize,
    /// Random subsets a pair.
    pub subsets: usize,
    /// Numbers of nodes N to measure the completeness error at.
    pub nodes: Vec<usize>,
    /// Layers to measure the completeness error and the agreement at. None: the middle and L - 1,
    /// and for the agreement also 0, where the error would take longer to measure than all the
    /// rest.
    pub layers: Option<Vec<i64>>,
    /// Of everything that is drawn at random.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            metrics: Metric::ALL.to_vec(),
            method: Options::default(),
            similarity: None,
            removal: Removal::default(),
            value: Value::default(),
            sample: 10,
            subsets: 100,
            nodes: vec![4, 8, 16],
            layers: None,
            seed: 0,
        }
    }
}
