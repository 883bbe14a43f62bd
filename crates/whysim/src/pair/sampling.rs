//! Standard errors of a pair whose contributions were sampled.
//!
//! The two texts are sampled independently, so that with their deviations D
//!
//! ```text
//! var(V^a_i . V^b_j) = sum_b (D^a_bi . V^b_j)^2 + sum_b (V^a_i . D^b_bj)^2
//! ```
//!
//! up to the product of both errors, which is of a smaller order. The interaction is the same
//! product of contributions less their mean (eq. 7 of the method), and so is its variance.

use super::{Norms, products};
use crate::decomposition::Decomposition;
use crate::explanation::StandardError;

pub(super) fn standard_error(a: &Decomposition, b: &Decomposition, norms: &Norms) -> StandardError {
    StandardError {
        matrix: entries(&Sampled::of(a), &Sampled::of(b), norms.n),
        interaction: entries(&Sampled::of(a).centred(), &Sampled::of(b).centred(), norms.n),
        a: with(a, &b.embedding, norms.n),
        b: with(b, &a.embedding, norms.n),
    }
}

/// Contributions and their deviations.
struct Sampled {
    rows: usize,
    dim: usize,
    /// V, [rows, D].
    values: Vec<f32>,
    /// D, [groups, rows, D].
    deviations: Vec<f32>,
}

impl Sampled {
    fn of(text: &Decomposition) -> Self {
        Self {
            rows: text.tokens.len(),
            dim: text.embedding.len(),
            values: text.contributions.clone(),
            deviations: text.deviations.clone(),
        }
    }

    /// The same less the mean of the rows.
    fn centred(mut self) -> Self {
        let size = (self.rows * self.dim).max(1);
        let all = self.values.chunks_exact_mut(size).chain(self.deviations.chunks_exact_mut(size));
        for rows in all {
            let mut mean = vec![0.0; self.dim];
            for row in rows.chunks_exact(self.dim) {
                mean.iter_mut().zip(row).for_each(|(mean, &v)| *mean += f64::from(v) / self.rows as f64);
            }
            for row in rows.chunks_exact_mut(self.dim) {
                row.iter_mut().zip(&mean).for_each(|(v, mean)| *v = (f64::from(*v) - mean) as f32);
            }
        }
        self
    }
}

/// The standard errors of all products, [rows of a][rows of b].
fn entries(a: &Sampled, b: &Sampled, n: f64) -> Vec<Vec<f32>> {
    let (rows, columns) = (a.rows, b.rows);
    let mut squares = vec![0.0; rows * columns];
    // [groups, rows of A, rows of B], and [groups, rows of B, rows of A].
    let of_a = products(&a.deviations, &b.values, a.dim, n);
    let of_b = products(&b.deviations, &a.values, a.dim, n);
    for group in of_a.chunks_exact((rows * columns).max(1)) {
        squares.iter_mut().zip(group).for_each(|(sum, &v)| *sum += f64::from(v).powi(2));
    }
    for group in of_b.chunks_exact((rows * columns).max(1)) {
        for (j, row) in group.chunks_exact(rows).enumerate() {
            row.iter().enumerate().for_each(|(i, &v)| squares[i * columns + j] += f64::from(v).powi(2));
        }
    }
    let roots: Vec<f32> = squares.into_iter().map(|square| square.sqrt() as f32).collect();
    roots.chunks(columns.max(1)).map(<[f32]>::to_vec).collect()
}

/// Standard errors of `V_i . u / n`, `[rows]`. u: `[D]`, which is known exactly.
pub(crate) fn with(text: &Decomposition, u: &[f32], n: f64) -> Vec<f32> {
    let rows = text.tokens.len();
    let mut squares = vec![0.0; rows];
    for group in products(&text.deviations, u, u.len(), n).chunks_exact(rows.max(1)) {
        squares.iter_mut().zip(group).for_each(|(sum, &v)| *sum += f64::from(v).powi(2));
    }
    squares.into_iter().map(|square| square.sqrt() as f32).collect()
}
