//! The operations that an encoder is written in.

use crate::activation::Activation;
use crate::heads::{Heads, Mask};
use crate::layer::Layer;
use crate::real::Real;
use crate::rotation::Rotation;
use crate::weights::{Linear, Norm};

/// Activations of texts one behind the other, and whatever an evaluation carries along. Shapes are
/// those of the values.
///
/// Every operation but [`Array::attend`] and [`Array::pool`] works on each token by itself. A
/// tangent that enters in one token therefore stays in that token's row until the first attention,
/// and forward and reverse mode both make use of it.
pub trait Array: Sized + Clone {
    /// The number type.
    type Real: Real;

    /// `x W^T + b`. x: [T, I] -> [T, O].
    fn linear(&self, linear: &Linear<Self::Real>) -> Self;

    /// Elementwise sum of two arrays of one shape.
    fn add(self, other: &Self) -> Self;

    /// Elementwise product of two arrays of one shape.
    fn multiply(self, other: &Self) -> Self;

    /// LayerNorm or RMSNorm of every row, or of every piece of it that is as long as gamma.
    fn normalise(self, norm: &Norm<Self::Real>) -> Self;

    /// The activation function, elementwise.
    fn activate(self, activation: Activation) -> Self;

    /// Turns every head of [T, heads x width] by its token's position.
    fn rotate(self, rotation: &Rotation<Self::Real>) -> Self;

    /// `softmax(scale Q K^T + bias) V` in each head within each text, heads side by side. queries:
    /// [T, heads x width]; keys, values: [T, key heads x width] -> [T, heads x width].
    fn attend(queries: Self, keys: Self, values: Self, heads: Heads, mask: &Mask<Self::Real>) -> Self;

    /// One row for each text. x: [T, C] -> [B, C].
    fn pool(&self, pooling: Pooling<Self::Real>) -> Self;

    /// Side by side along the last axis. parts: [B, C_i] each, at least one -> [B, sum C_i].
    fn concatenate(parts: &[Self]) -> Self;

    /// A whole layer, and the pooling behind it where there is one. Here an evaluation that knows a
    /// shorter way says so, with one `match`.
    fn layer(&self, layer: &Layer<Self::Real>, mask: &Mask<Self::Real>, into: Into<Self::Real>) -> Self {
        layer.forward(self, mask, into)
    }
}

/// How the rows of a text become one.
#[derive(Clone, Copy, Debug)]
pub enum Pooling<'a, T> {
    /// `sum_s w_s x_s`, with weights `[T]`.
    Sum(&'a [T]),
    /// The largest value of every feature over the tokens that are read, `[T]`; the first token's
    /// where none is.
    Max(&'a [bool]),
}

/// What is wanted of a layer.
#[derive(Clone, Copy, Debug)]
pub enum Into<'a, T> {
    /// Its output, [T, H].
    States,
    /// Only its output's weighted sum over each text, [B, H], with weights `[T]`: it is the last
    /// one, and the pooling is linear.
    Pooled(&'a [T]),
}
