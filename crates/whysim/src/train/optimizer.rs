//! AdamW (Loshchilov, Hutter, ICLR 2019) with PyTorch's defaults, one pass over each tensor:
//!
//! ```text
//! theta = theta (1 - lr wd)
//! m = 0.9 m + 0.1 g        v = 0.999 v + 0.001 g²
//! theta = theta - lr m / (1 - 0.9^t) / ( sqrt(v / (1 - 0.999^t)) + 1e-8 )
//! ```
//!
//! As in sentence-transformers, biases and the weights of normalisations do not decay.

use std::sync::{Mutex, PoisonError};

use candle_core::{CpuStorage, InplaceOp1, Layout, Var};
use rayon::prelude::*;

use crate::array::kernel::vectorised;
use crate::array::packed::Gradients;
use crate::encoder::Parameter;
use crate::error::Result;

const BETA: (f64, f64) = (0.9, 0.999);
const EPSILON: f64 = 1e-8;

/// Values that one task takes.
const TASK: usize = 16 * 1024;

/// m and v of one parameter.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Moments {
    pub first: Vec<f32>,
    pub second: Vec<f32>,
}

/// The optimizer's state.
pub(super) struct AdamW {
    /// In the order of the parameters.
    pub moments: Vec<Moments>,
    /// Steps done.
    pub steps: usize,
}

/// What one step does to a value; all in f32 as PyTorch's.
#[derive(Clone, Copy)]
struct Update {
    /// Gradients are multiplied by it: below 1 where they are clipped.
    scale: f32,
    keep: f32,
    rate: f32,
    /// 1 / sqrt(1 - 0.999^t).
    correction: f32,
}

impl AdamW {
    /// Before the first step.
    pub(super) fn new(parameters: &[Parameter]) -> Self {
        let zeros = |p: &Parameter| vec![0f32; p.var.as_tensor().elem_count()];
        let moments = parameters.iter().map(|p| Moments { first: zeros(p), second: zeros(p) }).collect();
        Self { moments, steps: 0 }
    }

    /// One step with gradients multiplied by `scale`.
    pub(super) fn step(
        &mut self,
        parameters: &[Parameter],
        gradients: &Gradients,
        scale: f64,
        rate: f64,
        weight_decay: f64,
    ) -> Result<()> {
        self.steps += 1;
        let power = |beta: f64| 1.0 - beta.powi(self.steps as i32);
        let mut update = Update {
            scale: scale as f32,
            keep: 1.0,
            rate: (rate / power(BETA.0)) as f32,
            correction: (1.0 / power(BETA.1).sqrt()) as f32,
        };
        let mut done = Ok(());
        gradients.each(|i, gradient| {
            update.keep = if decays(&parameters[i].name) { (1.0 - rate * weight_decay) as f32 } else { 1.0 };
            if done.is_ok() {
                done = apply(update, &parameters[i].var, gradient, &mut self.moments[i]);
            }
        });
        done
    }
}

/// Whether a weight decays: neither biases do (MPNet's table of relative biases is one by its name) nor normalisations.
fn decays(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    !["bias", "layernorm", "layer_norm"].iter().any(|part| name.contains(part))
}

/// One parameter's step, as candle lets a variable be changed in place.
struct InPlace<'a>(Mutex<(&'a mut [f32], &'a mut Moments)>, Update);

impl InplaceOp1 for InPlace<'_> {
    fn name(&self) -> &'static str {
        "adamw"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> candle_core::Result<()> {
        let (CpuStorage::F32(values), Some((from, to))) = (storage, layout.contiguous_offsets()) else {
            candle_core::bail!("a parameter is not contiguous f32");
        };
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (gradient, moments) = &mut *state;
        let moments = moments.first.par_chunks_mut(TASK).zip(moments.second.par_chunks_mut(TASK));
        let values = values[from..to].par_chunks_mut(TASK);
        values.zip(gradient.par_chunks(TASK)).zip(moments).for_each(|((values, gradient), (first, second))| {
            vectorised(
                #[inline(always)]
                || self.1.chunk(values, gradient, first, second),
            );
        });
        Ok(())
    }
}

impl Update {
    #[inline(always)]
    fn chunk(self, values: &mut [f32], gradient: &[f32], first: &mut [f32], second: &mut [f32]) {
        let (b1, b2) = (BETA.0 as f32, BETA.1 as f32);
        let (c1, c2) = ((1.0 - BETA.0) as f32, (1.0 - BETA.1) as f32);
        let all = values.iter_mut().zip(gradient).zip(first.iter_mut().zip(second));
        for ((value, &g), (m, v)) in all {
            let g = g * self.scale;
            *m = b1 * *m + c1 * g;
            *v = b2 * *v + c2 * g * g;
            *value = *value * self.keep - self.rate * *m / (v.sqrt() * self.correction + EPSILON as f32);
        }
    }
}

fn apply(update: Update, parameter: &Var, gradient: &mut [f32], moments: &mut Moments) -> Result<()> {
    Ok(parameter.as_tensor().inplace_op1(&InPlace(Mutex::new((gradient, moments)), update))?)
}

/// The Euclidean length of all gradients together.
pub(super) fn norm(gradients: &Gradients) -> f64 {
    let mut total = 0.0;
    gradients.each(|_, gradient| {
        let squares = |chunk: &[f32]| {
            vectorised(
                #[inline(always)]
                || f64::from(crate::array::kernel::dot(chunk, chunk)),
            )
        };
        // Chunks of fixed size, added in order: the sum does not depend on the threads.
        let parts: Vec<f64> = gradient.par_chunks(TASK).map(squares).collect();
        total += parts.iter().sum::<f64>();
    });
    total.sqrt()
}

/// What gradients of length `norm` are multiplied by, as torch.nn.utils.clip_grad_norm_ does it.
pub(super) fn clip(norm: f64, longest: f64) -> f64 {
    (longest / (norm + 1e-6)).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn biases_and_normalisations_do_not_decay() {
        for name in [
            "encoder.layer.0.attention.self.query.bias",
            "embeddings.LayerNorm.weight",
            "transformer.layer.1.sa_layer_norm.weight",
            "encoder.relative_attention_bias.weight",
        ] {
            assert!(!decays(name), "{name}");
        }
        assert!(decays("encoder.layer.0.output.dense.weight") && decays("embeddings.word_embeddings.weight"));
    }

    #[test]
    fn long_gradients_are_shortened_and_short_ones_kept() {
        assert_eq!(clip(0.5, 1.0), 1.0);
        assert!((clip(4.0, 1.0) - 0.25).abs() < 1e-6);
    }
}
