//! Pooling of values and tangents over tokens.

use super::{Dual, Spread};
use crate::array::real::Real;

impl<T: Real> Dual<T> {
    /// Pools values and tangents by one linear rule: `rule(out [C], x [S, C], batch, rows)` adds what the listed rows of x
    /// give to `out`, which is zero before.
    pub(super) fn pool(&self, rule: impl Fn(&mut [T], &[T], usize, &[usize])) -> Self {
        let block = self.tokens * self.width;
        let all: Vec<usize> = (0..self.tokens).collect();
        let mut primal = vec![T::default(); self.batch * self.width];
        for (b, out) in primal.chunks_exact_mut(self.width).enumerate() {
            rule(out, &self.primal[b * block..(b + 1) * block], b, &all);
        }
        let count = self.count();
        let mut tangents = vec![T::default(); self.batch * count * self.width];
        for (i, out) in tangents.chunks_exact_mut(self.width).enumerate() {
            let b = i / count;
            match &self.spread {
                Spread::Rows(members) => rule(out, &self.tangents[b * block..(b + 1) * block], b, &members[i % count]),
                Spread::Full(_) => rule(out, &self.tangents[i * block..(i + 1) * block], b, &all),
            }
        }
        self.pooled(primal, tangents)
    }

    /// The token that holds the maximum of every feature, [B, C]. mask: [B, S].
    pub(super) fn winners(&self, mask: &[T]) -> Vec<usize> {
        let value = |b: usize, s: usize, c: usize| self.primal[(b * self.tokens + s) * self.width + c];
        let mut winners = Vec::with_capacity(self.batch * self.width);
        for b in 0..self.batch {
            let read: Vec<usize> = (0..self.tokens).filter(|s| mask[b * self.tokens + s] != T::default()).collect();
            for c in 0..self.width {
                let first = read.first().copied().unwrap_or(0);
                winners.push(
                    read.iter().fold(first, |best, &s| if value(b, s, c) > value(b, best, c) { s } else { best }),
                );
            }
        }
        winners
    }
}
