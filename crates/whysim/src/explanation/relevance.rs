//! What each token adds to the score.
//!
//! A row's sum over an off-the-shelf matrix is not it: what the row has with the other text's
//! reference stands in the border. With both, by bilinearity,
//!
//! ```text
//! relevance of row i of A = sum_j A_ij + border_i = V^a_i . e_b / n
//! sum of A's relevances   = f(a, b) - f(r_a, b)
//! ```
//!
//! and for B alike. It is what [`crate::Encoder::relevance`] computes without a matrix.

use serde::Serialize;

use super::{Convergence, Explanation};

/// What each row adds to the score, with the whole of the other text.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Relevances {
    /// Of text A, [rows of A]; with f(r_a, b) they are the score, apart from the error.
    pub a: Vec<f64>,
    /// Of text B, [rows of B]; with f(a, r_b) they are the score, apart from the error.
    pub b: Vec<f64>,
}

impl Relevances {
    /// Of A and of B.
    pub fn sides(self) -> [Vec<f64>; 2] {
        [self.a, self.b]
    }
}

impl Explanation {
    /// What each row of each text adds to the score: its attributions, and its share of the border.
    pub fn relevance(&self) -> Relevances {
        let rows = self.matrix.iter().map(|row| row.iter().map(|&v| f64::from(v)).sum());
        let mut a: Vec<f64> = rows.collect();
        let mut b = vec![0.0; self.b.tokens.len()];
        for row in &self.matrix {
            b.iter_mut().zip(row).for_each(|(sum, &v)| *sum += f64::from(v));
        }
        a.iter_mut().zip(&self.border.a).for_each(|(sum, &v)| *sum += f64::from(v));
        b.iter_mut().zip(&self.border.b).for_each(|(sum, &v)| *sum += f64::from(v));
        Relevances { a, b }
    }

    /// What the integration of A and of B came to.
    pub fn convergence(&self) -> [Convergence; 2] {
        [0, 1].map(|i| Convergence {
            gap: self.gaps[i],
            steps: self.steps[i],
            tolerance: self.tolerances[i],
            precision: self.precision,
            late: self.layer + 1 >= self.layers,
        })
    }

    /// Whether the tolerance was reached in both texts; None where none was asked for.
    pub fn converged(&self) -> Option<bool> {
        let [a, b] = self.convergence().map(|text| text.reached());
        match (a, b) {
            (Some(a), Some(b)) => Some(a && b),
            (one, other) => one.or(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::explanation::sample::{garden, sized};
    use crate::text::Unit;

    #[test]
    fn relevances_and_the_other_terms_are_the_score() {
        for e in [garden(), garden().by(Unit::Word), sized(5), sized(40)] {
            let relevance = e.relevance();
            let total = |values: &[f64]| values.iter().sum::<f64>();
            let border = |values: &[f32]| values.iter().map(|&v| f64::from(v)).sum::<f64>();
            let score = e.score + e.error;
            assert!((total(&relevance.a) + border(&e.border.b) + e.border.corner - score).abs() < 1e-5);
            assert!((total(&relevance.b) + border(&e.border.a) + e.border.corner - score).abs() < 1e-5);
        }
    }

    #[test]
    fn a_pair_has_converged_if_both_texts_have() {
        let mut e = sized(5);
        let mut of = |tolerances| {
            (e.gaps, e.tolerances) = ([1e-2, 1e-4], tolerances);
            e.converged()
        };
        assert_eq!([of([None; 2]), of([None, Some(1e-3)])], [None, Some(true)]);
        assert_eq!([of([Some(1e-3); 2]), of([Some(0.1), Some(1e-3)])], [Some(false), Some(true)]);
    }
}
