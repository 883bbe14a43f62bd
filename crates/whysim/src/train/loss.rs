//! The loss of a batch of pairs, and its cotangents:
//!
//! ```text
//! loss = mean_i (s_i - score_i)²           s_i = a_i . b_i,  or  a_i . b_i / (|a_i| |b_i|)
//! ds/da = b                            ds/da = (b / |b| - s a / |a|) / |a|          the same for b
//! ```
//!
//! where a and b are the embeddings, for an exact model minus those of their references.

use crate::similarity::{Similarity, dot, norm};

/// Embeddings of pairs: all texts A, then all texts B, then references.
pub(super) struct Batch<'a> {
    /// [rows, D].
    pub embeddings: &'a [f32],
    /// The row of each text's reference; None for a model without the shift.
    pub references: Option<Vec<usize>>,
    /// The target similarity of each pair.
    pub scores: &'a [f64],
}

impl Batch<'_> {
    /// The loss, and its cotangents for every row: [rows, D]. Computed in f64, rounded at the end.
    pub(super) fn loss(&self, similarity: Similarity) -> (f64, Vec<f32>) {
        let pairs = self.scores.len();
        let rows = self.references.iter().flatten().fold(2 * pairs, |rows, &place| rows.max(place + 1));
        let dim = self.embeddings.len() / rows;
        let mut cotangents = vec![0f64; self.embeddings.len()];
        let mut loss = 0.0;
        for (i, score) in self.scores.iter().enumerate() {
            let (a, b) = (self.text(i, dim), self.text(pairs + i, dim));
            let (s, da, db) = with_gradients(&a, &b, similarity);
            loss += (s - score).powi(2) / pairs as f64;
            let slope = 2.0 * (s - score) / pairs as f64;
            for (text, gradient) in [(i, da), (pairs + i, db)] {
                add(&mut cotangents[text * dim..(text + 1) * dim], slope, &gradient);
                if let Some(places) = &self.references {
                    add(&mut cotangents[places[text] * dim..][..dim], -slope, &gradient);
                }
            }
        }
        (loss, cotangents.into_iter().map(|v| v as f32).collect())
    }

    /// The embedding of a text, minus that of its reference.
    fn text(&self, i: usize, dim: usize) -> Vec<f64> {
        let row = |i: usize| &self.embeddings[i * dim..(i + 1) * dim];
        let own = row(i).iter().map(|&v| f64::from(v));
        match &self.references {
            Some(places) => own.zip(row(places[i])).map(|(e, &q)| e - f64::from(q)).collect(),
            None => own.collect(),
        }
    }
}

/// The similarity, and its gradients with respect to a and b.
fn with_gradients(a: &[f64], b: &[f64], similarity: Similarity) -> (f64, Vec<f64>, Vec<f64>) {
    match similarity {
        Similarity::Dot => (dot(a, b), b.to_vec(), a.to_vec()),
        Similarity::Cos => {
            let (la, lb) = (norm(a), norm(b));
            if la * lb == 0.0 {
                // Similar to nothing, and without a direction to change that.
                return (0.0, vec![0.0; a.len()], vec![0.0; b.len()]);
            }
            let s = similarity.of(a, b);
            let by = |x: &[f64], lx: f64, y: &[f64], ly: f64| {
                x.iter().zip(y).map(|(x, y)| (y / ly - s * x / lx) / lx).collect::<Vec<_>>()
            };
            (s, by(a, la, b, lb), by(b, lb, a, la))
        }
    }
}

fn add(sum: &mut [f64], by: f64, x: &[f64]) {
    sum.iter_mut().zip(x).for_each(|(sum, x)| *sum += by * x);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cotangents_are_derivatives() {
        let embeddings: Vec<f32> = (0..7 * 5).map(|i| ((i * i) as f32 * 0.37).sin()).collect();
        let scores = [0.3, 0.9];
        for similarity in [Similarity::Cos, Similarity::Dot] {
            for references in [None, Some(vec![4, 5, 6, 4])] {
                let rows = if references.is_some() { 7 } else { 4 };
                let of = |embeddings: &[f32]| {
                    Batch { embeddings, references: references.clone(), scores: &scores }.loss(similarity)
                };
                let x = &embeddings[..rows * 5];
                let (_, cotangents) = of(x);
                for (i, cotangent) in cotangents.iter().enumerate() {
                    let at = |step: f32| {
                        let mut moved = x.to_vec();
                        moved[i] += step;
                        (f64::from(moved[i]), of(&moved).0)
                    };
                    let ((x1, y1), (x0, y0)) = (at(1e-3), at(-1e-3));
                    let numeric = (y1 - y0) / (x1 - x0);
                    assert!(
                        (numeric - f64::from(*cotangent)).abs() < 1e-4,
                        "{similarity:?} {i}: {numeric} {cotangent}"
                    );
                }
            }
        }
    }
}
