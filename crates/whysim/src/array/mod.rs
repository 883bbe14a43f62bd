//! The operations an encoder needs, and their evaluations.
//!
//! An encoder is written once, as `fn forward<A: Array>(…)`. What `A` is decides what is computed:
//!
//! | `A` | computes |
//! |---|---|
//! | [`Tensor`] | values; under a gradient tape also reverse mode |
//! | [`Dual`] | values and forward-mode tangents: Jacobian-vector products |
//! | `Packed` | values on the tape of a training step, without padding, with dropout |
//!
//! Weights are always `Tensor`. Letters in shapes, here and everywhere: B batch (texts, or nodes of a path), S tokens,
//! C width of an activation, H hidden width, D embedding width, K tangents, N quadrature nodes.
//!
//! Every operation but [`Array::attend`] and the poolings works on each token by itself. A tangent that enters in one token
//! therefore stays in that token's row until the first attention, and `Dual` makes use of it.

mod activation;
mod attention;
mod by_row;
mod dual;
mod ending;
mod first;
pub(crate) mod kernel;
mod layer;
pub(crate) mod packed;
mod precision;
mod real;
mod tensor;
mod values;

pub(crate) use values::Values;

use candle_core::Tensor;

pub use activation::Activation;
pub use dual::{Dual, Spread};
pub use layer::{Affine, Layer, Norm, Prepared};
pub use precision::Precision;
pub use real::Real;

use crate::error::Result;

/// What an encoder is made of. Shapes are of the primal; a `Dual` carries its tangents along.
pub trait Array: Sized + Clone {
    /// `x W^T + b`. x: [.., I], weight: [O, I], bias: `[O]` -> [.., O].
    fn linear(&self, weight: &Tensor, bias: Option<&Tensor>) -> Result<Self>;

    /// Elementwise sum of two arrays of one shape.
    fn add(self, other: &Self) -> Result<Self>;

    /// `gamma (x - mean) / sqrt(variance + epsilon) + beta` over the last axis. gamma, beta: `[C]`.
    fn layer_norm(self, gamma: &Tensor, beta: &Tensor, epsilon: f64) -> Result<Self>;

    /// The activation function, elementwise.
    fn activate(self, activation: Activation) -> Result<Self>;

    /// `softmax(Q K^T / sqrt(C / heads) + bias) V` in each head, heads side by side. queries, keys, values: [B, S, C];
    /// bias: [B or 1, heads or 1, S, S] -> [B, S, C].
    fn attend(queries: &Self, keys: &Self, values: &Self, bias: Option<&Tensor>, heads: usize) -> Result<Self>;

    /// Dropout of hidden states: in training, and nothing elsewhere.
    fn dropout(self) -> Result<Self> {
        Ok(self)
    }

    /// `sum_s weights_bs x_bs`. x: [B, S, C], weights: [B, S] -> [B, C].
    fn weighted_sum(&self, weights: &Tensor) -> Result<Self>;

    /// The largest value of every feature over the tokens whose mask is not 0. x: [B, S, C], mask: [B, S] -> [B, C].
    fn max(&self, mask: &Tensor) -> Result<Self>;

    /// The end of an encoder with a linear pooling: `weighted_sum(layer_norm(linear(activate(self)) + residual))`, with the weights of its
    /// last layer. self: [B, S, I], residual: [B, S, H], pooling: [B, S] -> [B, H].
    fn conclude(self, residual: &Self, layer: &Layer, pooling: &Tensor) -> Result<Self> {
        conclude_in_steps(self, residual, layer, pooling)
    }

    /// A layer's first half, [B, S, H] -> what its activation reads, [B, S, I], and the residual of its second half, [B, S, H], if this
    /// evaluation knows a cheaper way than step by step.
    fn first_half(&self, _: &Layer, _bias: Option<&Tensor>) -> Result<Option<[Self; 2]>> {
        Ok(None)
    }

    /// A whole layer and a linear pooling, [B, S, H] -> [B, H], if this evaluation knows a cheaper way than step by step.
    fn last_layer(&self, _: &Layer, _bias: Option<&Tensor>, _pooling: &Tensor) -> Result<Option<Self>> {
        Ok(None)
    }

    /// Side by side along the last axis. parts: [B, C_i] each -> [B, sum C_i].
    fn concatenate(parts: &[Self]) -> Result<Self>;
}

/// [`Array::conclude`] as it reads.
fn conclude_in_steps<A: Array>(expanded: A, residual: &A, layer: &Layer, pooling: &Tensor) -> Result<A> {
    let Affine { weight, bias } = layer.contract;
    let Norm { gamma, beta, epsilon } = layer.norm;
    let x = expanded.activate(layer.activation)?.linear(weight, bias)?.add(residual)?;
    x.layer_norm(gamma, beta, epsilon)?.weighted_sum(pooling)
}
