//! The pair: token-token attributions and the ledger of what they add up to.
//!
//! With contributions `V`, embeddings `e`, reference embeddings `q` and the norm `n` (the product
//! of the embeddings' norms for cosine, 1 for dot), Moeller, Nikolaev, Padó (EMNLP 2023, arXiv
//! 2310.05703; EACL 2024, arXiv 2402.02883):
//!
//! ```text
//! A_ij  = V^a_i . V^b_j / n                                                              matrix
//! score = [ sum_ij V^a_i . V^b_j + sum_i V^a_i . q_b + sum_j q_a . V^b_j + q_a . q_b ] / n   ledger
//! ```

mod align;
mod effects;
mod method;
mod parts;
mod regroup;
mod relevance;
#[cfg(test)]
pub(crate) mod sample;
mod top;

use serde::{Deserialize, Serialize};
use whysim_core::Precision;

use crate::convergence::Convergence;
use crate::removal::Removal;
use crate::sealed::sealed;
use crate::similarity::Similarity;
use crate::text::{Token, Unit};

pub use align::{AlignOptions, AlignedPair, Matching};
pub(crate) use align::{mutual, transport};
pub use effects::{Effects, View};
pub use method::{Method, StandardError, is_unclear};
pub use parts::Parts;
pub use relevance::Relevances;
pub use top::{Listed, TopPair};

/// The part of the score that does not come from pairs of tokens: the references' share. All zero
/// for an exact model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Border {
    /// Each row of text A against B's reference: `V^a_i . q_b / n`, [rows of A].
    pub a: Vec<f32>,
    /// A's reference against each row of text B: `q_a . V^b_j / n`, [rows of B].
    pub b: Vec<f32>,
    /// Reference against reference: `q_a . q_b / n`.
    pub corner: f64,
}

/// The four similarities between texts and references, all divided by the same norm `n`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Terms {
    /// f(a, b): the score.
    pub ab: f64,
    /// f(a, reference of b).
    pub a_ref: f64,
    /// f(reference of a, b).
    pub ref_b: f64,
    /// f(reference of a, reference of b).
    pub ref_ref: f64,
}

/// One text of an explained pair.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Side {
    /// The text as it was given.
    pub text: String,
    /// The rows (for A) or columns (for B) of the matrix, in order.
    pub tokens: Vec<Token>,
    /// Set if the model did not read the whole text.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub truncated: Option<Truncated>,
}

/// How much of a text the model read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Truncated {
    /// Tokens that the model read, special tokens included.
    pub read: usize,
    /// Tokens in the whole text, special tokens included.
    pub of: usize,
}

/// Why two texts are similar: every number of the ledger, and what it was made with.
///
/// It derefs to a [`Record`] and cannot be changed, so that its bound stays the one that was
/// proved. Its serde form is the program's JSON format: the record, with the relevances, the main
/// effects, the interaction and whether it converged, which follow from it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Explanation(pub(crate) Record);

impl Serialize for Explanation {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Form<'a> {
            #[serde(flatten)]
            record: &'a Record,
            converged: Option<bool>,
            relevance: Relevances,
            effects: Effects,
            interaction: Vec<Vec<f32>>,
        }
        let (converged, relevance) = (self.converged(), self.relevance());
        let (effects, interaction) = (self.effects(), self.interaction());
        Form { record: self, converged, relevance, effects, interaction }.serialize(serializer)
    }
}

sealed!(Explanation, Record);

/// What an [`Explanation`] holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Record {
    /// The model's name or folder, as it was given.
    pub model: String,
    /// The layer l whose input is attributed: 0 = embeddings … L = the last layer's output. 0, as
    /// is `layers`, for contributions by removal, which look at no layer.
    pub layer: usize,
    /// The model's number of layers L.
    pub layers: usize,
    /// How the embeddings were compared.
    pub similarity: Similarity,
    /// True for an exact model from its own reference: the border is zero by construction and `sum`
    /// is the score.
    pub exact: bool,
    /// What the matrix's rows and columns stand for.
    pub by: Unit,
    /// How contributions were made.
    #[serde(default)]
    pub method: Method,
    /// The name of the quadrature rule, or of the mean over coalitions.
    pub rule: String,
    /// The name of the reference, or of what the empty text is worth.
    pub reference: String,
    /// How parts of the texts were removed; None for contributions by a path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removal: Option<Removal>,
    /// How tangents were multiplied with weights.
    #[serde(default)]
    pub precision: Precision,
    /// Quadrature nodes used, or texts embedded, for A and for B.
    pub steps: [usize; 2],
    /// Relative completeness gap |sum V - (e - q)| / |e - q| of A and of B.
    pub gaps: [f64; 2],
    /// The largest gap that was acceptable, of A and of B; None where none was asked for.
    #[serde(default)]
    pub tolerances: [Option<f64>; 2],
    /// The similarity of the two texts under the model.
    pub score: f64,
    /// Sum of `matrix`.
    pub sum: f64,
    /// Signed error of the ledger: `sum` + border - `score`.
    pub error: f64,
    /// A bound on |`error`| that follows from the gaps (Cauchy-Schwarz).
    pub bound: f64,
    /// The four terms.
    pub terms: Terms,
    /// Text A: the rows.
    pub a: Side,
    /// Text B: the columns.
    pub b: Side,
    /// `A_ij`, [rows of A][rows of B].
    pub matrix: Vec<Vec<f32>>,
    /// The references' share of the score.
    pub border: Border,
    /// How far the sampling of coalitions may have moved the numbers; None for contributions by a
    /// path. It is no part of `error`, as it moves attributions from one pair to another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standard_error: Option<StandardError>,
}
