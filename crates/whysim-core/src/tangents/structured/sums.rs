//! Sums over tokens of the activation's input, where each output has its own weights, some columns
//! at a time.
//!
//! With `w_s = c_s f'(h_s) / sigma_s` (of a gated half the slopes of each expansion),
//!
//! ```text
//! sum_s w_si (T c'_ms)_i = sum_h (sum_s a_sm w_si) (T_h v_m)_i + (sum_s P_sm w_si) (T_h v'_m)_i
//!                          - sum_sh a_sm w_si (T_h c_s)_i
//! ```

use super::Structured;
use super::basis::{Basis, columns, put};
use super::pooled::scale_each;
use super::rows::Rows;
use crate::kernel::{self, Accum, Operand, matmul, vectorised};
use crate::maps::{Expansion, Maps, WIDTH};
use crate::real::Real;
use crate::tangents::tail::Point;

impl<T: Real> Structured<'_, T> {
    /// `sum_s c_s z'_ms`, [B, K, I]: of the expansions, each weighted by its slopes. along: see
    /// [`Self::along_expanded`].
    pub(super) fn expanded_sums(&self, maps: &Maps<T>, rows: &Rows<T>, along: &[Vec<T>], point: &Point<T>) -> Vec<T> {
        let coefficients: Vec<Coefficients<T>> =
            (0..self.x.texts.count()).map(|b| self.coefficients(b, rows)).collect();
        let sums = |e: usize| {
            let (map, own) = (&maps.expansions[e], &self.mixing.own_expanded[e]);
            self.sums_of(map, [&point.slopes[e], &along[e], own], &point.shares, &coefficients)
        };
        let mut out = sums(0);
        (1..maps.expansions.len()).for_each(|e| kernel::add(&mut out, &sums(e)));
        out
    }

    /// One expansion's part. The arrays, [T, I]: its slopes, `W_1 (gamma o x̂_s)`, and its own
    /// rows.
    fn sums_of(
        &self,
        map: &Expansion<T>,
        [slopes, along, own]: [&[T]; 3],
        shares: &[T],
        coefficients: &[Coefficients<T>],
    ) -> Vec<T> {
        let ([texts, _, count], inner) = (self.sizes(), map.gain.len());
        // w_si.
        let mut weights = slopes.to_vec();
        let shares: Vec<T> = shares.iter().zip(&self.half.inverse).map(|(&c, &inverse)| c * inverse).collect();
        scale_each(&mut weights, inner, &shares);
        let tiles = self.tiles(&map.map, inner, 0..inner.div_ceil(WIDTH), |basis, at| {
            let of = |x: &[T]| columns(x, inner, &at);
            let tile = Tile { weights: of(&weights), along: of(along), gain: of(&map.gain), own: of(own) };
            self.tile_of_sums(&basis, &tile, coefficients)
        });
        let mut out = vec![T::default(); texts * count * inner];
        tiles.iter().enumerate().for_each(|(tile, part)| put(&mut out, inner, tile, part));
        out
    }

    /// The coefficients of a text's sums, which are the same for all outputs.
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
        let block = tokens * WIDTH;
        let mut out = vec![T::default(); texts * count * WIDTH];
        let mut mixed = vec![T::default(); 2 * heads * block];
        let mut factors = vec![T::default(); (heads + 2) * block];
        for (b, out) in out.chunks_exact_mut(count * WIDTH).enumerate() {
            let weights = Operand::new(&tile.weights[b * block..(b + 1) * block], tokens, WIDTH, WIDTH);
            let left = Operand::new(&coefficients[b].of_member, 2 * heads * tokens, tokens, tokens);
            matmul(&mut mixed, WIDTH, Accum::Replace, T::ONE, left, weights);
            vectorised(
                #[inline(always)]
                || {
                    self.add_members(b, basis, tile, &mixed, out);
                    self.factors(b, basis, tile, &mut factors);
                },
            );
            let size = (heads + 2) * tokens;
            let left = Operand::new(&coefficients[b].of_token, count, size, size);
            matmul(out, WIDTH, Accum::Add, -T::ONE, left, Operand::new(&factors, size, WIDTH, WIDTH));
        }
        out
    }

    /// The terms that are vectors of a tangent's tokens m. mixed: their weights, [2, heads, S (m),
    /// WIDTH]; out: [K, WIDTH].
    #[inline(always)]
    fn add_members(&self, b: usize, basis: &Basis<T>, tile: &Tile<T>, mixed: &[T], out: &mut [T]) {
        let ([_, tokens, _], heads) = (self.sizes(), self.heads());
        let of = |at: usize| at * WIDTH..(at + 1) * WIDTH;
        for (group, out) in self.members.iter().zip(out.chunks_exact_mut(WIDTH)) {
            for &m in group {
                let (t, tangent) = (b * tokens + m, self.tangent_row(b * tokens + m));
                for h in 0..heads {
                    kernel::add_product(out, &mixed[of(h * tokens + m)], &basis.values[of(t * heads + h)]);
                    let by_share = &mixed[of((heads + h) * tokens + m)];
                    kernel::add_product(out, by_share, &basis.tangents[of(tangent * heads + h)]);
                }
                kernel::add_product(out, &tile.weights[of(t)], &tile.own[of(t)]);
            }
        }
    }

    /// What all tangents' coefficients of the tokens s are multiplied with: `w_s T_h c_s` for every
    /// head, `w_s gain` and `w_s along_s`, [heads + 2, S, WIDTH].
    #[inline(always)]
    fn factors(&self, b: usize, basis: &Basis<T>, tile: &Tile<T>, out: &mut [T]) {
        let ([_, tokens, _], heads) = (self.sizes(), self.heads());
        for (i, out) in out.chunks_exact_mut(WIDTH).enumerate() {
            let (part, t) = (i / tokens, b * tokens + i % tokens);
            let of = |at: usize| at * WIDTH..(at + 1) * WIDTH;
            let factor = match part {
                h if h < heads => &basis.contexts[of(t * heads + h)],
                h if h == heads => &tile.gain,
                _ => &tile.along[of(t)],
            };
            for ((out, &w), &x) in out.iter_mut().zip(&tile.weights[of(t)]).zip(factor) {
                *out = w * x;
            }
        }
    }
}

/// The coefficients of one text's sums.
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
