//! What to measure, and how.

use crate::decomposition::Options;
use crate::names::named;
use crate::pairs::gold::Gold;
use crate::removal::Removal;
use crate::report::Value;
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
    /// Gold alignments.
    Alignment,
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
        ("alignment", Alignment),
    ]
);

impl Metric {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Predictive,
        Self::Accuracy,
        Self::Agreement,
        Self::Insertion,
        Self::Coalitions,
        Self::Differences,
        Self::Pointing,
        Self::Sanity,
        Self::Alignment,
    ];
}

/// How to evaluate. `Default` matches the program without flags.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What to measure. [`Metric::Agreement`] is skipped if there is no other model, and
    /// [`Metric::Alignment`] if there is no gold alignment; without pairs nothing else can be asked
    /// for.
    pub metrics: Vec<Metric>,
    /// How texts are decomposed in all parts except accuracy, agreement and alignment, which
    /// vary the layer.
    /// The unit is always the token, and the prompt the model's default.
    pub method: Options,
    /// The similarity to attribute. None: the model's own.
    pub similarity: Option<Similarity>,
    /// How tokens are removed.
    pub removal: Removal,
    /// The value of a subset.
    pub value: Value,
    /// Number of pairs to evaluate attributions on, sampled without replacement.
    pub sample: usize,
    /// Gold alignments, for [`Metric::Alignment`].
    pub gold: Vec<Gold>,
    /// Number of pairs to draw of each file of gold alignments. None: all.
    pub gold_sample: Option<usize>,
    /// Random subsets per pair.
    pub subsets: usize,
    /// Numbers of nodes N at which to measure the completeness error.
    pub nodes: Vec<usize>,
    /// Layers at which to measure the completeness error, the agreement and the alignment. None:
    /// the middle layer and L - 1, and for the agreement also 0, where measuring the error would
    /// take longer than everything else; for the alignment the attributed layer.
    pub layers: Option<Vec<i64>>,
    /// The seed of everything random.
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
            gold: Vec::new(),
            gold_sample: None,
            subsets: 100,
            nodes: vec![4, 8, 16],
            layers: None,
            seed: 0,
        }
    }
}
