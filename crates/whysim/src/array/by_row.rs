//! Operations on each row by itself, as candle knows operations.
//!
//! Softmax, normalisation and activations are custom operations over the kernels, each with its own backward rule: candle's
//! fused ones have none and would cut the tape in silence.

use candle_core::{CpuStorage, CustomOp1, D, DType, Layout, Tensor};

use super::activation::Activation;
use super::kernel;
use super::real::Real;
use super::values::{Values, by_type};
use crate::error::{Error, Result};

/// An operation on each row of the last axis by itself.
pub(super) trait RowOperation: Send + Sync + 'static {
    const NAME: &'static str;
    /// The operation in place; `original` is the row's own values.
    fn forward<T: Real>(&self, row: &mut [T]);
    /// `J^T gradient` in place of the gradient, at input `x` and output `y`.
    fn backward<T: Real>(&self, gradient: &mut [T], x: &[T], y: &[T]);
}

pub(super) struct Softmax;

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

pub(super) struct Normalise {
    pub epsilon: f64,
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

/// Applies an operation to every row of the last axis, on the tape where `x` is on it.
pub(super) fn by_row<O: RowOperation>(x: &Tensor, operation: O) -> Result<Tensor> {
    Ok(x.contiguous()?.apply_op1(ByRow(operation))?)
}

impl From<Error> for candle_core::Error {
    fn from(error: Error) -> Self {
        candle_core::Error::wrap(error)
    }
}
