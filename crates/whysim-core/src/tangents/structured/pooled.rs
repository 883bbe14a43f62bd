//! Where the first layer is also the last: of its tangents the pooled tail needs sums over s and a few numbers a row, so that none is stored.
//!
//! With c_s of the tail, and its x̂_s written e_s because the first half has an x̂ of its own:
//!
//! ```text
//! sum_s c_s u_s = gamma o ( sum_s (c_s / sigma_s) v_s - sum_s (c_s / sigma_s) (mu_s + l_s x̂_s) )
//! mean(u_s)     = ( sum gamma o v_s - mu_s sum gamma - l_s <gamma, x̂_s> ) / (sigma_s H),      likewise <e_s, u_s>
//! ```
//!
//! The product of a row with a vector g_s takes that vector back through the map, and not the row forward: with `G_s = T^T g_s`,
//!
//! ```text
//! <g_s, T c'_ms> = sum_h a_sm (G_sh . v_mh - G_sh . c_sh) + P_sm G_sh . v'_mh
//! ```
//!
//! A sum over s with weights w_s that are the same for all outputs needs one vector z_m a tangent, `sum_s w_s T c'_ms = T z_m`,
//!
//! ```text
//! z_mh = (sum_s w_s a_sm) v_mh - sum_s w_s a_sm c_sh + (sum_s w_s P_sm) v'_mh
//! ```
//!
//! and where each output i has weights of its own, `w_s = c_s f'(h_s) / sigma_s`,
//!
//! ```text
//! sum_s w_si (T c'_ms)_i = sum_h (sum_s a_sm w_si) (T_h v_m)_i + (sum_s P_sm w_si) (T_h v'_m)_i - sum_sh a_sm w_si (T_h c_s)_i
//! ```

use super::Structured;
use super::basis::{Basis, columns, put};
use super::maps::{Maps, WIDTH};
use crate::heads::{Heads, Mask};
use crate::kernel::{self, Accum, Attend, Operand, matmul, vectorised};
use crate::real::Real;
use crate::tangents::Tangents;
use crate::tangents::tail::{Point, Tail};

/// The normalisation's numbers of every row of every tangent: [B, K, S].
struct Rows<T> {
    /// mu.
    mean: Vec<T>,
    /// l.
    along: Vec<T>,
    /// mean(u).
    mean_after: Vec<T>,
    /// `<e, u>`.
    along_after: Vec<T>,
}

impl<T: Real> Structured<'_, T> {
    /// The layer's values and tangents, pooled with weights `[T]`: [B, H] and [B, K, H].
    pub(crate) fn pooled(&self, tail: Tail<T>, weights: &[T]) -> Tangents<T> {
        let maps = Maps::of(self.layer, self.norm);
        let (point, primal) = tail.point(&self.x.texts, self.half.expanded.clone(), &self.half.residual, weights);
        let rows = self.normalisation(&point);
        let along = self.along_expanded(maps);
        let ends = self.ends(maps, &rows, &along, &point);
        let sums = self.expanded_sums(maps, &rows, &along, &point);
        let rest = self.rest(&rows, &ends, &point);
        self.x.pooled(self.hidden(), primal, tail.finish(&sums, rest))
    }

    /// `<g_s, T c'_ms + [s = m] own_m>` of every row, [B, K, S]. back: `T^T g_s`, [T, H], or one vector `[H]`; g: [T, O], or `[O]`; own: [T, O].
    fn dots(&self, back: &[T], g: &[T], own: &[T]) -> Vec<T> {
        let ([texts, tokens, count], hidden, mixing) = (self.sizes(), self.hidden(), &self.mixing);
        let head = hidden / self.heads();
        let repeated;
        let back = if back.len() == hidden {
            repeated = back.repeat(tokens);
            &repeated
        } else {
            back
        };
        let unscaled = Heads { scale: 1.0, ..self.layer.attention.heads };
        let attend = Attend { texts: &self.x.texts, heads: unscaled, mask: &Mask::default() };
        let (by_value, by_tangent) =
            (attend.all_scores(back, &mixing.values), attend.all_scores(back, &mixing.tangents));
        let width = own.len() / (texts * tokens);
        let at = |x: &[T], t: usize, width: usize| t * width % x.len();
        let mut out = vec![T::default(); texts * count * tokens];
        for (b, out) in out.chunks_exact_mut(count * tokens).enumerate() {
            let squares = [&mixing.scores, &mixing.probabilities, &by_value, &by_tangent].map(|x| self.squares(x, b));
            // [S (s), S (m)].
            let mut dots = vec![T::default(); tokens * tokens];
            for i in 0..self.heads() * tokens {
                let (h, s) = (i / tokens, i % tokens);
                let [a, p, value, tangent] = squares.map(|x| &x[i * tokens..(i + 1) * tokens]);
                let (t, from) = (b * tokens + s, h * head);
                let context = &mixing.contexts[t * hidden + from..][..head];
                let own_context = kernel::dot(&back[at(back, t, hidden) + from..][..head], context);
                vectorised(
                    #[inline(always)]
                    || {
                        let each = a.iter().zip(value).zip(p.iter().zip(tangent));
                        for (dot, ((&a, &value), (&p, &tangent))) in dots[s * tokens..].iter_mut().zip(each) {
                            *dot += a * (value - own_context) + p * tangent;
                        }
                    },
                );
            }
            for m in 0..tokens {
                let t = b * tokens + m;
                let g = &g[at(g, t, width)..][..width];
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

    /// mu, l, mean(u) and `<e, u>` of every row, from its products with 1, x̂, gamma and gamma o e.
    fn normalisation(&self, point: &Point<T>) -> Rows<T> {
        let (gamma, hidden) = (&self.norm.gamma[..], self.hidden());
        let ([_, tokens, count], width) = (self.sizes(), T::of(hidden as f64));
        let (maps, half, own) = (Maps::of(self.layer, self.norm), &self.half, &self.mixing.own);
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

    /// `<W^T e_s, f'(h_s) o h'_ms>` of every row, [B, K, S]. along: `W_1 (gamma o x̂_s)`, [T, I].
    fn ends(&self, maps: &Maps<T>, rows: &Rows<T>, along: &[T], point: &Point<T>) -> Vec<T> {
        let ([_, tokens, count], inner) = (self.sizes(), maps.gain.len());
        let mut g = point.pulled.clone();
        kernel::multiply_rows(&mut g, inner, &point.slopes, |i| i);
        scale_each(&mut g, inner, &self.half.inverse);
        let mut back = kernel::pull(&g, inner, &self.layer.feed_forward.up.weight);
        kernel::scale_rows(&mut back, &self.norm.gamma, None);
        let back = kernel::pull(&back, self.hidden(), &self.layer.attention.output.weight);
        let taken = |t: usize| {
            let row = t * inner..(t + 1) * inner;
            [kernel::dot(&g[row.clone()], &maps.gain), kernel::dot(&g[row.clone()], &along[row])]
        };
        let taken: Vec<[T; 2]> = (0..g.len() / inner).map(taken).collect();
        let mut out = self.dots(&back, &g, &self.mixing.own_expanded);
        for (i, out) in out.iter_mut().enumerate() {
            let [by_mean, by_along] = taken[i / (tokens * count) * tokens + i % tokens];
            *out = *out - rows.mean[i] * by_mean - rows.along[i] * by_along;
        }
        out
    }

    /// `sum_s c_s f'(h_s) o h'_ms`, [B, K, I].
    fn expanded_sums(&self, maps: &Maps<T>, rows: &Rows<T>, along: &[T], point: &Point<T>) -> Vec<T> {
        let ([texts, _, count], inner) = (self.sizes(), maps.gain.len());
        // w_si, and what it makes of W_1 (gamma o x̂_s).
        let mut weights = point.slopes.clone();
        let shares: Vec<T> = point.shares.iter().zip(&self.half.inverse).map(|(&c, &inverse)| c * inverse).collect();
        scale_each(&mut weights, inner, &shares);
        let coefficients: Vec<Coefficients<T>> = (0..texts).map(|b| self.coefficients(b, rows)).collect();
        let tiles = self.tiles(&maps.expansion, inner, 0..inner.div_ceil(WIDTH), |basis, at| {
            let of = |x: &[T]| columns(x, inner, &at);
            let tile = Tile {
                weights: of(&weights),
                along: of(along),
                gain: of(&maps.gain),
                own: of(&self.mixing.own_expanded),
            };
            self.tile_of_sums(&basis, &tile, &coefficients)
        });
        let mut out = vec![T::default(); texts * count * inner];
        tiles.iter().enumerate().for_each(|(tile, part)| put(&mut out, inner, tile, part));
        out
    }

    /// What a text's sums are made by, whatever the output.
    fn coefficients(&self, b: usize, rows: &Rows<T>) -> Coefficients<T> {
        let ([_, tokens, count], heads) = (self.sizes(), self.heads());
        let of_member = [&self.mixing.scores, &self.mixing.probabilities].map(|x| self.squares(x, b));
        let turned = |square: &[T]| {
            let column = |i: usize| (0..tokens).map(move |s| (i / tokens * tokens + s) * tokens + i % tokens);
            (0..heads * tokens).flat_map(column).map(|at| square[at]).collect::<Vec<T>>()
        };
        let grouped = self.group_scores(b);
        let mut of_token = Vec::with_capacity(count * (heads + 2) * tokens);
        for k in 0..count {
            let row = (b * count + k) * tokens..(b * count + k + 1) * tokens;
            let taken = [&rows.mean[row.clone()], &rows.along[row]];
            of_token.extend(
                grouped[k * heads * tokens..(k + 1) * heads * tokens].iter().chain(taken.into_iter().flatten()),
            );
        }
        Coefficients { of_member: of_member.map(turned).concat(), of_token }
    }

    /// The sums in one tile's columns, [B, K, WIDTH].
    fn tile_of_sums(&self, basis: &Basis<T>, tile: &Tile<T>, coefficients: &[Coefficients<T>]) -> Vec<T> {
        let ([texts, tokens, count], heads) = (self.sizes(), self.heads());
        let (all, block) = (texts * tokens, tokens * WIDTH);
        let shared = basis.tangents.len() / (heads * WIDTH);
        let mut out = vec![T::default(); texts * count * WIDTH];
        let mut mixed = vec![T::default(); 2 * heads * block];
        let mut factors = vec![T::default(); (heads + 2) * block];
        for (b, out) in out.chunks_exact_mut(count * WIDTH).enumerate() {
            let here = b * block..(b + 1) * block;
            let weights = &tile.weights[here.clone()];
            let left = Operand::new(&coefficients[b].of_member, 2 * heads * tokens, tokens, tokens);
            matmul(&mut mixed, WIDTH, Accum::Replace, T::ONE, left, Operand::new(weights, tokens, WIDTH, WIDTH));
            vectorised(
                #[inline(always)]
                || {
                    for (group, out) in self.members.iter().zip(out.chunks_exact_mut(WIDTH)) {
                        for &m in group {
                            let of = |at: usize| at * WIDTH..(at + 1) * WIDTH;
                            let (t, tangent) = (b * tokens + m, self.tangent_row(b * tokens + m));
                            for h in 0..heads {
                                let by_score = &mixed[of(h * tokens + m)];
                                let by_share = &mixed[of((heads + h) * tokens + m)];
                                kernel::add_product(out, by_score, &basis.values[of(h * all + t)]);
                                kernel::add_product(out, by_share, &basis.tangents[of(h * shared + tangent)]);
                            }
                            kernel::add_product(out, &weights[of(m)], &tile.own[of(t)]);
                        }
                    }
                    let (contexts, taken) = factors.split_at_mut(heads * block);
                    for (h, out) in contexts.chunks_exact_mut(block).enumerate() {
                        let from = (h * all + b * tokens) * WIDTH;
                        times(out, weights, &basis.contexts[from..from + block]);
                    }
                    let (by_mean, by_along) = taken.split_at_mut(block);
                    times(by_along, weights, &tile.along[here]);
                    by_mean
                        .chunks_exact_mut(WIDTH)
                        .zip(weights.chunks_exact(WIDTH))
                        .for_each(|(out, w)| times(out, w, &tile.gain));
                },
            );
            let size = (heads + 2) * tokens;
            let left = Operand::new(&coefficients[b].of_token, count, size, size);
            matmul(out, WIDTH, Accum::Add, -T::ONE, left, Operand::new(&factors, size, WIDTH, WIDTH));
        }
        out
    }

    /// `sum_s c_s (u_s - mean(u_s) - m_s e_s)`, [B, K, H], with `m_s = (<e_s, u_s> + ends_s) / H`.
    fn rest(&self, rows: &Rows<T>, ends: &[T], point: &Point<T>) -> Vec<T> {
        let ([texts, tokens, count], hidden, gamma) = (self.sizes(), self.hidden(), &self.norm.gamma);
        let output = &self.layer.attention.output.weight;
        let mut rest = kernel::linear(&self.weighted_contexts(point), hidden, output, None);
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
                    kernel::add_scaled(row, shares[m] * inverse[m], own);
                }
            }
            add_mixed(block, count, &by_x, &self.half.normalised[vectors.clone()], hidden);
            for (k, row) in block.chunks_exact_mut(hidden).enumerate() {
                let total = |x: &[T]| kernel::sum(&x[k * tokens..(k + 1) * tokens]);
                let (mean, offset) = (total(&by_gain), total(&by_one));
                row.iter_mut().zip(&gamma[..]).for_each(|(v, &gamma)| *v = gamma * (*v + mean) + offset);
            }
            add_mixed(block, count, &by_end, &point.normalised[vectors], hidden);
        }
        rest
    }

    /// z of every tangent with the weights `c_s / sigma_s`, [B, K, H].
    fn weighted_contexts(&self, point: &Point<T>) -> Vec<T> {
        let ([texts, tokens, count], hidden, heads) = (self.sizes(), self.hidden(), self.heads());
        let (head, mixing) = (hidden / heads, &self.mixing);
        let mut out = vec![T::default(); texts * count * hidden];
        for (b, out) in out.chunks_exact_mut(count * hidden).enumerate() {
            let weights: Vec<T> =
                (b * tokens..(b + 1) * tokens).map(|t| point.shares[t] * self.half.inverse[t]).collect();
            // Summed over s: [heads, S (m)].
            let summed = |x| {
                let mut sums = vec![T::default(); heads * tokens];
                for (i, row) in self.squares(x, b).chunks_exact(tokens).enumerate() {
                    kernel::add_scaled(&mut sums[i / tokens * tokens..][..tokens], weights[i % tokens], row);
                }
                sums
            };
            let (by_score, by_share) = (summed(&mixing.scores), summed(&mixing.probabilities));
            for (group, out) in self.members.iter().zip(out.chunks_exact_mut(hidden)) {
                for &m in group {
                    let (t, tangent) = (b * tokens + m, self.tangent_row(b * tokens + m));
                    for (h, out) in out.chunks_exact_mut(head).enumerate() {
                        let at = |row: usize| row * hidden + h * head..row * hidden + (h + 1) * head;
                        kernel::add_scaled(out, by_score[h * tokens + m], &mixing.values[at(t)]);
                        kernel::add_scaled(out, by_share[h * tokens + m], &mixing.tangents[at(tangent)]);
                    }
                }
            }
            let mut grouped = self.group_scores(b);
            grouped.chunks_exact_mut(tokens).for_each(|row| kernel::multiply(row, &weights));
            for h in 0..heads {
                let left = Operand::new(&grouped[h * tokens..], count, tokens, heads * tokens);
                let context = Operand::new(&mixing.contexts[b * tokens * hidden + h * head..], tokens, head, hidden);
                matmul(&mut out[h * head..], hidden, Accum::Add, -T::ONE, left, context);
            }
        }
        out
    }
}

/// What the sums of one text are made by.
struct Coefficients<T> {
    /// a and P, [2, heads, S (m), S (s)].
    of_member: Vec<T>,
    /// Of every tangent its a for all heads, its mu and its l: [K, heads + 2, S (s)].
    of_token: Vec<T>,
}

/// One tile's columns of what belongs to single tokens: [T, WIDTH], and of the gain [WIDTH].
struct Tile<T> {
    weights: Vec<T>,
    along: Vec<T>,
    gain: Vec<T>,
    own: Vec<T>,
}

/// `z_i = x_i y_i`.
#[inline(always)]
fn times<T: Real>(z: &mut [T], x: &[T], y: &[T]) {
    z.iter_mut().zip(x).zip(y).for_each(|((z, &x), &y)| *z = x * y);
}

/// Row i times `by[i]`.
fn scale_each<T: Real>(x: &mut [T], width: usize, by: &[T]) {
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
