//! The evaluation that is trained: texts of any lengths one behind the other, without padding, on candle's tape.
//!
//! The tokens of B texts lie in one array `[T, C]`, T the sum of their lengths, so that row-wise operations cost what the tokens
//! cost. Only attention and pooling know where a text begins. Every operation is a custom operation of candle's tape over the
//! kernels, with its own backward rule. A backward rule returns the cotangent of its activations to the tape, and adds that of
//! its weights to [`Gradients`] in place: candle's own accumulation would make three copies of every weight at each step.
//!
//! Dropout is of this evaluation alone ([`Array::dropout`] does nothing in the others).

mod attention;
mod dropout;
mod embedding;
mod linear;
mod norm;
mod pool;
mod tape;

use std::ops::Range;
use std::sync::Arc;

use candle_core::{CpuStorage, D, Device, Layout, Tensor};

pub(crate) use dropout::{Dropout, Rates};
pub(crate) use embedding::{Table, embed};
pub(crate) use tape::{Gradients, Tape};

use super::by_row::by_row;
use super::{Activation, Affine, Array, Layer, Norm};
use crate::error::Result;

/// Where each text of a packed array begins and ends.
#[derive(Clone, Debug)]
pub(crate) struct Texts {
    /// B + 1 rows: the first of each text, and T.
    starts: Vec<usize>,
}

impl Texts {
    /// Texts of these lengths.
    pub(crate) fn new(lengths: impl IntoIterator<Item = usize>) -> Self {
        let mut starts = vec![0];
        let mut end = 0;
        for length in lengths {
            end += length;
            starts.push(end);
        }
        Self { starts }
    }

    /// B.
    pub(crate) fn count(&self) -> usize {
        self.starts.len() - 1
    }

    /// T.
    pub(crate) fn tokens(&self) -> usize {
        self.starts.last().copied().unwrap_or(0)
    }

    fn rows(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        self.starts.windows(2).map(|ends| ends[0]..ends[1])
    }

    /// Cuts a packed array of `width` values a token into its texts.
    fn split_mut<'a>(&self, mut all: &'a mut [f32], width: usize) -> Vec<&'a mut [f32]> {
        let mut parts = Vec::with_capacity(self.count());
        for rows in self.rows() {
            let (part, rest) = all.split_at_mut(rows.len() * width);
            parts.push(part);
            all = rest;
        }
        parts
    }
}

/// Activations of packed texts. f32 only: that is what is trained.
#[derive(Clone)]
pub(crate) struct Packed {
    /// `[T, C]`; after pooling `[B, C]`.
    tensor: Tensor,
    texts: Arc<Texts>,
    tape: Arc<Tape>,
}

impl Packed {
    /// The values, on candle's tape.
    pub(crate) fn into_tensor(self) -> Tensor {
        self.tensor
    }

    fn with(&self, tensor: Tensor) -> Self {
        Self { tensor, texts: self.texts.clone(), tape: self.tape.clone() }
    }
}

impl Array for Packed {
    fn linear(&self, weight: &Tensor, bias: Option<&Tensor>) -> Result<Self> {
        Ok(self.with(linear::linear(&self.tensor, weight, bias, &self.tape)?))
    }

    fn add(self, other: &Self) -> Result<Self> {
        Ok(self.with((&self.tensor + &other.tensor)?))
    }

    fn layer_norm(self, gamma: &Tensor, beta: &Tensor, epsilon: f64) -> Result<Self> {
        Ok(self.with(norm::layer_norm(&self.tensor, gamma, beta, epsilon, &self.tape)?))
    }

    fn activate(self, activation: Activation) -> Result<Self> {
        if activation == Activation::Identity { Ok(self) } else { Ok(self.with(by_row(&self.tensor, activation)?)) }
    }

    fn attend(queries: &Self, keys: &Self, values: &Self, bias: Option<&Tensor>, heads: usize) -> Result<Self> {
        let (texts, tape) = (&queries.texts, &queries.tape);
        let p = attention::probabilities(&queries.tensor, &keys.tensor, bias, heads, texts)?;
        let p = tape.drop_attention(&p)?;
        Ok(queries.with(attention::context(&p, &values.tensor, heads, texts)?))
    }

    fn weighted_sum(&self, weights: &Tensor) -> Result<Self> {
        Ok(self.with(pool::weighted_sum(&self.tensor, weights, &self.texts)?))
    }

    fn max(&self, mask: &Tensor) -> Result<Self> {
        let (batch, longest) = mask.dims2()?;
        let row = |(rows, s): (Range<usize>, usize)| if s < rows.len() { rows.start + s } else { rows.start } as u32;
        let places: Vec<u32> =
            self.texts.rows().flat_map(|rows| (0..longest).map(move |s| row((rows.clone(), s)))).collect();
        let padded = self.tensor.index_select(&Tensor::new(places, &Device::Cpu)?, 0)?;
        Ok(self.with(Array::max(&padded.reshape((batch, longest, ()))?, mask)?))
    }

    fn dropout(self) -> Result<Self> {
        let dropped = self.tape.drop_hidden(&self.tensor)?;
        Ok(self.with(dropped))
    }

    fn conclude(self, residual: &Self, layer: &Layer, pooling: &Tensor) -> Result<Self> {
        let Affine { weight, bias } = layer.contract;
        let Norm { gamma, beta, epsilon } = layer.norm;
        // The contraction of the other evaluations has no place for the dropout before the residual.
        let x = self.activate(layer.activation)?.linear(weight, bias)?.dropout()?.add(residual)?;
        x.layer_norm(gamma, beta, epsilon)?.weighted_sum(pooling)
    }

    fn concatenate(parts: &[Self]) -> Result<Self> {
        let Some(first) = parts.first() else {
            return Err(candle_core::Error::Msg("nothing to concatenate".into()).into());
        };
        let tensors: Vec<&Tensor> = parts.iter().map(|part| &part.tensor).collect();
        Ok(first.with(Tensor::cat(&tensors, D::Minus1)?))
    }
}

/// A custom operation's argument as a slice. Callers make it contiguous.
fn values<'a>(storage: &'a CpuStorage, layout: &Layout) -> candle_core::Result<&'a [f32]> {
    match layout.contiguous_offsets() {
        Some((from, to)) => Ok(&storage.as_slice::<f32>()?[from..to]),
        None => candle_core::bail!("a packed operation was given a strided tensor"),
    }
}
