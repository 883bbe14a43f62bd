//! What the sum of a matrix is made of, and its variation.
//!
//! With the mean m, the main effects alpha and beta and the interaction I (effects.rs), over the
//! texts' own rows n_a and n_b:
//!
//! ```text
//! sum_ij A_ij = n_a n_b m + what special and prompt rows add
//! sum_ij (A_ij - m)^2 = n_b sum_i alpha_i^2 + n_a sum_j beta_j^2 + sum_ij I_ij^2
//! ```
//!
//! The squares add up since the parts are orthogonal.

use serde::Serialize;

use super::Explanation;

/// The sum and the variation of a matrix, part by part.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Parts {
    /// n_a n_b: pairs of the texts' own rows, over which means are taken.
    pub pairs: usize,
    /// m: the mean of these pairs. `pairs * mean + others` is the matrix's sum.
    pub mean: f64,
    /// What pairs with a special or prompt row add to the sum.
    pub others: f64,
    /// The sum of squares of A's main effects over these pairs.
    pub a: f64,
    /// The same of B's.
    pub b: f64,
    /// The sum of squares of the interaction over these pairs.
    pub interaction: f64,
}

impl Parts {
    /// The interaction's share of the variation, 0 to 1; the main effects have the rest. None where
    /// all pairs are equal, or not finite.
    pub fn share(&self) -> Option<f64> {
        let total = self.a + self.b + self.interaction;
        let rounding = self.pairs as f64 * (self.mean * f64::from(f32::EPSILON)).powi(2);
        (total > rounding && total.is_finite()).then(|| self.interaction / total)
    }
}

impl Explanation {
    /// What the sum and the variation of the matrix are made of.
    pub fn parts(&self) -> Parts {
        let effects = self.effects();
        let [rows, columns] = [&self.a, &self.b].map(|side| {
            let counted = side.counted().into_iter().enumerate();
            counted.filter(|(_, counted)| *counted).map(|(i, _)| i).collect::<Vec<_>>()
        });
        let squares = |effects: &[f64], own: &[usize]| own.iter().map(|&i| effects[i] * effects[i]).sum::<f64>();
        let own = rows.iter().filter_map(|&i| Some((effects.a[i], self.matrix.get(i)?)));
        let cells = own.flat_map(|(a, row)| {
            let cell = |&j: &usize| Some(f64::from(*row.get(j)?) - effects.mean - a - effects.b[j]);
            columns.iter().filter_map(cell).collect::<Vec<f64>>()
        });
        let pairs = rows.len() * columns.len();
        Parts {
            pairs,
            mean: effects.mean,
            others: self.sum - pairs as f64 * effects.mean,
            a: columns.len() as f64 * squares(&effects.a, &rows),
            b: rows.len() as f64 * squares(&effects.b, &columns),
            interaction: cells.map(|cell| cell * cell).sum(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explanation::sample::{garden, sized};
    use crate::text::Unit;

    /// The matrix's cells between the texts' own rows.
    fn own(e: &Explanation) -> Vec<f64> {
        let (rows, columns) = (e.a.counted(), e.b.counted());
        let kept = e.matrix.iter().zip(rows).filter(|(_, counted)| *counted);
        let row = |(row, _): (&Vec<f32>, bool)| -> Vec<f64> {
            row.iter().zip(&columns).filter(|(_, counted)| **counted).map(|(&value, _)| f64::from(value)).collect()
        };
        kept.flat_map(row).collect()
    }

    #[test]
    fn the_parts_of_the_variation_add_up_to_it() {
        for e in [garden(), garden().by(Unit::Word), sized(5), sized(40)] {
            let (parts, cells) = (e.parts(), own(&e));
            assert_eq!(parts.pairs, cells.len());
            let total: f64 = cells.iter().map(|cell| (cell - parts.mean).powi(2)).sum();
            let sum = parts.a + parts.b + parts.interaction;
            assert!((sum - total).abs() < 1e-12 * total, "{sum} {total}");
            let share = parts.share().unwrap();
            assert!((share + (parts.a + parts.b) / total - 1.0).abs() < 1e-12 && share > 0.0 && share < 1.0);
        }
    }

    #[test]
    fn the_parts_of_the_sum_add_up_to_it() {
        for e in [garden(), sized(40)] {
            let (parts, cells) = (e.parts(), own(&e));
            let within: f64 = cells.iter().sum();
            let all: f64 = e.matrix.iter().flatten().map(|&value| f64::from(value)).sum();
            assert!((parts.pairs as f64 * parts.mean - within).abs() < 1e-9);
            assert!((parts.others - (all - within)).abs() < 1e-5, "{} {}", parts.others, all - within);
        }
    }

    #[test]
    fn main_effects_alone_leave_no_share() {
        let mut e = sized(5);
        e.matrix = (0..5).map(|i| (0..5).map(|j| (i + 2 * j) as f32).collect()).collect();
        assert!(e.parts().share().unwrap() < 1e-12);
        e.matrix = vec![vec![0.1; 5]; 5];
        assert_eq!(e.parts().share(), None);
        (e.a.tokens, e.matrix) = (Vec::new(), Vec::new());
        assert_eq!((e.parts().pairs, e.parts().share()), (0, None));
    }
}
