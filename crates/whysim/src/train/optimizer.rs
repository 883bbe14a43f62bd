//! AdamW (Loshchilov, Hutter, ICLR 2019) with PyTorch's defaults, one pass over each tensor:
//!
//! ```text
//! theta = theta (1 - lr wd)
//! m = 0.9 m + 0.1 g        v = 0.999 v + 0.001 g²
//! theta = theta - lr m / (1 - 0.9^t) / ( sqrt(v / (1 - 0.999^t)) + 1e-8 )
//! ```
//!
//! As in sentence-transformers, biases and normalisation weights are not decayed.

use whysim_core::{Tensor, kernel, parallel};

use crate::encoder::Trainable;

const BETA: (f64, f64) = (0.9, 0.999);
const EPSILON: f64 = 1e-8;

/// Values processed per task.
const TASK: usize = 16 * 1024;

/// m and v for one parameter.
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

/// The update of a single value; all in f32, as in PyTorch.
#[derive(Clone, Copy)]
struct Update {
    /// Factor for the gradients: below 1 if they are clipped.
    scale: f32,
    keep: f32,
    rate: f32,
    /// 1 / sqrt(1 - 0.999^t).
    correction: f32,
}

impl AdamW {
    /// The state before the first step.
    pub(super) fn new(weights: &[Tensor<f32>]) -> Self {
        let zeros = |weight: &Tensor<f32>| vec![0f32; weight.len()];
        let moments = weights.iter().map(|weight| Moments { first: zeros(weight), second: zeros(weight) }).collect();
        Self { moments, steps: 0 }
    }

    /// One step with gradients multiplied by `scale`.
    pub(super) fn step(
        &mut self,
        model: &mut Trainable,
        gradients: &[Vec<f32>],
        scale: f64,
        rate: f64,
        weight_decay: f64,
    ) {
        self.steps += 1;
        let power = |beta: f64| 1.0 - beta.powi(self.steps as i32);
        let update = Update {
            scale: scale as f32,
            keep: 1.0,
            rate: (rate / power(BETA.0)) as f32,
            correction: (1.0 / power(BETA.1).sqrt()) as f32,
        };
        let decay: Vec<bool> = model.parameters.iter().map(|parameter| decays(&parameter.name)).collect();
        model.each(|i, weight| {
            let keep = if decay[i] { (1.0 - rate * weight_decay) as f32 } else { 1.0 };
            Update { keep, ..update }.apply(weight.values_mut(), &gradients[i], &mut self.moments[i]);
        });
    }
}

/// Whether a weight decays: biases (which include tables of relative biases, by their names) and
/// normalisations do not. The rule is that of transformers' Trainer, by names.
fn decays(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let is_norm =
        |part: &str| part == "norm" || part.ends_with("_norm") || matches!(part, "norm1" | "norm2" | "emb_ln");
    let kept = ["bias", "layernorm", "rmsnorm"].iter().any(|part| name.contains(part));
    !(kept || name.split('.').any(is_norm) || name.contains("_ln."))
}

impl Update {
    fn apply(self, values: &mut [f32], gradient: &[f32], moments: &mut Moments) {
        let moments = moments.first.chunks_mut(TASK).zip(moments.second.chunks_mut(TASK));
        let values = values.chunks_mut(TASK).zip(gradient.chunks(TASK));
        parallel::tasks(values.zip(moments), |_, ((values, gradient), (first, second))| {
            kernel::vectorised(
                #[inline(always)]
                || self.chunk(values, gradient, first, second),
            );
        });
    }

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

/// The Euclidean norm of all gradients together.
pub(super) fn norm(gradients: &[Vec<f32>]) -> f64 {
    let squares = |chunk: &[f32]| {
        kernel::vectorised(
            #[inline(always)]
            || f64::from(kernel::dot(chunk, chunk)),
        )
    };
    // Chunks of fixed size, added in order: the sum does not depend on the number of threads.
    let of = |gradient: &Vec<f32>| {
        let chunks: Vec<&[f32]> = gradient.chunks(TASK).collect();
        parallel::gather(chunks.len(), |i| squares(chunks[i])).iter().sum::<f64>()
    };
    gradients.iter().map(of).sum::<f64>().sqrt()
}

/// The factor for gradients of norm `norm`, as in torch.nn.utils.clip_grad_norm_.
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
