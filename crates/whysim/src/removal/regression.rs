//! Values of players from embeddings of coalitions, by least squares.
//!
//! With z a coalition as zeros and ones, w its weight and y its embedding less that of the empty
//! text, Shapley values minimise
//!
//! ```text
//! sum over coalitions of  w | y - sum_i z_i V_i |^2    under   sum_i V_i = e(all) - e(none)
//! ```
//!
//! and Banzhaf values minimise it with equal weights, a constant, and no constraint (Hammer,
//! Holzman, 1992). One factorisation serves all D dimensions. Over all coalitions the fit is exact.
//!
//! Standard errors come from the delete-a-group jackknife: the samples fall into B groups, and the
//! fit without group b, `V^(b)`, gives
//!
//! ```text
//! D_b = sqrt((B - 1) / B) (V^(b) - mean V),    var(V . u) = sum_b (D_b . u)^2
//! ```

use super::{Coalitions, Estimate, Index};
use crate::error::{Error, Result};

/// A pivot this much smaller than the largest means that values are not determined.
const SINGULAR: f64 = 1e-11;

/// The values of all players, from the embeddings `[coalitions][D]` and those of all and of no
/// player, `[D]` each.
pub(super) fn fit(
    coalitions: &Coalitions,
    embeddings: &[Vec<f64>],
    [all, none]: [&[f64]; 2],
    index: Index,
) -> Result<Estimate> {
    let design = Design { players: coalitions.players, index };
    let total: Vec<f64> = all.iter().zip(none).map(|(all, none)| all - none).collect();
    let mut groups = vec![Sums::new(design.width(), total.len()); coalitions.groups + 1];
    for (k, embedding) in embeddings.iter().enumerate() {
        let row = design.row(&coalitions.kept[k]);
        let share = design.share(&coalitions.kept[k]);
        let y = embedding.iter().zip(none).zip(&total).map(|((e, none), total)| e - none - share * total).collect();
        // The last of them is of what was not sampled.
        let group = coalitions.group[k].unwrap_or(coalitions.groups);
        groups[group].add(&row, y, coalitions.weights[k]);
    }
    let whole = groups.pop().unwrap_or_else(|| Sums::new(design.width(), total.len()));
    let sampled = groups.iter().fold(Sums::new(design.width(), total.len()), |sum, group| sum.plus(group, 1.0));
    let values = design.solve(whole.clone().plus(&sampled, 1.0), &total)?;
    let mut without = Vec::with_capacity(groups.len());
    for group in &groups {
        let rest = sampled.clone().plus(group, -1.0);
        // The others stand for this one too.
        let factor = sampled.count as f64 / rest.count.max(1) as f64;
        without.push(design.solve(whole.clone().plus(&rest, factor), &total)?);
    }
    Ok(Estimate { values, deviations: deviations(&without) })
}

/// What a coalition is in the fit.
struct Design {
    players: usize,
    index: Index,
}

impl Design {
    /// Number of unknowns for each dimension.
    fn width(&self) -> usize {
        match self.index {
            Index::Shapley => self.players,
            Index::Banzhaf => self.players + 1,
        }
    }

    /// The part of e(all) - e(none) that is known beforehand: players share it evenly, and the fit
    /// finds by how much they differ from that.
    fn share(&self, kept: &[bool]) -> f64 {
        match self.index {
            Index::Shapley => kept.iter().filter(|kept| **kept).count() as f64 / self.players as f64,
            Index::Banzhaf => 0.0,
        }
    }

    /// The coalition's row of the fit: centred, since differences from the mean sum to zero; or
    /// around zero, with a constant.
    fn row(&self, kept: &[bool]) -> Vec<f64> {
        let z = kept.iter().map(|&kept| f64::from(u8::from(kept)));
        match self.index {
            Index::Shapley => z.map(|z| z - self.share(kept)).collect(),
            Index::Banzhaf => z.map(|z| z - 0.5).chain([1.0]).collect(),
        }
    }

    /// The values, [players, D], from the normal equations.
    fn solve(&self, mut sums: Sums, total: &[f64]) -> Result<Vec<f64>> {
        let n = self.width();
        if self.index == Index::Shapley {
            // Centred rows leave the direction of equal values open; the fit has none of it.
            let weight = (0..n).map(|i| sums.gram[i * n + i]).sum::<f64>().max(f64::MIN_POSITIVE) / n as f64;
            sums.gram.iter_mut().for_each(|v| *v += weight);
        }
        let mut values = cholesky(sums.gram, sums.right, n)?;
        values.truncate(self.players * total.len());
        if self.index == Index::Shapley {
            for row in values.chunks_exact_mut(total.len().max(1)) {
                row.iter_mut().zip(total).for_each(|(v, total)| *v += total / self.players as f64);
            }
        }
        Ok(values)
    }
}

/// Sums over coalitions: the two sides of the normal equations.
#[derive(Clone)]
struct Sums {
    /// Sum of w z z^T, [width, width].
    gram: Vec<f64>,
    /// Sum of w z y^T, [width, D].
    right: Vec<f64>,
    /// Number of coalitions.
    count: usize,
}

impl Sums {
    fn new(width: usize, dim: usize) -> Self {
        Self { gram: vec![0.0; width * width], right: vec![0.0; width * dim], count: 0 }
    }

    fn add(&mut self, z: &[f64], y: Vec<f64>, weight: f64) {
        let rows = self.gram.chunks_exact_mut(z.len()).zip(self.right.chunks_exact_mut(y.len().max(1)));
        for ((gram, right), &zi) in rows.zip(z) {
            let scaled = weight * zi;
            gram.iter_mut().zip(z).for_each(|(sum, zj)| *sum += scaled * zj);
            right.iter_mut().zip(&y).for_each(|(sum, y)| *sum += scaled * y);
        }
        self.count += 1;
    }

    fn plus(mut self, other: &Self, factor: f64) -> Self {
        self.gram.iter_mut().zip(&other.gram).for_each(|(x, y)| *x += factor * y);
        self.right.iter_mut().zip(&other.right).for_each(|(x, y)| *x += factor * y);
        self.count = self.count.saturating_add_signed(factor.signum() as isize * other.count as isize);
        self
    }
}

/// Solves `gram x = right` for a symmetric positive definite `gram` [n, n]; right, x: [n, D].
fn cholesky(mut gram: Vec<f64>, mut right: Vec<f64>, n: usize) -> Result<Vec<f64>> {
    let dim = right.len() / n.max(1);
    let largest = (0..n).map(|i| gram[i * n + i]).fold(0.0, f64::max);
    for j in 0..n {
        for i in j..n {
            let known: f64 = (0..j).map(|k| gram[i * n + k] * gram[j * n + k]).sum();
            gram[i * n + j] -= known;
        }
        let pivot = gram[j * n + j];
        if pivot.is_nan() || pivot <= SINGULAR * largest {
            let expected = "large enough to tell the rows of the text apart".into();
            return Err(Error::Option { option: "budget", expected, got: "too small".into() });
        }
        let root = pivot.sqrt();
        (j..n).for_each(|i| gram[i * n + j] /= root);
    }
    for i in 0..n {
        for k in 0..i {
            subtract(&mut right, dim, i, k, gram[i * n + k]);
        }
        right[i * dim..][..dim].iter_mut().for_each(|v| *v /= gram[i * n + i]);
    }
    for i in (0..n).rev() {
        for k in i + 1..n {
            subtract(&mut right, dim, i, k, gram[k * n + i]);
        }
        right[i * dim..][..dim].iter_mut().for_each(|v| *v /= gram[i * n + i]);
    }
    Ok(right)
}

/// Row i less a multiple of row k.
fn subtract(rows: &mut [f64], dim: usize, i: usize, k: usize, factor: f64) {
    let (low, high) = (i.min(k), i.max(k));
    let (before, after) = rows.split_at_mut(high * dim);
    let (low, high) = (&mut before[low * dim..][..dim], &mut after[..dim]);
    let (target, source) = if i < k { (low, high) } else { (high, low) };
    target.iter_mut().zip(source).for_each(|(x, y)| *x -= factor * *y);
}

/// Fits without each group as deviations from their mean, scaled for variances. [groups][values]
/// -> [groups, values].
fn deviations(without: &[Vec<f64>]) -> Vec<f64> {
    let count = without.len() as f64;
    let mut mean = vec![0.0; without.first().map_or(0, Vec::len)];
    without.iter().for_each(|values| mean.iter_mut().zip(values).for_each(|(m, v)| *m += v / count));
    let scale = ((count - 1.0) / count).sqrt();
    without.iter().flat_map(|values| values.iter().zip(&mean).map(move |(v, m)| scale * (v - m))).collect()
}
