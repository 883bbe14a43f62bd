//! The plain evaluation: values, and reverse mode by candle's tape.
//!
//! Softmax, normalisation and activations are custom operations over the kernels, each with its own backward rule: candle's
//! fused ones have none and would cut the tape in silence.

use candle_core::{CpuStorage, CustomOp1, D, DType, Layout, Storage, StorageRef, Tensor};

use super::Array;
use super::activation::Activation;
use super::attention::{self, Bias, Inputs, Shape};
use super::kernel;
use super::real::Real;
use crate::error::{Error, Result};

/// A contiguous CPU tensor's values, borrowed.
pub(crate) struct Values<'a, T> {
    storage: StorageRef<'a>,
    from: usize,
    to: usize,
    kind: std::marker::PhantomData<T>,
}

impl<'a, T: Real> Values<'a, T> {
    /// Borrows the values in row-major order.
    ///
    /// # Errors
    /// When the tensor is not contiguous, not on the CPU, or not of type T.
    pub(crate) fn of(tensor: &'a Tensor) -> Result<Self> {
        let (storage, layout) = tensor.storage_and_layout();
        let Some((from, to)) = layout.contiguous_offsets() else {
            return Err(candle_core::Error::Msg("a kernel was given a strided tensor".into()).into());
        };
        match &*storage {
            Storage::Cpu(cpu) => T::slice(cpu)?,
            _ => return Err(candle_core::Error::Msg("the kernels run on the CPU only".into()).into()),
        };
        Ok(Self { storage, from, to, kind: std::marker::PhantomData })
    }
}

impl<T: Real> std::ops::Deref for Values<'_, T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match &*self.storage {
            // `of` has seen that this holds.
            Storage::Cpu(cpu) => T::slice(cpu).map_or(&[], |all| &all[self.from..self.to]),
            _ => &[],
        }
    }
}

/// Runs `$body` with `$real` as the tensor's number type.
macro_rules! by_type {
    ($dtype:expr, $real:ident => $body:expr) => {
        match $dtype {
            DType::F32 => {
                type $real = f32;
                $body
            }
            DType::F64 => {
                type $real = f64;
                $body
            }
            other => Err(candle_core::Error::UnsupportedDTypeForOp(other, "a kernel").into()),
        }
    };
}

/// An operation on each row of the last axis by itself.
trait RowOperation: Send + Sync + 'static {
    const NAME: &'static str;
    /// The operation in place; `original` is the row's own values.
    fn forward<T: Real>(&self, row: &mut [T]);
    /// `J^T gradient` in place of the gradient, at input `x` and output `y`.
    fn backward<T: Real>(&self, gradient: &mut [T], x: &[T], y: &[T]);
}

struct Softmax;

impl RowOperation for Softmax {
    const NAME: &'static str = "softmax";

    #[inline(always)]
    fn forward<T: Real>(&self, row: &mut [T]) {
        kernel::softmax(row);
    }

    #[inline(always)]
    fn backward<T: Real>(&self, gradient: &mut [T], _: &[T], y: &[T]) {
        kernel::softmax_jacobian(gradient, y);
    }
}

struct Normalise {
    epsilon: f64,
}

impl RowOperation for Normalise {
    const NAME: &'static str = "normalise";

    #[inline(always)]
    fn forward<T: Real>(&self, row: &mut [T]) {
        kernel::normalise(row, T::of(self.epsilon));
    }

    #[inline(always)]
    fn backward<T: Real>(&self, gradient: &mut [T], x: &[T], y: &[T]) {
        let count = T::of(x.len() as f64);
        let mean = kernel::sum(x) / count;
        let variance = x.iter().map(|&v| (v - mean) * (v - mean)).sum::<T>() / count;
        let inverse = T::ONE / Real::sqrt(variance + T::of(self.epsilon));
        kernel::normalise_jacobian(gradient, y, inverse);
    }
}

impl RowOperation for Activation {
    const NAME: &'static str = "activation";

    #[inline(always)]
    fn forward<T: Real>(&self, row: &mut [T]) {
        self.values(row);
    }

    #[inline(always)]
    fn backward<T: Real>(&self, gradient: &mut [T], x: &[T], _: &[T]) {
        self.jacobian(gradient, x);
    }
}

/// A [`RowOperation`] as candle knows operations.
struct ByRow<O>(O);

impl<O: RowOperation> ByRow<O> {
    fn forward<T: Real>(&self, storage: &CpuStorage, layout: &Layout) -> candle_core::Result<CpuStorage> {
        let Some((from, to)) = layout.contiguous_offsets() else {
            candle_core::bail!("{} needs a contiguous input", O::NAME);
        };
        let mut out = T::slice(storage)?[from..to].to_vec();
        let width = layout.dims().last().copied().unwrap_or(1);
        kernel::for_rows(
            &mut out,
            width,
            #[inline(always)]
            |_, row| self.0.forward(row),
        );
        Ok(T::to_cpu_storage_owned(out))
    }

    fn backward<T: Real>(&self, x: &Tensor, y: &Tensor, gradient: &Tensor) -> Result<Tensor> {
        let mut out = gradient.flatten_all()?.to_vec1::<T>()?;
        let (x, y) = (x.contiguous()?, y.contiguous()?);
        let width = x.dim(D::Minus1)?;
        let (xs, ys) = (Values::<T>::of(&x)?, Values::<T>::of(&y)?);
        let (xs, ys): (&[T], &[T]) = (&xs, &ys);
        kernel::for_rows(
            &mut out,
            width,
            #[inline(always)]
            |i, row| {
                let at = i * width..(i + 1) * width;
                self.0.backward(row, &xs[at.clone()], &ys[at]);
            },
        );
        Ok(Tensor::from_vec(out, x.shape(), x.device())?)
    }
}

impl<O: RowOperation> CustomOp1 for ByRow<O> {
    fn name(&self) -> &'static str {
        O::NAME
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> candle_core::Result<(CpuStorage, candle_core::Shape)> {
        let out = by_type!(storage_type(storage), T => self.forward::<T>(storage, layout))?;
        Ok((out, layout.shape().clone()))
    }

    fn bwd(&self, x: &Tensor, y: &Tensor, gradient: &Tensor) -> candle_core::Result<Option<Tensor>> {
        let result: Result<Tensor> = by_type!(x.dtype(), T => self.backward::<T>(x, y, gradient));
        result.map(Some).map_err(candle_core::Error::wrap)
    }
}

fn storage_type(storage: &CpuStorage) -> DType {
    use candle_core::backend::BackendStorage;
    storage.dtype()
}

fn by_row<O: RowOperation>(x: &Tensor, operation: O) -> Result<Tensor> {
    Ok(x.contiguous()?.apply_op1(ByRow(operation))?)
}

impl Array for Tensor {
    fn linear(&self, weight: &Tensor, bias: Option<&Tensor>) -> Result<Self> {
        if taped(&[Some(self), Some(weight), bias]) {
            linear_on_tape(self, weight, bias)
        } else {
            by_type!(self.dtype(), T => linear::<T>(self, weight, bias))
        }
    }

    fn add(self, other: &Self) -> Result<Self> {
        Ok((self + other)?)
    }

    fn layer_norm(self, gamma: &Tensor, beta: &Tensor, epsilon: f64) -> Result<Self> {
        Ok(by_row(&self, Normalise { epsilon })?.broadcast_mul(gamma)?.broadcast_add(beta)?)
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

impl From<Error> for candle_core::Error {
    fn from(error: Error) -> Self {
        candle_core::Error::wrap(error)
    }
}
