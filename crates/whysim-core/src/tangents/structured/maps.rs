//! The two maps of contexts, laid out by columns, and what else follows from the weights alone.

use std::sync::Arc;

use crate::kernel::{self, Accum, Operand, matmul};
use crate::layer::{Layer, Norm};
use crate::parallel;
use crate::real::Real;

/// Columns of a tile.
pub(super) const WIDTH: usize = 64;

/// What the structured first half needs of a layer's weights: worked out once for all texts.
#[derive(Clone, Debug)]
pub struct Maps<T> {
    /// `W_o`, by tiles: [tiles, H, WIDTH].
    pub(super) output: Vec<T>,
    /// `M = W_1 diag(gamma) W_o`, by tiles.
    pub(super) expansion: Vec<T>,
    /// `W_o^T 1` and `W_o^T gamma`, `[H]`.
    pub(super) output_of_ones: Vec<T>,
    pub(super) output_of_gamma: Vec<T>,
    /// `W_1 gamma`, `[I]`.
    pub(super) gain: Vec<T>,
    /// `W_1 beta + b_1`, `[I]`: what the activation reads beyond `W_1 (gamma o x̂)`.
    pub(super) offset: Vec<T>,
}

impl<T: Real> Maps<T> {
    /// Those of a layer; two threads that come first may both work them out.
    pub(super) fn of<'a>(layer: &'a Layer<T>, norm: &Norm<T>) -> &'a Self {
        layer.maps.get_or_init(|| Arc::new(Self::new(layer, norm)))
    }

    fn new(layer: &Layer<T>, norm: &Norm<T>) -> Self {
        let (up, output) = (&layer.feed_forward.up, &layer.attention.output.weight);
        let hidden = up.inputs();
        let mut scaled = up.weight.to_vec();
        kernel::scale_rows(&mut scaled, &norm.gamma, None);
        let beta = norm.beta.as_ref().map_or_else(|| vec![T::default(); hidden], |beta| beta.to_vec());
        Self {
            output: by_tiles(output, hidden),
            expansion: by_tiles(&product(&scaled, output, hidden), hidden),
            output_of_ones: kernel::pull(&vec![T::ONE; hidden], hidden, output),
            output_of_gamma: kernel::pull(&norm.gamma, hidden, output),
            gain: kernel::linear(&norm.gamma, hidden, &up.weight, None),
            offset: kernel::linear(&beta, hidden, &up.weight, up.bias()),
        }
    }
}

/// `A B`, [rows, H]. a: [rows, H], b: [H, H].
fn product<T: Real>(a: &[T], b: &[T], hidden: usize) -> Vec<T> {
    let rows = parallel::shares(a.len() / hidden, WIDTH);
    let part = |i: usize| {
        let share = &a[rows[i].start * hidden..rows[i].end * hidden];
        let mut out = vec![T::default(); share.len()];
        let (x, w) = (Operand::new(share, rows[i].len(), hidden, hidden), Operand::new(b, hidden, hidden, hidden));
        matmul(&mut out, hidden, Accum::Replace, T::ONE, x, w);
        out
    };
    parallel::map(rows.len(), part).concat()
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
