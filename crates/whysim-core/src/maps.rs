//! What structured tangents (`tangents/structured`) need of a layer's weights: maps of contexts,
//! laid out by columns.

use crate::kernel::{self, Accum, Operand, matmul};
use crate::parallel;
use crate::real::Real;
use crate::weights::{Linear, Norm};

/// Columns of a tile.
pub(crate) const WIDTH: usize = kernel::MIXED;

/// Computed once for all texts. C is the width of contexts.
#[derive(Clone, Debug)]
pub(crate) struct Maps<T> {
    /// `W_o`, by tiles: [tiles, C, WIDTH].
    pub(crate) output: Vec<T>,
    /// `W_o^T 1` and `W_o^T gamma`, `[C]`.
    pub(crate) output_of_ones: Vec<T>,
    pub(crate) output_of_gamma: Vec<T>,
    /// Of W_gate, if there is one, and of W_up.
    pub(crate) expansions: Vec<Expansion<T>>,
}

/// One of the maps W_1 behind the normalisation.
#[derive(Clone, Debug)]
pub(crate) struct Expansion<T> {
    /// `M = W_1 diag(gamma) W_o`, by tiles: [tiles, C, WIDTH].
    pub(crate) map: Vec<T>,
    /// `W_1 gamma`, `[I]`.
    pub(crate) gain: Vec<T>,
    /// `W_1 beta + b_1`, `[I]`: the value beyond `W_1 (gamma o x̂)`.
    pub(crate) offset: Vec<T>,
}

impl<T: Real> Maps<T> {
    /// output: W_o; norm: gamma and beta; expansions: W_1 and b_1 of each.
    pub(crate) fn new<'a>(output: &Linear<T>, norm: &Norm<T>, expansions: impl Iterator<Item = &'a Linear<T>>) -> Self {
        let (contexts, hidden) = (output.inputs(), output.outputs());
        let output = &output.weight;
        Self {
            output: by_tiles(output, contexts),
            output_of_ones: kernel::pull(&vec![T::ONE; hidden], hidden, output),
            output_of_gamma: kernel::pull(&norm.gamma, hidden, output),
            expansions: expansions.map(|linear| Expansion::new(output, contexts, norm, linear)).collect(),
        }
    }
}

impl<T: Real> Expansion<T> {
    fn new(output: &[T], contexts: usize, norm: &Norm<T>, linear: &Linear<T>) -> Self {
        let hidden = linear.inputs();
        let mut scaled = linear.weight.to_vec();
        kernel::scale_rows(&mut scaled, &norm.gamma, None);
        let beta = norm.beta.as_ref().map_or_else(|| vec![T::default(); hidden], |beta| beta.to_vec());
        Self {
            map: by_tiles(&product(&scaled, output, hidden, contexts), contexts),
            gain: kernel::linear(&norm.gamma, hidden, &linear.weight, None),
            offset: kernel::linear(&beta, hidden, &linear.weight, linear.bias()),
        }
    }
}

/// `A B`, [rows, C]. a: [rows, H], b: [H, C].
fn product<T: Real>(a: &[T], b: &[T], hidden: usize, contexts: usize) -> Vec<T> {
    let rows = parallel::shares(a.len() / hidden, WIDTH);
    let part = |i: usize| {
        let share = &a[rows[i].start * hidden..rows[i].end * hidden];
        let mut out = vec![T::default(); rows[i].len() * contexts];
        let (x, w) = (Operand::new(share, rows[i].len(), hidden, hidden), Operand::new(b, hidden, contexts, contexts));
        matmul(&mut out, contexts, Accum::Replace, T::ONE, x, w);
        out
    };
    parallel::map(rows.len(), part).concat()
}

/// A map [O, C] as [tiles, C, WIDTH]: the transpose of each tile's rows, padded with zeros.
fn by_tiles<T: Real>(map: &[T], contexts: usize) -> Vec<T> {
    let outputs = map.len() / contexts;
    let mut out = vec![T::default(); outputs.div_ceil(WIDTH) * WIDTH * contexts];
    for (o, row) in map.chunks_exact(contexts).enumerate() {
        let tile = &mut out[o / WIDTH * WIDTH * contexts..];
        row.iter().enumerate().for_each(|(i, &w)| tile[i * WIDTH + o % WIDTH] = w);
    }
    out
}
