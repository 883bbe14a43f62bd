//! `x W^T + b` for few rows, where packing an operand would cost more than the product.
//!
//! Rows of x and rows of W are both contiguous along the sum, so each output is a dot product of
//! two rows, and a block of a few rows by a few outputs is summed in registers: weights are read
//! in place, once, and nothing is copied.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use crate::real::Real;

/// Inputs summed at a time, so that a block's rows stay in the first-level cache.
const INPUTS: usize = 1024;

/// A row as whole vectors, and the rest.
type Line<'a, T, S> = (&'a [<T as Real>::Vector<S>], &'a [T]);

/// The product on one thread. x: [rows, inputs], weight: [outputs, inputs], out: [rows, outputs].
pub(super) struct Dots<'a, T> {
    pub x: &'a [T],
    pub weight: &'a [T],
    pub inputs: usize,
    pub bias: Option<&'a [T]>,
    pub out: &'a mut [T],
}

impl<T: Real> WithSimd for Dots<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        for first in (0..self.inputs).step_by(INPUTS) {
            let inputs = first..(first + INPUTS).min(self.inputs);
            // As many sums as fit in the registers beside the operands.
            if S::REGISTER_COUNT >= 32 {
                self.add::<S, 4, 6>(simd, inputs);
            } else {
                self.add::<S, 2, 5>(simd, inputs);
            }
        }
    }
}

impl<T: Real> Dots<'_, T> {
    /// Adds the products over some inputs, in blocks of R rows by O outputs.
    #[inline(always)]
    fn add<S: Simd, const R: usize, const O: usize>(&mut self, simd: S, inputs: Range<usize>) {
        let (rows, outputs) = (self.x.len() / self.inputs, self.weight.len() / self.inputs);
        let mut output = 0;
        while output < outputs {
            let wide = output + O <= outputs;
            let mut row = 0;
            while row < rows {
                match (rows - row >= R, wide) {
                    (true, true) => self.block::<S, R, O>(simd, row, output, inputs.clone()),
                    (true, false) => self.block::<S, R, 1>(simd, row, output, inputs.clone()),
                    (false, true) => self.block::<S, 1, O>(simd, row, output, inputs.clone()),
                    (false, false) => self.block::<S, 1, 1>(simd, row, output, inputs.clone()),
                }
                row += if rows - row >= R { R } else { 1 };
            }
            output += if wide { O } else { 1 };
        }
    }

    #[inline(always)]
    fn block<S: Simd, const R: usize, const O: usize>(
        &mut self,
        simd: S,
        row: usize,
        output: usize,
        inputs: Range<usize>,
    ) {
        let line = |i: usize| i * self.inputs + inputs.start..i * self.inputs + inputs.end;
        let mut x: [Line<T, S>; R] = [(&[], &[]); R];
        let mut w: [Line<T, S>; O] = [(&[], &[]); O];
        for (r, x) in x.iter_mut().enumerate() {
            *x = T::vectors::<S>(&self.x[line(row + r)]);
        }
        for (o, w) in w.iter_mut().enumerate() {
            *w = T::vectors::<S>(&self.weight[line(output + o)]);
        }
        let sums = products::<T, S, R, O>(simd, &x, &w);
        let (outputs, continues) = (self.weight.len() / self.inputs, inputs.start > 0);
        for r in 0..R {
            for o in 0..O {
                let mut sum = T::total(simd, sums[r][o]);
                x[r].1.iter().zip(w[o].1).for_each(|(&a, &b)| sum += a * b);
                let out = &mut self.out[(row + r) * outputs + output + o];
                let before = match self.bias {
                    _ if continues => *out,
                    Some(bias) => bias[output + o],
                    None => T::default(),
                };
                *out = before + sum;
            }
        }
    }
}

/// The sums of R rows by O rows, one vector for each pair.
#[inline(always)]
fn products<T: Real, S: Simd, const R: usize, const O: usize>(
    simd: S,
    x: &[Line<T, S>; R],
    w: &[Line<T, S>; O],
) -> [[T::Vector<S>; O]; R] {
    let mut sums = [[T::default().splat(simd); O]; R];
    for i in 0..x[0].0.len() {
        let mut rows = [T::default().splat(simd); R];
        for r in 0..R {
            rows[r] = x[r].0[i];
        }
        for o in 0..O {
            let weight = w[o].0[i];
            for r in 0..R {
                sums[r][o] = T::multiply_add(simd, rows[r], weight, sums[r][o]);
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::arch;

    #[test]
    fn machines_without_vectors_get_the_same_sums() {
        let value = |i: usize| ((i * 7919) % 101) as f32 - 50.0;
        for (rows, inputs, outputs) in [(1, 3, 1), (5, 40, 7), (9, 1100, 13)] {
            let x: Vec<f32> = (0..rows * inputs).map(value).collect();
            let weight: Vec<f32> = (0..outputs * inputs).map(|i| value(i + 17)).collect();
            let [mut plain, mut wide] = [(); 2].map(|()| vec![0f32; rows * outputs]);
            let product = |out| Dots { x: &x, weight: &weight, inputs, bias: None, out };
            product(&mut plain).with_simd(pulp::Scalar);
            arch().dispatch(product(&mut wide));
            // Whole numbers below 2^24, so that sums are exact in any order.
            assert_eq!(plain, wide);
        }
    }
}
