//! The plain evaluation: values, and reverse mode by candle's tape.

use candle_core::{D, DType, Tensor};

use super::Array;
use super::activation::Activation;
use super::attention::{self, Bias, Inputs, Shape};
use super::by_row::{Normalise, Softmax, by_row};
use super::kernel;
use super::real::Real;
use super::values::{Values, by_type};
use crate::error::Result;

impl Array for Tensor {
    fn linear(&self, weight: &Tensor, bias: Option<&Tensor>) -> Result<Self> {
        if taped(&[Some(self), Some(weight), bias]) {
            linear_on_tape(self, weight, bias)
        } else {
            by_type!(self.dtype(), T => linear::<T>(self, weight, bias))
        }
    }

    fn add(self, other: &Self) -> Result<Self> {
        if taped(&[Some(&self), Some(other)]) {
            return Ok((self + other)?);
        }
        by_type!(self.dtype(), T => add::<T>(&self, other))
    }

    fn layer_norm(self, gamma: &Tensor, beta: &Tensor, epsilon: f64) -> Result<Self> {
        if taped(&[Some(&self), Some(gamma), Some(beta)]) {
            return Ok(by_row(&self, Normalise { epsilon })?.broadcast_mul(gamma)?.broadcast_add(beta)?);
        }
        by_type!(self.dtype(), T => layer_norm::<T>(&self, gamma, beta, epsilon))
    }

    fn activate(self, activation: Activation) -> Result<Self> {
        if activation == Activation::Identity { Ok(self) } else { by_row(&self, activation) }
    }

    fn attend(queries: &Self, keys: &Self, values: &Self, bias: Option<&Tensor>, heads: usize) -> Result<Self> {
        if taped(&[Some(queries), Some(keys), Some(values), bias]) {
            attend_on_tape(queries, keys, values, bias, heads)
        } else {
            by_type!(queries.dtype(), T => attend::<T>(queries, keys, values, bias, heads))
        }
    }

    fn weighted_sum(&self, weights: &Tensor) -> Result<Self> {
        Ok(weights.unsqueeze(1)?.matmul(&self.contiguous()?)?.squeeze(1)?)
    }

    fn max(&self, mask: &Tensor) -> Result<Self> {
        let excluded = mask.affine(-1.0, 1.0)?.affine(-1e30, 0.0)?.unsqueeze(2)?;
        Ok(self.broadcast_add(&excluded)?.max(1)?)
    }

    fn concatenate(parts: &[Self]) -> Result<Self> {
        Ok(Tensor::cat(parts, D::Minus1)?)
    }
}

/// The sum, by all threads.
fn add<T: Real>(x: &Tensor, y: &Tensor) -> Result<Tensor> {
    let y = y.contiguous()?;
    let mut sum = x.flatten_all()?.to_vec1::<T>()?;
    kernel::add(&mut sum, &Values::<T>::of(&y)?);
    Ok(Tensor::from_vec(sum, x.shape(), x.device())?)
}

/// The normalisation of the kernels, without a tape.
fn layer_norm<T: Real>(x: &Tensor, gamma: &Tensor, beta: &Tensor, epsilon: f64) -> Result<Tensor> {
    let (gamma, beta) = (Values::<T>::of(gamma)?, Values::<T>::of(beta)?);
    let mut rows = x.flatten_all()?.to_vec1::<T>()?;
    kernel::normalise_rows(&mut rows, gamma.len(), T::of(epsilon));
    kernel::scale_rows(&mut rows, &gamma, Some(&beta));
    Ok(Tensor::from_vec(rows, x.shape(), x.device())?)
}

/// Whether the result must be differentiable: some input is a variable or comes from one.
fn taped(inputs: &[Option<&Tensor>]) -> bool {
    inputs.iter().copied().flatten().any(Tensor::track_op)
}

/// The linear map of candle's own differentiable operations.
fn linear_on_tape(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
    let (mut shape, width) = (x.dims().to_vec(), x.dim(D::Minus1)?);
    let rows = x.reshape(((), width))?.matmul(&weight.t()?)?;
    let rows = match bias {
        Some(bias) => rows.broadcast_add(bias)?,
        None => rows,
    };
    shape.pop();
    shape.push(weight.dim(0)?);
    Ok(rows.reshape(shape)?)
}

/// The linear map of the kernels, without a tape.
fn linear<T: Real>(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
    let (mut shape, x) = (x.dims().to_vec(), x.contiguous()?);
    let (outputs, inputs) = weight.dims2()?;
    let (values, weights) = (Values::<T>::of(&x)?, Values::<T>::of(weight)?);
    let bias = bias.map(Values::<T>::of).transpose()?;
    shape.pop();
    shape.push(outputs);
    Ok(Tensor::from_vec(kernel::linear(&values, inputs, &weights, bias.as_deref()), shape, x.device())?)
}

/// The attention of candle's own differentiable operations.
fn attend_on_tape(q: &Tensor, k: &Tensor, v: &Tensor, bias: Option<&Tensor>, heads: usize) -> Result<Tensor> {
    let (batch, tokens, width) = q.dims3()?;
    let split = |x: &Tensor| x.reshape((batch, tokens, heads, width / heads))?.transpose(1, 2)?.contiguous();
    let scale = 1.0 / ((width / heads) as f64).sqrt();
    let scores = (split(q)?.matmul(&split(k)?.t()?)? * scale)?;
    let scores = match bias {
        Some(bias) => scores.broadcast_add(bias)?,
        None => scores,
    };
    let context = by_row(&scores, Softmax)?.matmul(&split(v)?)?;
    Ok(context.transpose(1, 2)?.reshape((batch, tokens, width))?)
}

/// The attention of the kernels, without a tape.
fn attend<T: Real>(q: &Tensor, k: &Tensor, v: &Tensor, bias: Option<&Tensor>, heads: usize) -> Result<Tensor> {
    let (batch, tokens, width) = q.dims3()?;
    let shape = Shape { batch, tokens, width, heads };
    let (q, k, v) = (q.contiguous()?, k.contiguous()?, v.contiguous()?);
    let (queries, keys, values) = (Values::<T>::of(&q)?, Values::<T>::of(&k)?, Values::<T>::of(&v)?);
    let inputs = Inputs { queries: &queries, keys: &keys, values: &values };
    let p = with_bias(bias, |bias| Ok(attention::probabilities(shape, inputs, bias)))?;
    Ok(Tensor::from_vec(attention::context(shape, &p, &values), (batch, tokens, width), q.device())?)
}

/// Calls `f` with the bias as the attention kernels read it.
pub(super) fn with_bias<T: Real, R>(bias: Option<&Tensor>, f: impl FnOnce(Option<Bias<T>>) -> Result<R>) -> Result<R> {
    let Some(bias) = bias else { return f(None) };
    let (batch, heads, rows, columns) = bias.dims4()?;
    let bias = bias.contiguous()?;
    let values = Values::<T>::of(&bias)?;
    let square = rows * columns;
    f(Some(Bias {
        values: &values,
        batch_step: if batch == 1 { 0 } else { heads * square },
        head_step: if heads == 1 { 0 } else { square },
    }))
}
