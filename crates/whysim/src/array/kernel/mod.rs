//! Loops over raw slices: what the evaluations spend their time in.
//!
//! Each kernel is a plain function from slices to slices, the same for every evaluation that needs it. The Jacobians of
//! softmax and of layer normalisation (before its gain) are symmetric, so one function is both the tangent's rule and the
//! cotangent's. Work is shared over rayon's threads by rows, and each thread runs the code compiled for the widest vector
//! unit of the machine.

mod linear;
mod matmul;
mod rows;

pub(crate) use linear::linear;
pub(crate) use matmul::{Operand, Write, matmul};
pub(crate) use rows::*;

use rayon::prelude::*;

use super::activation::Activation;
use super::real::Real;

/// Rows that one task takes: enough work to pay for the task, small enough to share evenly.
const TASK: usize = 16 * 1024;

/// Calls `row(index, row)` for every row of `data`, in parallel, with the machine's vector instructions enabled.
pub(crate) fn for_rows<T: Send>(data: &mut [T], width: usize, row: impl Fn(usize, &mut [T]) + Sync) {
    if data.is_empty() || width == 0 {
        return;
    }
    let rows = (TASK / width).max(1);
    data.par_chunks_mut(rows * width).enumerate().for_each(|(task, chunk)| {
        vectorised(
            #[inline(always)]
            || {
                for (i, r) in chunk.chunks_exact_mut(width).enumerate() {
                    row(task * rows + i, r);
                }
            },
        );
    });
}

/// Runs `f` compiled for the widest vector instructions that this machine has. `f` and what it calls must inline.
#[inline(always)]
pub(crate) fn vectorised<R>(f: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(f)
}

/// `y_i *= x_i`.
#[inline(always)]
pub(crate) fn multiply<T: Real>(y: &mut [T], x: &[T]) {
    for (y, &x) in y.iter_mut().zip(x) {
        *y *= x;
    }
}

/// `y_i += x_i`, in parallel.
pub(crate) fn add<T: Real>(y: &mut [T], x: &[T]) {
    y.par_chunks_mut(TASK).zip(x.par_chunks(TASK)).for_each(|(y, x)| {
        vectorised(
            #[inline(always)]
            || add_scaled(y, T::ONE, x),
        );
    });
}

/// [`normalise`] on every row; returns the inverse deviations, one a row.
pub(crate) fn normalise_rows<T: Real>(x: &mut [T], width: usize, epsilon: T) -> Vec<T> {
    let mut inverse = vec![T::default(); x.len() / width];
    let rows = (TASK / width).max(1);
    x.par_chunks_mut(rows * width).zip(inverse.par_chunks_mut(rows)).for_each(|(x, inverse)| {
        vectorised(
            #[inline(always)]
            || {
                for (row, inverse) in x.chunks_exact_mut(width).zip(inverse) {
                    *inverse = normalise(row, epsilon);
                }
            },
        );
    });
    inverse
}

/// `f(x)` in place, in parallel; returns `f'(x)`.
pub(crate) fn activate_with_slopes<T: Real>(x: &mut [T], activation: Activation) -> Vec<T> {
    let mut slopes = vec![T::default(); x.len()];
    x.par_chunks_mut(TASK).zip(slopes.par_chunks_mut(TASK)).for_each(|(x, slopes)| {
        vectorised(
            #[inline(always)]
            || activation.values_and_slopes(x, slopes),
        );
    });
    slopes
}
