//! A tensor's values as a slice, for the kernels.

use candle_core::{Storage, StorageRef, Tensor};

use super::real::Real;
use crate::error::Result;

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
pub(super) use by_type;
