//! The integral of eq. (1) by forward mode, in blocks of bounded memory.

use std::sync::Arc;

use candle_core::{DType, Device, Tensor};
use rayon::prelude::*;

use super::adaptive::Curve;
use super::quadrature::Quadrature;
use crate::array::{Dual, Precision, Real, Values, kernel};
use crate::encoder::{Context, Encoder};
use crate::error::Result;

/// Rows of tangents (node x tangent x token) that go through the encoder together: enough for the matrix products to run at
/// full speed, few enough for a block's activations to stay near the caches and for memory not to grow with N, K or S.
const ROWS: usize = 2048;

/// Rows of values (node x token) that go together where the tangents' rows are never stored.
const VALUES: usize = 256;

/// The straight line from the reference to the text, both hidden states [S, H] that enter one layer.
pub(crate) struct Line<T> {
    reference: Vec<T>,
    difference: Vec<T>,
    tokens: usize,
    hidden: usize,
}

impl<T: Real> Line<T> {
    /// ends: [2, S, H], the text and its reference.
    pub(crate) fn new(ends: &Tensor) -> Result<Self> {
        let (_, tokens, hidden) = ends.dims3()?;
        let ends = ends.contiguous()?;
        let values = Values::<T>::of(&ends)?;
        let (x, r) = values.split_at(tokens * hidden);
        let difference = x.iter().zip(r).map(|(&x, &r)| x - r).collect();
        Ok(Self { reference: r.to_vec(), difference, tokens, hidden })
    }

    /// `x - r`, [S, H].
    pub(crate) fn difference(&self) -> &[T] {
        &self.difference
    }

    /// Whether token s differs between the text and its reference.
    fn moves(&self, s: usize) -> bool {
        self.difference[s * self.hidden..(s + 1) * self.hidden].iter().any(|&d| d != T::default())
    }

    /// `x(a) = r + a (x - r)`, appended to `out`.
    pub(crate) fn point(&self, a: f64, out: &mut Vec<T>) {
        let a = T::of(a);
        out.extend(self.reference.iter().zip(&self.difference).map(|(&r, &d)| r + a * d));
    }

    /// S and H.
    pub(crate) fn shape(&self) -> (usize, usize) {
        (self.tokens, self.hidden)
    }
}

/// A text's line through the suffix of an encoder: what is integrated.
pub(crate) struct Path<'a, T> {
    pub encoder: &'a Encoder,
    pub line: &'a Line<T>,
    pub layer: usize,
    /// Of the one text.
    pub context: &'a Context,
    /// Of the products of tangents with weights. The search for nodes takes one tangent and has no need of speed.
    pub precision: Precision,
}

/// Some tangents at some nodes with their weights: what goes through the encoder at once.
struct Block<'a> {
    members: Arc<Vec<Vec<usize>>>,
    nodes: &'a [f64],
    weights: &'a [f64],
    /// The rows of V that they are.
    rows: &'a [usize],
}

impl<T: Real> Path<'_, T> {
    /// `V_k = integral of J_F(x(a)) [(x - r) masked to the rows members[k]]`, [K, D] row-major.
    pub(crate) fn integrate(&self, members: &[Vec<usize>], quadrature: &Quadrature) -> Result<Vec<f64>> {
        let width = self.encoder.dim();
        let mut sums = vec![0.0; members.len() * width];
        // A token that is the same in the text and its reference, as special tokens are at layer 0, contributes nothing.
        let moves = |k: &usize| members[*k].iter().any(|&s| self.line.moves(s));
        let rows: Vec<usize> = (0..members.len()).filter(moves).collect();
        let blocks = self.blocks(members, &rows, quadrature);
        // In rounds, so that memory does not grow with N, and summed in order, so that the result does not depend on the threads.
        for round in blocks.chunks(4 * kernel::threads()) {
            for (block, part) in round.iter().zip(self.weighted(round)?) {
                for (&row, part) in block.rows.iter().zip(part.chunks_exact(width)) {
                    sums[row * width..(row + 1) * width].iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
                }
            }
        }
        Ok(sums)
    }

    /// The tangents of some rows of V, and the nodes, in blocks of bounded size.
    fn blocks<'a>(&self, members: &[Vec<usize>], rows: &'a [usize], quadrature: &'a Quadrature) -> Vec<Block<'a>> {
        let tokens = self.line.tokens;
        // Where all is contracted at once no tangent's rows are stored, and the tangents of a node share what is.
        let whole = self.encoder.contracts(self.layer);
        let tangents = if whole { rows.len() } else { ROWS / tokens }.max(1);
        let mut blocks = Vec::new();
        for rows in rows.chunks(tangents) {
            let nodes = if whole { VALUES / tokens } else { ROWS / (tokens * rows.len()) }.max(1);
            let members: Arc<Vec<Vec<usize>>> = Arc::new(rows.iter().map(|&row| members[row].clone()).collect());
            let parts = quadrature.nodes.chunks(nodes).zip(quadrature.weights.chunks(nodes));
            blocks.extend(parts.map(|(nodes, weights)| Block { members: members.clone(), nodes, weights, rows }));
        }
        blocks
    }

    /// Each block's tangents summed over its nodes, [K, D].
    fn weighted(&self, blocks: &[Block]) -> Result<Vec<Vec<f64>>> {
        let sum = |block: &Block| {
            let products = self.tangents(&block.members, block.nodes, self.precision)?;
            let size = block.members.len() * self.encoder.dim();
            let mut sum = vec![0.0; size];
            for (node, &weight) in products.chunks_exact(size).zip(block.weights) {
                sum.iter_mut().zip(node).for_each(|(sum, &v)| *sum += weight * v.to_f64());
            }
            Ok(sum)
        };
        if blocks.len() < kernel::threads() {
            return blocks.iter().map(sum).collect();
        }
        blocks.par_iter().with_min_len(kernel::grain()).map(|block| kernel::alone(|| sum(block))).collect()
    }

    /// `J_F(x(a)) [(x - r) masked to the rows members[k]]` for every node a in order, [nodes, K, D].
    fn tangents(&self, members: &Arc<Vec<Vec<usize>>>, nodes: &[f64], precision: Precision) -> Result<Vec<T>> {
        let context = self.context.repeat(nodes.len())?;
        let block = block(self.line, nodes, members).in_precision(precision);
        let out = self.encoder.suffix(block, self.layer, &context)?;
        Ok(out.into_tangents())
    }
}

impl<T: Real> Curve for Path<'_, T> {
    fn values(&self, at: &[f64]) -> Result<Vec<Vec<f64>>> {
        let mut values = Vec::with_capacity(at.len());
        for at in at.chunks((ROWS / self.line.tokens).max(1)) {
            let mut points = Vec::with_capacity(at.len() * self.line.difference.len());
            at.iter().for_each(|&a| self.line.point(a, &mut points));
            let points = Tensor::from_vec(points, (at.len(), self.line.tokens, self.line.hidden), &Device::Cpu)?;
            let out = self.encoder.suffix(points, self.layer, &self.context.repeat(at.len())?)?;
            values.extend(out.to_dtype(DType::F64)?.to_vec2()?);
        }
        Ok(values)
    }

    /// All rows together are one tangent, at a fraction of what one for every token costs.
    fn slopes(&self, at: &[f64]) -> Result<Vec<Vec<f64>>> {
        let all = Arc::new(vec![(0..self.line.tokens).collect()]);
        let mut slopes = Vec::with_capacity(at.len());
        for at in at.chunks((ROWS / self.line.tokens).max(1)) {
            let tangents = self.tangents(&all, at, Precision::default())?;
            slopes.extend(tangents.chunks_exact(self.encoder.dim()).map(|g| g.iter().map(|v| v.to_f64()).collect()));
        }
        Ok(slopes)
    }
}

/// The points of some nodes, each with the tangents `x - r`.
fn block<T: Real>(line: &Line<T>, nodes: &[f64], members: &Arc<Vec<Vec<usize>>>) -> Dual<T> {
    let mut points = Vec::with_capacity(nodes.len() * line.difference.len());
    nodes.iter().for_each(|&a| line.point(a, &mut points));
    let tangents = line.difference.repeat(nodes.len());
    Dual::from_rows((nodes.len(), line.tokens, line.hidden), points, tangents, members.clone())
}
