//! The pooled tail: the second half of a last layer and a linear pooling, contracted over tokens
//! before the largest product.
//!
//! For post-norm layers without a gate, with tangents h' of what the activation reads and r' of the
//! residual:
//!
//! ```text
//! u_s = r'_s + W (f'(h_s) o h'_s)
//! y'  = sum_s w_s gamma o (u_s - mean(u_s) - x̂_s <x̂_s, u_s> / H) / sigma_s
//! ```
//!
//! Only sums over s leave it, and W is the same for all tokens: with c_s = w_s / sigma_s
//!
//! ```text
//! p  = sum_s c_s r'_s + W sum_s c_s f'(h_s) o h'_s
//! m_s = ( <x̂_s, r'_s> + <W^T x̂_s, f'(h_s) o h'_s> ) / H
//! y' = gamma o (p - mean(p) - sum_s c_s m_s x̂_s)
//! ```
//!
//! so the product with W has one row per tangent instead of one per token.

use super::Tangents;
use crate::array::Array;
use crate::heads::Mask;
use crate::kernel::NormKind;
use crate::kernel::{self, vectorised};
use crate::layer::{FeedForward, Layer};
use crate::parallel;
use crate::real::Real;
use crate::tensor::Tensor;
use crate::texts::Texts;
use crate::weights::Norm;

/// A last layer, with its first half by the formula: [T, H] -> [B, H]. After an attention all
/// tangents are dense.
pub(super) fn layer<T: Real>(x: &Tangents<T>, layer: &Layer<T>, tail: Tail<T>, mask: &Mask<T>, w: &[T]) -> Tangents<T> {
    let residual = layer.attention_half(x, mask);
    let expanded = residual.linear(&layer.feed_forward.up);
    let tokens = expanded.texts.each();
    let (point, primal) = tail.point(&expanded.texts, expanded.primal, &residual.primal, w);
    let (sums, rest) = tail.contract(tokens, residual.count(), &point, &expanded.tangents, &residual.tangents);
    residual.pooled(residual.width, primal, tail.finish(&sums, rest))
}

/// The weights of a second half of the form above.
#[derive(Clone, Copy)]
pub(crate) struct Tail<'a, T> {
    half: &'a FeedForward<T>,
    norm: &'a Norm<T>,
    beta: Option<&'a [T]>,
}

/// What the contraction needs of the values, for every token.
pub(crate) struct Point<T> {
    /// f'(h), [T, I].
    pub slopes: Vec<T>,
    /// x̂, [T, H].
    pub normalised: Vec<T>,
    /// W^T x̂, [T, I].
    pub pulled: Vec<T>,
    /// w / sigma, `[T]`.
    pub shares: Vec<T>,
}

impl<'a, T: Real> Tail<'a, T> {
    /// The tail of a layer whose second half has the form above.
    pub(crate) fn of(layer: &'a Layer<T>) -> Option<Self> {
        let half = &layer.feed_forward;
        let norm = half.norms.post().filter(|_| half.gate.is_none())?;
        Some(Self { half, norm, beta: norm.beta.as_deref() })
    }

    /// gamma, `[H]`.
    pub(crate) fn gamma(&self) -> &Tensor<T> {
        &self.norm.gamma
    }

    /// I.
    fn inner(&self) -> usize {
        self.half.down.inputs()
    }

    /// H.
    fn hidden(&self) -> usize {
        self.half.down.outputs()
    }

    /// The point, and the pooled values [B, H]. expanded: h, [T, I]; residual: [T, H]; weights: w,
    /// `[T]`.
    pub(crate) fn point(
        &self,
        texts: &Texts,
        mut expanded: Vec<T>,
        residual: &[T],
        weights: &[T],
    ) -> (Point<T>, Vec<T>) {
        let down = &self.half.down;
        let slopes = kernel::activate_with_slopes(&mut expanded, self.half.activation);
        let mut normalised = kernel::linear(&expanded, self.inner(), &down.weight, down.bias());
        kernel::add(&mut normalised, residual);
        let epsilon = T::of(self.norm.epsilon);
        let inverse = kernel::normalise_rows(NormKind::Layer, &mut normalised, self.hidden(), epsilon);
        let pulled = kernel::pull(&normalised, self.hidden(), &down.weight);
        let shares = inverse.iter().zip(weights).map(|(&i, &w)| i * w).collect();
        let primal = self.pool(texts, &normalised, weights);
        (Point { slopes, normalised, pulled, shares }, primal)
    }

    /// `sum_s w_s (gamma x̂_s + beta)`, [B, H].
    fn pool(&self, texts: &Texts, normalised: &[T], weights: &[T]) -> Vec<T> {
        let hidden = self.hidden();
        let mut out = vec![T::default(); texts.count() * hidden];
        for (out, rows) in out.chunks_exact_mut(hidden).zip(texts.iter()) {
            rows.clone().for_each(|t| kernel::add_scaled(out, weights[t], &normalised[t * hidden..(t + 1) * hidden]));
            kernel::multiply(out, &self.norm.gamma);
            if let Some(beta) = self.beta {
                kernel::add_scaled(out, weights[rows].iter().copied().sum(), beta);
            }
        }
        out
    }

    /// `gamma o (p - mean(p) + rest)` with `p = W sums`, [B, K, H]. sums: [B, K, I]; rest: [B, K,
    /// H].
    pub(crate) fn finish(&self, sums: &[T], mut rest: Vec<T>) -> Vec<T> {
        let (hidden, gamma) = (self.hidden(), &self.norm.gamma[..]);
        let through = kernel::linear(sums, self.inner(), &self.half.down.weight, None);
        kernel::for_rows(
            &mut rest,
            hidden,
            #[inline(always)]
            |i, rest| {
                let p = &through[i * hidden..(i + 1) * hidden];
                let mean = kernel::sum(p) / T::of(hidden as f64);
                for ((rest, &p), &gamma) in rest.iter_mut().zip(p).zip(gamma) {
                    *rest = gamma * (*rest + p - mean);
                }
            },
        );
        rest
    }

    /// For every tangent: `sum_s c_s f'(h_s) o h'_s`, [B, K, I], and `sum_s c_s (r'_s - mean(r'_s) - m_s x̂_s)`, [B, K, H].
    fn contract(
        &self,
        tokens: usize,
        count: usize,
        point: &Point<T>,
        expanded: &[T],
        residual: &[T],
    ) -> (Vec<T>, Vec<T>) {
        let (inner, hidden) = (self.inner(), self.hidden());
        let rows = expanded.len() / inner;
        let mut sums = vec![T::default(); rows / tokens * inner];
        let mut rest = vec![T::default(); rows / tokens * hidden];
        let outputs = sums.chunks_exact_mut(inner).zip(rest.chunks_exact_mut(hidden));
        let inputs = expanded.chunks_exact(tokens * inner).zip(residual.chunks_exact(tokens * hidden));
        parallel::tasks(outputs.zip(inputs), |i, ((sum, rest), (expanded, residual))| {
            let (first, mut slope) = (i / count * tokens, vec![T::default(); inner]);
            vectorised(
                #[inline(always)]
                || {
                    let each = expanded.chunks_exact(inner).zip(residual.chunks_exact(hidden));
                    for (s, (h, r)) in each.enumerate() {
                        slope.copy_from_slice(h);
                        point.add_token(first + s, &mut slope, r, sum, rest);
                    }
                },
            );
        });
        (sums, rest)
    }
}

impl<T: Real> Point<T> {
    /// One token's part of the two sums. slope: h' `[I]`, changed; residual: r' `[H]`; sum: `[I]`,
    /// rest: `[H]`.
    #[inline(always)]
    fn add_token(&self, at: usize, slope: &mut [T], residual: &[T], sum: &mut [T], rest: &mut [T]) {
        let (inner, hidden) = (slope.len(), residual.len());
        let count = T::of(hidden as f64);
        let (share, x) = (self.shares[at], &self.normalised[at * hidden..(at + 1) * hidden]);
        let inners = at * inner..(at + 1) * inner;
        kernel::multiply(slope, &self.slopes[inners.clone()]);
        kernel::add_scaled(sum, share, slope);
        let along = (kernel::dot(x, residual) + kernel::dot(&self.pulled[inners], slope)) / count;
        let mean = kernel::sum(residual) / count;
        for ((rest, &r), &x) in rest.iter_mut().zip(residual).zip(x) {
            *rest += share * (r - mean - x * along);
        }
    }
}
