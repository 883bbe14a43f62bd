//! Evaluates a function along a line, in blocks of bounded memory.

use std::sync::Arc;

use whysim_core::{Precision, Real, parallel};

use super::function::Function;
use super::line::Line;
use super::quadrature::Quadrature;
use super::sums::{Groups, add, weighted};
use crate::error::Result;
use crate::progress::{Progress, go_on};

/// Rows of tangents or cotangents (node x tangent x token) encoded together: enough for matrix
/// products at full speed, but few enough for a block's activations to stay near the caches and for
/// memory not to grow with N, K or S.
pub(super) const ROWS: usize = 2048;

/// Rows of values (node x token) per block if the tangents' rows are never stored.
const VALUES: usize = 256;

/// A text's line through a function: the integrand.
pub(crate) struct Path<'a, F: Function> {
    pub function: &'a F,
    pub line: &'a Line<F::Real>,
    /// F at both ends of the line, reference and text: `[D]`.
    pub ends: [&'a [f64]; 2],
    /// Told of every tangent or cotangent at a node, and asked between them whether to stop.
    pub progress: &'a dyn Progress,
}

impl<F: Function> Path<'_, F> {
    /// The tangents of some groups, summed by a given rule: [K, D].
    pub(crate) fn integrate(&self, members: &[Vec<usize>], quadrature: &Quadrature) -> Result<Vec<f64>> {
        let groups = Groups::new(self.line, members);
        Ok(groups.all(&self.tangents(&groups, quadrature, Precision::default())?, self.function.dim()))
    }

    /// g = dF(x(a))/da at each node, [N, D]: a single tangent covers all rows together, at a
    /// fraction of the cost of one per token.
    pub(crate) fn slopes(&self, nodes: &[f64]) -> Result<Vec<f64>> {
        let all = Arc::new(vec![(0..self.line.tokens()).collect()]);
        let mut slopes = Vec::new();
        for at in nodes.chunks((ROWS / self.line.tokens()).max(1)) {
            go_on(self.progress)?;
            let (points, directions) = (self.line.points(at), self.line.difference().to_vec());
            let of = self.function.tangents(at.len(), points, directions, &all, Precision::default());
            slopes.extend(of.into_iter().map(Real::to_f64));
            self.progress.advance(at.len() as u64);
        }
        Ok(slopes)
    }

    /// F at each node, [N][D].
    pub(super) fn values(&self, nodes: &[f64]) -> Vec<Vec<f64>> {
        let block = (ROWS / self.line.tokens()).max(1);
        let values = nodes.chunks(block).flat_map(|at| self.function.values(at.len(), self.line.points(at)));
        let values: Vec<f64> = values.map(Real::to_f64).collect();
        values.chunks_exact(self.function.dim()).map(<[f64]>::to_vec).collect()
    }

    /// The tangents of the moving groups, summed by a rule: [K, D].
    pub(super) fn tangents(&self, groups: &Groups, quadrature: &Quadrature, precision: Precision) -> Result<Vec<f64>> {
        let (width, tokens) = (self.function.dim(), self.line.tokens());
        let mut sums = vec![0.0; groups.moving.len() * width];
        if groups.moving.is_empty() {
            return Ok(sums);
        }
        // If everything is contracted at once, no tangent's rows are stored, and a node's tangents
        // share their common work.
        let whole = self.function.contracts(&groups.moving);
        let tangents = if whole { groups.moving.len() } else { (ROWS / tokens).max(1) };
        let mut blocks = Vec::new();
        for (i, members) in groups.moving.chunks(tangents).enumerate() {
            let nodes = if whole { VALUES / tokens } else { ROWS / (tokens * members.len()) }.max(1);
            let members = Arc::new(members.to_vec());
            let parts = quadrature.nodes.chunks(nodes).zip(quadrature.weights.chunks(nodes));
            blocks.extend(parts.map(|(nodes, weights)| (i * tangents, members.clone(), nodes, weights)));
        }
        self.in_rounds(
            &blocks,
            |(_, members, nodes, _)| nodes.len() * members.len(),
            |(_, members, nodes, weights)| {
                let (points, directions) = (self.line.points(nodes), self.line.difference().to_vec());
                let products = self.function.tangents(nodes.len(), points, directions, members, precision);
                weighted(&products, weights)
            },
            |(first, ..), part| add(&mut sums[first * width..], &part),
        )?;
        Ok(sums)
    }

    /// The cotangents pulled back and contracted with `x - r`, summed by a rule: [C, S].
    /// cotangents: [C, D].
    pub(super) fn along(&self, cotangents: &[F::Real], quadrature: &Quadrature) -> Result<Vec<f64>> {
        let (dim, tokens) = (self.function.dim(), self.line.tokens());
        let count = cotangents.len() / dim;
        let together = (ROWS / tokens).clamp(1, count.max(1));
        let nodes = (ROWS / (tokens * together)).max(1);
        let mut sums = vec![0.0; count * tokens];
        let parts: Vec<(&[f64], &[f64])> =
            quadrature.nodes.chunks(nodes).zip(quadrature.weights.chunks(nodes)).collect();
        self.in_rounds(
            &parts,
            |(nodes, _)| nodes.len() * count,
            |(nodes, weights)| {
                let (points, directions) = (self.line.points(nodes), self.line.difference().to_vec());
                let back = self.function.along(nodes.len(), points, directions, cotangents);
                // [C, N, S] -> [C, S].
                back.chunks_exact(nodes.len() * tokens).flat_map(|c| weighted(c, weights)).collect()
            },
            |_, part: Vec<f64>| add(&mut sums, &part),
        )?;
        Ok(sums)
    }

    /// Processes blocks on all threads and consumes the results in order. It works in rounds, so
    /// memory does not grow with the number of blocks. `size`: the tangents or cotangents of one.
    fn in_rounds<B: Sync, R: Send>(
        &self,
        blocks: &[B],
        size: impl Fn(&B) -> usize,
        work: impl Fn(&B) -> R + Sync,
        mut take: impl FnMut(&B, R),
    ) -> Result<()> {
        for round in blocks.chunks(4 * parallel::threads()) {
            let done = parallel::try_map(round.len(), |i| go_on(self.progress).map(|()| work(&round[i])))?;
            round.iter().zip(done).for_each(|(block, done)| take(block, done));
            self.progress.advance(round.iter().map(|block| size(block) as u64).sum());
        }
        Ok(())
    }
}
