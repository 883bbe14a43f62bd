//! An alignment read off a matrix: which rows and columns belong together.
//!
//! By mutual best, i and j are aligned if each is the other's best. By optimal transport, every row
//! and every column holds a mass of 1, which it may move to the other side or keep:
//!
//! ```text
//! maximise  sum_ij P_ij G_ij + epsilon * entropy(P)
//! where     sum_j P_ij <= 1,  sum_i P_ij <= 1,  P >= 0,  and P_ij = 0 where S_ij is not above 0
//!           G_ij = S_ij / sqrt(max of row i * max of column j)
//! ```
//!
//! Keeping mass gains nothing and costs nothing, so that units without a counterpart may stay
//! alone; that is what makes partial transport fit texts that say different things (Arase, Bao,
//! Yokoi, "Unbalanced Optimal Transport for Unbalanced Word Alignment", ACL 2023). The entropy lets
//! Sinkhorn's iterations solve it (Cuturi, NeurIPS 2013); what is kept goes to a row and a column
//! of their own. G compares an entry with the best of its own row and column: a single large entry
//! would otherwise make all others look like nothing. docs/evaluation.md has the measurements
//! behind these choices.

use serde::Serialize;

use super::{Explanation, View};
use crate::names::named;
use crate::text::Origin;

/// How rows and columns are matched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Matching {
    /// Each is the other's best.
    #[default]
    Mutual,
    /// Partial optimal transport with entropy.
    Transport,
}

named!(Matching, "align", [("mutual", Mutual), ("transport", Transport)]);

/// How to align.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlignOptions {
    /// How rows and columns are matched.
    pub matching: Matching,
    /// The matrix that is read.
    pub view: View,
}

impl Default for AlignOptions {
    fn default() -> Self {
        Self { matching: Matching::default(), view: View::Interaction }
    }
}

/// A row and a column that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct AlignedPair {
    /// Row of text A.
    pub a: usize,
    /// Row of text B.
    pub b: usize,
    /// Their entry in the view.
    pub value: f32,
    /// The mass that moves between them, up to 1; by mutual best always 1.
    pub weight: f32,
}

impl Explanation {
    /// Which rows of the texts themselves belong together, in the order of A; special and prompt
    /// tokens are not aligned.
    pub fn align(&self, options: &AlignOptions) -> Vec<AlignedPair> {
        let own = |side: &super::Side| -> Vec<usize> {
            (0..side.tokens.len()).filter(|&i| side.tokens[i].origin == Origin::Text).collect()
        };
        let (rows, columns, viewed) = (own(&self.a), own(&self.b), self.viewed(options.view));
        let value = |i: usize, j: usize| viewed.get(i).and_then(|row| row.get(j)).copied().unwrap_or_default();
        let scores: Vec<Vec<f64>> =
            rows.iter().map(|&i| columns.iter().map(|&j| f64::from(value(i, j))).collect()).collect();
        let found = match options.matching {
            Matching::Mutual => mutual(&scores).into_iter().map(|(i, j)| (i, j, 1.0)).collect(),
            Matching::Transport => transport(&scores),
        };
        let pair = |(i, j, weight): (usize, usize, f64)| {
            let (a, b) = (rows[i], columns[j]);
            AlignedPair { a, b, value: value(a, b), weight: weight as f32 }
        };
        found.into_iter().map(pair).collect()
    }
}

/// The pairs (i, j) where j is the best of row i and i the best of column j. Of equal values the
/// first is the best. scores: [rows][columns].
pub(crate) fn mutual(scores: &[Vec<f64>]) -> Vec<(usize, usize)> {
    let best = |values: &mut dyn Iterator<Item = f64>| {
        let mut found: Option<(usize, f64)> = None;
        for (i, value) in values.enumerate() {
            if found.is_none_or(|(_, best)| value > best) {
                found = Some((i, value));
            }
        }
        found.map(|(i, _)| i)
    };
    let of_column = |j: usize| best(&mut scores.iter().map(|row| row[j]));
    let pair = |(i, row): (usize, &Vec<f64>)| Some((i, best(&mut row.iter().copied())?));
    scores.iter().enumerate().filter_map(pair).filter(|&(i, j)| of_column(j) == Some(i)).collect()
}

/// epsilon, the entropy's weight.
const ENTROPY: f64 = 0.05;

/// Less mass than this is no alignment.
const LEAST: f64 = 0.5;

/// Iterations of Sinkhorn.
const ITERATIONS: usize = 100;

/// Pairs with their mass by partial optimal transport. scores: [rows][columns].
pub(crate) fn transport(scores: &[Vec<f64>]) -> Vec<(usize, usize, f64)> {
    let kernel = kernel(scores);
    let (rows, columns) = (scores.len(), scores.first().map_or(0, Vec::len));
    let masses = |own: usize, other: usize| [vec![1.0; own], vec![other as f64]].concat();
    let (of_rows, of_columns) = (masses(rows, columns), masses(columns, rows));
    let (mut left, mut right) = (vec![1.0; rows + 1], vec![1.0; columns + 1]);
    for _ in 0..ITERATIONS {
        for ((left, row), mass) in left.iter_mut().zip(&kernel).zip(&of_rows) {
            *left = mass / row.iter().zip(&right).map(|(k, r)| k * r).sum::<f64>();
        }
        let mut sums = vec![0.0; columns + 1];
        for (row, left) in kernel.iter().zip(&left) {
            sums.iter_mut().zip(row).for_each(|(sum, k)| *sum += k * left);
        }
        right = of_columns.iter().zip(sums).map(|(mass, sum)| mass / sum).collect();
    }
    let cells = (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j)));
    cells.map(|(i, j)| (i, j, left[i] * kernel[i][j] * right[j])).filter(|(_, _, mass)| *mass >= LEAST).collect()
}

/// exp(G / epsilon), 0 where nothing may move, with a last row and a last column for what is kept.
/// [rows + 1][columns + 1].
fn kernel(scores: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let columns = scores.first().map_or(0, Vec::len);
    let most = |values: &mut dyn Iterator<Item = f64>| values.fold(0.0, f64::max);
    let of_column: Vec<f64> = (0..columns).map(|j| most(&mut scores.iter().map(|row| row[j]))).collect();
    let row = |row: &Vec<f64>| {
        let of_row = most(&mut row.iter().copied());
        let gain = |(&score, of_column): (&f64, &f64)| {
            let gain = score / of_row.sqrt() / of_column.sqrt();
            if score > 0.0 && gain.is_finite() { (gain / ENTROPY).exp() } else { 0.0 }
        };
        row.iter().zip(&of_column).map(gain).chain([1.0]).collect()
    };
    scores.iter().map(row).chain([vec![1.0; columns + 1]]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explanation::sample::{garden, sized};

    #[test]
    fn a_perfect_matrix_is_read_as_it_is() {
        for n in [1, 2, 7, 40] {
            let aligned: Vec<(usize, usize)> = (0..n).map(|i| (i, (i * 3 + 1) % n)).collect();
            let cell = |i, j| if aligned.contains(&(i, j)) { 0.4 } else { -0.01 };
            let scores: Vec<Vec<f64>> = (0..n).map(|i| (0..n).map(|j| cell(i, j)).collect()).collect();
            assert_eq!(mutual(&scores), aligned);
            let moved = transport(&scores);
            assert_eq!(moved.iter().map(|&(i, j, _)| (i, j)).collect::<Vec<_>>(), aligned);
            assert!(moved.iter().all(|(_, _, mass)| (0.9..=1.0 + 1e-9).contains(mass)), "{moved:?}");
        }
    }

    #[test]
    fn what_has_no_counterpart_stays_alone() {
        let scores = [vec![0.5, -0.1], vec![-0.1, -0.2], vec![-0.1, -0.1]].to_vec();
        let pairs: Vec<(usize, usize)> = transport(&scores).iter().map(|&(i, j, _)| (i, j)).collect();
        assert_eq!(pairs, [(0, 0)]);
        assert!(transport(&[vec![-1.0, 0.0]]).is_empty() && transport(&[]).is_empty() && mutual(&[]).is_empty());
        // A large entry elsewhere changes nothing.
        let small = [vec![9.0, 0.0, 0.0], vec![0.0, 0.01, 0.002], vec![0.0, -0.01, 0.01]].to_vec();
        assert_eq!(transport(&small).iter().map(|&(i, j, _)| (i, j)).collect::<Vec<_>>(), [(0, 0), (1, 1), (2, 2)]);
        assert!(transport(&[vec![f64::INFINITY]]).is_empty() && transport(&[vec![f64::NAN, -1.0]]).is_empty());
    }

    #[test]
    fn no_row_or_column_moves_more_than_it_holds() {
        let value = |i: usize, j: usize| ((i * 7 + j * 13) % 11) as f64 / 11.0 - 0.3;
        let scores: Vec<Vec<f64>> = (0..9).map(|i| (0..5).map(|j| value(i, j)).collect()).collect();
        let moved = transport(&scores);
        assert!(!moved.is_empty());
        for k in 0..9 {
            let of = |side: fn(&(usize, usize, f64)) -> usize| {
                moved.iter().filter(|pair| side(pair) == k).map(|pair| pair.2).sum::<f64>()
            };
            assert!(of(|pair| pair.0) < 1.0 + 1e-6 && of(|pair| pair.1) < 1.0 + 1e-6);
        }
    }

    #[test]
    fn an_explanation_aligns_its_texts_own_rows() {
        let e = garden();
        for matching in [Matching::Mutual, Matching::Transport] {
            let pairs = e.align(&AlignOptions { matching, ..AlignOptions::default() });
            let names: Vec<[&str; 2]> =
                pairs.iter().map(|pair| [e.a.tokens[pair.a].text.as_str(), &e.b.tokens[pair.b].text]).collect();
            assert!(names.contains(&["dog", "dog"]) && names.contains(&["kitten", "cat"]), "{names:?}");
            let interaction = e.interaction();
            for pair in pairs {
                assert!(e.a.tokens[pair.a].origin == Origin::Text && e.b.tokens[pair.b].origin == Origin::Text);
                assert_eq!(pair.value, interaction[pair.a][pair.b]);
            }
        }
    }

    #[test]
    fn a_result_whose_parts_do_not_fit_each_other_is_still_aligned() {
        let mut e = sized(5);
        e.matrix.truncate(2);
        e.matrix[0].push(f32::NAN);
        for matching in [Matching::Mutual, Matching::Transport] {
            for view in [View::Attribution, View::Interaction] {
                e.align(&AlignOptions { matching, view });
            }
        }
    }
}
