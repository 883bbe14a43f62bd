//! What a decomposition is made of, and the residual that it is given.

use whysim_core::Real;

use super::ends::{Ends, relative};
use super::{Decomposition, Recipe, Record};
use crate::explanation::Truncated;
use crate::path::Steps;
use crate::similarity::norm;
use crate::text::Token;

/// What a decomposition is made of, before rounding; the fields are those of [`Record`].
pub(crate) struct Parts<'a> {
    pub recipe: Recipe,
    pub text: &'a str,
    pub tokens: Vec<Token>,
    pub truncated: Option<Truncated>,
    /// V, [rows, D].
    pub values: &'a [f64],
    /// [groups, rows, D].
    pub deviations: &'a [f64],
    pub embedding: &'a [f64],
    pub reference: &'a [f64],
    pub length: Option<f64>,
    pub steps: usize,
    pub tolerance: Option<f64>,
}

impl<T: Real> Ends<T> {
    /// What a decomposition of the text between these ends is made of. nodes: how many were used;
    /// steps: what was asked for.
    pub(crate) fn parts<'a>(
        &'a self,
        recipe: Recipe,
        text: &'a str,
        tokens: Vec<Token>,
        values: &'a [f64],
        (nodes, steps): (usize, Steps),
    ) -> Parts<'a> {
        Parts {
            recipe,
            text,
            tokens,
            truncated: self.tokens.truncated,
            values,
            deviations: &[],
            embedding: &self.embedding,
            reference: &self.reference,
            length: self.length,
            steps: nodes,
            tolerance: steps.tolerance(),
        }
    }
}

impl Decomposition {
    /// How far sampling may have moved each row of V: the root of the summed variances of its D
    /// values, `[rows]`. Zero where all subsets were embedded; None for contributions by a path.
    pub fn standard_error(&self) -> Option<Vec<f32>> {
        self.recipe.removal?;
        let (rows, dim) = (self.tokens.len(), self.embedding.len());
        let mut squares = vec![0.0; rows];
        for group in self.deviations.chunks_exact((rows * dim).max(1)) {
            for (sum, row) in squares.iter_mut().zip(group.chunks_exact(dim)) {
                *sum += row.iter().map(|&v| f64::from(v).powi(2)).sum::<f64>();
            }
        }
        Some(squares.into_iter().map(|square| square.sqrt() as f32).collect())
    }

    /// A decomposition of the given parts, with its residual.
    pub(crate) fn new(parts: Parts) -> Self {
        let narrow = |x: &[f64]| x.iter().map(|&v| v as f32).collect::<Vec<f32>>();
        let [contributions, embedding, reference] = [parts.values, parts.embedding, parts.reference].map(narrow);
        let residual = residual(&contributions, &embedding, &reference);
        Self(Record {
            recipe: parts.recipe,
            text: parts.text.to_owned(),
            tokens: parts.tokens,
            truncated: parts.truncated,
            contributions,
            deviations: narrow(parts.deviations),
            embedding,
            reference,
            length: parts.length,
            steps: parts.steps,
            residual,
            gap: relative(residual, parts.embedding, parts.reference),
            tolerance: parts.tolerance,
        })
    }
}

/// `|sum V - (e - q)|` of stored numbers, so that it includes their rounding.
pub(super) fn residual(contributions: &[f32], embedding: &[f32], reference: &[f32]) -> f64 {
    let mut rest: Vec<f64> = reference.iter().zip(embedding).map(|(&q, &e)| f64::from(q) - f64::from(e)).collect();
    for row in contributions.chunks_exact(rest.len().max(1)) {
        rest.iter_mut().zip(row).for_each(|(rest, &v)| *rest += f64::from(v));
    }
    norm(&rest)
}
