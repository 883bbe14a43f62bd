//! `y = x W^T + b`, with `x' = y' W`, `W' += y'^T x`, `b' += sum_t y'_t` for cotangents '.

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp1, Layout, Shape, Tensor};
use rayon::prelude::*;

use super::{Tape, values};
use crate::array::kernel::{self, Operand, Write, matmul, vectorised};
use crate::array::values::Values;
use crate::error::Result;

struct Linear {
    /// [O, I].
    weight: Tensor,
    /// `[O]`.
    bias: Option<Tensor>,
    tape: Arc<Tape>,
}

impl CustomOp1 for Linear {
    fn name(&self) -> &'static str {
        "packed-linear"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> candle_core::Result<(CpuStorage, Shape)> {
        let (rows, inputs) = layout.shape().dims2()?;
        let bias = self.bias.as_ref().map(Values::<f32>::of).transpose()?;
        let weight = Values::<f32>::of(&self.weight)?;
        let y = kernel::linear(values(storage, layout)?, inputs, &weight, bias.as_deref());
        Ok((CpuStorage::F32(y), Shape::from((rows, weight.len() / inputs))))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, gradient: &Tensor) -> candle_core::Result<Option<Tensor>> {
        let (outputs, inputs) = self.weight.dims2()?;
        let (rows, gradient) = (x.dim(0)?, gradient.contiguous()?);
        let (xs, ys, weight) = (Values::<f32>::of(x)?, Values::<f32>::of(&gradient)?, Values::<f32>::of(&self.weight)?);
        let dy = Operand::new(&ys, rows, outputs, outputs);
        let threads = gemm::Parallelism::Rayon(0);
        self.tape.gradients.add(&self.weight, |sum| {
            matmul(sum, inputs, Write::Add, 1.0, dy.t(), Operand::new(&xs, rows, inputs, inputs), threads);
        });
        if let Some(bias) = &self.bias {
            self.tape.gradients.add(bias, |sum| add_rows(sum, &ys));
        }
        let mut dx = vec![0f32; rows * inputs];
        matmul(&mut dx, inputs, Write::Set, 1.0, dy, Operand::new(&weight, outputs, inputs, inputs), threads);
        Ok(Some(Tensor::from_vec(dx, (rows, inputs), x.device())?))
    }
}

/// Rows whose sum is one task's: fixed, so that the order of additions does not depend on the threads.
const ROWS: usize = 64;

/// `sum += all rows of x`. x: [rows, C], sum: `[C]`.
pub(super) fn add_rows(sum: &mut [f32], x: &[f32]) {
    let width = sum.len();
    let partial = |rows: &[f32]| {
        let mut part = vec![0f32; width];
        vectorised(
            #[inline(always)]
            || rows.chunks_exact(width).for_each(|row| kernel::add_scaled(&mut part, 1.0, row)),
        );
        part
    };
    let parts: Vec<Vec<f32>> = x.par_chunks(ROWS * width).map(partial).collect();
    parts.iter().for_each(|part| kernel::add_scaled(sum, 1.0, part));
}

/// x: [T, I], weight: [O, I], bias: `[O]` -> [T, O].
pub(super) fn linear(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>, tape: &Arc<Tape>) -> Result<Tensor> {
    Ok(x.contiguous()?.apply_op1(Linear { weight: weight.clone(), bias: bias.cloned(), tape: tape.clone() })?)
}
