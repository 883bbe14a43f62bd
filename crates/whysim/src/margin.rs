//! The margin: why one text ranks above another for the same query.
//!
//! With A the attributions of a pair, c the sum of its border (the references' share) and s its
//! score, for a query with the better text b and with the worse text w. All of it follows from the
//! ledger of each pair (eq. (5) of the method):
//!
//! ```text
//! s_b - s_w = sum_i query_i + (c_b - c_w) - error
//!           = sum_j better_j + sum_k worse_k + (c_b - c_w) - error
//!
//! query_i = sum_j A^b_ij - sum_k A^w_ik,   better_j = sum_i A^b_ij,   worse_k = - sum_i A^w_ik
//! ```

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
    /// The same for each row's share with the two texts' references: `[rows of the query]`. Zero
    /// for an exact model.
    pub query_border: Vec<f64>,
    /// What each row of the better text adds to the margin: `[rows of the better text]`.
    pub better_rows: Vec<f64>,
    /// What each row of the worse text adds to the margin, negative where it speaks for that text:
    /// `[rows of the worse text]`.
    pub worse_rows: Vec<f64>,
    /// Sum of `query`, which is that of `better_rows` and `worse_rows` together.
    pub sum: f64,
    /// What the references add to the margin: the sum of the better pair's border minus that of the
    /// worse pair's. Zero for an exact model.
    pub references: f64,
    /// Signed error of the ledger: `sum` + `references` - `margin`.
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
        let (sum, margin) = (b.sum - w.sum, b.score - w.score);
        let references = border(&b) - border(&w);
        Ok(Margin(Record {
            margin,
            query: between(&rows(&b), &rows(&w)),
            query_border: between(&wide(&b.border.a), &wide(&w.border.a)),
            better_rows: columns(&b),
            worse_rows: columns(&w).into_iter().map(|v| -v).collect(),
            sum,
            references,
            error: sum + references - margin,
            bound: bound(self, [(better, &b), (worse, &w)]),
            better: b,
            worse: w,
        }))
    }
}

impl Margin {
    /// This margin by words or sentences: everything with rows is summed within each group; the
    /// rest is unchanged.
    ///
    /// Only from finer to coarser, as [`Explanation::by`].
    pub fn by(&self, unit: Unit) -> Margin {
        let (better, worse) = (self.better.by(unit), self.worse.by(unit));
        Margin(Record {
            query: between(&rows(&better), &rows(&worse)),
            query_border: between(&wide(&better.border.a), &wide(&worse.border.a)),
            better_rows: columns(&better),
            worse_rows: columns(&worse).into_iter().map(|v| -v).collect(),
            better,
            worse,
            ..self.0
        })
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

/// The references' share of a score.
fn border(e: &Explanation) -> f64 {
    e.border.a.iter().chain(&e.border.b).map(|&v| f64::from(v)).sum::<f64>() + e.border.corner
}

/// Sums over text B: `[rows of A]`.
fn rows(e: &Explanation) -> Vec<f64> {
    e.matrix.iter().map(|row| row.iter().map(|&v| f64::from(v)).sum()).collect()
}

/// Sums over text A: `[rows of B]`.
fn columns(e: &Explanation) -> Vec<f64> {
    let mut sums = vec![0.0; e.b.tokens.len()];
    for row in &e.matrix {
        sums.iter_mut().zip(row).for_each(|(sum, &v)| *sum += f64::from(v));
    }
    sums
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
    Margin(Record {
        margin: more,
        query: between(&rows(&better), &rows(worse)),
        query_border: vec![0.0; better.a.tokens.len()],
        better_rows: columns(&better),
        worse_rows: columns(worse).into_iter().map(|v| -v).collect(),
        sum: more,
        references: 0.0,
        error: 0.0,
        bound: 1e-5,
        worse: worse.clone(),
        better,
    })
}
