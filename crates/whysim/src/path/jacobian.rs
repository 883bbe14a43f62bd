//! The integrated Jacobian by reverse mode, D cotangents in batches: what feature-pair attributions are made of.

use candle_core::{Device, Tensor, Var};

use super::integral::Path;
use super::quadrature::Quadrature;
use crate::array::Real;
use crate::error::Result;

/// Rows (cotangent x token) that go back through the encoder together; the tape keeps all their activations.
const ROWS: usize = 1024;

/// `J = integral of J_F(x(a))`, [D, S, H] row-major.
///
/// D is far below S H, so D reverse passes are the cheap way to the whole Jacobian. A batch of them is a batch of copies of
/// the point, each with the derivative of another output.
pub(crate) fn integrated_jacobian<T: Real>(path: &Path<T>, quadrature: &Quadrature) -> Result<Vec<T>> {
    let Path { encoder, line, layer, context, .. } = *path;
    let (tokens, hidden) = line.shape();
    let dim = encoder.dim();
    let copies = (ROWS / tokens).clamp(1, dim);
    let mut sums = vec![T::default(); dim * tokens * hidden];
    for (&node, &weight) in quadrature.nodes.iter().zip(&quadrature.weights) {
        let mut point = Vec::with_capacity(tokens * hidden);
        line.point(node, &mut point);
        for (block, sums) in sums.chunks_mut(copies * tokens * hidden).enumerate() {
            let outputs = sums.len() / (tokens * hidden);
            let x = Tensor::from_vec(point.repeat(outputs), (outputs, tokens, hidden), &Device::Cpu)?;
            let x = Var::from_tensor(&x)?;
            let y = encoder.suffix(x.as_tensor().clone(), layer, &context.repeat(outputs)?)?;
            let picked = y.narrow(1, block * copies, outputs)?;
            let diagonal = Tensor::eye(outputs, picked.dtype(), &Device::Cpu)?;
            let gradients = (picked * diagonal)?.sum_all()?.backward()?;
            let Some(gradient) = gradients.get(&x) else { continue };
            let gradient = gradient.flatten_all()?.to_vec1::<T>()?;
            sums.iter_mut().zip(gradient).for_each(|(sum, g)| *sum += T::of(weight) * g);
        }
    }
    Ok(sums)
}
