//! The weights of one encoder layer, borrowed, for evaluations that take a layer as a whole.

use std::sync::OnceLock;

use candle_core::Tensor;

use super::activation::Activation;

/// `x W^T + b`.
#[derive(Clone, Copy)]
pub struct Affine<'a> {
    /// W, [O, I].
    pub weight: &'a Tensor,
    /// b, `[O]`.
    pub bias: Option<&'a Tensor>,
}

/// `gamma (x - mean) / sqrt(variance + epsilon) + beta`.
#[derive(Clone, Copy)]
pub struct Norm<'a> {
    /// `[H]`.
    pub gamma: &'a Tensor,
    /// `[H]`.
    pub beta: &'a Tensor,
    /// What is added to the variance.
    pub epsilon: f64,
}

/// One post-normalisation layer: attention, residual, norm; expansion, activation, contraction, residual, norm.
#[derive(Clone, Copy)]
pub struct Layer<'a> {
    /// Queries, [H, H].
    pub query: Affine<'a>,
    /// Keys, [H, H].
    pub key: Affine<'a>,
    /// Values, [H, H].
    pub value: Affine<'a>,
    /// What mixes the heads, [H, H].
    pub output: Affine<'a>,
    /// Attention heads.
    pub heads: usize,
    /// After the attention.
    pub attention_norm: Norm<'a>,
    /// [I, H].
    pub expand: Affine<'a>,
    /// Between expansion and contraction.
    pub activation: Activation,
    /// [H, I].
    pub contract: Affine<'a>,
    /// After the contraction.
    pub norm: Norm<'a>,
    /// What an evaluation has worked out from these weights alone, once for all texts: whoever changes the weights empties it.
    pub prepared: &'a OnceLock<Prepared>,
}

/// The products of a layer's weights that its first tangents need (see `array/first`), laid out by columns.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The attention's output weights `W_o`, [H, H].
    pub(super) output: Tensor,
    /// `W_1 diag(gamma) W_o`, [I, H].
    pub(super) expansion: Tensor,
}
