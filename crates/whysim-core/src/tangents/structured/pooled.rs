//! The case in which the first layer is also the last: the pooled tail needs only sums over s of
//! its tangents and a few numbers per row, so none is stored.
//!
//! With c_s of the tail, and its x̂_s written e_s because the first half has an x̂ of its own:
//!
//! ```text
//! sum_s c_s u_s = gamma o ( sum_s (c_s / sigma_s) v_s - sum_s (c_s / sigma_s) (mu_s + l_s x̂_s) )
//!                 in a post-norm layer; sum_s c_s v_s in a pre-norm one
//! mean(u_s)     = ( sum gamma o v_s - mu_s sum gamma - l_s <gamma, x̂_s> ) / (sigma_s H)
//!                 and likewise <e_s, u_s>
//! ```
//!
//! A sum over s with weights w_s that are the same for all outputs needs one vector z_m per
//! tangent, `sum_s w_s T c'_ms = T z_m`,
//!
//! ```text
//! z_mh = (sum_s w_s a_sm) v_mh - sum_s w_s a_sm c_sh + (sum_s w_s P_sm) v'_mh
//! ```

use super::Structured;
use super::rows::Rows;
use crate::kernel::{self, Accum, Operand, matmul};
use crate::maps::Maps;
use crate::real::Real;
use crate::tangents::Tangents;
use crate::tangents::tail::{Point, Tail};

impl<T: Real> Structured<'_, T> {
    /// The layer's values and tangents, pooled: [B, H] and [B, K, H].
    pub(crate) fn pooled(&self, tail: Tail<T>) -> Tangents<T> {
        let maps = self.layer.maps(self.norm);
        let (point, primal) = tail.point(&self.x.texts, self.half.expanded.clone(), &self.half.residual);
        let rows = self.normalisation(&point);
        let along = self.along_expanded(maps);
        let ends = self.ends(maps, &rows, &along, &point);
        let sums = self.expanded_sums(maps, &rows, &along, &point);
        let rest = self.rest(&rows, &ends, &point, tail.centres());
        self.x.pooled(self.hidden(), primal, tail.finish(&sums, rest))
    }

    /// `<W^T e_s, z'_ms>` of every row, [B, K, S]. along: `W_1 (gamma o x̂_s)` of each expansion,
    /// [T, I].
    fn ends(&self, maps: &Maps<T>, rows: &Rows<T>, along: &[Vec<T>], point: &Point<T>) -> Vec<T> {
        let ([_, tokens, count], inner) = (self.sizes(), self.layer.feed_forward.down.inputs());
        let weighted = |slopes: &Vec<T>| {
            let mut g = point.pulled.clone();
            kernel::multiply_rows(&mut g, inner, slopes, |i| i);
            scale_each(&mut g, inner, &self.half.inverse);
            g
        };
        let g: Vec<Vec<T>> = point.slopes.iter().map(weighted).collect();
        let mut back = vec![T::default(); self.half.normalised.len()];
        for (g, linear) in g.iter().zip(self.layer.feed_forward.expansions()) {
            kernel::add(&mut back, &kernel::pull(g, inner, &linear.weight));
        }
        kernel::scale_rows(&mut back, &self.norm.gamma, None);
        let back = kernel::pull(&back, self.hidden(), &self.layer.attention.output.weight);
        let taken = |t: usize| {
            let row = t * inner..(t + 1) * inner;
            let each = g.iter().zip(&maps.expansions).zip(along).map(|((g, map), along)| {
                [kernel::dot(&g[row.clone()], &map.gain), kernel::dot(&g[row.clone()], &along[row.clone()])]
            });
            each.fold([T::default(); 2], |sum, own| [sum[0] + own[0], sum[1] + own[1]])
        };
        let taken: Vec<[T; 2]> = (0..self.half.inverse.len()).map(taken).collect();
        let own: Vec<(&[T], &[T])> =
            g.iter().zip(&self.mixing.own_expanded).map(|(g, own)| (g.as_slice(), own.as_slice())).collect();
        let mut out = self.dots(&back, &own);
        for (i, out) in out.iter_mut().enumerate() {
            let [by_mean, by_along] = taken[i / (tokens * count) * tokens + i % tokens];
            *out = *out - rows.mean[i] * by_mean - rows.along[i] * by_along;
        }
        out
    }

    /// `sum_s c_s (r'_s - mean(r'_s) - m_s e_s)`, [B, K, H], with
    /// `m_s = (<e_s, r'_s> + ends_s) / H`; the mean only where the last normalisation subtracts it.
    fn rest(&self, rows: &Rows<T>, ends: &[T], point: &Point<T>, centres: bool) -> Vec<T> {
        let ([texts, tokens, count], hidden, gamma) = (self.sizes(), self.hidden(), &self.norm.gamma);
        let output = &self.layer.attention.output.weight;
        // c_s, or c_s / sigma_s of the first normalisation where r' is u.
        let factors: Vec<T> = match self.is_post {
            true => point.shares.iter().zip(&self.half.inverse).map(|(&share, &inverse)| share * inverse).collect(),
            false => point.shares.clone(),
        };
        let mut rest = kernel::linear(&self.weighted_contexts(&factors), self.contexts(), output, None);
        for b in 0..texts {
            let (shares, inverse) = (&point.shares[b * tokens..], &self.half.inverse[b * tokens..]);
            let first = b * count * tokens;
            let weighted = |f: &dyn Fn(usize, usize) -> T| -> Vec<T> {
                (0..count * tokens).map(|i| -shares[i % tokens] * f(i % tokens, first + i)).collect()
            };
            let by_x = weighted(&|s, i| inverse[s] * rows.along[i]);
            let by_end = weighted(&|_, i| (rows.along_after[i] + ends[i]) / T::of(hidden as f64));
            let by_gain = weighted(&|s, i| inverse[s] * rows.mean[i]);
            let by_one = weighted(&|_, i| rows.mean_after[i]);
            let block = &mut rest[b * count * hidden..(b + 1) * count * hidden];
            let vectors = b * tokens * hidden..(b + 1) * tokens * hidden;
            for (group, row) in self.members.iter().zip(block.chunks_exact_mut(hidden)) {
                for &m in group {
                    let own = &self.mixing.own[(b * tokens + m) * hidden..][..hidden];
                    kernel::add_scaled(row, factors[b * tokens + m], own);
                }
            }
            if self.is_post {
                add_mixed(block, count, &by_x, &self.half.normalised[vectors.clone()], hidden);
            }
            for (k, row) in block.chunks_exact_mut(hidden).enumerate() {
                let total = |x: &[T]| kernel::sum(&x[k * tokens..(k + 1) * tokens]);
                let offset = if centres { total(&by_one) } else { T::default() };
                match self.is_post {
                    true => {
                        let mean = total(&by_gain);
                        row.iter_mut().zip(&gamma[..]).for_each(|(v, &gamma)| *v = gamma * (*v + mean) + offset);
                    }
                    false => row.iter_mut().for_each(|v| *v += offset),
                }
            }
            add_mixed(block, count, &by_end, &point.normalised[vectors], hidden);
        }
        rest
    }

    /// z of every tangent, [B, K, C], with weights w, `[T]`.
    fn weighted_contexts(&self, weights: &[T]) -> Vec<T> {
        let ([texts, tokens, count], contexts, heads) = (self.sizes(), self.contexts(), self.heads());
        let (head, mixing, width) = (contexts / heads, &self.mixing, self.values());
        let mut out = vec![T::default(); texts * count * contexts];
        for (b, out) in out.chunks_exact_mut(count * contexts).enumerate() {
            let weights = &weights[b * tokens..(b + 1) * tokens];
            // Summed over s: [heads, S (m)].
            let summed = |x| {
                let mut sums = vec![T::default(); heads * tokens];
                for (i, row) in self.squares(x, b).chunks_exact(tokens).enumerate() {
                    kernel::add_scaled(&mut sums[i / tokens * tokens..][..tokens], weights[i % tokens], row);
                }
                sums
            };
            let (by_score, by_share) = (summed(&mixing.scores), summed(&mixing.probabilities));
            for (group, out) in self.members.iter().zip(out.chunks_exact_mut(contexts)) {
                for &m in group {
                    let (t, tangent) = (b * tokens + m, self.tangent_row(b * tokens + m));
                    for (h, out) in out.chunks_exact_mut(head).enumerate() {
                        let [_, place] = self.places(h);
                        let at = |row: usize| row * width + place.start..row * width + place.end;
                        kernel::add_scaled(out, by_score[h * tokens + m], &mixing.values[at(t)]);
                        kernel::add_scaled(out, by_share[h * tokens + m], &mixing.tangents[at(tangent)]);
                    }
                }
            }
            let mut grouped = self.group_scores(b);
            grouped.chunks_exact_mut(tokens).for_each(|row| kernel::multiply(row, weights));
            for h in 0..heads {
                let left = Operand::new(&grouped[h * tokens..], count, tokens, heads * tokens);
                let context =
                    Operand::new(&mixing.contexts[b * tokens * contexts + h * head..], tokens, head, contexts);
                matmul(&mut out[h * head..], contexts, Accum::Add, -T::ONE, left, context);
            }
        }
        out
    }
}

/// Row i times `by[i]`.
pub(super) fn scale_each<T: Real>(x: &mut [T], width: usize, by: &[T]) {
    kernel::for_rows(
        x,
        width,
        #[inline(always)]
        |i, row| row.iter_mut().for_each(|v| *v *= by[i]),
    );
}

/// `out += W X`. out: [K, H], W: [K, S], X: [S, H].
fn add_mixed<T: Real>(out: &mut [T], count: usize, weights: &[T], vectors: &[T], hidden: usize) {
    let tokens = vectors.len() / hidden;
    let (w, x) = (Operand::new(weights, count, tokens, tokens), Operand::new(vectors, tokens, hidden, hidden));
    matmul(out, hidden, Accum::Add, T::ONE, w, x);
}
