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
use crate::kernel::{self, Attend, NormKind, vectorised};
use crate::real::Real;
use crate::tangents::tail::Point;

/// The normalisation's numbers of every row of every tangent: [B, K, S].
pub(super) struct Rows<T> {
    /// mu; 0 for RMSNorm.
    pub mean: Vec<T>,
    /// l.
    pub along: Vec<T>,
    /// The mean of the residual r': u, or v.
    pub mean_after: Vec<T>,
    /// `<e, r'>`.
    pub along_after: Vec<T>,
}

impl<T: Real> Structured<'_, T> {
    /// `sum <g_s, T c'_ms + [s = m] own_m>` over some maps T, of every row: [B, K, S]. back: the
    /// sum of `T^T g_s`, [T, C], or one vector `[C]`; own: g and own of each map: g [T, O], or
    /// `[O]`, and [T, O].
    pub(super) fn dots(&self, back: &[T], own: &[(&[T], &[T])]) -> Vec<T> {
        let ([texts, tokens, count], mixing) = (self.sizes(), &self.mixing);
        let back = if back.len() == self.contexts() { Cow::from(back.repeat(tokens)) } else { Cow::from(back) };
        let unscaled = Heads { scale: 1.0, ..self.layer.attention.heads };
        let plain = Mask::default();
        let attend = Attend::all(&self.x.texts, unscaled, &plain);
        let by = [&mixing.values, &mixing.tangents].map(|x| attend.all_scores(&back, x));
        let mut out = vec![T::default(); texts * count * tokens];
        for (b, out) in out.chunks_exact_mut(count * tokens).enumerate() {
            let mut dots = self.context_dots(b, &back, &by);
            for m in 0..tokens {
                let t = b * tokens + m;
                for (g, own) in own {
                    let width = own.len() / (texts * tokens);
                    let g = &g[t * width % g.len()..][..width];
                    dots[m * tokens + m] += vectorised(
                        #[inline(always)]
                        || kernel::dot(g, &own[t * width..(t + 1) * width]),
                    );
                }
            }
            for (group, out) in self.members.iter().zip(out.chunks_exact_mut(tokens)) {
                for (s, out) in out.iter_mut().enumerate() {
                    *out = group.iter().map(|&m| dots[s * tokens + m]).sum();
                }
            }
        }
        out
    }

    /// `<g_s, T c'_ms>` in text b, [S (s), S (m)], less what a row has of its own. back: G, [T, C]
    /// or [S, C]; by: `G_sh . v_mh` and `G_sh . v'_mh`, packed.
    fn context_dots(&self, b: usize, back: &[T], by: &[Vec<T>; 2]) -> Vec<T> {
        let ([_, tokens, _], contexts, heads, mixing) = (self.sizes(), self.contexts(), self.heads(), &self.mixing);
        let squares = [&mixing.scores, &mixing.probabilities, &by[0], &by[1]].map(|x| self.squares(x, b));
        let mut dots = vec![T::default(); tokens * tokens];
        for i in 0..heads * tokens {
            let (h, s, head) = (i / tokens, i % tokens, contexts / heads);
            let [a, p, value, tangent] = squares.map(|x| &x[i * tokens..(i + 1) * tokens]);
            let at = (b * tokens + s) * contexts + h * head;
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

    /// mu, l, mean(r') and `<e, r'>` of every row, from its products with vectors of each token.
    pub(super) fn normalisation(&self, point: &Point<T>) -> Rows<T> {
        let (hidden, width) = (self.hidden(), T::of(self.hidden() as f64));
        let (maps, half, own) = (self.layer.maps(self.norm), &self.half, &self.mixing.own);
        let sums = self.dots(&maps.output_of_ones, &[(&vec![T::ONE; hidden], own)]);
        let means: Vec<T> = sums.into_iter().map(|sum| sum / width).collect();
        let mut along = self.dots(&self.back(&half.normalised), &[(&half.normalised, own)]);
        along.iter_mut().for_each(|along| *along = *along / width);
        let mean = match self.norm.kind {
            NormKind::Layer => means.clone(),
            NormKind::Rms => vec![T::default(); means.len()],
        };
        if !self.is_post {
            let along_after = self.dots(&self.back(&point.normalised), &[(&point.normalised, own)]);
            return Rows { mean, along, mean_after: means, along_after };
        }
        self.after(point, mean, along)
    }

    /// The same where r' is u, whose products are those of v with gamma and gamma o e, less what
    /// the normalisation subtracts.
    fn after(&self, point: &Point<T>, mean: Vec<T>, along: Vec<T>) -> Rows<T> {
        let (gamma, hidden) = (&self.norm.gamma[..], self.hidden());
        let ([_, tokens, count], width) = (self.sizes(), T::of(hidden as f64));
        let (maps, half, own) = (self.layer.maps(self.norm), &self.half, &self.mixing.own);
        let mut end = point.normalised.clone();
        kernel::scale_rows(&mut end, gamma, None);
        let by_gamma = self.dots(&maps.output_of_gamma, &[(gamma, own)]);
        let by_end = self.dots(&self.back(&end), &[(&end, own)]);

        let gain = kernel::sum(gamma);
        let of_token = |t: usize| {
            let row = t * hidden..(t + 1) * hidden;
            let (x, e, gained) = (&half.normalised[row.clone()], &point.normalised[row.clone()], &end[row]);
            [kernel::dot(gamma, x), kernel::dot(gamma, e), kernel::dot(gained, x)]
        };
        let of_token: Vec<[T; 3]> = (0..half.inverse.len()).map(of_token).collect();
        let mut rows = Rows { mean, along, mean_after: by_gamma, along_after: by_end };
        for i in 0..rows.mean.len() {
            let token = i / (tokens * count) * tokens + i % tokens;
            let ([gain_x, gain_end, end_x], inverse) = (of_token[token], half.inverse[token]);
            let (mean, along) = (rows.mean[i], rows.along[i]);
            rows.mean_after[i] = inverse * (rows.mean_after[i] - mean * gain - along * gain_x) / width;
            rows.along_after[i] = inverse * (rows.along_after[i] - mean * gain_end - along * end_x);
        }
        rows
    }

    /// `W_o^T g`, [T, C].
    fn back(&self, g: &[T]) -> Vec<T> {
        kernel::pull(g, self.hidden(), &self.layer.attention.output.weight)
    }
}
