//! Standard errors of a pair whose contributions were sampled.
//!
//! The two texts are sampled independently, so that with their deviations D
//!
//! ```text
//! var(V^a_i . V^b_j) = sum_b (D^a_bi . V^b_j)^2 + sum_b (V^a_i . D^b_bj)^2
//! ```
//!
//! up to the product of both errors, which is of a smaller order.

use super::{Norms, products};
use crate::decomposition::Decomposition;
use crate::explanation::StandardError;

pub(super) fn standard_error(a: &Decomposition, b: &Decomposition, norms: &Norms) -> StandardError {
    let (rows, columns, dim) = (a.tokens.len(), b.tokens.len(), a.embedding.len());
    let mut squares = vec![0.0; rows * columns];
    // [groups, rows of A, rows of B], and [groups, rows of B, rows of A].
    let of_a = products(&a.deviations, &b.contributions, dim, norms.n);
    let of_b = products(&b.deviations, &a.contributions, dim, norms.n);
    for group in of_a.chunks_exact((rows * columns).max(1)) {
        squares.iter_mut().zip(group).for_each(|(sum, &v)| *sum += f64::from(v).powi(2));
    }
    for group in of_b.chunks_exact((rows * columns).max(1)) {
        for (j, row) in group.chunks_exact(rows).enumerate() {
            row.iter().enumerate().for_each(|(i, &v)| squares[i * columns + j] += f64::from(v).powi(2));
        }
    }
    let roots: Vec<f32> = squares.into_iter().map(|square| square.sqrt() as f32).collect();
    StandardError {
        matrix: roots.chunks(columns.max(1)).map(<[f32]>::to_vec).collect(),
        a: with(a, &b.embedding, norms.n),
        b: with(b, &a.embedding, norms.n),
    }
}

/// Standard errors of `V_i . u / n`, [rows]. u: `[D]`, which is known exactly.
pub(crate) fn with(text: &Decomposition, u: &[f32], n: f64) -> Vec<f32> {
    let rows = text.tokens.len();
    let mut squares = vec![0.0; rows];
    for group in products(&text.deviations, u, u.len(), n).chunks_exact(rows.max(1)) {
        squares.iter_mut().zip(group).for_each(|(sum, &v)| *sum += f64::from(v).powi(2));
    }
    squares.into_iter().map(|square| square.sqrt() as f32).collect()
}
