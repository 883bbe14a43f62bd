//! The first layer's first half before other layers, which need its tangents in all rows: they are put together tile by tile, and stored.

use rayon::prelude::*;

use super::pass::{Consumer, Tile};
use super::tile::{LANES, ROWS, WIDTH};
use super::{Entry, First};
use crate::array::attention::{Bias, Shape};
use crate::array::ending::Parts;
use crate::array::kernel::{self, Loop, Multiply};
use crate::array::layer::{Layer, Prepared};
use crate::array::real::Real;
use crate::array::values::Values;
use crate::error::Result;

/// What the activation reads, [B, S, I] and [B, K, S, I], and the residual of the second half, [B, S, H] and [B, K, S, H].
pub(in crate::array) fn first_half<T: Real>(
    shape: Shape,
    entry: Entry<T>,
    layer: &Layer,
    bias: Option<Bias<T>>,
) -> Result<[Parts<T>; 2]> {
    let first = First::new(shape, entry, layer, bias)?;
    let prepared = Prepared::get::<T>(layer)?;
    let (output, expansion) = (Values::<T>::of(&prepared.output)?, Values::<T>::of(&prepared.expansion)?);
    let gamma = Values::<T>::of(layer.attention_norm.gamma)?;
    let expand = Values::<T>::of(layer.expand.weight)?;

    let mut residual = first.stored(&output, shape.width, &Mixed { first: &first });
    let rows = first.normalise(&mut residual, &gamma);
    let (mean, along) = first.normalised_maps(&gamma, &expand);
    let inner = mean.len();
    let expanded = first.stored(&expansion, inner, &Expanded { first: &first, rows: &rows, mean, along });
    Ok([Parts { primal: first.expanded, tangents: expanded }, Parts { primal: first.residual, tangents: residual }])
}

/// mu and l of a row of a tangent.
#[derive(Clone, Copy, Default)]
struct Row<T> {
    mean: T,
    along: T,
}

impl<T: Real> First<'_, T> {
    /// The consumer's rows as it leaves them, [B, K, S, O]. map: [tiles, H, WIDTH]; outputs: O.
    fn stored<C: Consumer<T>>(&self, map: &[T], outputs: usize, consumer: &C) -> Vec<T> {
        let mut out = vec![T::default(); self.shape.batch * self.members.len() * self.shape.tokens * outputs];
        let tiles: Vec<&[T]> = map.chunks_exact(self.shape.width * WIDTH).collect();
        // As many tiles at a time as there are threads, so that each is put in its place while it is in cache.
        for (round, maps) in tiles.chunks(kernel::threads()).enumerate() {
            let first = round * kernel::threads();
            let part = |(i, &map): (usize, &&[T])| {
                let tile = Tile::new(consumer, first + i, outputs);
                kernel::run(RowsLoop { first: self, consumer, tile: &tile, map })
            };
            let parts: Vec<Vec<T>> = maps.par_iter().enumerate().with_min_len(kernel::grain()).map(part).collect();
            for (i, part) in parts.iter().enumerate() {
                let columns = (first + i) * WIDTH..((first + i + 1) * WIDTH).min(outputs);
                let rows = out.chunks_exact_mut(outputs).zip(part.chunks_exact(WIDTH));
                rows.for_each(|(out, part)| out[columns.clone()].copy_from_slice(&part[..columns.len()]));
            }
        }
        out
    }

    /// v to u in place, [B, K, S, H]; returns what the normalisation took from each row.
    fn normalise(&self, tangents: &mut [T], gamma: &[T]) -> Vec<Row<T>> {
        let (tokens, hidden, count) = (self.shape.tokens, self.shape.width, self.members.len());
        let mut rows = vec![Row::default(); tangents.len() / hidden];
        let tasks = tangents.par_chunks_exact_mut(tokens * hidden).zip(rows.par_chunks_exact_mut(tokens));
        tasks.enumerate().with_min_len(kernel::grain()).for_each(|(i, (tangent, rows))| {
            kernel::vectorised(
                #[inline(always)]
                || {
                    for (s, (v, row)) in tangent.chunks_exact_mut(hidden).zip(rows).enumerate() {
                        let token = i / count * tokens + s;
                        let x = &self.normalised[token * hidden..(token + 1) * hidden];
                        let width = T::of(hidden as f64);
                        *row = Row { mean: kernel::sum(v) / width, along: kernel::dot(v, x) / width };
                        for ((v, &x), &gamma) in v.iter_mut().zip(x).zip(gamma) {
                            *v = gamma * self.inverse[token] * (*v - row.mean - x * row.along);
                        }
                    }
                },
            );
        });
        rows
    }
}

/// One tile of the rows of all tangents, [B, K, S, WIDTH].
struct RowsLoop<'a, T, C> {
    first: &'a First<'a, T>,
    consumer: &'a C,
    tile: &'a Tile<T>,
    map: &'a [T],
}

impl<T: Real, C: Consumer<T>> Loop for RowsLoop<'_, T, C> {
    type Output = Vec<T>;

    #[inline(always)]
    fn run<M: Multiply>(self) -> Self::Output {
        let Self { first, consumer, tile, map } = self;
        let (tokens, count) = (first.shape.tokens, first.members.len());
        let basis = first.basis(map);
        let mut out = vec![T::default(); first.shape.batch * count * tokens * WIDTH];
        for (tangent, out) in out.chunks_exact_mut(tokens * WIDTH).enumerate() {
            let (b, k) = (tangent / count, tangent % count);
            for column in (0..WIDTH).step_by(LANES) {
                for s in (0..tokens).step_by(ROWS) {
                    let mut rows = first.rows::<M>(&basis, [b, k, s, column]);
                    for (s, row) in (s..tokens).zip(&mut rows) {
                        first.add_own(row, tile, [b, k, s, column]);
                        consumer.row::<M>(tile, [b, k, s, column], row, &mut [T::default(); LANES], &mut []);
                        out[s * WIDTH + column..][..LANES].copy_from_slice(row);
                    }
                }
            }
        }
        out
    }
}

/// v as it comes.
struct Mixed<'a, T> {
    first: &'a First<'a, T>,
}

impl<T: Real> Consumer<T> for Mixed<'_, T> {
    const DOTS: usize = 0;

    fn arrays(&self) -> Vec<&[T]> {
        vec![&self.first.own]
    }

    fn constant(&self) -> &[T] {
        &[]
    }

    #[inline(always)]
    fn row<M: Multiply>(&self, _: &Tile<T>, _: [usize; 4], _: &mut [T; LANES], _: &mut [T; LANES], _: &mut [T]) {}
}

/// h' from `M c'`.
struct Expanded<'a, T> {
    first: &'a First<'a, T>,
    /// [B, K, S].
    rows: &'a [Row<T>],
    /// `W_1 gamma`, `[I]`.
    mean: Vec<T>,
    /// `W_1 (gamma o x̂_s)`, [B, S, I].
    along: Vec<T>,
}

impl<T: Real> Consumer<T> for Expanded<'_, T> {
    const DOTS: usize = 0;

    fn arrays(&self) -> Vec<&[T]> {
        vec![&self.first.own_expanded, &self.along]
    }

    fn constant(&self) -> &[T] {
        &self.mean
    }

    #[inline(always)]
    fn row<M: Multiply>(
        &self,
        tile: &Tile<T>,
        [b, k, s, column]: [usize; 4],
        h: &mut [T; LANES],
        _: &mut [T; LANES],
        _: &mut [T],
    ) {
        let tokens = self.first.shape.tokens;
        let (token, row) = (b * tokens + s, self.rows[(b * self.first.members.len() + k) * tokens + s]);
        let (mean, along, inverse) = (tile.constant(column), tile.of(1, token, column), self.first.inverse[token]);
        for i in 0..LANES {
            let without_mean = M::multiply_add(-row.mean, mean[i], h[i]);
            h[i] = inverse * M::multiply_add(-row.along, along[i], without_mean);
        }
    }
}
