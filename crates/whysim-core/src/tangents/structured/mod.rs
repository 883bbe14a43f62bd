//! Tangents through the first layer of a suffix, where each enters in the rows of its own group, by
//! their structure.
//!
//! For one head, with P the probabilities and c_s the context of token s, let the tangent of token
//! m be zero outside row m. Then, with `a_sm = P_sm q_s . k'_m / sqrt(d)`, the context's tangent is
//!
//! ```text
//! c'_ms = a_sm (v_m - c_s) + P_sm v'_m + [s = m] w_m
//! w_m   = sum_t P_mt (r_t - sum_u P_mu r_u) v_t,    r_t = q'_m . k_t / sqrt(d)
//! ```
//!
//! two numbers for every head and pair of tokens, times vectors that belong to one token. A linear
//! map T of the contexts (T_h: its columns for head h) can therefore be applied to the vectors of S
//! tokens instead of the tangents in S^2 rows:
//!
//! ```text
//! T c'_ms = sum_h a_sm (T_h v_m - T_h c_s) + P_sm T_h v'_m  + [s = m] T w_m
//! ```
//!
//! Such maps are W_o, and `M = W_1 diag(gamma) W_o` for each W_1 that reads the normalised sum
//! (W_up, and a gate), since a normalisation's tangent is linear except for two numbers per row
//! (one for RMSNorm, which has no mean):
//!
//! ```text
//! v_ms  = W_o c'_ms + [s = m] x'_m,    mu_ms = mean(v_ms),    l_ms = <x̂_s, v_ms> / H
//! u_ms  = gamma o (v_ms - mu_ms - x̂_s l_ms) / sigma_s
//! h'_ms = W_1 u_ms
//!       = (M c'_ms + [s = m] W_1 gamma o x'_m - mu_ms W_1 gamma - l_ms W_1 (gamma o x̂_s)) / sigma_s
//! ```
//!
//! The residual of the second half is u in a post-norm layer, and v in a pre-norm one. Where key
//! heads serve several query heads, v_m and v'_m are those of the head's own key head.
//!
//! Each output takes three multiplications per head instead of H: 21 times fewer for 12 heads and
//! H = 768. The tangent of a group is the sum of its tokens'.
//!
//! `values` computes the single tokens' vectors, a and P; `pooled` what a pooled tail needs of the
//! tangents, without storing any; `stored` the tangents of all rows. All of them consist of matrix
//! products.

mod basis;
mod pooled;
mod rows;
mod stored;
mod sums;
mod values;

use super::{Support, Tangents};
use crate::heads::Mask;
use crate::layer::Layer;
use crate::real::Real;
use crate::weights::Norm;
use values::{FirstHalf, Mixing};

/// The tangents of a first half, before they are put together.
pub(super) struct Structured<'a, T> {
    layer: &'a Layer<T>,
    /// The normalisation between the attention and the expansions.
    norm: &'a Norm<T>,
    /// Whether the second half's residual is what it returns.
    is_post: bool,
    /// What enters the layer.
    x: &'a Tangents<T>,
    /// The tokens that each tangent is made of.
    members: &'a [Vec<usize>],
    mixing: Mixing<T>,
    half: FirstHalf<T>,
}

/// Whether this takes fewer operations than the plain way. For every output of the two maps it
/// takes three per head, member and row, plus the maps of four vectors per token; the plain way
/// takes H per tangent and row, which is less for few tangents, such as those of sentences.
pub(super) fn is_worthwhile<T: Real>(layer: &Layer<T>, members: &[Vec<usize>], tokens: usize) -> bool {
    let (heads, contexts) = (layer.attention.heads.count, layer.attention.output.inputs());
    let listed: usize = members.iter().map(Vec::len).sum();
    tokens * (3 * heads * listed + 4 * contexts) < members.len() * tokens * contexts
}

impl<'a, T: Real> Structured<'a, T> {
    /// The layer by its structure, if it has one, the tangents are still in their own rows, and it
    /// saves work.
    pub(super) fn of(x: &'a Tangents<T>, layer: &'a Layer<T>, mask: &Mask<T>) -> Option<Self> {
        let ((norm, is_post), Support::Grouped(members)) = (layer.between()?, &x.support) else { return None };
        if !is_worthwhile(layer, members, x.texts.each()) {
            return None;
        }
        let (mixing, half) = values::first_half(x, layer, (norm, is_post), mask);
        Some(Self { layer, norm, is_post, x, members, mixing, half })
    }

    /// B, S and K.
    fn sizes(&self) -> [usize; 3] {
        [self.x.texts.count(), self.x.texts.each(), self.members.len()]
    }

    /// H.
    fn hidden(&self) -> usize {
        self.x.width
    }

    /// The width of contexts.
    fn contexts(&self) -> usize {
        self.layer.attention.output.inputs()
    }

    fn heads(&self) -> usize {
        self.layer.attention.heads.count
    }

    /// Where head h is in a context, and where what it reads is in a value.
    fn places(&self, h: usize) -> [std::ops::Range<usize>; 2] {
        let heads = self.layer.attention.heads;
        [h, h * heads.keys / heads.count].map(|h| h * heads.width..(h + 1) * heads.width)
    }

    /// The width of values.
    fn values(&self) -> usize {
        let heads = self.layer.attention.heads;
        heads.keys * heads.width
    }

    /// One text's squares of a packed array: [heads, S (s), S (m)].
    fn squares<'x>(&self, packed: &'x [T], b: usize) -> &'x [T] {
        let size = packed.len() / self.x.texts.count();
        &packed[b * size..(b + 1) * size]
    }

    /// `sum of a_sm over the tokens m of each tangent` of text b: [K, heads, S].
    fn group_scores(&self, b: usize) -> Vec<T> {
        let ([_, tokens, count], heads) = (self.sizes(), self.heads());
        let mut out = vec![T::default(); count * heads * tokens];
        let square = self.squares(&self.mixing.scores, b);
        for (group, out) in self.members.iter().zip(out.chunks_exact_mut(heads * tokens)) {
            for (row, out) in square.chunks_exact(tokens).zip(out) {
                *out = group.iter().map(|&m| row[m]).sum();
            }
        }
        out
    }
}
