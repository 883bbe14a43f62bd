//! What moves when the model changes, or the layer: scores, words, pairs of words.
//!
//! Two models cut texts into different tokens, so both explanations are brought to the same words.
//! What word i of A adds to the score is its total `V_i . e / n`
//! ([`Explanation::relevance`](crate::Explanation::relevance)); a pair of words has an attribution
//! and an interaction ([`Explanation::interaction`](crate::Explanation::interaction)).
//!
//! Scores of two models are on scales of their own: 0.7 may be much for one and little for the
//! other. Over many pairs scores are therefore also standardised, z = (score - mean) / standard
//! deviation, each over its own model's scores, and compared by their ranks. Totals are divided by
//! the same standard deviation. One pair alone has no such measure; its words have their ranks.

mod align;
mod comparison;
mod overview;
mod run;
mod table;

use crate::decomposition::Options;
use crate::encoder::Encoder;
use crate::similarity::Similarity;

pub use comparison::{Agreement, Comparison, Text, Word, WordPair};
pub use overview::{Agreed, Chosen, Gold, Moved, Overview, Scored, Settings, choose};
pub use run::{compare, compare_pairs};
pub use table::WordMove;

/// One of the two that are compared: a model, and how it explains.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The model.
    pub encoder: &'a Encoder,
    /// How texts are decomposed. Rows of tokens are summed to words; by words they cost less.
    pub options: &'a Options,
    /// How embeddings are compared.
    pub similarity: Similarity,
}
