//! The layers of a transformer: each a struct of its weights, and its call is the formula.

use std::sync::OnceLock;

use candle_core::Tensor;

use super::weights::Weights;
use crate::array::{Activation, Affine, Array, Layer, Norm, Prepared};
use crate::error::Result;

/// `x W^T + b`. weight: [O, I], bias: `[O]`.
#[derive(Clone)]
pub(crate) struct Linear {
    pub weight: Tensor,
    pub bias: Option<Tensor>,
}

impl Linear {
    /// Reads `name.weight` and `name.bias`.
    pub(crate) fn load(weights: &mut Weights, name: &str, inputs: usize, outputs: usize) -> Result<Self> {
        let weight = weights.get(&format!("{name}.weight"), &[outputs, inputs])?;
        let bias = Some(weights.get(&format!("{name}.bias"), &[outputs])?);
        Ok(Self { weight, bias })
    }

    fn weights(&self) -> Affine<'_> {
        Affine { weight: &self.weight, bias: self.bias.as_ref() }
    }

    pub(crate) fn forward<A: Array>(&self, x: &A) -> Result<A> {
        x.linear(&self.weight, self.bias.as_ref())
    }
}

/// `gamma (x - mean) / sqrt(variance + epsilon) + beta`. gamma, beta: `[C]`.
#[derive(Clone)]
pub(crate) struct LayerNorm {
    pub gamma: Tensor,
    pub beta: Tensor,
    pub epsilon: f64,
}

impl LayerNorm {
    /// Reads `name.weight` and `name.bias`, or their old names `name.gamma` and `name.beta`.
    pub(crate) fn load(weights: &mut Weights, name: &str, width: usize, epsilon: f64) -> Result<Self> {
        let old = weights.has(&format!("{name}.gamma"));
        let (gamma, beta) = if old { ("gamma", "beta") } else { ("weight", "bias") };
        Ok(Self {
            gamma: weights.get(&format!("{name}.{gamma}"), &[width])?,
            beta: weights.get(&format!("{name}.{beta}"), &[width])?,
            epsilon,
        })
    }

    fn weights(&self) -> Norm<'_> {
        Norm { gamma: &self.gamma, beta: &self.beta, epsilon: self.epsilon }
    }

    pub(crate) fn forward<A: Array>(&self, x: A) -> Result<A> {
        x.layer_norm(&self.gamma, &self.beta, self.epsilon)
    }
}

/// Multi-head self-attention.
#[derive(Clone)]
pub(crate) struct Attention {
    pub query: Linear,
    pub key: Linear,
    pub value: Linear,
    pub output: Linear,
    pub heads: usize,
    /// Whether training drops elements of the output. DistilBERT does not.
    pub drops: bool,
}

impl Attention {
    /// x: [B, S, H], bias: [B or 1, heads or 1, S, S] -> [B, S, H].
    pub(crate) fn forward<A: Array>(&self, x: &A, bias: Option<&Tensor>) -> Result<A> {
        let (q, k, v) = (self.query.forward(x)?, self.key.forward(x)?, self.value.forward(x)?);
        let output = self.output.forward(&A::attend(&q, &k, &v, bias, self.heads)?)?;
        if self.drops { output.dropout() } else { Ok(output) }
    }
}

/// One encoder layer with normalisation after each half (post-LN), as in all supported families.
#[derive(Clone)]
pub(crate) struct Block {
    pub attention: Attention,
    pub attention_norm: LayerNorm,
    pub expand: Linear,
    pub activation: Activation,
    pub contract: Linear,
    pub norm: LayerNorm,
    /// What forward mode works out from the weights, once.
    pub prepared: OnceLock<Prepared>,
}

impl Block {
    /// x: [B, S, H] -> [B, S, H].
    pub(crate) fn forward<A: Array>(&self, x: &A, bias: Option<&Tensor>) -> Result<A> {
        let (inner, x) = self.expanded(x, bias)?;
        let inner = inner.activate(self.activation)?;
        self.norm.forward(self.contract.forward(&inner)?.dropout()?.add(&x)?)
    }

    /// The layer's output pooled with weights [B, S]. x: [B, S, H] -> [B, H].
    pub(crate) fn forward_pooled<A: Array>(&self, x: &A, bias: Option<&Tensor>, pooling: &Tensor) -> Result<A> {
        if let Some(pooled) = x.last_layer(&self.weights(), bias, pooling)? {
            return Ok(pooled);
        }
        let (inner, x) = self.expanded(x, bias)?;
        inner.conclude(&x, &self.weights(), pooling)
    }

    fn weights(&self) -> Layer<'_> {
        Layer {
            query: self.attention.query.weights(),
            key: self.attention.key.weights(),
            value: self.attention.value.weights(),
            output: self.attention.output.weights(),
            heads: self.attention.heads,
            attention_norm: self.attention_norm.weights(),
            expand: self.expand.weights(),
            activation: self.activation,
            contract: self.contract.weights(),
            norm: self.norm.weights(),
            prepared: &self.prepared,
        }
    }

    /// The first half: what the activation reads, [B, S, I], and the residual, [B, S, H].
    fn expanded<A: Array>(&self, x: &A, bias: Option<&Tensor>) -> Result<(A, A)> {
        if let Some([inner, x]) = x.first_half(&self.weights(), bias)? {
            return Ok((inner, x));
        }
        let x = self.attention_norm.forward(self.attention.forward(x, bias)?.add(x)?)?;
        Ok((self.expand.forward(&x)?, x))
    }
}
