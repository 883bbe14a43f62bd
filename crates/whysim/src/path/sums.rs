//! Sums by a rule, and the row groups that are summed.

use whysim_core::Real;

use super::line::Line;

/// `sum_n weights_n x_n`. x: [N, ..].
pub(super) fn weighted<T: Real>(x: &[T], weights: &[f64]) -> Vec<f64> {
    let size = x.len() / weights.len();
    let mut sum = vec![0.0; size];
    for (node, &weight) in x.chunks_exact(size.max(1)).zip(weights) {
        sum.iter_mut().zip(node).for_each(|(sum, &v)| *sum += weight * v.to_f64());
    }
    sum
}

pub(super) fn add(sum: &mut [f64], part: &[f64]) {
    sum.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
}

/// The sum of vectors of one length.
pub(super) fn total(parts: Vec<Vec<f64>>) -> Vec<f64> {
    let mut parts = parts.into_iter();
    let mut sum = parts.next().unwrap_or_default();
    parts.for_each(|part| add(&mut sum, &part));
    sum
}

/// The groups of tokens that have tangents. Groups that are the same in the text and its reference,
/// such as special tokens at layer 0, are left out: they contribute nothing.
pub(super) struct Groups {
    /// The row of V for each moving group.
    rows: Vec<usize>,
    pub moving: Vec<Vec<usize>>,
    /// K.
    count: usize,
}

impl Groups {
    pub(super) fn new<T: Real>(line: &Line<T>, members: &[Vec<usize>]) -> Self {
        let moves = |k: &usize| members[*k].iter().any(|&s| line.moves(s));
        let rows: Vec<usize> = (0..members.len()).filter(moves).collect();
        Self { moving: rows.iter().map(|&row| members[row].clone()).collect(), rows, count: members.len() }
    }

    /// Expands V of the moving groups to V of all groups, [K, D].
    pub(super) fn all(&self, moving: &[f64], width: usize) -> Vec<f64> {
        let mut all = vec![0.0; self.count * width];
        for (&row, v) in self.rows.iter().zip(moving.chunks_exact(width)) {
            all[row * width..(row + 1) * width].copy_from_slice(v);
        }
        all
    }
}
