//! The first layer of a suffix, where every tangent enters in the rows of its own group.
//!
//! For one head, with P the probabilities and c_s the context of token s, let the tangent of token m be zero outside row m.
//! Then, with `a_sm = P_sm q_s . k'_m / sqrt(d)`, the context's tangent is
//!
//! ```text
//! c'_ms = a_sm (v_m - c_s) + P_sm v'_m + [s = m] w_m,      w_m = sum_t P_mt (r_t - sum_u P_mu r_u) v_t,   r_t = q'_m . k_t / sqrt(d)
//! ```
//!
//! two numbers for every head and pair of tokens, times vectors that belong to one token. A linear map T of the contexts (T_h: its
//! columns of head h) can so be applied to the vectors of S tokens, and not to the tangents in S^2 rows:
//!
//! ```text
//! T c'_ms = sum_h a_sm (T_h v_m - T_h c_s) + P_sm T_h v'_m  + [s = m] T w_m
//! ```
//!
//! Two such maps are needed: W_o, for the residual u of the layer's second half, and `M = W_1 diag(gamma) W_o` for what the
//! activation reads, since a normalisation's tangent is linear but for two numbers of each row:
//!
//! ```text
//! v_ms  = W_o c'_ms + [s = m] x'_m                        mu_ms = mean(v_ms),   l_ms = <x̂_s, v_ms> / H
//! u_ms  = gamma o (v_ms - mu_ms - x̂_s l_ms) / sigma_s
//! h'_ms = W_1 u_ms = (M c'_ms + [s = m] W_1 gamma o x'_m - mu_ms W_1 gamma - l_ms W_1 (gamma o x̂_s)) / sigma_s
//! ```
//!
//! Of S H (H + I) products a token three are left for every head: 21 times fewer for 12 heads and H = 768. The tangent of a group is
//! the sum of its tokens'.

mod pass;
mod pooled;
mod stored;
mod tile;

use super::attention::{self, Inputs, Shape};
use super::kernel;
use super::layer::{Affine, Layer};
use super::real::Real;
use super::values::Values;
use crate::error::Result;

pub(super) use pooled::last_layer;
pub(super) use stored::first_half;

/// Values and tangents [B, S, H] that enter the layer.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a, T> {
    pub primal: &'a [T],
    pub tangents: &'a [T],
    /// The rows of each tangent.
    pub members: &'a [Vec<usize>],
}

/// What the tangents of the layer's first half are made of.
struct First<'a, T> {
    shape: Shape,
    members: &'a [Vec<usize>],
    /// The tangent that a token belongs to, if any.
    owner: Vec<Option<usize>>,
    /// v, v' and c, [3, B, S, H].
    vectors: Vec<T>,
    /// a and P of all heads, [B, S (m), S (s), 2, heads].
    coefficients: Vec<T>,
    /// `W_o w_m + x'_m`, [B, S, H].
    own: Vec<T>,
    /// `W_1 (gamma o own)`, [B, S, I].
    own_expanded: Vec<T>,
    /// x̂, [B, S, H], and 1 / sigma, [B, S].
    normalised: Vec<T>,
    inverse: Vec<T>,
    /// The first half's values: the residual [B, S, H] and what the activation reads, [B, S, I].
    residual: Vec<T>,
    expanded: Vec<T>,
}

/// Whether this way takes fewer operations than the plain one, for every output of the two maps: three for each head, member and row,
/// and the maps of four vectors a token, against H for each tangent and row. Few tangents, as of sentences, are cheaper the plain way.
pub(super) fn worthwhile(shape: Shape, members: &[Vec<usize>]) -> bool {
    let listed: usize = members.iter().map(Vec::len).sum();
    let structured = shape.tokens * (3 * shape.heads * listed + 4 * shape.width);
    structured < members.len() * shape.tokens * shape.width
}

impl<'a, T: Real> First<'a, T> {
    fn new(shape: Shape, entry: Entry<'a, T>, layer: &Layer, bias: Option<attention::Bias<T>>) -> Result<Self> {
        let Entry { primal, tangents, members } = entry;
        let [q, k, v] = projections(layer, |affine| values(affine, primal))?;
        let [dq, dk, dv] = projections(layer, |affine| linear(affine, tangents))?;
        let p = attention::probabilities(shape, Inputs { queries: &q, keys: &k, values: &v }, bias);
        let coefficients = coefficients(shape, &p, &attention::all_scores(shape, &q, &dk));
        let context = attention::context(shape, &p, &v);

        let mut normalised = values(&layer.output, &context)?;
        kernel::add(&mut normalised, primal);
        let inverse = kernel::normalise_rows(&mut normalised, shape.width, T::of(layer.attention_norm.epsilon));
        let (gamma, beta) = (Values::<T>::of(layer.attention_norm.gamma)?, Values::<T>::of(layer.attention_norm.beta)?);
        let residual = scaled(&normalised, &gamma, Some(&beta));
        let expanded = values(&layer.expand, &residual)?;

        let mut own = linear(&layer.output, &attention::own_rows(shape, &p, &dq, &k, &v))?;
        kernel::add(&mut own, tangents);
        let own_expanded = linear(&layer.expand, &scaled(&own, &gamma, None))?;
        let vectors = [v, dv, context].concat();
        let owner = owners(shape.tokens, members);
        let first = Self {
            shape,
            members,
            owner,
            vectors,
            coefficients,
            own,
            own_expanded,
            normalised,
            inverse,
            residual,
            expanded,
        };
        Ok(first)
    }
}

impl<T: Real> First<'_, T> {
    /// `W_1 gamma`, `[I]`, and `W_1 (gamma o x̂_s)`, [B, S, I]: what a normalisation takes from `M c'`, by mu and by l.
    fn normalised_maps(&self, gamma: &[T], expand: &[T]) -> (Vec<T>, Vec<T>) {
        let hidden = gamma.len();
        let along = kernel::linear(&scaled(&self.normalised, gamma, None), hidden, expand, None);
        (kernel::linear(gamma, hidden, expand, None), along)
    }
}

/// Queries, keys and values.
fn projections<T>(layer: &Layer, of: impl Fn(&Affine) -> Result<Vec<T>>) -> Result<[Vec<T>; 3]> {
    Ok([of(&layer.query)?, of(&layer.key)?, of(&layer.value)?])
}

/// `x W^T + b`, of values.
fn values<T: Real>(affine: &Affine, x: &[T]) -> Result<Vec<T>> {
    let bias = affine.bias.map(Values::<T>::of).transpose()?;
    Ok(kernel::linear(x, affine.weight.dim(1)?, &Values::<T>::of(affine.weight)?, bias.as_deref()))
}

/// `x W^T`, of tangents.
fn linear<T: Real>(affine: &Affine, x: &[T]) -> Result<Vec<T>> {
    values(&Affine { bias: None, ..*affine }, x)
}

/// `gamma o x (+ beta)`, row by row.
fn scaled<T: Real>(x: &[T], gamma: &[T], beta: Option<&[T]>) -> Vec<T> {
    let mut out = x.to_vec();
    kernel::scale_rows(&mut out, gamma, beta);
    out
}

/// The tangent that each token belongs to.
fn owners(tokens: usize, members: &[Vec<usize>]) -> Vec<Option<usize>> {
    let mut owners = vec![None; tokens];
    members.iter().enumerate().for_each(|(k, group)| group.iter().for_each(|&s| owners[s] = Some(k)));
    owners
}

/// a and P, [B, S (m), S (s), 2, heads], from P and `q_s . k'_m / sqrt(d)`, both [B, heads, S (s), S (m)].
fn coefficients<T: Real>(shape: Shape, p: &[T], scores: &[T]) -> Vec<T> {
    let (tokens, heads) = (shape.tokens, shape.heads);
    let mut out = vec![T::default(); shape.batch * tokens * tokens * 2 * heads];
    for (i, pair) in out.chunks_exact_mut(2 * heads).enumerate() {
        let (b, m, s) = (i / (tokens * tokens), i / tokens % tokens, i % tokens);
        let (by_score, by_share) = pair.split_at_mut(heads);
        for h in 0..heads {
            let at = ((b * heads + h) * tokens + s) * tokens + m;
            by_score[h] = p[at] * scores[at];
            by_share[h] = p[at];
        }
    }
    out
}
