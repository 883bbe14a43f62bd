//! Loops over raw slices: what the evaluations spend their time in.
//!
//! Each kernel is a plain function from slices to slices, shared by all evaluations that need it.
//! The Jacobians of softmax and of layer normalisation (before its gain) are symmetric, so one
//! function is both the tangent's rule and the cotangent's. Work is shared over rayon's threads by
//! rows, and each thread runs the code compiled for the widest vector unit of the machine.

pub(crate) mod attention;
mod bfloat16;
mod dots;
mod linear;
mod matmul;
mod mix;
mod norm;
mod rows;

pub use attention::{Attend, Inputs};
pub use bfloat16::linear_bfloat16;
pub use linear::{add_outer, dots, linear, pull};
pub use matmul::{Accum, Operand, matmul};
pub(crate) use mix::{MIXED, Mix};
pub use norm::{NormKind, add_products, add_rows, normalise_jacobian_rows, normalise_rows};
pub use rows::*;

use std::ops::Range;

use crate::activation::Activation;
use crate::parallel;
use crate::real::Real;
use crate::texts::Texts;

/// Numbers per task: enough work to be worth a task, small enough to share evenly.
const TASK: usize = 16 * 1024;

/// Calls `row(index, row)` for every row of `data`, in parallel, with the machine's vector
/// instructions enabled.
pub fn for_rows<T: Send>(data: &mut [T], width: usize, row: impl Fn(usize, &mut [T]) + Sync) {
    if data.is_empty() || width == 0 {
        return;
    }
    let rows = (TASK / width).max(1);
    parallel::tasks(data.chunks_mut(rows * width), |task, chunk| {
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

/// As [`for_rows`], with a number for every row.
pub(crate) fn for_rows_with<T: Send>(
    data: &mut [T],
    width: usize,
    numbers: &mut [T],
    row: impl Fn(usize, &mut [T], &mut T) + Sync,
) {
    let rows = (TASK / width).max(1);
    let tasks = data.chunks_mut(rows * width).zip(numbers.chunks_mut(rows));
    parallel::tasks(tasks, |task, (chunk, numbers)| {
        vectorised(
            #[inline(always)]
            || {
                for (i, (r, number)) in chunk.chunks_exact_mut(width).zip(numbers).enumerate() {
                    row(task * rows + i, r, number);
                }
            },
        );
    });
}

/// The widest vector instructions that this machine has.
#[inline(always)]
pub fn arch() -> pulp::Arch {
    pulp::Arch::new()
}

/// Runs `f` compiled for the widest vector instructions that this machine has. `f` and what it
/// calls must inline.
#[inline(always)]
pub fn vectorised<R>(f: impl FnOnce() -> R) -> R {
    arch().dispatch(f)
}

/// `row = gamma o row (+ beta)` for every row, in parallel.
pub fn scale_rows<T: Real>(x: &mut [T], gamma: &[T], beta: Option<&[T]>) {
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
pub fn multiply<T: Real>(y: &mut [T], x: &[T]) {
    for (y, &x) in y.iter_mut().zip(x) {
        *y *= x;
    }
}

/// `z_i += x_i y_i`.
#[inline(always)]
pub(crate) fn add_product<T: Real>(z: &mut [T], x: &[T], y: &[T]) {
    for ((z, &x), &y) in z.iter_mut().zip(x).zip(y) {
        *z += x * y;
    }
}

/// `y_i += x_i`, in parallel.
pub fn add<T: Real>(y: &mut [T], x: &[T]) {
    parallel::tasks(y.chunks_mut(TASK).zip(x.chunks(TASK)), |_, (y, x)| {
        vectorised(
            #[inline(always)]
            || add_scaled(y, T::ONE, x),
        );
    });
}

/// `f(x)` in place, in parallel; returns `f'(x)`.
pub fn activate_with_slopes<T: Real>(x: &mut [T], activation: Activation) -> Vec<T> {
    let mut slopes = vec![T::default(); x.len()];
    parallel::tasks(x.chunks_mut(TASK).zip(slopes.chunks_mut(TASK)), |_, (x, slopes)| {
        vectorised(
            #[inline(always)]
            || activation.values_and_slopes(x, slopes),
        );
    });
    slopes
}

/// `u *= f'(x)`, in parallel, with one row of slopes for every row of tangents or cotangents.
/// `primal`: which row of the slopes a row takes.
pub fn multiply_rows<T: Real>(u: &mut [T], width: usize, x: &[T], primal: impl Fn(usize) -> usize + Sync) {
    for_rows(
        u,
        width,
        #[inline(always)]
        |i, row| {
            let at = primal(i) * width;
            multiply(row, &x[at..at + width]);
        },
    );
}

/// `f(x)` in place, in parallel.
pub fn activate<T: Real>(x: &mut [T], activation: Activation) {
    if activation != Activation::Identity {
        parallel::tasks(x.chunks_mut(TASK), |_, x| {
            vectorised(
                #[inline(always)]
                || activation.values(x),
            );
        });
    }
}

/// The row of each feature's largest value among the rows of a text that are read, `[C]`; the
/// text's first row if none is. x: [T, C], read: `[T]`.
pub fn winners<T: Real>(x: &[T], width: usize, rows: Range<usize>, read: &[bool]) -> Vec<usize> {
    let candidates: Vec<usize> = rows.clone().filter(|&t| read[t]).collect();
    let first = candidates.first().copied().unwrap_or(rows.start);
    let value = |t: usize, c: usize| x[t * width + c];
    let winner = |c| candidates.iter().fold(first, |best, &t| if value(t, c) > value(best, c) { t } else { best });
    (0..width).map(winner).collect()
}

/// One row of every text. x: [.., T, width], any number of blocks of T rows -> [.., B, width].
pub fn rows_of<T: Real>(x: &[T], width: usize, texts: &Texts, positions: &[usize]) -> Vec<T> {
    let blocks = x.chunks_exact((texts.tokens() * width).max(1));
    let row = |block: &[T], b: usize| {
        let at = (texts.rows(b).start + positions[b]) * width;
        block[at..at + width].to_vec()
    };
    blocks.flat_map(|block| (0..texts.count()).flat_map(move |b| row(block, b))).collect()
}

/// The first columns of every row. x: [rows, width] -> [rows, columns].
pub fn first_columns<T: Real>(x: &[T], width: usize, columns: usize) -> Vec<T> {
    x.chunks_exact(width).flat_map(|row| &row[..columns]).copied().collect()
}

/// The rows of several arrays side by side. parts: [rows, C_i] with C_i -> [rows, sum C_i].
pub fn side_by_side<T: Real>(parts: &[(&[T], usize)]) -> Vec<T> {
    let rows = parts.first().map_or(0, |(values, width)| values.len() / width);
    let row = |r: usize| parts.iter().flat_map(move |(values, width)| &values[r * width..(r + 1) * width]);
    (0..rows).flat_map(row).copied().collect()
}
