//! `x W^T + b` for many rows or few.

use rayon::prelude::*;

use super::{Operand, Write, matmul};
use crate::array::real::Real;

/// Up to this many rows the product is made transposed, `W x^T`: then gemm packs the few rows of x and reads W in place, where
/// `x W^T` would pack all of W for every call. Measured on 12 rows: 2 to 7 times faster; no difference from 500 rows on.
const FEW: usize = 256;

/// Outputs that one task computes when there are few rows.
const OUTPUTS: usize = 128;

/// `x W^T (+ bias)`. x: [rows, inputs], weight: [outputs, inputs], bias: [outputs] -> [rows, outputs].
pub(crate) fn linear<T: Real>(x: &[T], inputs: usize, weight: &[T], bias: Option<&[T]>) -> Vec<T> {
    let (rows, outputs) = (x.len() / inputs, weight.len() / inputs);
    if rows <= FEW { few(x, rows, inputs, weight, bias) } else { many(x, rows, inputs, weight, outputs, bias) }
}

fn many<T: Real>(x: &[T], rows: usize, inputs: usize, weight: &[T], outputs: usize, bias: Option<&[T]>) -> Vec<T> {
    let mut out = Vec::with_capacity(rows * outputs);
    let write = match bias {
        Some(bias) => {
            (0..rows).for_each(|_| out.extend_from_slice(bias));
            Write::Add
        }
        None => {
            out.resize(rows * outputs, T::default());
            Write::Set
        }
    };
    let (x, w) = (Operand::new(x, rows, inputs, inputs), Operand::new(weight, outputs, inputs, inputs).t());
    matmul(&mut out, outputs, write, T::ONE, x, w, gemm::Parallelism::Rayon(0));
    out
}

/// A task makes some outputs of all rows, [OUTPUTS, rows]; then they are turned to rows.
fn few<T: Real>(x: &[T], rows: usize, inputs: usize, weight: &[T], bias: Option<&[T]>) -> Vec<T> {
    if rows == 0 {
        return Vec::new();
    }
    let outputs = weight.len() / inputs;
    let mut columns = vec![T::default(); rows * outputs];
    let x = Operand::new(x, rows, inputs, inputs).t();
    columns.par_chunks_mut(OUTPUTS * rows).zip(weight.par_chunks(OUTPUTS * inputs)).for_each(|(out, weight)| {
        let w = Operand::new(weight, weight.len() / inputs, inputs, inputs);
        matmul(out, rows, Write::Set, T::ONE, w, x, gemm::Parallelism::None);
    });
    let mut out = vec![T::default(); rows * outputs];
    for (o, column) in columns.chunks_exact(rows).enumerate() {
        let offset = bias.map_or(T::default(), |bias| bias[o]);
        for (row, &value) in column.iter().enumerate() {
            out[row * outputs + o] = value + offset;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_rows_and_many_are_one_product() {
        let value = |i: usize| ((i * 7919) % 101) as f64 - 50.0;
        let (inputs, outputs) = (5, 300);
        let weight: Vec<f64> = (0..inputs * outputs).map(value).collect();
        let bias: Vec<f64> = (0..outputs).map(value).collect();
        for rows in [0, 1, 3, FEW] {
            let x: Vec<f64> = (0..rows * inputs).map(|i| value(i + 13)).collect();
            for bias in [None, Some(bias.as_slice())] {
                let all = many(&x, rows, inputs, &weight, outputs, bias);
                assert_eq!(few(&x, rows, inputs, &weight, bias), all);
                assert_eq!(linear(&x, inputs, &weight, bias), all);
            }
        }
    }
}
