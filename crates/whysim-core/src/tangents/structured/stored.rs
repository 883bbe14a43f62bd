//! Structured tangents for the layers that follow: stored in all rows, computed a few columns at a
//! time.

use super::Structured;
use super::basis::{Basis, columns, put};
use crate::kernel::{self, Mix, NormKind, arch};
use crate::maps::{Expansion, Maps, WIDTH};
use crate::parallel;
use crate::real::Real;
use crate::tangents::Tangents;

/// Rows of a text at a time, so that their contexts stay in the first-level cache while the rows of
/// all tangents are computed.
const ROWS: usize = 8;

/// mu and l of a row of a tangent.
#[derive(Clone, Copy, Default)]
struct Row<T> {
    mean: T,
    along: T,
}

impl<T: Real> Structured<'_, T> {
    /// The layer's output with dense tangents, [T, H].
    pub(crate) fn states(self) -> Tangents<T> {
        let maps = self.layer.maps(self.norm);
        let pairs = self.pairs();
        let mut residual = self.rows(&maps.output, self.hidden(), &self.mixing.own, &pairs);
        let rows = self.normalise(&mut residual);
        let along = self.along_expanded(maps);
        let expand = |(e, map): (usize, &Expansion<T>)| {
            let inner = map.gain.len();
            let mut expanded = self.rows(&map.map, inner, &self.mixing.own_expanded[e], &pairs);
            self.take_normalisation(&mut expanded, &rows, &map.gain, &along[e]);
            self.x.dense(inner, self.half.expanded[e].clone(), expanded)
        };
        let expanded = maps.expansions.iter().enumerate().map(expand).collect();
        self.layer.contract(expanded, &self.x.dense(self.hidden(), self.half.residual.clone(), residual))
    }

    /// `T c'_ms + [s = m] own_m`, [B, K, S, O]. map: T by tiles; own: [T, O]; pairs: see
    /// [`Self::pairs`].
    fn rows(&self, map: &[T], outputs: usize, own: &[T], pairs: &[T]) -> Vec<T> {
        let [texts, tokens, count] = self.sizes();
        let mut out = vec![T::default(); texts * count * tokens * outputs];
        let (tiles, threads) = (outputs.div_ceil(WIDTH), parallel::threads());
        // As many tiles at a time as there are threads, so that each is put in place while it is in
        // cache.
        for first in (0..tiles).step_by(threads) {
            let parts = self.tiles(map, outputs, first..(first + threads).min(tiles), |basis, at| {
                self.tile_of_rows(&basis, &columns(own, outputs, &at), pairs)
            });
            (first..).zip(&parts).for_each(|(tile, part)| put(&mut out, outputs, tile, part));
        }
        out
    }

    /// a_sm and P_sm of every pair of tokens, for all heads: [B, S (m), S (s), 2, heads].
    fn pairs(&self) -> Vec<T> {
        let ([texts, tokens, _], heads) = (self.sizes(), self.heads());
        let mut out = Vec::with_capacity(2 * self.mixing.scores.len());
        for i in 0..texts * tokens * tokens {
            let (b, m, s) = (i / (tokens * tokens), i / tokens % tokens, i % tokens);
            for square in [&self.mixing.scores, &self.mixing.probabilities] {
                let of_text = self.squares(square, b);
                out.extend((0..heads).map(|h| of_text[(h * tokens + s) * tokens + m]));
            }
        }
        out
    }

    /// `sum_h a_sm (T_h v_m - T_h c_s) + P_sm T_h v'_m + [s = m] own_m` in one tile's columns, [B,
    /// K, S, WIDTH].
    fn tile_of_rows(&self, basis: &Basis<T>, own: &[T], pairs: &[T]) -> Vec<T> {
        let ([texts, tokens, count], heads) = (self.sizes(), self.heads());
        let (each, size) = (heads * WIDTH, 2 * heads);
        let mut out = vec![T::default(); texts * count * tokens * WIDTH];
        for (b, out) in out.chunks_exact_mut(count * tokens * WIDTH).enumerate() {
            for first in (0..tokens).step_by(ROWS) {
                let rows = first..(first + ROWS).min(tokens);
                for (group, out) in self.members.iter().zip(out.chunks_exact_mut(tokens * WIDTH)) {
                    for t in group.iter().map(|&m| b * tokens + m) {
                        arch().dispatch(Mix {
                            out: &mut out[rows.start * WIDTH..rows.end * WIDTH],
                            coefficients: &pairs[(t * tokens + rows.start) * size..(t * tokens + rows.end) * size],
                            contexts: &basis.contexts[(b * tokens + rows.start) * each..(b * tokens + rows.end) * each],
                            value: &basis.values[t * each..(t + 1) * each],
                            tangent: &basis.tangents[self.tangent_row(t) * each..][..each],
                        });
                    }
                }
            }
            for (group, out) in self.members.iter().zip(out.chunks_exact_mut(tokens * WIDTH)) {
                for &m in group {
                    let own = &own[(b * tokens + m) * WIDTH..][..WIDTH];
                    kernel::add_scaled(&mut out[m * WIDTH..(m + 1) * WIDTH], T::ONE, own);
                }
            }
        }
        out
    }

    /// v to u in place, [B, K, S, H], in a post-norm layer; returns what the normalisation
    /// subtracts from each row.
    fn normalise(&self, tangents: &mut [T]) -> Vec<Row<T>> {
        let ([_, tokens, count], hidden) = (self.sizes(), self.hidden());
        let (gamma, half, centres) = (&self.norm.gamma[..], &self.half, self.norm.kind == NormKind::Layer);
        let mut rows = vec![Row::default(); tangents.len() / hidden];
        let tasks = tangents.chunks_exact_mut(tokens * hidden).zip(rows.chunks_exact_mut(tokens));
        parallel::tasks(tasks, |i, (tangent, rows)| {
            kernel::vectorised(
                #[inline(always)]
                || {
                    for (s, (v, row)) in tangent.chunks_exact_mut(hidden).zip(rows).enumerate() {
                        let token = i / count * tokens + s;
                        let x = &half.normalised[token * hidden..(token + 1) * hidden];
                        let width = T::of(hidden as f64);
                        let mean = if centres { kernel::sum(v) / width } else { T::default() };
                        *row = Row { mean, along: kernel::dot(v, x) / width };
                        if !self.is_post {
                            continue;
                        }
                        for ((v, &x), &gamma) in v.iter_mut().zip(x).zip(gamma) {
                            *v = gamma * half.inverse[token] * (*v - row.mean - x * row.along);
                        }
                    }
                },
            );
        });
        rows
    }

    /// `h'_ms = (M c'_ms + own - mu_ms W_1 gamma - l_ms W_1 (gamma o x̂_s)) / sigma_s` in place of
    /// its first two terms, [B, K, S, I].
    fn take_normalisation(&self, expanded: &mut [T], rows: &[Row<T>], gain: &[T], along: &[T]) {
        let ([_, tokens, count], inner) = (self.sizes(), gain.len());
        kernel::for_rows(
            expanded,
            inner,
            #[inline(always)]
            |i, h| {
                let (token, row) = (i / (tokens * count) * tokens + i % tokens, rows[i]);
                let inverse = self.half.inverse[token];
                let along = &along[token * inner..(token + 1) * inner];
                for ((h, &gain), &along) in h.iter_mut().zip(gain).zip(along) {
                    *h = inverse * (*h - row.mean * gain - row.along * along);
                }
            },
        );
    }

    /// `W_1 (gamma o x̂_s)` of each expansion, its value minus the offset: [T, I].
    pub(super) fn along_expanded(&self, maps: &Maps<T>) -> Vec<Vec<T>> {
        let less = |(expanded, map): (&Vec<T>, &Expansion<T>)| {
            let mut along = expanded.clone();
            kernel::for_rows(
                &mut along,
                map.offset.len(),
                #[inline(always)]
                |_, row| row.iter_mut().zip(&map.offset).for_each(|(row, &offset)| *row -= offset),
            );
            along
        };
        self.half.expanded.iter().zip(&maps.expansions).map(less).collect()
    }
}
