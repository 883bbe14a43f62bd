//! What the normalisations subtract from every row of every tangent, from dot products of rows that
//! are never computed.
//!
//! For the product of a row with a vector g_s, the vector goes back through the map instead of the
//! row forward: with `G_s = T^T g_s`,
//!
//! ```text
//! <g_s, T c'_ms> = sum_h a_sm (G_sh . v_mh - G_sh . c_sh) + P_sm G_sh . v'_mh
//! ```

use std::borrow::Cow;

use super::Structured;
use crate::heads::{Heads, Mask};
use crate::kernel::{self, Attend, vectorised};
use crate::real::Real;
use crate::tangents::tail::Point;

/// The normalisation's numbers of every row of every tangent: [B, K, S].
pub(super) struct Rows<T> {
    /// mu.
    pub mean: Vec<T>,
    /// l.
    pub along: Vec<T>,
    /// mean(u).
    pub mean_after: Vec<T>,
    /// `<e, u>`.
    pub along_after: Vec<T>,
}

impl<T: Real> Structured<'_, T> {
    /// `<g_s, T c'_ms + [s = m] own_m>` of every row, [B, K, S]. back: `T^T g_s`, [T, H], or one
    /// vector `[H]`; g: [T, O], or `[O]`; own: [T, O].
    pub(super) fn dots(&self, back: &[T], g: &[T], own: &[T]) -> Vec<T> {
        let ([texts, tokens, count], mixing) = (self.sizes(), &self.mixing);
        let back = if back.len() == self.hidden() { Cow::from(back.repeat(tokens)) } else { Cow::from(back) };
        let unscaled = Heads { scale: 1.0, ..self.layer.attention.heads };
        let plain = Mask::default();
        let attend = Attend::all(&self.x.texts, unscaled, &plain);
        let by = [&mixing.values, &mixing.tangents].map(|x| attend.all_scores(&back, x));
        let width = own.len() / (texts * tokens);
        let mut out = vec![T::default(); texts * count * tokens];
        for (b, out) in out.chunks_exact_mut(count * tokens).enumerate() {
            let mut dots = self.context_dots(b, &back, &by);
            for m in 0..tokens {
                let t = b * tokens + m;
                let g = &g[t * width % g.len()..][..width];
                dots[m * tokens + m] += vectorised(
                    #[inline(always)]
                    || kernel::dot(g, &own[t * width..(t + 1) * width]),
                );
            }
            for (group, out) in self.members.iter().zip(out.chunks_exact_mut(tokens)) {
                for (s, out) in out.iter_mut().enumerate() {
                    *out = group.iter().map(|&m| dots[s * tokens + m]).sum();
                }
            }
        }
        out
    }

    /// `<g_s, T c'_ms>` in text b, [S (s), S (m)], less what a row has of its own. back: G, [T, H]
    /// or [S, H]; by: `G_sh . v_mh` and `G_sh . v'_mh`, packed.
    fn context_dots(&self, b: usize, back: &[T], by: &[Vec<T>; 2]) -> Vec<T> {
        let ([_, tokens, _], hidden, heads, mixing) = (self.sizes(), self.hidden(), self.heads(), &self.mixing);
        let squares = [&mixing.scores, &mixing.probabilities, &by[0], &by[1]].map(|x| self.squares(x, b));
        let mut dots = vec![T::default(); tokens * tokens];
        for i in 0..heads * tokens {
            let (h, s, head) = (i / tokens, i % tokens, hidden / heads);
            let [a, p, value, tangent] = squares.map(|x| &x[i * tokens..(i + 1) * tokens]);
            let at = (b * tokens + s) * hidden + h * head;
            vectorised(
                #[inline(always)]
                || {
                    let own = &back[at % back.len()..][..head];
                    let context = kernel::dot(own, &mixing.contexts[at..at + head]);
                    let each = a.iter().zip(value).zip(p.iter().zip(tangent));
                    for (dot, ((&a, &value), (&p, &tangent))) in dots[s * tokens..].iter_mut().zip(each) {
                        *dot += a * (value - context) + p * tangent;
                    }
                },
            );
        }
        dots
    }

    /// mu, l, mean(u) and `<e, u>` of every row, from its products with 1, x̂, gamma and gamma o e.
    pub(super) fn normalisation(&self, point: &Point<T>) -> Rows<T> {
        let (gamma, hidden) = (&self.norm.gamma[..], self.hidden());
        let ([_, tokens, count], width) = (self.sizes(), T::of(hidden as f64));
        let (maps, half, own) = (self.layer.maps(self.norm), &self.half, &self.mixing.own);
        let mut end = point.normalised.clone();
        kernel::scale_rows(&mut end, gamma, None);
        let back = |g: &[T]| kernel::pull(g, hidden, &self.layer.attention.output.weight);
        let ones = vec![T::ONE; hidden];
        let sums = self.dots(&maps.output_of_ones, &ones, own);
        let by_x = self.dots(&back(&half.normalised), &half.normalised, own);
        let by_gamma = self.dots(&maps.output_of_gamma, gamma, own);
        let by_end = self.dots(&back(&end), &end, own);

        let gain = kernel::sum(gamma);
        let of_token = |t: usize| {
            let row = t * hidden..(t + 1) * hidden;
            let (x, e, gained) = (&half.normalised[row.clone()], &point.normalised[row.clone()], &end[row]);
            [kernel::dot(gamma, x), kernel::dot(gamma, e), kernel::dot(gained, x)]
        };
        let of_token: Vec<[T; 3]> = (0..half.inverse.len()).map(of_token).collect();
        let mut rows = Rows { mean: sums, along: by_x, mean_after: by_gamma, along_after: by_end };
        for i in 0..rows.mean.len() {
            let token = i / (tokens * count) * tokens + i % tokens;
            let ([gain_x, gain_end, end_x], inverse) = (of_token[token], half.inverse[token]);
            let (mean, along) = (rows.mean[i] / width, rows.along[i] / width);
            rows.mean_after[i] = inverse * (rows.mean_after[i] - mean * gain - along * gain_x) / width;
            rows.along_after[i] = inverse * (rows.along_after[i] - mean * gain_end - along * end_x);
            (rows.mean[i], rows.along[i]) = (mean, along);
        }
        rows
    }
}
