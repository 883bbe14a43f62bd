//! Rotary positions (Su et al., arXiv 2104.09864): pairs of features are rotated by an angle that
//! grows with the token's position.
//!
//! ```text
//! (a, b) -> (a cos t - b sin t, a sin t + b cos t)
//! ```
//!
//! A rotation is linear, so a tangent is rotated like its value, and a cotangent by the opposite
//! angle.

use crate::kernel::for_rows;
use crate::real::Real;
use crate::texts::Texts;

/// Which features form a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pairing {
    /// i and i + R/2 of the first R: as in transformers and GPT-NeoX.
    Halves,
    /// 2i and 2i + 1: as in GPT-J.
    Neighbours,
}

/// The angles of every position. The first R features of each head are rotated; the others are
/// unchanged.
#[derive(Clone, Debug)]
pub struct Rotation<T> {
    /// cos, [L, R/2].
    cos: Vec<T>,
    /// sin, [L, R/2].
    sin: Vec<T>,
    /// R/2.
    pairs: usize,
    pairing: Pairing,
    /// Width of a head.
    head: usize,
}

impl<T: Real> Rotation<T> {
    /// Angles `position x frequency` for positions below `length`. frequencies: `[R/2]`, with R at
    /// most the width of a head; scale: what the turned features are multiplied by.
    ///
    /// Angles, and their cosines and sines, are rounded to float32, as in transformers: a position
    /// of 8,000 leaves an angle only 10 bits after the point, and the models have learned with
    /// those.
    pub fn new(frequencies: &[f32], scale: f64, length: usize, head: usize, pairing: Pairing) -> Self {
        assert!(2 * frequencies.len() <= head, "a head has fewer features than are turned");
        let angles =
            || (0..length).flat_map(|position| frequencies.iter().map(move |f| f64::from(position as f32 * f)));
        let rounded = |x: f64| T::of(f64::from(x as f32 * scale as f32));
        let (cos, sin) = (angles().map(|t| rounded(t.cos())).collect(), angles().map(|t| rounded(t.sin())).collect());
        Self { cos, sin, pairs: frequencies.len(), pairing, head }
    }

    /// Rotates rows in place, forwards (`sign` 1) or back (-1). x: [.., T, heads x width], any
    /// number of blocks of T rows.
    pub(crate) fn turn(&self, x: &mut [T], width: usize, texts: &Texts, sign: T) {
        let positions = texts.positions();
        for_rows(
            x,
            width,
            #[inline(always)]
            |i, row| {
                let at = positions[i % positions.len()] * self.pairs;
                let (cos, sin) = (&self.cos[at..at + self.pairs], &self.sin[at..at + self.pairs]);
                row.chunks_exact_mut(self.head).for_each(|head| self.turn_head(head, cos, sin, sign));
            },
        );
    }

    #[inline(always)]
    fn turn_head(&self, head: &mut [T], cos: &[T], sin: &[T], sign: T) {
        let turned = |a: T, b: T, cos: T, sin: T| (a * cos - b * sign * sin, a * sign * sin + b * cos);
        match self.pairing {
            Pairing::Halves => {
                let (a, b) = head[..2 * self.pairs].split_at_mut(self.pairs);
                for (((a, b), &cos), &sin) in a.iter_mut().zip(b).zip(cos).zip(sin) {
                    (*a, *b) = turned(*a, *b, cos, sin);
                }
            }
            Pairing::Neighbours => {
                for ((pair, &cos), &sin) in head.chunks_exact_mut(2).zip(cos).zip(sin) {
                    (pair[0], pair[1]) = turned(pair[0], pair[1], cos, sin);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_keeps_lengths_and_is_undone_by_the_opposite_one() {
        for pairing in [Pairing::Halves, Pairing::Neighbours] {
            let rotation = Rotation::<f64>::new(&[1.0, 0.3], 1.0, 5, 6, pairing);
            let texts = Texts::new([3, 2]);
            let before: Vec<f64> = (0..60).map(|i| f64::from(i).sin()).collect();
            let mut x = before.clone();
            rotation.turn(&mut x, 12, &texts, 1.0);
            assert_eq!(x[..12], before[..12], "position 0 stays");
            assert_eq!(x[36..48], before[36..48], "each text begins at position 0");
            assert_eq!(x[12 + 4..12 + 6], before[12 + 4..12 + 6], "features beyond R stay");
            let length = |x: &[f64]| x.iter().map(|v| v * v).sum::<f64>();
            // Cosines and sines are float32.
            assert!((length(&x[12..18]) - length(&before[12..18])).abs() < 1e-6 && x[12..16] != before[12..16]);
            rotation.turn(&mut x, 12, &texts, -1.0);
            assert!(x.iter().zip(&before).all(|(a, b)| (a - b).abs() < 1e-6));
        }
    }
}
