//! `x W^T + b` for many rows or few.

use std::ops::Range;

use super::dots::Dots;
use super::{Accum, Operand, arch, matmul, vectorised};
use crate::parallel::{self, shares};
use crate::real::Real;

/// Below this many rows the product is computed as dot products. Measured on one thread,
/// [rows, 768] by [768, 768]: 3 times the speed of the transposed product at 4 rows, 1.2 times at
/// 12, 0.8 times at 48.
const FEWEST: usize = 32;

/// Below this many rows the product is computed transposed, `W x^T`: gemm then packs the few rows
/// of x and reads W in place, where `x W^T` would pack all of W for every call. Measured on two
/// threads, [rows, 768] by [768, 3072]: 1.4 times the speed at 96 rows, none gained from 1024 on.
const FEW: usize = 1024;

/// Outputs per task of dot products, so that their weights stay in the second-level cache.
const OUTPUTS: usize = 96;

/// The tile size of the transposition, so that both sides stay in the first-level cache.
const TURN: usize = 16;

/// The fewest rows, or outputs, per thread: from this many on, the order of summation does not
/// depend on how a product is split.
const SHARE: usize = 128;

/// `x W^T (+ bias)`. x: [rows, inputs], weight: [outputs, inputs], bias: `[outputs]` -> [rows,
/// outputs].
///
/// The order of summation depends on the number of rows, not on the number of threads.
pub fn linear<T: Real>(x: &[T], inputs: usize, weight: &[T], bias: Option<&[T]>) -> Vec<T> {
    let (rows, outputs) = (x.len() / inputs, weight.len() / inputs);
    let mut out = vec![T::default(); rows * outputs];
    if out.is_empty() {
        return out;
    }
    match rows {
        0..FEWEST => {
            let share = |first: usize| first..(first + OUTPUTS).min(outputs);
            by_outputs(x, inputs, weight, bias, &mut out, (0..outputs).step_by(OUTPUTS).map(share).collect(), dots)
        }
        FEWEST..FEW => by_outputs(x, inputs, weight, bias, &mut out, shares(outputs, SHARE), turned),
        _ => by_rows(x, inputs, weight, bias, &mut out),
    }
    out
}

/// Splits the rows over the threads.
fn by_rows<T: Real>(x: &[T], inputs: usize, weight: &[T], bias: Option<&[T]>, out: &mut [T]) {
    let outputs = weight.len() / inputs;
    let w = Operand::new(weight, outputs, inputs, inputs).t();
    of_rows(x, inputs, out, outputs, |x, out| {
        let accum = match bias {
            Some(bias) => {
                out.chunks_exact_mut(outputs).for_each(|row| row.copy_from_slice(bias));
                Accum::Add
            }
            None => Accum::Replace,
        };
        matmul(out, outputs, accum, T::ONE, Operand::new(x, x.len() / inputs, inputs, inputs), w);
    });
}

/// `x W`. x: [rows, outputs], weight: [outputs, inputs] -> [rows, inputs]: cotangents through
/// [`linear`].
pub fn pull<T: Real>(x: &[T], outputs: usize, weight: &[T]) -> Vec<T> {
    let inputs = weight.len() / outputs;
    let mut out = vec![T::default(); x.len() / outputs * inputs];
    let w = Operand::new(weight, outputs, inputs, inputs);
    of_rows(x, outputs, &mut out, inputs, |x, out| {
        matmul(out, inputs, Accum::Replace, T::ONE, Operand::new(x, x.len() / outputs, outputs, outputs), w);
    });
    out
}

/// Splits the rows of x [rows, from] and out [rows, to] over the threads, and calls `part` with
/// each share.
fn of_rows<T: Real>(x: &[T], from: usize, out: &mut [T], to: usize, part: impl Fn(&[T], &mut [T]) + Sync) {
    let shares = shares(x.len() / from, SHARE);
    let mut rest = out;
    let mut tasks = Vec::with_capacity(shares.len());
    for rows in shares {
        let (out, after) = rest.split_at_mut(rows.len() * to);
        tasks.push((&x[rows.start * from..rows.end * from], out));
        rest = after;
    }
    parallel::tasks(tasks, |_, (x, out)| part(x, out));
}

/// `sum += y^T x`. y: [rows, outputs], x: [rows, inputs], sum: [outputs, inputs]: the cotangent of
/// a weight.
pub fn add_outer<T: Real>(sum: &mut [T], y: &[T], outputs: usize, x: &[T], inputs: usize) {
    let rows = x.len() / inputs;
    let x = Operand::new(x, rows, inputs, inputs);
    let mut rest = sum;
    let mut tasks = Vec::new();
    for share in shares(outputs, SHARE) {
        let (sum, after) = rest.split_at_mut(share.len() * inputs);
        tasks.push((share, sum));
        rest = after;
    }
    parallel::tasks(tasks, |_, (share, sum)| {
        let y = Operand::new(&y[share.start..], rows, share.len(), outputs).t();
        matmul(sum, inputs, Accum::Add, T::ONE, y, x);
    });
}

/// Computes each share of the outputs for all rows with `part(x, inputs, weight, bias)` and puts
/// them side by side.
fn by_outputs<T: Real>(
    x: &[T],
    inputs: usize,
    weight: &[T],
    bias: Option<&[T]>,
    out: &mut [T],
    shares: Vec<Range<usize>>,
    part: impl Fn(&[T], usize, &[T], Option<&[T]>) -> Vec<T> + Sync,
) {
    let outputs = weight.len() / inputs;
    let task = |i: usize| {
        let share = &shares[i];
        let bias = bias.map(|bias| &bias[share.clone()]);
        part(x, inputs, &weight[share.start * inputs..share.end * inputs], bias)
    };
    let parts = parallel::gather(shares.len(), task);
    for (r, row) in out.chunks_exact_mut(outputs).enumerate() {
        for (share, part) in shares.iter().zip(&parts) {
            row[share.clone()].copy_from_slice(&part[r * share.len()..(r + 1) * share.len()]);
        }
    }
}

/// `x W^T (+ bias)` dot product by dot product, on this thread.
pub fn dots<T: Real>(x: &[T], inputs: usize, weight: &[T], bias: Option<&[T]>) -> Vec<T> {
    let mut out = vec![T::default(); x.len() / inputs * (weight.len() / inputs)];
    arch().dispatch(Dots { x, weight, inputs, bias, out: &mut out });
    out
}

/// `W x^T`, transposed, on one thread.
fn turned<T: Real>(x: &[T], inputs: usize, weight: &[T], bias: Option<&[T]>) -> Vec<T> {
    let (rows, outputs) = (x.len() / inputs, weight.len() / inputs);
    let mut columns = vec![T::default(); outputs * rows];
    let (w, x) = (Operand::new(weight, outputs, inputs, inputs), Operand::new(x, rows, inputs, inputs).t());
    matmul(&mut columns, rows, Accum::Replace, T::ONE, w, x);
    turn(&columns, rows, bias)
}

/// The transpose, with a bias added to its rows. columns: [outputs, rows] -> [rows, outputs].
fn turn<T: Real>(columns: &[T], rows: usize, bias: Option<&[T]>) -> Vec<T> {
    let outputs = columns.len() / rows;
    let mut out = vec![T::default(); columns.len()];
    vectorised(
        #[inline(always)]
        || {
            for (block, columns) in columns.chunks(TURN * rows).enumerate() {
                for (r, row) in out.chunks_exact_mut(outputs).enumerate() {
                    let row = row[block * TURN..].iter_mut().take(TURN);
                    row.zip(columns.chunks_exact(rows)).for_each(|(out, column)| *out = column[r]);
                }
            }
            if let Some(bias) = bias {
                out.chunks_exact_mut(outputs).for_each(|row| super::add_scaled(row, T::ONE, bias));
            }
        },
    );
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_output_is_a_dot_product_whichever_way() {
        let value = |i: usize| ((i * 7919) % 101) as f64 - 50.0;
        for (inputs, outputs) in [(5, 300), (16, 7), (35, 6), (2060, 13)] {
            let weight: Vec<f64> = (0..inputs * outputs).map(value).collect();
            let bias: Vec<f64> = (0..outputs).map(value).collect();
            for rows in [0, 1, 3, 4, 17, FEWEST, FEW + 5] {
                let x: Vec<f64> = (0..rows * inputs).map(|i| value(i + 13)).collect();
                for bias in [None, Some(bias.as_slice())] {
                    let out = linear(&x, inputs, &weight, bias);
                    assert_eq!(out.len(), rows * outputs);
                    for (i, out) in out.iter().enumerate() {
                        let (x, w) = (&x[i / outputs * inputs..], &weight[i % outputs * inputs..]);
                        // Whole numbers, so that sums are exact in any order.
                        let exact: f64 = (0..inputs).map(|k| x[k] * w[k]).sum();
                        assert_eq!(
                            *out,
                            exact + bias.map_or(0.0, |bias| bias[i % outputs]),
                            "{rows} {inputs} {outputs}"
                        );
                    }
                }
            }
        }
    }
}
