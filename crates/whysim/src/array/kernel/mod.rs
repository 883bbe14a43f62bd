//! Loops over raw slices: what the evaluations spend their time in.
//!
//! Each kernel is a plain function from slices to slices, the same for every evaluation that needs it. The Jacobians of
//! softmax and of layer normalisation (before its gain) are symmetric, so one function is both the tangent's rule and the
//! cotangent's. Work is shared over rayon's threads by rows, and each thread runs the code compiled for the widest vector
//! unit of the machine.

mod bfloat16;
mod dots;
mod linear;
mod matmul;
mod rows;
mod threads;

pub(crate) use bfloat16::linear_bfloat16;
pub(crate) use linear::{dots, linear};
pub(crate) use matmul::{Operand, Write, matmul};
pub(crate) use rows::*;
pub(crate) use threads::*;

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
    data.par_chunks_mut(rows * width).enumerate().with_min_len(grain()).for_each(|(task, chunk)| {
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

/// The widest vector instructions that this machine has.
#[inline(always)]
pub(crate) fn arch() -> pulp::Arch {
    pulp::Arch::new()
}

/// Runs `f` compiled for the widest vector instructions that this machine has. `f` and what it calls must inline.
#[inline(always)]
pub(crate) fn vectorised<R>(f: impl FnOnce() -> R) -> R {
    arch().dispatch(f)
}

/// How a kernel multiplies and adds: in one instruction where the machine has it.
pub(crate) trait Multiply {
    /// `a b + c`.
    fn multiply_add<T: Real>(a: T, b: T, c: T) -> T;
}

/// One rounding.
struct Fused;
/// Two roundings: without the instruction a fused product is a slow call.
struct Separate;

impl Multiply for Fused {
    #[inline(always)]
    fn multiply_add<T: Real>(a: T, b: T, c: T) -> T {
        a.mul_add(b, c)
    }
}

impl Multiply for Separate {
    #[inline(always)]
    fn multiply_add<T: Real>(a: T, b: T, c: T) -> T {
        a * b + c
    }
}

/// A kernel that is compiled for both kinds of multiplication.
pub(crate) trait Loop {
    /// What it returns.
    type Output;
    /// Must inline, with all that it calls.
    fn run<M: Multiply>(self) -> Self::Output;
}

/// Runs a kernel with the widest vector instructions that this machine has.
#[inline(always)]
pub(crate) fn run<L: Loop>(kernel: L) -> L::Output {
    match arch() {
        // Where vector units are part of the architecture, so is the instruction.
        pulp::Arch::Scalar if !cfg!(target_arch = "aarch64") => kernel.run::<Separate>(),
        arch => arch.dispatch(
            #[inline(always)]
            || kernel.run::<Fused>(),
        ),
    }
}

/// `row = gamma o row (+ beta)` for every row, in parallel.
pub(crate) fn scale_rows<T: Real>(x: &mut [T], gamma: &[T], beta: Option<&[T]>) {
    for_rows(
        x,
        gamma.len(),
        #[inline(always)]
        |_, row| {
            multiply(row, gamma);
            if let Some(beta) = beta {
                add_scaled(row, T::ONE, beta);
            }
        },
    );
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
    y.par_chunks_mut(TASK).zip(x.par_chunks(TASK)).with_min_len(grain()).for_each(|(y, x)| {
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
    x.par_chunks_mut(rows * width).zip(inverse.par_chunks_mut(rows)).with_min_len(grain()).for_each(|(x, inverse)| {
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
    x.par_chunks_mut(TASK).zip(slopes.par_chunks_mut(TASK)).with_min_len(grain()).for_each(|(x, slopes)| {
        vectorised(
            #[inline(always)]
            || activation.values_and_slopes(x, slopes),
        );
    });
    slopes
}
