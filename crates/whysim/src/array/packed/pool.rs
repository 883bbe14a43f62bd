//! `y_b = sum_s w_bs x_bs` over the tokens of each text; `x'_bs = w_bs y'_b`.

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp1, Layout, Shape, Tensor};

use super::{Texts, values};
use crate::array::kernel;
use crate::array::values::Values;
use crate::error::Result;

struct WeightedSum {
    /// `[T]`.
    weights: Vec<f32>,
    texts: Arc<Texts>,
}

impl CustomOp1 for WeightedSum {
    fn name(&self) -> &'static str {
        "packed-weighted-sum"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> candle_core::Result<(CpuStorage, Shape)> {
        let (x, width) = (values(storage, layout)?, layout.shape().dims2()?.1);
        let mut out = vec![0f32; self.texts.count() * width];
        for (out, rows) in out.chunks_exact_mut(width).zip(self.texts.rows()) {
            rows.for_each(|t| kernel::add_scaled(out, self.weights[t], &x[t * width..(t + 1) * width]));
        }
        Ok((CpuStorage::F32(out), Shape::from((self.texts.count(), width))))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, gradient: &Tensor) -> candle_core::Result<Option<Tensor>> {
        let (gradient, width) = (gradient.contiguous()?, x.dim(1)?);
        let dy = Values::<f32>::of(&gradient)?;
        let mut dx = vec![0f32; self.weights.len() * width];
        for (dy, rows) in dy.chunks_exact(width).zip(self.texts.rows()) {
            rows.for_each(|t| kernel::add_scaled(&mut dx[t * width..(t + 1) * width], self.weights[t], dy));
        }
        Ok(Some(Tensor::from_vec(dx, x.shape(), x.device())?))
    }
}

/// x: [T, C], weights: [B, S] as of padded texts, of which the first are each text's -> [B, C].
pub(super) fn weighted_sum(x: &Tensor, weights: &Tensor, texts: &Arc<Texts>) -> Result<Tensor> {
    let rows: Vec<Vec<f32>> = weights.to_vec2()?;
    let weights = rows.iter().zip(texts.rows()).flat_map(|(row, tokens)| row[..tokens.len()].to_vec()).collect();
    Ok(x.contiguous()?.apply_op1(WeightedSum { weights, texts: texts.clone() })?)
}
