//! The single tokens' vectors under a map, a few outputs at a time, so that they stay in cache
//! while rows of tangents are computed from them.

use std::ops::Range;

use super::Structured;
use crate::kernel::{self, Accum, Operand, matmul};
use crate::maps::WIDTH;
use crate::parallel;
use crate::real::Real;

/// `T_h v`, `T_h c` and `T_h v'` of every token, for one tile of the outputs of a map T: [rows,
/// heads, WIDTH].
pub(super) struct Basis<T> {
    pub values: Vec<T>,
    pub contexts: Vec<T>,
    pub tangents: Vec<T>,
}

impl<T: Real> Basis<T> {
    fn of(structured: &Structured<T>, map: &[T]) -> Self {
        let heads = structured.heads();
        // which: 0 of contexts, 1 of values.
        let under = |x: &[T], which: usize| {
            let width = [structured.contexts(), structured.values()][which];
            let rows = x.len() / width;
            let mut out = vec![T::default(); heads * rows * WIDTH];
            for h in 0..heads {
                let places = structured.places(h);
                let (from, own) = (places[which].start, places[0].clone());
                let x = Operand::new(&x[from..], rows, own.len(), width);
                let w = Operand::new(&map[own.start * WIDTH..], own.len(), WIDTH, WIDTH);
                matmul(&mut out[h * WIDTH..], heads * WIDTH, Accum::Replace, T::ONE, x, w);
            }
            out
        };
        let mixing = &structured.mixing;
        Self {
            values: under(&mixing.values, 1),
            contexts: under(&mixing.contexts, 0),
            tangents: under(&mixing.tangents, 1),
        }
    }
}

/// Some columns of an array, padded with zeros to a tile: [rows, WIDTH].
pub(super) fn columns<T: Real>(x: &[T], outputs: usize, columns: &Range<usize>) -> Vec<T> {
    let mut part = vec![T::default(); x.len() / outputs * WIDTH];
    let rows = part.chunks_exact_mut(WIDTH).zip(x.chunks_exact(outputs));
    rows.for_each(|(part, x)| part[..columns.len()].copy_from_slice(&x[columns.clone()]));
    part
}

/// Puts a tile's columns, [rows, WIDTH], into an array [rows, outputs].
pub(super) fn put<T: Real>(out: &mut [T], outputs: usize, tile: usize, part: &[T]) {
    let columns = tile * WIDTH..((tile + 1) * WIDTH).min(outputs);
    kernel::for_rows(out, outputs, |row, out| {
        out[columns.clone()].copy_from_slice(&part[row * WIDTH..][..columns.len()]);
    });
}

impl<T: Real> Structured<'_, T> {
    /// `work(basis, columns)` for some tiles of a map [tiles, C, WIDTH] with `outputs` outputs, in
    /// order, on all threads.
    pub(super) fn tiles(
        &self,
        map: &[T],
        outputs: usize,
        tiles: Range<usize>,
        work: impl Fn(Basis<T>, Range<usize>) -> Vec<T> + Sync,
    ) -> Vec<Vec<T>> {
        let size = self.contexts() * WIDTH;
        parallel::gather(tiles.len(), |i| {
            let i = tiles.start + i;
            let basis = Basis::of(self, &map[i * size..(i + 1) * size]);
            work(basis, i * WIDTH..((i + 1) * WIDTH).min(outputs))
        })
    }

    /// The index of the vector v' of token t among the stored ones, which texts may share.
    pub(super) fn tangent_row(&self, t: usize) -> usize {
        t % (self.mixing.tangents.len() / self.values())
    }
}
