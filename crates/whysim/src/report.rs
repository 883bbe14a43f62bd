//! What an evaluation found: one result type for the terminal, the JSON file and the page.
//!
//! docs/evaluation.md defines every number.

use serde::{Deserialize, Serialize};

use crate::names::named;
use crate::similarity::Similarity;

/// How a token is taken out of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Removal {
    /// Left out of the ids; the tokens after it move up.
    #[default]
    Delete,
    /// Replaced by the mask token.
    MaskToken,
    /// Left in its place, but nobody attends to it and it is not pooled.
    AttentionMask,
}

/// What a pair is worth with only some of its tokens kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Value {
    /// Their similarity under the model.
    #[default]
    Similarity,
    /// `(e_a(S) - e_a(empty)) . (e_b(S) - e_b(empty)) / n`, n of the whole texts: what is left when
    /// the parts that each text has with the emptied other are taken off. It is 0 where nothing is
    /// kept.
    Interaction,
}

named!(Removal, "removal", [("delete", Delete), ("mask-token", MaskToken), ("attention-mask", AttentionMask)]);
named!(Value, "value", [("similarity", Similarity), ("interaction", Interaction)]);

/// A number with its 95 % bootstrap interval over pairs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The statistic, usually a mean.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
    /// Pairs that it is made of.
    pub n: usize,
}

/// Everything that an evaluation measured. A part that was not asked for is None.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// What was evaluated, and how.
    pub setting: Setting,
    /// Similarity against gold scores.
    pub predictive: Option<Predictive>,
    /// Completeness errors.
    pub accuracy: Option<Vec<Completeness>>,
    /// Agreement with another model.
    pub agreement: Option<Agreement>,
    /// How well attributions foretell what the model does with parts of the texts, a row a method.
    pub faithfulness: Option<Vec<Faithfulness>>,
    /// Whether attributions point at the sentences that belong together.
    pub pointing: Option<Pointing>,
    /// What is left of the attributions as weights are randomised, from none to all layers.
    pub sanity: Option<Vec<Randomized>>,
}

/// What an evaluation was made with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    /// The model's name as it was given.
    pub model: String,
    /// Hash of its weights and of what else defines it.
    pub fingerprint: String,
    /// Whether the model is exact.
    pub exact: bool,
    /// The attributed layer l of all parts but `accuracy` and `agreement`, which have their own.
    pub layer: usize,
    /// L.
    pub layers: usize,
    /// The similarity that is attributed.
    pub similarity: Similarity,
    /// Where the path integral begins.
    pub reference: String,
    /// How tokens are taken out.
    pub removal: Removal,
    /// What subsets are scored by.
    pub value: Value,
    /// Pairs in the data.
    pub pairs: usize,
    /// Pairs in the sample that attributions are evaluated on.
    pub sample: usize,
    /// Of the sample, the subsets and the bootstrap.
    pub seed: u64,
}

/// Correlation of similarities with gold scores over all pairs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Predictive {
    /// Of the cosine.
    pub cos: Correlations,
    /// Of the dot product.
    pub dot: Correlations,
}

/// Two correlations; None where one is not defined.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Correlations {
    /// Spearman's, average ranks on ties.
    pub spearman: Option<Estimate>,
    /// Pearson's.
    pub pearson: Option<Estimate>,
}

/// Errors of the ledger, |sum of all attributions and border - score|, at one layer by one rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Completeness {
    /// The attributed layer.
    pub layer: usize,
    /// `gauss-legendre`, `riemann` or `adaptive`.
    pub rule: String,
    /// Nodes N of a text, the mean of them for `adaptive`.
    pub nodes: f64,
    /// Over the sample: the quantiles 0, 0.1, 0.25, 0.5, 0.75, 0.9 and 1 of the absolute error.
    pub quantiles: [f64; 7],
    /// Mean absolute error.
    pub mean: Option<Estimate>,
    /// Pairs whose error is within the bound that their explanation states, for `adaptive`.
    pub within_bound: Option<usize>,
}

/// How alike two models see the pairs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// The other model.
    pub against: String,
    /// Spearman's correlation of the two models' similarities, over all pairs.
    pub spearman: Option<Estimate>,
    /// Mean absolute difference of the similarities.
    pub difference: Option<Estimate>,
    /// Of the attribution matrices.
    pub layers: Vec<LayerAgreement>,
}

/// Agreement at one layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerAgreement {
    /// The attributed layer of both models.
    pub layer: usize,
    /// Mean over pairs of Spearman's correlation of the two matrices, between tokens of the texts.
    pub spearman: Option<Estimate>,
    /// The same of Pearson's.
    pub pearson: Option<Estimate>,
    /// Pearson's of the matrices less the means of their rows and columns: of what tokens have with
    /// each other alone.
    pub centred: Option<Estimate>,
}

/// How faithful one method of attribution is; a metric that was not asked for is None.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Faithfulness {
    /// The method's name.
    pub method: String,
    /// Insertion and deletion by the tokens' own scores.
    pub first_order: Option<Curves>,
    /// Insertion and deletion by attributions among the tokens kept.
    pub second_order: Option<Curves>,
    /// Sampled coalitions.
    pub coalitions: Option<Coalitions>,
    /// Kendall's tau of the matrix with the second differences.
    pub differences: Option<Estimate>,
}

/// Insertion and deletion: the same curves, read from either end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curves {
    /// Mean area between the normalised curves, over pairs whose texts are worth at least 0.05 more
    /// or less than nothing.
    pub area: Option<Estimate>,
    /// Mean area between the curves in units of the similarity, over all pairs.
    pub raw_area: Option<Estimate>,
    /// Mean value with the k most important tokens kept (insertion most important first, deletion
    /// least important first), by the share of tokens kept: 0, 0.1, …, 1.
    pub most: Vec<f64>,
    /// The same with the k least important tokens kept (insertion least important first, deletion
    /// most important first).
    pub least: Vec<f64>,
}

/// Sums of attributions inside random subsets against what the subsets are worth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Coalitions {
    /// Coefficient of determination without any fit.
    pub r2: Option<Estimate>,
    /// The same after the best line: Pearson's correlation, squared.
    pub r2_line: Option<Estimate>,
    /// Spearman's correlation.
    pub spearman: Option<Estimate>,
}

/// The pointing game.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pointing {
    /// Mean share of token pairs that lie in matching blocks: what a method without knowledge gets.
    pub chance: Option<Estimate>,
    /// Mean share of the positive attributions that lie in matching blocks, by method.
    pub methods: Vec<Pointed>,
}

/// One method's share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pointed {
    /// The method's name.
    pub method: String,
    /// The share.
    pub share: Option<Estimate>,
}

/// Attributions of a model whose layers from `from` on are randomised.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Randomized {
    /// First randomised layer; L: none is, 0: all are.
    pub from: usize,
    /// Mean Spearman correlation of the attributions with the original ones.
    pub attribution: Option<Estimate>,
    /// The same for the Jacobian's part alone, without the difference x - r that multiplies it.
    pub jacobian: Option<Estimate>,
}

impl Report {
    /// One in which nothing is measured yet.
    pub(crate) fn new(setting: Setting) -> Self {
        Self {
            setting,
            predictive: None,
            accuracy: None,
            agreement: None,
            faithfulness: None,
            pointing: None,
            sanity: None,
        }
    }
}
