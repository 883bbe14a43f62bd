//! Pooling of values and tangents over tokens.

use super::{Support, Tangents};
use crate::array::Pooling;
use crate::kernel;
use crate::real::Real;

/// Values [B, C] and tangents [B, K, C]. For a maximum, the tangent is that of the token that
/// attains it.
pub(super) fn pool<T: Real>(x: &Tangents<T>, pooling: Pooling<T>) -> Tangents<T> {
    let (tokens, width) = (x.texts.each(), x.width);
    match pooling {
        Pooling::Sum(weights) => by_rule(x, |out, block, b, rows| {
            for &s in rows {
                kernel::add_scaled(out, weights[b * tokens + s], &block[s * width..(s + 1) * width]);
            }
        }),
        Pooling::Max(read) => {
            let winners: Vec<Vec<usize>> =
                x.texts.iter().map(|rows| kernel::winners(&x.primal, width, rows, read)).collect();
            by_rule(x, |out, block, b, rows| {
                let mut here = vec![false; tokens];
                rows.iter().for_each(|&s| here[s] = true);
                for (out, (c, winner)) in out.iter_mut().zip(winners[b].iter().enumerate()) {
                    let s = winner - b * tokens;
                    if here[s] {
                        *out = block[s * width + c];
                    }
                }
            })
        }
    }
}

/// Pools values and tangents by a linear rule: `rule(out [C], x [S, C], text, rows)` adds the
/// contribution of the given rows of x to `out`, which is initially zero.
fn by_rule<T: Real>(x: &Tangents<T>, rule: impl Fn(&mut [T], &[T], usize, &[usize])) -> Tangents<T> {
    let (tokens, width, count) = (x.texts.each(), x.width, x.count());
    let block = tokens * width;
    let all: Vec<usize> = (0..tokens).collect();
    let mut primal = vec![T::default(); x.texts.count() * width];
    for (b, out) in primal.chunks_exact_mut(width).enumerate() {
        rule(out, &x.primal[b * block..(b + 1) * block], b, &all);
    }
    let mut tangents = vec![T::default(); x.texts.count() * count * width];
    for (i, out) in tangents.chunks_exact_mut(width).enumerate() {
        let b = i / count;
        match &x.support {
            Support::Grouped(members) => {
                let from = b * block % x.tangents.len();
                rule(out, &x.tangents[from..from + block], b, &members[i % count]);
            }
            Support::Dense(_) => rule(out, &x.tangents[i * block..(i + 1) * block], b, &all),
        }
    }
    x.pooled(width, primal, tangents)
}
