//! `x W^T + b` for many rows or few.

use rayon::prelude::*;

use super::dots::Dots;
use super::{Operand, Write, arch, grain, matmul, threads, vectorised};
use crate::array::real::Real;

/// Up to this many rows the product is made of dot products. Measured on one thread, [rows, 768] by [768, 768]: 3 times the speed of
/// the transposed product at 4 rows, 1.2 times at 12, 0.8 times at 48.
const FEWEST: usize = 32;

/// Up to this many rows the product is made transposed, `W x^T`: then gemm packs the few rows of x and reads W in place, where
/// `x W^T` would pack all of W for every call. Measured on two threads, [rows, 768] by [768, 3072]: 1.4 times the speed at 96 rows, none
/// gained from 1024 on.
const FEW: usize = 1024;

/// Outputs of one task of dot products: their weights stay in the second-level cache.
const OUTPUTS: usize = 96;

/// Rows, and outputs, that are turned from columns to rows together: both sides of the turn stay in the first-level cache.
const TURN: usize = 16;

/// `x W^T (+ bias)`. x: [rows, inputs], weight: [outputs, inputs], bias: [outputs] -> [rows, outputs].
pub(crate) fn linear<T: Real>(x: &[T], inputs: usize, weight: &[T], bias: Option<&[T]>) -> Vec<T> {
    let (rows, outputs) = (x.len() / inputs, weight.len() / inputs);
    let mut out = vec![T::default(); rows * outputs];
    if out.is_empty() {
        return out;
    }
    match rows {
        0..FEWEST => by_outputs(x, inputs, weight, bias, &mut out, OUTPUTS, dots),
        FEWEST..FEW => {
            let share = outputs.div_ceil(threads()).next_multiple_of(TURN);
            by_outputs(x, inputs, weight, bias, &mut out, share, turned)
        }
        _ => by_rows(x, inputs, weight, bias, &mut out),
    }
    out
}

/// A task for each thread makes some rows.
fn by_rows<T: Real>(x: &[T], inputs: usize, weight: &[T], bias: Option<&[T]>, out: &mut [T]) {
    let (rows, outputs) = (x.len() / inputs, weight.len() / inputs);
    let share = rows.div_ceil(threads());
    out.par_chunks_mut(share * outputs).zip(x.par_chunks(share * inputs)).for_each(|(out, x)| {
        let write = match bias {
            Some(bias) => {
                out.chunks_exact_mut(outputs).for_each(|row| row.copy_from_slice(bias));
                Write::Add
            }
            None => Write::Set,
        };
        let x = Operand::new(x, x.len() / inputs, inputs, inputs);
        let w = Operand::new(weight, outputs, inputs, inputs).t();
        matmul(out, outputs, write, T::ONE, x, w, gemm::Parallelism::None);
    });
}

/// Tasks make `share` outputs of all rows by `part(x, inputs, weight, bias)`, which are then put side by side.
fn by_outputs<T: Real>(
    x: &[T],
    inputs: usize,
    weight: &[T],
    bias: Option<&[T]>,
    out: &mut [T],
    share: usize,
    part: impl Fn(&[T], usize, &[T], Option<&[T]>) -> Vec<T> + Sync,
) {
    let outputs = weight.len() / inputs;
    let task = |(i, weight): (usize, &[T])| {
        let bias = bias.map(|bias| &bias[i * share..i * share + weight.len() / inputs]);
        part(x, inputs, weight, bias)
    };
    let parts: Vec<Vec<T>> = weight.par_chunks(share * inputs).enumerate().with_min_len(grain()).map(task).collect();
    for (r, row) in out.chunks_exact_mut(outputs).enumerate() {
        for (row, part) in row.chunks_mut(share).zip(&parts) {
            row.copy_from_slice(&part[r * row.len()..(r + 1) * row.len()]);
        }
    }
}

/// `x W^T (+ bias)` dot product by dot product, on this thread.
pub(crate) fn dots<T: Real>(x: &[T], inputs: usize, weight: &[T], bias: Option<&[T]>) -> Vec<T> {
    let mut out = vec![T::default(); x.len() / inputs * (weight.len() / inputs)];
    arch().dispatch(Dots { x, weight, inputs, bias, out: &mut out });
    out
}

/// `W x^T`, turned, on one thread.
fn turned<T: Real>(x: &[T], inputs: usize, weight: &[T], bias: Option<&[T]>) -> Vec<T> {
    let (rows, outputs) = (x.len() / inputs, weight.len() / inputs);
    let mut columns = vec![T::default(); outputs * rows];
    let (w, x) = (Operand::new(weight, outputs, inputs, inputs), Operand::new(x, rows, inputs, inputs).t());
    matmul(&mut columns, rows, Write::Set, T::ONE, w, x, gemm::Parallelism::None);
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
