//! Sums over heads for the rows of a tangent after attention, in registers: with so few heads, a
//! matrix product would not be worth its packing.

use pulp::{Simd, WithSimd};

use crate::real::Real;

/// Columns of the vectors: a multiple of [`REGISTERS`] registers on every machine.
pub(crate) const MIXED: usize = 64;
/// Registers in which a row is summed at a time.
const REGISTERS: usize = 4;

/// `out_s += sum_h a_sh (v_h - c_sh) + p_sh t_h` on one thread, for S rows of MIXED columns.
pub(crate) struct Mix<'a, T> {
    /// [S, MIXED].
    pub out: &'a mut [T],
    /// a and p of every row: [S, 2, heads].
    pub coefficients: &'a [T],
    /// c: [S, heads, MIXED].
    pub contexts: &'a [T],
    /// v: [heads, MIXED].
    pub value: &'a [T],
    /// t: [heads, MIXED].
    pub tangent: &'a [T],
}

impl<T: Real> WithSimd for Mix<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        // As many sums as fit in the registers beside v and t.
        if S::REGISTER_COUNT >= 32 { self.add::<S, 4>(simd) } else { self.add::<S, 2>(simd) }
    }
}

impl<T: Real> Mix<'_, T> {
    #[inline(always)]
    fn add<S: Simd, const R: usize>(&mut self, simd: S) {
        let rows = self.out.len() / MIXED;
        let groups = T::vectors::<S>(&self.value[..MIXED]).0.len() / REGISTERS;
        for group in 0..groups {
            let mut row = 0;
            while row + R <= rows {
                self.block::<S, R>(simd, row, group);
                row += R;
            }
            (row..rows).for_each(|row| self.block::<S, 1>(simd, row, group));
        }
    }

    /// Some rows' sums in one group of registers.
    #[inline(always)]
    fn block<S: Simd, const R: usize>(&mut self, simd: S, row: usize, group: usize) {
        let heads = self.value.len() / MIXED;
        let registers = |x: &[T], at: usize| -> [T::Vector<S>; REGISTERS] {
            let all = T::vectors::<S>(&x[at * MIXED..(at + 1) * MIXED]).0;
            *all[group * REGISTERS..].first_chunk().expect("a row is a whole number of groups")
        };
        let mut sums = [[T::default().splat(simd); REGISTERS]; R];
        for (r, sums) in sums.iter_mut().enumerate() {
            *sums = registers(self.out, row + r);
        }
        for h in 0..heads {
            let (value, tangent) = (registers(self.value, h), registers(self.tangent, h));
            for (r, sums) in sums.iter_mut().enumerate() {
                let pair = &self.coefficients[(row + r) * 2 * heads..(row + r + 1) * 2 * heads];
                let (a, p) = (pair[h].splat(simd), pair[heads + h].splat(simd));
                let context = registers(self.contexts, (row + r) * heads + h);
                for i in 0..REGISTERS {
                    let sum = T::multiply_add(simd, p, tangent[i], sums[i]);
                    sums[i] = T::multiply_add(simd, a, T::subtract(simd, value[i], context[i]), sum);
                }
            }
        }
        for (r, sums) in sums.iter().enumerate() {
            let out = &mut self.out[(row + r) * MIXED..(row + r + 1) * MIXED];
            T::vectors_mut::<S>(out).0[group * REGISTERS..][..REGISTERS].copy_from_slice(sums);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::arch;

    #[test]
    fn a_row_is_the_sum_that_the_formula_says_whatever_the_machine() {
        // Whole numbers below 2^24, so that sums are exact in any order.
        let numbers = |count: usize, seed: usize| -> Vec<f32> {
            (0..count).map(|i| ((i * 7919 + seed) % 23) as f32 - 11.0).collect()
        };
        let (rows, heads) = (7, 3);
        let start = numbers(rows * MIXED, 1);
        let [coefficients, contexts] = [numbers(rows * 2 * heads, 2), numbers(rows * heads * MIXED, 3)];
        let [value, tangent] = [numbers(heads * MIXED, 4), numbers(heads * MIXED, 5)];
        let [mut plain, mut wide] = [start.clone(), start.clone()];
        let mix = |out| Mix { out, coefficients: &coefficients, contexts: &contexts, value: &value, tangent: &tangent };
        mix(&mut plain).with_simd(pulp::Scalar);
        arch().dispatch(mix(&mut wide));
        for (at, before) in start.into_iter().enumerate() {
            let (s, i) = (at / MIXED, at % MIXED);
            let term = |h: usize| {
                let (a, p) = (coefficients[s * 2 * heads + h], coefficients[(s * 2 + 1) * heads + h]);
                a * (value[h * MIXED + i] - contexts[(s * heads + h) * MIXED + i]) + p * tangent[h * MIXED + i]
            };
            let expected = before + (0..heads).map(term).sum::<f32>();
            assert_eq!([plain[at], wide[at]], [expected; 2]);
        }
    }
}
