//! Numbers in files.

use std::path::Path;

use whysim_core::{Real, parallel};

use crate::error::{Error, Result};

/// A file's number format, little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Number {
    F16,
    BF16,
    F32,
    F64,
}

impl Number {
    /// Bytes of a number.
    pub(super) fn size(self) -> usize {
        match self {
            Self::F16 | Self::BF16 => 2,
            Self::F32 => 4,
            Self::F64 => 8,
        }
    }
}

/// Bytes of a tensor; None if that overflows.
pub(super) fn bytes(shape: &[usize], number: Number) -> Option<u64> {
    let count = shape.iter().try_fold(1usize, |n, &d| n.checked_mul(d))?;
    count.checked_mul(number.size()).map(|n| n as u64)
}

/// A tensor of `count` numbers whose bytes are read by `fill`, in place if they already have the
/// target type. The caller has checked that the file holds that many.
pub(super) fn read_values<T: Real>(
    path: &Path,
    count: usize,
    number: Number,
    fill: impl FnOnce(&mut [u8]) -> std::io::Result<()>,
) -> Result<Vec<T>> {
    let failed = Error::io("read", path);
    let in_place = match number {
        Number::F32 => size_of::<T>() == 4,
        Number::F64 => size_of::<T>() == 8,
        Number::F16 | Number::BF16 => false,
    };
    if in_place && cfg!(target_endian = "little") {
        let mut values = vec![T::default(); count];
        fill(bytemuck::cast_slice_mut(&mut values)).map_err(failed)?;
        return Ok(values);
    }
    let mut bytes = vec![0; count * number.size()];
    fill(&mut bytes).map_err(failed)?;
    Ok(widened(&bytes, number))
}

/// Converts a file's numbers to another type, in chunks on all threads.
fn widened<T: Real>(bytes: &[u8], number: Number) -> Vec<T> {
    const PIECE: usize = 1 << 15;
    let mut out = vec![T::default(); bytes.len() / number.size()];
    parallel::tasks(out.chunks_mut(PIECE).zip(bytes.chunks(PIECE * number.size())), |_, (out, bytes)| match number {
        Number::F16 => widen(out, bytes, |b| half::f16::from_le_bytes(b).to_f64()),
        Number::BF16 => widen(out, bytes, |b| half::bf16::from_le_bytes(b).to_f64()),
        Number::F32 => widen(out, bytes, |b| f32::from_le_bytes(b).into()),
        Number::F64 => widen(out, bytes, f64::from_le_bytes),
    });
    out
}

fn widen<T: Real, const N: usize>(out: &mut [T], bytes: &[u8], value: impl Fn([u8; N]) -> f64) {
    out.iter_mut().zip(bytes.as_chunks().0).for_each(|(out, &bytes)| *out = T::of(value(bytes)));
}

/// `v * 0` is NaN for NaN and infinities, so one sum reveals either.
pub(super) fn all_finite<T: Real>(values: &[T]) -> bool {
    let chunks: Vec<&[T]> = values.chunks(1 << 16).collect();
    let finite = parallel::gather(chunks.len(), |i| {
        let mut lanes = [T::default(); 16];
        let (whole, rest) = chunks[i].as_chunks::<16>();
        for values in whole {
            for (lane, &v) in lanes.iter_mut().zip(values) {
                *lane += v * T::default();
            }
        }
        lanes.iter().chain(rest).all(|v| v.to_f64().is_finite())
    });
    finite.into_iter().all(|finite| finite)
}
