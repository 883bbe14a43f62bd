//! The results of an evaluation: one type for the terminal, the JSON file and the page.
//!
//! docs/evaluation.md defines every number.

use serde::{Deserialize, Serialize};

use crate::explanation::View;
use crate::names::named;
pub use crate::removal::Removal;
use crate::similarity::Similarity;

/// The value of a pair with only some of its tokens kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Value {
    /// Their similarity under the model.
    #[default]
    Similarity,
    /// `(e_a(S) - e_a(empty)) . (e_b(S) - e_b(empty)) / n`, n of the whole texts: what remains
    /// after subtracting each text's part with the emptied other text. It is 0 if nothing is kept.
    Interaction,
}

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
    /// Number of pairs behind it.
    pub n: usize,
}

/// The results of an evaluation. A part that was not requested is None.
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
    /// How well attributions predict what the model does with parts of the texts, one row per
    /// method.
    pub faithfulness: Option<Vec<Faithfulness>>,
    /// Whether attributions point at matching sentences.
    pub pointing: Option<Pointing>,
    /// How much of the attributions survives as weights are randomised, from no layers to all.
    pub sanity: Option<Vec<Randomized>>,
    /// Whether attributions lie between what people aligned, for each file of gold alignments.
    #[serde(default)]
    pub alignment: Option<Vec<Alignment>>,
}

/// What was evaluated, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    /// The model's name as given.
    pub model: String,
    /// Hash of the model's weights and of everything else that defines it.
    pub fingerprint: String,
    /// Whether the model is exact.
    pub exact: bool,
    /// The attributed layer l for all parts except `accuracy` and `agreement`, which have their
    /// own.
    pub layer: usize,
    /// L.
    pub layers: usize,
    /// The attributed similarity.
    pub similarity: Similarity,
    /// Where the path integral starts.
    pub reference: String,
    /// How tokens are removed.
    pub removal: Removal,
    /// The value of a subset.
    pub value: Value,
    /// Pairs in the data.
    pub pairs: usize,
    /// Pairs in the sample that attributions are evaluated on.
    pub sample: usize,
    /// The seed of the sample, the subsets and the bootstrap.
    pub seed: u64,
}

/// Correlations of similarities with gold scores over all pairs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Predictive {
    /// Of the cosine.
    pub cos: Correlations,
    /// Of the dot product.
    pub dot: Correlations,
}

/// Two correlations; an undefined one is None.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Correlations {
    /// Spearman's, with average ranks for ties.
    pub spearman: Option<Estimate>,
    /// Pearson's.
    pub pearson: Option<Estimate>,
}

/// Errors of the ledger, |sum of all attributions and border - score|, for one layer and rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Completeness {
    /// The attributed layer.
    pub layer: usize,
    /// `gauss-legendre`, `riemann` or `adaptive`.
    pub rule: String,
    /// Nodes N per text; for `adaptive`, their mean.
    pub nodes: f64,
    /// Over the sample: the quantiles 0, 0.1, 0.25, 0.5, 0.75, 0.9 and 1 of the absolute error.
    pub quantiles: [f64; 7],
    /// Mean absolute error.
    pub mean: Option<Estimate>,
    /// For `adaptive`: the number of pairs whose error is within the bound stated by their
    /// explanation.
    pub within_bound: Option<usize>,
}

/// How closely two models agree on the pairs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// The other model.
    pub against: String,
    /// Spearman's correlation of the two models' similarities, over all pairs.
    pub spearman: Option<Estimate>,
    /// Mean absolute difference of the similarities.
    pub difference: Option<Estimate>,
    /// Agreement of the attribution matrices.
    pub layers: Vec<LayerAgreement>,
}

/// Agreement at one layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerAgreement {
    /// The attributed layer of both models.
    pub layer: usize,
    /// Mean over pairs of Spearman's correlation between the two matrices, restricted to text
    /// tokens.
    pub spearman: Option<Estimate>,
    /// The same with Pearson's correlation.
    pub pearson: Option<Estimate>,
    /// The same with Pearson's correlation of the matrices minus their row and column means, which
    /// isolates what single tokens have with each other.
    pub centred: Option<Estimate>,
}

/// How faithful one attribution method is. A metric that was not requested is None.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Faithfulness {
    /// The method's name.
    pub method: String,
    /// Insertion and deletion ordered by the tokens' own scores.
    pub first_order: Option<Curves>,
    /// Insertion and deletion ordered by attributions among the kept tokens.
    pub second_order: Option<Curves>,
    /// Sampled coalitions.
    pub coalitions: Option<Coalitions>,
    /// Kendall's tau between the matrix and the second differences.
    pub differences: Option<Estimate>,
}

/// Insertion and deletion: the same curves, read from opposite ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curves {
    /// Mean area between the normalised curves, over the pairs whose texts are worth at least 0.05
    /// more or less than nothing.
    pub area: Option<Estimate>,
    /// Mean area between the curves in units of the similarity, over all pairs.
    pub raw_area: Option<Estimate>,
    /// Mean value with the k most important tokens kept (insertion most important first, deletion
    /// least important first), for each share of tokens kept: 0, 0.1, …, 1.
    pub most: Vec<f64>,
    /// The same with the k least important tokens kept (insertion least important first, deletion
    /// most important first).
    pub least: Vec<f64>,
}

/// Sums of attributions within random subsets against the values of the subsets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Coalitions {
    /// Coefficient of determination, without any fit.
    pub r2: Option<Estimate>,
    /// The same after fitting the best line: Pearson's correlation, squared.
    pub r2_line: Option<Estimate>,
    /// Spearman's correlation.
    pub spearman: Option<Estimate>,
}

/// The pointing game.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pointing {
    /// Mean share of token pairs that fall in matching blocks: the chance level.
    pub chance: Option<Estimate>,
    /// Mean share of positive attributions that falls in matching blocks, for each method.
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

/// Attributions after randomising the layers from `from` on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Randomized {
    /// First randomised layer; L: none are randomised, 0: all are.
    pub from: usize,
    /// Mean Spearman correlation with the attributions of the trained model.
    pub attribution: Option<Estimate>,
    /// The same for the Jacobian's part alone, without the difference x - r that multiplies it.
    pub jacobian: Option<Estimate>,
}

/// How plausible the methods are on the gold alignments of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alignment {
    /// The file.
    pub gold: String,
    /// Pairs of texts that were measured.
    pub pairs: usize,
    /// Pairs that were not, because the model reads no token of some unit, as where it cuts off a
    /// text.
    pub left_out: usize,
    /// One row per method, view and layer.
    pub methods: Vec<Plausibility>,
}

/// How well one method finds the aligned units. All are means over pairs with an aligned unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plausibility {
    /// The method's name.
    pub method: String,
    /// The view of its matrix; None for methods without a matrix over tokens.
    pub view: Option<View>,
    /// The attributed layer, or the one whose input was compared.
    pub layer: Option<usize>,
    /// Average precision over all pairs of units.
    pub precision: Option<Estimate>,
    /// The same over the pairs of units that share no content word.
    pub unlike: Option<Estimate>,
    /// F1 of the alignment by mutual best.
    pub mutual: Option<Estimate>,
    /// F1 of the alignment by optimal transport.
    pub transport: Option<Estimate>,
}

impl Report {
    /// A report without any results yet.
    pub(crate) fn new(setting: Setting) -> Self {
        Self {
            setting,
            predictive: None,
            accuracy: None,
            agreement: None,
            faithfulness: None,
            pointing: None,
            sanity: None,
            alignment: None,
        }
    }
}
