//! Normalisation of many rows, with its tangents and the cotangents of its gain.

use super::{
    TASK, add_scaled, for_rows, normalise, normalise_jacobian, scale_to_unit, scale_to_unit_jacobian, vectorised,
};
use crate::parallel;
use crate::real::Real;

/// What a normalisation divides by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NormKind {
    /// LayerNorm: the standard deviation, after subtracting the mean.
    Layer,
    /// RMSNorm: the root of the mean square.
    Rms,
}

/// Normalises every row of `width` in place, without gain; returns the inverse deviations, one per
/// row.
pub fn normalise_rows<T: Real>(kind: NormKind, x: &mut [T], width: usize, epsilon: T) -> Vec<T> {
    let mut inverse = vec![T::default(); x.len() / width];
    let rows = (TASK / width).max(1);
    parallel::tasks(x.chunks_mut(rows * width).zip(inverse.chunks_mut(rows)), |_, (x, inverse)| {
        vectorised(
            #[inline(always)]
            || {
                for (row, inverse) in x.chunks_exact_mut(width).zip(inverse) {
                    *inverse = match kind {
                        NormKind::Layer => normalise(row, epsilon),
                        NormKind::Rms => scale_to_unit(row, epsilon),
                    };
                }
            },
        );
    });
    inverse
}

/// The symmetric Jacobian of [`normalise_rows`] applied in place to every row u. `primal`: which
/// row of `normalised` and `inverse` a row of u belongs to; `before` and `after` change the row
/// before and after it (a gain).
pub fn normalise_jacobian_rows<T: Real>(
    kind: NormKind,
    u: &mut [T],
    width: usize,
    (normalised, inverse): (&[T], &[T]),
    primal: impl Fn(usize) -> usize + Sync,
    before: impl Fn(&mut [T]) + Sync,
    after: impl Fn(&mut [T]) + Sync,
) {
    for_rows(
        u,
        width,
        #[inline(always)]
        |i, row| {
            let p = primal(i);
            let x = &normalised[p * width..(p + 1) * width];
            before(row);
            match kind {
                NormKind::Layer => normalise_jacobian(row, x, inverse[p]),
                NormKind::Rms => scale_to_unit_jacobian(row, x, inverse[p]),
            }
            after(row);
        },
    );
}

/// Rows summed per task: fixed, so that the order of additions does not depend on the number of
/// threads.
const ROWS: usize = 64;

/// `sum += all rows of x`. x: [rows, C], sum: `[C]`.
pub fn add_rows<T: Real>(sum: &mut [T], x: &[T]) {
    let width = sum.len();
    let chunks: Vec<&[T]> = x.chunks(ROWS * width).collect();
    let parts = parallel::gather(chunks.len(), |i| {
        let mut part = vec![T::default(); width];
        vectorised(
            #[inline(always)]
            || chunks[i].chunks_exact(width).for_each(|row| add_scaled(&mut part, T::ONE, row)),
        );
        part
    });
    parts.iter().for_each(|part| add_scaled(sum, T::ONE, part));
}

/// `sum += sum_t x_t y_t`. x, y: [rows, C], sum: `[C]`.
pub fn add_products<T: Real>(sum: &mut [T], x: &[T], y: &[T]) {
    let width = sum.len();
    let chunks: Vec<_> = x.chunks(ROWS * width).zip(y.chunks(ROWS * width)).collect();
    let parts = parallel::gather(chunks.len(), |i| {
        let (x, y) = chunks[i];
        let mut part = vec![T::default(); width];
        vectorised(
            #[inline(always)]
            || {
                for (x, y) in x.chunks_exact(width).zip(y.chunks_exact(width)) {
                    for ((part, &x), &y) in part.iter_mut().zip(x).zip(y) {
                        *part += x * y;
                    }
                }
            },
        );
        part
    });
    parts.iter().for_each(|part| add_scaled(sum, T::ONE, part));
}
