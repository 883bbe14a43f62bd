//! Tangents of the first layer's first half in a few columns at a time, from vectors that stay in cache.

use candle_core::{Device, Tensor};

use super::First;
use super::pass::Tile;
use crate::array::kernel::{self, Multiply, Operand, Write, matmul};
use crate::array::layer::{Layer, Prepared};
use crate::array::real::Real;
use crate::array::values::Values;
use crate::error::Result;

/// Columns of a tile.
pub(super) const WIDTH: usize = 64;

/// Columns, and rows of one tangent, that are summed in registers.
pub(super) const LANES: usize = 32;
pub(super) const ROWS: usize = 4;

impl Prepared {
    /// The layer's maps; two threads that come first may both work them out.
    pub(super) fn get<'a, T: Real>(layer: &Layer<'a>) -> Result<&'a Self> {
        if let Some(prepared) = layer.prepared.get() {
            return Ok(prepared);
        }
        let prepared = Self::new::<T>(layer)?;
        Ok(layer.prepared.get_or_init(|| prepared))
    }

    fn new<T: Real>(layer: &Layer) -> Result<Self> {
        let (inner, hidden) = layer.expand.weight.dims2()?;
        let (output, expand) = (Values::<T>::of(layer.output.weight)?, Values::<T>::of(layer.expand.weight)?);
        let gamma = Values::<T>::of(layer.attention_norm.gamma)?;
        let mut scaled = expand.to_vec();
        kernel::scale_rows(&mut scaled, &gamma, None);
        let mut product = vec![T::default(); inner * hidden];
        let (w1, wo) = (Operand::new(&scaled, inner, hidden, hidden), Operand::new(&output, hidden, hidden, hidden));
        matmul(&mut product, hidden, Write::Set, T::ONE, w1, wo, kernel::parallelism());
        let tensor = |x: Vec<T>| Tensor::from_vec(by_tiles(&x, hidden), ((), WIDTH), &Device::Cpu);
        Ok(Self { output: tensor(output.to_vec())?, expansion: tensor(product)? })
    }
}

/// A map [O, H] as [tiles, H, WIDTH]: the transpose of each tile's rows, filled up with zeros.
fn by_tiles<T: Real>(map: &[T], hidden: usize) -> Vec<T> {
    let outputs = map.len() / hidden;
    let mut out = vec![T::default(); outputs.div_ceil(WIDTH) * WIDTH * hidden];
    for (o, row) in map.chunks_exact(hidden).enumerate() {
        let tile = &mut out[o / WIDTH * WIDTH * hidden..];
        row.iter().enumerate().for_each(|(i, &w)| tile[i * WIDTH + o % WIDTH] = w);
    }
    out
}

/// The vectors v, v' and c of every token, mapped to one tile's columns: [3, B, S, heads, WIDTH].
pub(super) struct Basis<T>(Vec<T>);

impl<T: Real> First<'_, T> {
    /// map: one tile, [H, WIDTH].
    pub(super) fn basis(&self, map: &[T]) -> Basis<T> {
        let (hidden, heads) = (self.shape.width, self.shape.heads);
        let (rows, head) = (self.vectors.len() / hidden, hidden / heads);
        let mut out = vec![T::default(); rows * heads * WIDTH];
        for h in 0..heads {
            let x = Operand::new(&self.vectors[h * head..], rows, head, hidden);
            let w = Operand::new(&map[h * head * WIDTH..], head, WIDTH, WIDTH);
            let threads = gemm::Parallelism::None;
            matmul(&mut out[h * WIDTH..], heads * WIDTH, Write::Set, T::ONE, x, w, threads);
        }
        Basis(out)
    }

    /// The rows s.. of a tangent in LANES columns from `column` of the tile, without the rows' own part.
    #[inline(always)]
    pub(super) fn rows<M: Multiply>(&self, basis: &Basis<T>, [b, k, s, column]: [usize; 4]) -> [[T; LANES]; ROWS] {
        let mut sums = [[T::default(); LANES]; ROWS];
        for &m in &self.members[k] {
            self.add_member::<M>(&mut sums, basis, [b, m, s, column]);
        }
        sums
    }

    /// Adds the own part of row s of a tangent, if it has one.
    #[inline(always)]
    pub(super) fn add_own(&self, row: &mut [T; LANES], tile: &Tile<T>, [b, k, s, column]: [usize; 4]) {
        if self.owner[s] == Some(k) {
            let own = tile.of(0, b * self.shape.tokens + s, column);
            row.iter_mut().zip(own).for_each(|(x, &own)| *x += own);
        }
    }

    /// Adds token m's part to the sums of the rows s.. of text b.
    #[inline(always)]
    fn add_member<M: Multiply>(&self, sums: &mut [[T; LANES]; ROWS], basis: &Basis<T>, [b, m, s, column]: [usize; 4]) {
        let (tokens, heads) = (self.shape.tokens, self.shape.heads);
        let texts = self.shape.batch * tokens;
        let of = |kind: usize, token: usize| {
            let start = (kind * texts + b * tokens + token) * heads * WIDTH + column;
            &basis.0[start..start + (heads - 1) * WIDTH + LANES]
        };
        let (value, tangent) = (of(0, m), of(1, m));
        // Rows after the last are computed from the last, and not read.
        let row = |r: usize| (s + r).min(tokens - 1);
        let contexts = [of(2, row(0)), of(2, row(1)), of(2, row(2)), of(2, row(3))];
        let pair = |row: usize| &self.coefficients[((b * tokens + m) * tokens + row) * 2 * heads..][..2 * heads];
        let pairs = [pair(row(0)), pair(row(1)), pair(row(2)), pair(row(3))];
        for h in 0..heads {
            let (value, tangent) = (lanes(value, h * WIDTH), lanes(tangent, h * WIDTH));
            for r in 0..ROWS {
                let (a, p, context) = (pairs[r][h], pairs[r][heads + h], lanes(contexts[r], h * WIDTH));
                for i in 0..LANES {
                    let sum = M::multiply_add(a, value[i] - context[i], sums[r][i]);
                    sums[r][i] = M::multiply_add(p, tangent[i], sum);
                }
            }
        }
    }
}

/// LANES values from `at`.
#[inline(always)]
pub(super) fn lanes<T>(x: &[T], at: usize) -> &[T; LANES] {
    x[at..].first_chunk().expect("a tile is a whole number of lanes")
}
