//! `x W^T` with both factors rounded to bfloat16 and sums in float32: twice as fast on
//! machines with an instruction for it.
//!
//! A bfloat16 has 8 significant bits, so every factor has a relative error of up to 2^-9, and a
//! product of vectors one of about 2e-3. Machines without the instruction compute the same numbers,
//! apart from the order of summation, at the speed of float32.

#[cfg(target_arch = "x86_64")]
mod avx512;

use super::{linear, vectorised};
use crate::parallel;
use crate::real::Real;

/// Rows are padded with zeros to a multiple of this many pairs of values.
const WHOLE: usize = 16;

/// Rows per rounding task.
const TASK: usize = 64;

/// `x W^T`. x: [rows, inputs], weight: [outputs, inputs] -> [rows, outputs].
pub fn linear_bfloat16<T: Real>(x: &[T], inputs: usize, weight: &[T]) -> Vec<T> {
    let (x, weight) = (Rounded::new(x, inputs), Rounded::new(weight, inputs));
    #[cfg(target_arch = "x86_64")]
    if let Some(unit) = avx512::Unit::new() {
        return T::from_f32s(unit.multiply(&x, &weight));
    }
    T::from_f32s(in_float32(&x, &weight))
}

/// A matrix of bfloat16s, row by row, each padded with zeros.
struct Rounded {
    /// [rows, pairs]: two adjacent values in every number, the first in its lower half.
    values: Vec<u32>,
    rows: usize,
    /// A multiple of [`WHOLE`].
    pairs: usize,
}

impl Rounded {
    fn new<T: Real>(x: &[T], width: usize) -> Self {
        let (rows, pairs) = (x.len() / width, width.div_ceil(2).next_multiple_of(WHOLE));
        let mut values = vec![0; rows * pairs];
        parallel::tasks(values.chunks_mut(TASK * pairs).zip(x.chunks(TASK * width)), |_, (out, x)| {
            vectorised(
                #[inline(always)]
                || out.chunks_exact_mut(pairs).zip(x.chunks_exact(width)).for_each(|(out, x)| round_row(out, x)),
            );
        });
        Self { values, rows, pairs }
    }

    /// The same numbers, [rows, 2 pairs].
    fn widened(&self) -> Vec<f32> {
        self.values.iter().flat_map(|&pair| [pair << 16, pair & 0xffff_0000].map(f32::from_bits)).collect()
    }
}

#[inline(always)]
fn round_row<T: Real>(out: &mut [u32], x: &[T]) {
    let (whole, last) = x.as_chunks();
    for (out, &[low, high]) in out.iter_mut().zip(whole) {
        *out = round(low.to_f32()) | round(high.to_f32()) << 16;
    }
    if let &[last] = last {
        out[whole.len()] = round(last.to_f32());
    }
}

/// The nearest bfloat16, ties to even; NaN stays NaN.
#[inline(always)]
fn round(x: f32) -> u32 {
    let bits = x.to_bits();
    let rounded = bits.wrapping_add(0x7fff + ((bits >> 16) & 1)) >> 16;
    if x.is_nan() { 0x7fc0 } else { rounded }
}

/// The product of rounded numbers, computed in float32.
fn in_float32(x: &Rounded, weight: &Rounded) -> Vec<f32> {
    linear(&x.widened(), 2 * x.pairs, &weight.widened(), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(i: usize) -> f32 {
        ((i * 7919) % 201) as f32 - 100.0
    }

    #[test]
    fn whole_numbers_are_multiplied_exactly_whatever_the_shape() {
        for (inputs, outputs) in [(1, 1), (5, 300), (32, 48), (35, 6), (64, 97), (1600, 50)] {
            let weight: Vec<f32> = (0..inputs * outputs).map(|i| value(i + 13)).collect();
            for rows in [0, 1, 7, 8, 9, 300] {
                let x: Vec<f32> = (0..rows * inputs).map(value).collect();
                // Up to 8 bits each, and sums below 2^24: neither rounding nor the order of sums
                // has a part in it.
                let product = linear_bfloat16(&x, inputs, &weight);
                assert_eq!(product, linear(&x, inputs, &weight, None), "{rows} {inputs} {outputs}");
                let wide: Vec<f64> = x.iter().map(|&v| f64::from(v)).collect();
                let wide_weight: Vec<f64> = weight.iter().map(|&v| f64::from(v)).collect();
                assert!(
                    linear_bfloat16(&wide, inputs, &wide_weight).iter().zip(&product).all(|(a, &b)| *a == f64::from(b))
                );
            }
        }
    }

    #[test]
    fn machines_without_the_instruction_get_the_same_numbers() {
        let (inputs, outputs, rows) = (100, 70, 40);
        let of = |count: usize, by: f32| (0..count).map(|i| value(i) * by).collect::<Vec<f32>>();
        let (x, weight) = (of(rows * inputs, 0.013), of(outputs * inputs, 0.017));
        let plain = in_float32(&Rounded::new(&x, inputs), &Rounded::new(&weight, inputs));
        for (a, b) in linear_bfloat16(&x, inputs, &weight).iter().zip(&plain) {
            assert!((a - b).abs() < 1e-4, "{a} {b}");
        }
        let (exact, rounded) = (linear(&x, inputs, &weight, None), plain);
        let off = exact.iter().zip(&rounded).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt();
        let length = exact.iter().map(|v| v * v).sum::<f32>().sqrt();
        assert!((1e-4..5e-3).contains(&(off / length)), "rounding is off by {}", off / length);
    }

    #[test]
    fn rounding_is_to_the_nearest_even() {
        for (x, bits) in [(1.0, 0x3f80), (1.003_906_3, 0x3f80), (1.011_718_8, 0x3f82), (-1.01, 0xbf81), (0.0, 0)] {
            assert_eq!(round(x), bits, "{x}");
        }
        assert_eq!(round(f32::MAX), 0x7f80);
        assert!(f32::from_bits(round(f32::NAN) << 16).is_nan());
        assert!(f32::from_bits(round(f32::from_bits(0x7f80_0001)) << 16).is_nan());
    }
}
