//! `y = gamma x̂ + beta`, `x̂ = (x - mean) / sigma`. Cotangents: `gamma' += sum_t y'_t x̂_t`, `beta' += sum_t y'_t`, and x' is the
//! Jacobian of x̂ applied to `gamma y'`.

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp1, Layout, Shape, Tensor};
use rayon::prelude::*;

use super::{Tape, linear::add_rows, values};
use crate::array::kernel::{self, vectorised};
use crate::array::values::Values;
use crate::error::Result;

struct LayerNorm {
    gamma: Tensor,
    beta: Tensor,
    epsilon: f32,
    tape: Arc<Tape>,
}

impl CustomOp1 for LayerNorm {
    fn name(&self) -> &'static str {
        "packed-layer-norm"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> candle_core::Result<(CpuStorage, Shape)> {
        let (gamma, beta) = (Values::<f32>::of(&self.gamma)?, Values::<f32>::of(&self.beta)?);
        let mut out = values(storage, layout)?.to_vec();
        kernel::for_rows(
            &mut out,
            gamma.len(),
            #[inline(always)]
            |_, row| {
                kernel::normalise(row, self.epsilon);
                for ((y, &gamma), &beta) in row.iter_mut().zip(gamma.iter()).zip(beta.iter()) {
                    *y = *y * gamma + beta;
                }
            },
        );
        Ok((CpuStorage::F32(out), layout.shape().clone()))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, gradient: &Tensor) -> candle_core::Result<Option<Tensor>> {
        let gradient = gradient.contiguous()?;
        let (dy, gamma) = (Values::<f32>::of(&gradient)?, Values::<f32>::of(&self.gamma)?);
        let mut normalised = Values::<f32>::of(x)?.to_vec();
        let inverse = kernel::normalise_rows(&mut normalised, gamma.len(), self.epsilon);
        self.tape.gradients.add(&self.beta, |sum| add_rows(sum, &dy));
        self.tape.gradients.add(&self.gamma, |sum| add_products(sum, &dy, &normalised));
        let mut dx = dy.to_vec();
        let width = gamma.len();
        kernel::for_rows(
            &mut dx,
            width,
            #[inline(always)]
            |i, row| {
                kernel::multiply(row, &gamma);
                kernel::normalise_jacobian(row, &normalised[i * width..(i + 1) * width], inverse[i]);
            },
        );
        Ok(Some(Tensor::from_vec(dx, x.shape(), x.device())?))
    }
}

/// Rows whose sum is one task's.
const ROWS: usize = 64;

/// `sum += sum_t x_t y_t`. x, y: [rows, C], sum: `[C]`.
fn add_products(sum: &mut [f32], x: &[f32], y: &[f32]) {
    let width = sum.len();
    let partial = |(x, y): (&[f32], &[f32])| {
        let mut part = vec![0f32; width];
        vectorised(
            #[inline(always)]
            || {
                for (x, y) in x.chunks_exact(width).zip(y.chunks_exact(width)) {
                    for ((part, &x), &y) in part.iter_mut().zip(x).zip(y) {
                        *part += x * y;
                    }
                }
            },
        );
        part
    };
    let parts: Vec<Vec<f32>> = x.par_chunks(ROWS * width).zip(y.par_chunks(ROWS * width)).map(partial).collect();
    parts.iter().for_each(|part| kernel::add_scaled(sum, 1.0, part));
}

/// x: [T, C], gamma, beta: `[C]` -> [T, C].
pub(super) fn layer_norm(x: &Tensor, gamma: &Tensor, beta: &Tensor, epsilon: f64, tape: &Arc<Tape>) -> Result<Tensor> {
    let epsilon = epsilon as f32;
    let norm = LayerNorm { gamma: gamma.clone(), beta: beta.clone(), epsilon, tape: tape.clone() };
    Ok(x.contiguous()?.apply_op1(norm)?)
}
