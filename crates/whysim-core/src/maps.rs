//! What structured tangents (`tangents/structured`) need of a layer's weights: two maps of
//! contexts, laid out by columns.

use crate::kernel::{self, Accum, Operand, matmul};
use crate::parallel;
use crate::real::Real;
use crate::weights::{Linear, Norm};

/// Columns of a tile.
pub(crate) const WIDTH: usize = kernel::MIXED;

/// Computed once for all texts.
#[derive(Clone, Debug)]
pub(crate) struct Maps<T> {
    /// `W_o`, by tiles: [tiles, H, WIDTH].
    pub(crate) output: Vec<T>,
    /// `M = W_1 diag(gamma) W_o`, by tiles.
    pub(crate) expansion: Vec<T>,
    /// `W_o^T 1` and `W_o^T gamma`, `[H]`.
    pub(crate) output_of_ones: Vec<T>,
    pub(crate) output_of_gamma: Vec<T>,
    /// `W_1 gamma`, `[I]`.
    pub(crate) gain: Vec<T>,
    /// `W_1 beta + b_1`, `[I]`: the activation's input beyond `W_1 (gamma o x̂)`.
    pub(crate) offset: Vec<T>,
}

impl<T: Real> Maps<T> {
    /// output: W_o; norm: gamma and beta; up: W_1 and b_1.
    pub(crate) fn new(output: &Linear<T>, norm: &Norm<T>, up: &Linear<T>) -> Self {
        let output = &output.weight;
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

/// A map [O, H] as [tiles, H, WIDTH]: the transpose of each tile's rows, padded with zeros.
fn by_tiles<T: Real>(map: &[T], hidden: usize) -> Vec<T> {
    let outputs = map.len() / hidden;
    let mut out = vec![T::default(); outputs.div_ceil(WIDTH) * WIDTH * hidden];
    for (o, row) in map.chunks_exact(hidden).enumerate() {
        let tile = &mut out[o / WIDTH * WIDTH * hidden..];
        row.iter().enumerate().for_each(|(i, &w)| tile[i * WIDTH + o % WIDTH] = w);
    }
    out
}
