//! The operations that an encoder is written in.

use crate::activation::Activation;
use crate::heads::{Heads, Mask};
use crate::layer::Layer;
use crate::real::Real;
use crate::rotation::Rotation;
use crate::texts::Texts;
use crate::weights::{Linear, Norm};

/// Activations of concatenated texts, and whatever an evaluation carries along with them. Shapes
/// are those of the values.
///
/// Every operation except [`Array::attend`], [`Array::pool`] and [`Array::only`] works on each
/// token separately. A tangent that enters in one token therefore stays in that token's row until
/// the first attention, which both forward and reverse mode exploit.
pub trait Array: Sized + Clone {
    /// The number type.
    type Real: Real;

    /// `x W^T + b`. x: [T, I] -> [T, O].
    fn linear(&self, linear: &Linear<Self::Real>) -> Self;

    /// Elementwise sum of two arrays of the same shape.
    fn add(self, other: &Self) -> Self;

    /// Elementwise product of two arrays of the same shape.
    fn multiply(self, other: &Self) -> Self;

    /// LayerNorm or RMSNorm of every row, or of every segment of it with gamma's length.
    fn normalise(self, norm: &Norm<Self::Real>) -> Self;

    /// The activation function, elementwise.
    fn activate(self, activation: Activation) -> Self;

    /// Rotates every head of [T, heads x width] by its token's position.
    fn rotate(self, rotation: &Rotation<Self::Real>) -> Self;

    /// `softmax(scale Q K^T + bias) V` in each head within each text, heads side by side. queries:
    /// [T, heads x width], or those of one row of every text, [B, heads x width]; keys, values:
    /// [T, key heads x width] -> as the queries.
    fn attend(queries: Self, keys: Self, values: Self, heads: Heads, mask: &Mask<Self::Real>) -> Self;

    /// One row for each text. x: [T, C] -> [B, C].
    fn pool(&self, pooling: Pooling<Self::Real>) -> Self;

    /// Side by side along the last axis. parts: [B, C_i] each, at least one -> [B, sum C_i].
    fn concatenate(parts: &[Self]) -> Self;

    /// One row of every text, at these positions. [T, C] -> [B, C].
    fn only(&self, positions: &[usize]) -> Self;

    /// The first columns of every row. [T, C] -> [T, columns].
    fn first(&self, columns: usize) -> Self;

    /// A whole layer, and the pooling after it if there is one. An evaluation that knows a shorter
    /// way overrides this, with one `match`.
    fn layer(&self, layer: &Layer<Self::Real>, mask: &Mask<Self::Real>, into: Into<Self::Real>) -> Self {
        layer.forward(self, mask, into)
    }
}

/// How the rows of a text become one.
#[derive(Clone, Copy, Debug)]
pub enum Pooling<'a, T> {
    /// `sum_s w_s x_s`, with weights `[T]`.
    Sum(&'a [T]),
    /// The maximum of every feature over the tokens that are read, `[T]`; the first token's value
    /// if none is.
    Max(&'a [bool]),
}

/// What a layer should return.
#[derive(Clone, Copy, Debug)]
pub enum Into<'a, T> {
    /// Its output, [T, H].
    States,
    /// Only the weighted sum of its output over each text, [B, H]: it is the last layer, and
    /// pooling is linear.
    Pooled(Pooled<'a, T>),
}

/// A weighted sum of what leaves the last layer.
#[derive(Clone, Copy, Debug)]
pub struct Pooled<'a, T> {
    /// A normalisation of every row before the sum.
    pub norm: Option<&'a Norm<T>>,
    /// `[T]`.
    pub weights: &'a [T],
}

impl<T: Real> Pooled<'_, T> {
    /// The position of the only row of every text that is pooled, if there is no more than one.
    pub(crate) fn only(&self, texts: &Texts) -> Option<Vec<usize>> {
        let single = |rows: std::ops::Range<usize>| {
            let mut counted = rows.clone().filter(|&t| self.weights[t] != T::default());
            let first = counted.next()?;
            (rows.len() > 1 && counted.next().is_none()).then_some(first - rows.start)
        };
        texts.iter().map(single).collect()
    }

    /// The weights of the rows at these positions, one a text: `[B]`.
    pub(crate) fn chosen(&self, texts: &Texts, positions: &[usize]) -> Vec<T> {
        texts.iter().zip(positions).map(|(rows, position)| self.weights[rows.start + position]).collect()
    }

    /// x: [T, H] -> [B, H].
    pub fn of<A: Array<Real = T>>(self, x: A) -> A {
        let x = match self.norm {
            Some(norm) => x.normalise(norm),
            None => x,
        };
        x.pool(Pooling::Sum(self.weights))
    }
}
