//! The integral of eq. (1) by forward mode, in blocks of bounded memory.

use std::sync::Arc;

use candle_core::Tensor;

use super::quadrature::Quadrature;
use crate::array::{Dual, Real, Values};
use crate::encoder::{Context, Encoder};
use crate::error::Result;

/// Rows of tangents (node x tangent x token) that go through the encoder together: enough for the matrix products to run at
/// full speed, few enough for a block's activations to stay near the caches and for memory not to grow with N, K or S.
const ROWS: usize = 2048;

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

/// `V_k = integral of J_F(x(a)) [(x - r) masked to the rows members[k]]`, [K, D] row-major. `context` is of one text.
pub(crate) fn integrate<T: Real>(
    encoder: &Encoder,
    line: &Line<T>,
    layer: usize,
    context: &Context,
    members: &[Vec<usize>],
    quadrature: &Quadrature,
) -> Result<Vec<f64>> {
    let width = encoder.dim();
    let mut sums = vec![0.0; members.len() * width];
    let tangents = (ROWS / line.tokens).clamp(1, members.len().max(1));
    let nodes = (ROWS / (line.tokens * tangents)).max(1);
    for (members, sums) in members.chunks(tangents).zip(sums.chunks_mut(tangents * width)) {
        let members = Arc::new(members.to_vec());
        for (nodes, weights) in quadrature.nodes.chunks(nodes).zip(quadrature.weights.chunks(nodes)) {
            let out = encoder.suffix(block(line, nodes, &members), layer, &context.repeat(nodes.len())?)?;
            for (weight, node) in weights.iter().zip(out.tangents().chunks_exact(sums.len())) {
                sums.iter_mut().zip(node).for_each(|(sum, &v)| *sum += weight * v.to_f64());
            }
        }
    }
    Ok(sums)
}

/// The points of some nodes, each with the tangents `x - r`.
fn block<T: Real>(line: &Line<T>, nodes: &[f64], members: &Arc<Vec<Vec<usize>>>) -> Dual<T> {
    let mut points = Vec::with_capacity(nodes.len() * line.difference.len());
    nodes.iter().for_each(|&a| line.point(a, &mut points));
    let tangents = line.difference.repeat(nodes.len());
    Dual::from_rows((nodes.len(), line.tokens, line.hidden), points, tangents, members.clone())
}
