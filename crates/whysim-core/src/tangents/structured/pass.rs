//! One pass over all tiles of a map, on all threads.

use rayon::prelude::*;

use super::First;
use super::tile::{LANES, ROWS, WIDTH, lanes};
use crate::array::kernel::{self, Loop, Multiply};
use crate::array::real::Real;

/// What is done with the rows of the tangents while they are in registers.
pub(super) trait Consumer<T>: Sync {
    /// Numbers kept of every row.
    const DOTS: usize;

    /// Arrays [B, S, O] that it reads; the first is the own part of the rows, which is added before `row` is called.
    fn arrays(&self) -> Vec<&[T]>;

    /// An array `[O]` that it reads.
    fn constant(&self) -> &[T];

    /// Takes a row: adds to the tangent's sums and to the row's dots. at: text, tangent, token, and column of the tile.
    fn row<M: Multiply>(
        &self,
        tile: &Tile<T>,
        at: [usize; 4],
        x: &mut [T; LANES],
        sums: &mut [T; LANES],
        dots: &mut [T],
    );
}

/// The columns of one tile of a consumer's arrays, filled up with zeros.
pub(super) struct Tile<T> {
    arrays: Vec<Vec<T>>,
    constant: Vec<T>,
}

impl<T: Real> Tile<T> {
    pub(super) fn new(consumer: &impl Consumer<T>, tile: usize, outputs: usize) -> Self {
        let columns = tile * WIDTH..((tile + 1) * WIDTH).min(outputs);
        let part = |x: &[T]| {
            let mut part = vec![T::default(); x.len() / outputs * WIDTH];
            let rows = part.chunks_exact_mut(WIDTH).zip(x.chunks_exact(outputs));
            rows.for_each(|(part, x)| part[..columns.len()].copy_from_slice(&x[columns.clone()]));
            part
        };
        Self { arrays: consumer.arrays().into_iter().map(part).collect(), constant: part(consumer.constant()) }
    }

    /// Array `index` at a token (b S + s), LANES columns.
    #[inline(always)]
    pub(super) fn of(&self, index: usize, token: usize, column: usize) -> &[T; LANES] {
        lanes(&self.arrays[index], token * WIDTH + column)
    }

    #[inline(always)]
    pub(super) fn constant(&self, column: usize) -> &[T; LANES] {
        lanes(&self.constant, column)
    }
}

impl<T: Real> First<'_, T> {
    /// The consumer's sums [B, K, O] and dots [B, K, S, DOTS] over all columns. map: [tiles, H, WIDTH]; outputs: O.
    pub(super) fn pass<C: Consumer<T>>(&self, map: &[T], outputs: usize, consumer: &C) -> (Vec<T>, Vec<T>) {
        let tiles = map.par_chunks_exact(self.shape.width * WIDTH).enumerate().with_min_len(kernel::grain());
        let parts: Vec<(Vec<T>, Vec<T>)> = tiles
            .map(|(tile, map)| {
                let tile = Tile::new(consumer, tile, outputs);
                kernel::run(TileLoop { first: self, consumer, tile: &tile, map })
            })
            .collect();
        // In the order of the tiles, so that a result does not depend on how many threads there are.
        let mut sums = vec![T::default(); self.shape.batch * self.members.len() * outputs];
        let mut dots = vec![T::default(); self.shape.batch * self.members.len() * self.shape.tokens * C::DOTS];
        for (tile, (part, more)) in parts.iter().enumerate() {
            let columns = tile * WIDTH..((tile + 1) * WIDTH).min(outputs);
            let rows = sums.chunks_exact_mut(outputs).zip(part.chunks_exact(WIDTH));
            rows.for_each(|(sum, part)| sum[columns.clone()].copy_from_slice(&part[..columns.len()]));
            dots.iter_mut().zip(more).for_each(|(dot, &more)| *dot += more);
        }
        (sums, dots)
    }
}

struct TileLoop<'a, T, C> {
    first: &'a First<'a, T>,
    consumer: &'a C,
    tile: &'a Tile<T>,
    map: &'a [T],
}

impl<T: Real, C: Consumer<T>> Loop for TileLoop<'_, T, C> {
    type Output = (Vec<T>, Vec<T>);

    #[inline(always)]
    fn run<M: Multiply>(self) -> Self::Output {
        let Self { first, consumer, tile, map } = self;
        let (texts, tokens, count) = (first.shape.batch, first.shape.tokens, first.members.len());
        let basis = first.basis(map);
        let mut sums = vec![T::default(); texts * count * WIDTH];
        let mut dots = vec![T::default(); texts * count * tokens * C::DOTS];
        for (i, sums) in sums.chunks_exact_mut(LANES).enumerate() {
            let (tangent, column) = (i * LANES / WIDTH, i * LANES % WIDTH);
            let (b, k) = (tangent / count, tangent % count);
            let mut sum = [T::default(); LANES];
            for s in (0..tokens).step_by(ROWS) {
                let mut rows = first.rows::<M>(&basis, [b, k, s, column]);
                for (s, row) in (s..tokens).zip(&mut rows) {
                    first.add_own(row, tile, [b, k, s, column]);
                    let at = (tangent * tokens + s) * C::DOTS;
                    consumer.row::<M>(tile, [b, k, s, column], row, &mut sum, &mut dots[at..at + C::DOTS]);
                }
            }
            sums.copy_from_slice(&sum);
        }
        (sums, dots)
    }
}
