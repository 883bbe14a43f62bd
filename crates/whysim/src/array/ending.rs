//! The end of an encoder, contracted over tokens before its largest product.
//!
//! The last layer's second half and a linear pooling are, for tangents h' of the expansion and r' of the residual,
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
//! so the product with W has one row for a tangent and not one for each of its tokens.

use rayon::prelude::*;

use super::kernel::{self, Operand, Write, matmul, vectorised};
use super::layer::Layer;
use super::real::Real;
use super::values::Values;
use crate::error::Result;

/// Sizes of one ending.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    pub batch: usize,
    pub tokens: usize,
    /// K.
    pub count: usize,
}

/// Values and dense tangents: [B, S, C] and [B, K, S, C], after pooling [B, C] and [B, K, C].
pub(super) struct Parts<T> {
    pub primal: Vec<T>,
    pub tangents: Vec<T>,
}

/// What the contraction needs of the values, for every token.
pub(super) struct Point<T> {
    /// f'(h), [B, S, I].
    pub slopes: Vec<T>,
    /// x̂, [B, S, H].
    pub normalised: Vec<T>,
    /// W^T x̂, [B, S, I].
    pub pulled: Vec<T>,
    /// w / sigma, [B, S].
    pub shares: Vec<T>,
}

impl<T: Real> Point<T> {
    /// The point, and the pooled values [B, H]. expanded: h, [B, S, I]; residual: [B, S, H]; pooling: w, [B, S].
    pub(super) fn new(
        tokens: usize,
        mut expanded: Vec<T>,
        residual: &[T],
        layer: &Layer,
        pooling: &[T],
    ) -> Result<(Self, Vec<T>)> {
        let (hidden, inner) = layer.contract.weight.dims2()?;
        let (gamma, beta) = (Values::<T>::of(layer.norm.gamma)?, Values::<T>::of(layer.norm.beta)?);
        let weight = Values::<T>::of(layer.contract.weight)?;
        let bias = layer.contract.bias.map(Values::<T>::of).transpose()?;
        let slopes = kernel::activate_with_slopes(&mut expanded, layer.activation);
        let mut normalised = kernel::linear(&expanded, inner, &weight, bias.as_deref());
        kernel::add(&mut normalised, residual);
        let inverse = kernel::normalise_rows(&mut normalised, hidden, T::of(layer.norm.epsilon));
        let pulled = pull(&normalised, hidden, &weight, inner);
        let shares = inverse.iter().zip(pooling).map(|(&i, &w)| i * w).collect();
        let primal = pool(tokens, &normalised, pooling, &gamma, &beta);
        Ok((Self { slopes, normalised, pulled, shares }, primal))
    }

    /// I.
    pub(super) fn inner(&self) -> usize {
        self.slopes.len() / self.shares.len()
    }
}

/// Values [B, H] and tangents [B, K, H]. residual: values and tangents; pooling: [B, S].
pub(super) fn conclude<T: Real>(
    shape: Shape,
    expanded: Parts<T>,
    residual: (&[T], &[T]),
    layer: &Layer,
    pooling: &[T],
) -> Result<Parts<T>> {
    let (hidden, inner) = layer.contract.weight.dims2()?;
    let (point, primal) = Point::new(shape.tokens, expanded.primal, residual.0, layer, pooling)?;
    let (sums, rest) = contract(shape, &expanded.tangents, residual.1, &point, hidden, inner);
    Ok(Parts { primal, tangents: finish(&sums, rest, layer)? })
}

/// `gamma o (p - mean(p) + rest)` with `p = W sums`, [B, K, H]. sums: [B, K, I]; rest: [B, K, H].
pub(super) fn finish<T: Real>(sums: &[T], mut rest: Vec<T>, layer: &Layer) -> Result<Vec<T>> {
    let (hidden, inner) = layer.contract.weight.dims2()?;
    let (gamma, weight) = (Values::<T>::of(layer.norm.gamma)?, Values::<T>::of(layer.contract.weight)?);
    let gamma: &[T] = &gamma;
    let through = kernel::linear(sums, inner, &weight, None);
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
    Ok(rest)
}

/// `x W`, [rows, I]. x: [rows, H], weight: [H, I].
fn pull<T: Real>(x: &[T], hidden: usize, weight: &[T], inner: usize) -> Vec<T> {
    let rows = x.len() / hidden;
    let mut out = vec![T::default(); rows * inner];
    let (x, w) = (Operand::new(x, rows, hidden, hidden), Operand::new(weight, hidden, inner, inner));
    matmul(&mut out, inner, Write::Set, T::ONE, x, w, kernel::parallelism());
    out
}

/// `sum_s w_s (gamma x̂_s + beta)`, [B, H].
fn pool<T: Real>(tokens: usize, normalised: &[T], pooling: &[T], gamma: &[T], beta: &[T]) -> Vec<T> {
    let hidden = gamma.len();
    let mut out = vec![T::default(); pooling.len() / tokens * hidden];
    for (b, out) in out.chunks_exact_mut(hidden).enumerate() {
        let weights = &pooling[b * tokens..(b + 1) * tokens];
        for (s, &w) in weights.iter().enumerate() {
            let at = (b * tokens + s) * hidden;
            kernel::add_scaled(out, w, &normalised[at..at + hidden]);
        }
        kernel::multiply(out, gamma);
        kernel::add_scaled(out, weights.iter().copied().sum(), beta);
    }
    out
}

/// For every tangent: `sum_s c_s f'(h_s) o h'_s`, [B, K, I], and
/// `sum_s c_s (r'_s - mean(r'_s) - m_s x̂_s)`, [B, K, H].
fn contract<T: Real>(
    shape: Shape,
    expanded: &[T],
    residual: &[T],
    point: &Point<T>,
    hidden: usize,
    inner: usize,
) -> (Vec<T>, Vec<T>) {
    let (tokens, rows) = (shape.tokens, shape.batch * shape.count);
    let mut sums = vec![T::default(); rows * inner];
    let mut rest = vec![T::default(); rows * hidden];
    let outputs = sums.par_chunks_exact_mut(inner).zip(rest.par_chunks_exact_mut(hidden));
    let inputs = expanded.par_chunks_exact(tokens * inner).zip(residual.par_chunks_exact(tokens * hidden));
    outputs.zip(inputs).enumerate().with_min_len(kernel::grain()).for_each_init(
        || vec![T::default(); inner],
        |slope, (i, ((sum, rest), (expanded, residual)))| {
            let first = i / shape.count * tokens;
            vectorised(
                #[inline(always)]
                || {
                    let each = expanded.chunks_exact(inner).zip(residual.chunks_exact(hidden));
                    for (s, (h, r)) in each.enumerate() {
                        slope.copy_from_slice(h);
                        point.add_token(first + s, slope, r, sum, rest);
                    }
                },
            );
        },
    );
    (sums, rest)
}

impl<T: Real> Point<T> {
    /// One token's part of the two sums. slope: h' `[I]`, changed; residual: r' `[H]`; sum: `[I]`, rest: `[H]`.
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
