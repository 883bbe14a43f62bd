//! The product by `vdpbf16ps`, which adds two products of bfloat16s to each of 16 sums.
//!
//! Weights are laid out in tiles of outputs, so that a register holds a pair of inputs for 16
//! outputs, which is multiplied with one pair of a row of x. A block of rows by a tile is summed in
//! registers. A tile's weights and some rows' inputs stay in the second-level cache.

use std::arch::x86_64::{
    __m512, __m512bh, __m512i, __mmask16, _mm512_add_ps, _mm512_dpbf16_ps, _mm512_mask_storeu_ps,
    _mm512_maskz_loadu_ps, _mm512_set1_epi32, _mm512_setzero_ps,
};
use std::mem::transmute;
use std::ops::Range;

use super::Rounded;
use crate::kernel::vectorised;
use crate::parallel::{self, threads};

/// Sums in a register.
const LANES: usize = 16;
/// Registers of a tile, and its outputs.
const REGISTERS: usize = 3;
const TILE: usize = REGISTERS * LANES;
/// Rows of a block: with a tile's registers they fill 24 of 32, and 3 more hold weights.
const ROWS: usize = 8;
/// Pairs of inputs summed at a time, so that a block's rows stay in the first-level cache.
const PAIRS: usize = 384;
/// Rows that are multiplied with a tile before the next tile.
const MANY: usize = 32 * ROWS;

/// Proof that the machine has the instructions.
#[derive(Clone, Copy)]
pub(super) struct Unit(());

impl Unit {
    pub(super) fn new() -> Option<Self> {
        let has = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bf16");
        has.then_some(Self(()))
    }

    /// `x W^T`, [rows of x, rows of weight].
    pub(super) fn multiply(self, x: &Rounded, weight: &Rounded) -> Vec<f32> {
        let (outputs, pairs) = (weight.rows, x.pairs);
        let mut out = vec![0.0; x.rows * outputs];
        if out.is_empty() {
            return out;
        }
        let tiles = tiles(weight);
        let share = x.rows.div_ceil(threads()).next_multiple_of(ROWS);
        parallel::tasks(out.chunks_mut(share * outputs).zip(x.values.chunks(share * pairs)), |_, (out, x)| {
            let product = Product { x, tiles: &tiles, pairs, outputs };
            // SAFETY: `self` is proof that the machine has the instructions.
            unsafe { product.run(out) }
        });
        out
    }
}

/// The weights [outputs, pairs] as [tiles, pairs, TILE], padded with zeros.
fn tiles(weight: &Rounded) -> Vec<u32> {
    let pairs = weight.pairs;
    let mut tiles = vec![0; weight.rows.div_ceil(TILE) * TILE * pairs];
    parallel::tasks(tiles.chunks_mut(TILE * pairs).zip(weight.values.chunks(TILE * pairs)), |_, (tile, weight)| {
        vectorised(
            #[inline(always)]
            || {
                // Some pairs of all outputs at a time, so that both sides stay in the first-level
                // cache.
                for first in (0..pairs).step_by(LANES) {
                    for (o, row) in weight.chunks_exact(pairs).enumerate() {
                        for (p, &pair) in row[first..first + LANES].iter().enumerate() {
                            tile[(first + p) * TILE + o] = pair;
                        }
                    }
                }
            },
        );
    });
    tiles
}

/// A product on one thread.
struct Product<'a> {
    /// [rows, pairs].
    x: &'a [u32],
    /// [tiles, pairs, TILE].
    tiles: &'a [u32],
    pairs: usize,
    outputs: usize,
}

impl Product<'_> {
    /// out: [rows, outputs].
    #[target_feature(enable = "avx512f,avx512bf16")]
    fn run(&self, out: &mut [f32]) {
        let rows = self.x.len() / self.pairs;
        for many in (0..rows).step_by(MANY) {
            let many = many..(many + MANY).min(rows);
            for first in (0..self.pairs).step_by(PAIRS) {
                for (t, tile) in self.tiles.chunks_exact(self.pairs * TILE).enumerate() {
                    let (tile, _) = tile[first * TILE..].as_chunks();
                    let tile = &tile[..PAIRS.min(self.pairs - first)];
                    for row in many.clone().step_by(ROWS) {
                        self.block(row..(row + ROWS).min(many.end), first, tile, t, out);
                    }
                }
            }
        }
    }

    /// Adds to some rows' outputs of tile t the products of some pairs of inputs, from `first` on;
    /// the first sets them.
    #[target_feature(enable = "avx512f,avx512bf16")]
    fn block(&self, rows: Range<usize>, first: usize, tile: &[[u32; TILE]], t: usize, out: &mut [f32]) {
        let mut lines: [&[u32]; ROWS] = [&[]; ROWS];
        for (r, line) in lines.iter_mut().enumerate() {
            // Rows after the last are computed from the last, and not written.
            let row = (rows.start + r).min(rows.end - 1);
            *line = &self.x[row * self.pairs + first..][..tile.len()];
        }
        let sums = sums(&lines, tile);
        for (row, sums) in rows.zip(&sums) {
            let out = &mut out[row * self.outputs..(row + 1) * self.outputs];
            for (out, &sum) in out[t * TILE..].chunks_mut(LANES).zip(sums) {
                write(out, sum, first > 0);
            }
        }
    }
}

/// The sums of a block: of every row the products with all outputs of a tile.
#[inline]
#[target_feature(enable = "avx512f,avx512bf16")]
fn sums(lines: &[&[u32]; ROWS], tile: &[[u32; TILE]]) -> [[__m512; REGISTERS]; ROWS] {
    let mut sums = [[_mm512_setzero_ps(); REGISTERS]; ROWS];
    for (p, weights) in tile.iter().enumerate() {
        let weights = pairs(weights);
        for r in 0..ROWS {
            let x = repeated(lines[r][p]);
            for i in 0..REGISTERS {
                sums[r][i] = _mm512_dpbf16_ps(sums[r][i], x, weights[i]);
            }
        }
    }
    sums
}

/// A pair of inputs of all outputs of a tile.
#[inline]
#[target_feature(enable = "avx512f,avx512bf16")]
fn pairs(weights: &[u32; TILE]) -> [__m512bh; REGISTERS] {
    // SAFETY: both have the same size, and any bytes are valid numbers.
    unsafe { transmute(*weights) }
}

/// One pair in all lanes.
#[inline]
#[target_feature(enable = "avx512f,avx512bf16")]
fn repeated(pair: u32) -> __m512bh {
    // SAFETY: both have the same size, and any bytes are valid numbers.
    unsafe { transmute::<__m512i, __m512bh>(_mm512_set1_epi32(pair.cast_signed())) }
}

/// Writes, or adds, the first sums of a register to `out`, at most [`LANES`].
#[inline]
#[target_feature(enable = "avx512f,avx512bf16")]
fn write(out: &mut [f32], sums: __m512, adds: bool) {
    let mask = (u32::MAX >> (32 - out.len())) as __mmask16;
    // SAFETY: the mask excludes what is not in `out`.
    unsafe {
        let before = if adds { _mm512_maskz_loadu_ps(mask, out.as_ptr()) } else { _mm512_setzero_ps() };
        _mm512_mask_storeu_ps(out.as_mut_ptr(), mask, _mm512_add_ps(before, sums));
    }
}
