//! The pooled tail: the second half of a last layer and a linear pooling, contracted over tokens
//! before the largest product.
//!
//! The sum of the half and its residual goes through one normalisation: that of a post-norm layer,
//! or a pre-norm model's final one. With tangents r' of the residual and z' of what W reads, which
//! is `f'(h) o h'`, or of a gated half `f'(g) o u o g' + f(g) o u'`:
//!
//! ```text
//! u_s = r'_s + W z'_s
//! y'  = sum_s w_s gamma o (u_s - mean(u_s) - x̂_s <x̂_s, u_s> / H) / sigma_s
//! ```
//!
//! Only sums over s leave it, and W is the same for all tokens: with c_s = w_s / sigma_s
//!
//! ```text
//! p  = sum_s c_s r'_s + W sum_s c_s z'_s
//! m_s = ( <x̂_s, r'_s> + <W^T x̂_s, z'_s> ) / H
//! y' = gamma o (p - mean(p) - sum_s c_s m_s x̂_s)
//! ```
//!
//! so the product with W has one row per tangent instead of one per token. RMSNorm has no means.

use super::Tangents;
use crate::array::{Array, Pooled};
use crate::kernel::NormKind;
use crate::kernel::{self, vectorised};
use crate::layer::{FeedForward, Layer};
use crate::parallel;
use crate::real::Real;
use crate::tensor::Tensor;
use crate::texts::Texts;
use crate::weights::Norm;

/// What follows a last layer's first half, [T, H], by the formula: [B, H]. After an attention all
/// tangents are dense.
pub(super) fn pooled<T: Real>(residual: &Tangents<T>, tail: Tail<T>) -> Tangents<T> {
    let entering = tail.half.norms.entering(residual);
    let expanded = tail.half.expansions().map(|linear| entering.linear(linear));
    let (values, tangents): (Vec<_>, Vec<_>) = expanded.map(Tangents::into_parts).unzip();
    let (point, primal) = tail.point(&residual.texts, values, &residual.primal);
    let (sums, rest) = tail.contract(residual.texts.each(), residual.count(), &point, &tangents, &residual.tangents);
    residual.pooled(residual.width, primal, tail.finish(&sums, rest))
}

/// The second half of a last layer, and the normalisation and weights of what follows.
#[derive(Clone, Copy)]
pub(crate) struct Tail<'a, T> {
    half: &'a FeedForward<T>,
    norm: &'a Norm<T>,
    /// w, `[T]`.
    weights: &'a [T],
}

/// What the contraction needs of the values, for every token.
pub(crate) struct Point<T> {
    /// What each expansion's tangent is multiplied by in z', [T, I] each: f'(h), or f'(g) o u and
    /// f(g).
    pub slopes: Vec<Vec<T>>,
    /// x̂, [T, H].
    pub normalised: Vec<T>,
    /// W^T x̂, [T, I].
    pub pulled: Vec<T>,
    /// w / sigma, `[T]`.
    pub shares: Vec<T>,
}

impl<'a, T: Real> Tail<'a, T> {
    /// The tail of a layer whose second half has the form above.
    pub(crate) fn of(layer: &'a Layer<T>, pooled: Pooled<'a, T>) -> Option<Self> {
        let half = &layer.feed_forward;
        let norm = match (&half.norms.output, &half.norms.after, pooled.norm) {
            (None, Some(norm), None) | (None, None, Some(norm)) => norm,
            _ => return None,
        };
        Some(Self { half, norm, weights: pooled.weights })
    }

    /// gamma, `[H]`.
    pub(crate) fn gamma(&self) -> &Tensor<T> {
        &self.norm.gamma
    }

    /// Whether the normalisation subtracts means.
    pub(crate) fn centres(&self) -> bool {
        self.norm.kind == NormKind::Layer
    }

    /// I.
    fn inner(&self) -> usize {
        self.half.down.inputs()
    }

    /// H.
    fn hidden(&self) -> usize {
        self.half.down.outputs()
    }

    /// The point, and the pooled values [B, H]. expanded: h, or g and u, [T, I] each; residual: [T,
    /// H].
    pub(crate) fn point(&self, texts: &Texts, expanded: Vec<Vec<T>>, residual: &[T]) -> (Point<T>, Vec<T>) {
        let down = &self.half.down;
        let (inner, slopes) = self.half.inner_and_slopes(expanded);
        let mut normalised = kernel::linear(&inner, self.inner(), &down.weight, down.bias());
        kernel::add(&mut normalised, residual);
        let epsilon = T::of(self.norm.epsilon);
        let inverse = kernel::normalise_rows(self.norm.kind, &mut normalised, self.hidden(), epsilon);
        let pulled = kernel::pull(&normalised, self.hidden(), &down.weight);
        let shares = inverse.iter().zip(self.weights).map(|(&i, &w)| i * w).collect();
        let primal = self.pool(texts, &normalised);
        (Point { slopes, normalised, pulled, shares }, primal)
    }

    /// `sum_s w_s (gamma x̂_s + beta)`, [B, H].
    fn pool(&self, texts: &Texts, normalised: &[T]) -> Vec<T> {
        let (hidden, weights) = (self.hidden(), self.weights);
        let mut out = vec![T::default(); texts.count() * hidden];
        for (out, rows) in out.chunks_exact_mut(hidden).zip(texts.iter()) {
            rows.clone().for_each(|t| kernel::add_scaled(out, weights[t], &normalised[t * hidden..(t + 1) * hidden]));
            kernel::multiply(out, &self.norm.gamma);
            if let Some(beta) = &self.norm.beta {
                kernel::add_scaled(out, weights[rows].iter().copied().sum(), beta);
            }
        }
        out
    }

    /// `gamma o (p - mean(p) + rest)` with `p = W sums`, [B, K, H]. sums: [B, K, I]; rest: [B, K,
    /// H].
    pub(crate) fn finish(&self, sums: &[T], mut rest: Vec<T>) -> Vec<T> {
        let (hidden, gamma, centres) = (self.hidden(), &self.norm.gamma[..], self.centres());
        let through = kernel::linear(sums, self.inner(), &self.half.down.weight, None);
        kernel::for_rows(
            &mut rest,
            hidden,
            #[inline(always)]
            |i, rest| {
                let p = &through[i * hidden..(i + 1) * hidden];
                let mean = if centres { kernel::sum(p) / T::of(hidden as f64) } else { T::default() };
                for ((rest, &p), &gamma) in rest.iter_mut().zip(p).zip(gamma) {
                    *rest = gamma * (*rest + p - mean);
                }
            },
        );
        rest
    }

    /// For every tangent: `sum_s c_s z'_s`, [B, K, I], and
    /// `sum_s c_s (r'_s - mean(r'_s) - m_s x̂_s)`, [B, K, H]. expanded: h', or g' and u',
    /// [B, K, S, I] each.
    fn contract(
        &self,
        tokens: usize,
        count: usize,
        point: &Point<T>,
        expanded: &[Vec<T>],
        residual: &[T],
    ) -> (Vec<T>, Vec<T>) {
        let (inner, hidden, centres) = (self.inner(), self.hidden(), self.centres());
        let rows = residual.len() / hidden;
        let mut sums = vec![T::default(); rows / tokens * inner];
        let mut rest = vec![T::default(); rows / tokens * hidden];
        let outputs = sums.chunks_exact_mut(inner).zip(rest.chunks_exact_mut(hidden));
        let inputs = residual.chunks_exact(tokens * hidden);
        parallel::tasks(outputs.zip(inputs), |i, ((sum, rest), residual)| {
            let (first, mut slope) = (i / count * tokens, vec![T::default(); inner]);
            vectorised(
                #[inline(always)]
                || {
                    for (s, r) in residual.chunks_exact(hidden).enumerate() {
                        let row = (i * tokens + s) * inner..(i * tokens + s + 1) * inner;
                        point.inner_tangent(first + s, expanded.iter().map(|h| &h[row.clone()]), &mut slope);
                        point.add_token(first + s, centres, &slope, r, sum, rest);
                    }
                },
            );
        });
        (sums, rest)
    }
}

impl<T: Real> Point<T> {
    /// A token's z' from the tangents of its expansions, `[I]` each.
    #[inline(always)]
    fn inner_tangent<'x>(&self, at: usize, expanded: impl Iterator<Item = &'x [T]>, z: &mut [T]) {
        let row = at * z.len()..(at + 1) * z.len();
        z.fill(T::default());
        for (h, slopes) in expanded.zip(&self.slopes) {
            kernel::add_product(z, h, &slopes[row.clone()]);
        }
    }

    /// One token's part of the two sums. z: z' `[I]`; residual: r' `[H]`; sum: `[I]`, rest: `[H]`.
    #[inline(always)]
    fn add_token(&self, at: usize, centres: bool, z: &[T], residual: &[T], sum: &mut [T], rest: &mut [T]) {
        let (inner, hidden) = (z.len(), residual.len());
        let count = T::of(hidden as f64);
        let (share, x) = (self.shares[at], &self.normalised[at * hidden..(at + 1) * hidden]);
        kernel::add_scaled(sum, share, z);
        let along = (kernel::dot(x, residual) + kernel::dot(&self.pulled[at * inner..(at + 1) * inner], z)) / count;
        let mean = if centres { kernel::sum(residual) / count } else { T::default() };
        for ((rest, &r), &x) in rest.iter_mut().zip(residual).zip(x) {
            *rest += share * (r - mean - x * along);
        }
    }
}
