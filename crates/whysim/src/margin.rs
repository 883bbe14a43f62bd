//! The margin: why one text ranks above another for the same query.
//!
//! With x the relevance of a row, which is its attributions and its share of the border, and r a
//! reference, for a query q with the better text b and with the worse text w (eq. (5) of the
//! method, by rows of either side):
//!
//! ```text
//! s_b - s_w = sum_i query_i  + f(r_q, b) - f(r_q, w) - error
//!           = sum_j better_j + sum_k worse_k + f(q, r_b) - f(q, r_w) - error
//!
//! query_i = x^b_i - x^w_i,   better_j = x^b_j,   worse_k = - x^w_k
//! ```
//!
//! For an exact model the references' terms are zero. Without the border, rows of an off-the-shelf
//! model would seem to add what the references take away again.

use serde::{Deserialize, Serialize};

use crate::decomposition::Decomposition;
use crate::error::Result;
use crate::explanation::Explanation;
use crate::pair::{rounding, size};
use crate::sealed::sealed;
use crate::similarity::{Similarity, norm, product, wide};
use crate::text::Unit;

/// Why one text ranks above another for a query. Text A of both explanations is the query.
///
/// It derefs to a [`Record`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Margin(Record);

sealed!(Margin, Record);

/// What a [`Margin`] holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Record {
    /// The query with the better text.
    pub better: Explanation,
    /// The query with the worse text.
    pub worse: Explanation,
    /// The better text's score minus the worse one's: negative if they rank the other way round.
    pub margin: f64,
    /// How much more each row of the query adds to the better text's score than to the worse one's:
    /// `[rows of the query]`.
    pub query: Vec<f64>,
    /// What the query's reference has with the better text more than with the worse one, which is
    /// the rest of the margin beside `query`. Zero for an exact model.
    pub query_reference: f64,
    /// What each row of the better text adds to the margin: `[rows of the better text]`.
    pub better_rows: Vec<f64>,
    /// What each row of the worse text adds to the margin, negative where it speaks for that text:
    /// `[rows of the worse text]`.
    pub worse_rows: Vec<f64>,
    /// What the query has with the better text's reference more than with the worse one's, which is
    /// the rest of the margin beside `better_rows` and `worse_rows`. Zero for an exact model.
    pub text_references: f64,
    /// Signed error of both ledgers: the sum of `query` + `query_reference` - `margin`, and that of
    /// `better_rows` and `worse_rows` + `text_references` - `margin`.
    pub error: f64,
    /// A bound on |`error`|. The query's own gap is in both pairs, so this is less than the sum of
    /// the two pairs' bounds.
    pub bound: f64,
}

impl Decomposition {
    /// Why `better` ranks above `worse` for this text, the query.
    ///
    /// # Errors
    /// If the three were not made with the same recipe.
    pub fn margin(&self, better: &Self, worse: &Self, similarity: Similarity) -> Result<Margin> {
        let (b, w) = (self.explain(better, similarity)?, self.explain(worse, similarity)?);
        let error = b.error - w.error;
        let bound = bound(self, [(better, &b), (worse, &w)]);
        Ok(Margin(Record { margin: b.score - w.score, error, bound, ..of_rows(b, w) }))
    }
}

impl Margin {
    /// This margin by words or sentences: everything with rows is summed within each group; the
    /// rest is unchanged.
    ///
    /// Only from finer to coarser, as [`Explanation::by`].
    pub fn by(&self, unit: Unit) -> Margin {
        let (better, worse) = (self.better.by(unit), self.worse.by(unit));
        Margin(Record { margin: self.margin, error: self.error, bound: self.bound, ..of_rows(better, worse) })
    }
}

/// Everything with rows, and what is beside it; the other fields are zero.
fn of_rows(better: Explanation, worse: Explanation) -> Record {
    let (b, w) = (better.relevance(), worse.relevance());
    let total = |values: &[f32]| values.iter().map(|&v| f64::from(v)).sum::<f64>();
    let beside = |border: fn(&Explanation) -> &[f32]| {
        let of = |e: &Explanation| total(border(e)) + e.border.corner;
        of(&better) - of(&worse)
    };
    Record {
        margin: 0.0,
        query: b.a.iter().zip(&w.a).map(|(x, y)| x - y).collect(),
        query_reference: beside(|e| &e.border.b),
        better_rows: b.b,
        worse_rows: w.b.into_iter().map(|v| -v).collect(),
        text_references: beside(|e| &e.border.a),
        error: 0.0,
        bound: 0.0,
        better,
        worse,
    }
}

/// With d a text's residual, the two ledgers' errors differ by `d_q . (e_b / n_b - e_w / n_w)` and
/// by what the residuals of the other texts make of each (see `pair.rs`); Cauchy-Schwarz bounds
/// every product.
fn bound(query: &Decomposition, pairs: [(&Decomposition, &Explanation); 2]) -> f64 {
    let length = |text: &Decomposition| norm(&wide(&text.embedding));
    let eq = length(query);
    let scaled = pairs.map(|(text, pair)| {
        let e = wide(&text.embedding);
        let n = product([query, text].map(|text| pair.similarity.divisor(length(text), text.normalized())));
        let sizes = [size(query), size(text)];
        let own = (eq + query.residual) * text.residual / n + rounding(query.embedding.len(), sizes, n);
        (e.into_iter().map(|v| v / n).collect::<Vec<_>>(), own + f64::from(f32::EPSILON) * magnitude(pair))
    });
    let [(b, own_b), (w, own_w)] = scaled;
    query.residual * norm(&between(&b, &w)) + own_b + own_w
}

/// Sum of the absolute values of all entries, each of which was rounded to f32.
fn magnitude(e: &Explanation) -> f64 {
    e.matrix.iter().flatten().chain(&e.border.a).chain(&e.border.b).map(|v| f64::from(v.abs())).sum()
}

/// x - y. x, y: of one length, `[n]`.
fn between(x: &[f64], y: &[f64]) -> Vec<f64> {
    x.iter().zip(y).map(|(x, y)| x - y).collect()
}

/// A margin whose two pairs are the same one, but for `more` in the better one's score and in the
/// attribution of its fourth column.
#[cfg(test)]
pub(crate) fn sample(worse: &Explanation, more: f64) -> Margin {
    let mut better = worse.clone();
    better.matrix[2][3] += more as f32;
    (better.score, better.sum) = (better.score + more, better.sum + more);
    Margin(Record { margin: more, error: 0.0, bound: 1e-5, ..of_rows(better, worse.clone()) })
}
