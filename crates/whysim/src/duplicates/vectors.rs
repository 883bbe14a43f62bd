//! Embeddings in the form in which their dot products are similarities.

use std::ops::Range;

use whysim_core::kernel::{Accum, Operand, matmul};

use crate::corpus::Corpus;
use crate::error::{Error, Result};
use crate::similarity::{Similarity, norm, wide};

/// The embeddings of some texts of a corpus, read as they are needed.
#[derive(Clone, Copy)]
pub(super) struct Vectors<'a> {
    pub corpus: &'a dyn Corpus,
    /// The texts' positions in the corpus, in ascending order.
    pub positions: &'a [u32],
}

impl Vectors<'_> {
    pub fn len(&self) -> usize {
        self.positions.len()
    }

    pub fn dim(&self) -> usize {
        self.corpus.dim()
    }

    /// The embeddings of some of these texts; for cosines, divided by their lengths. [texts, D]
    pub fn read(&self, texts: Range<usize>) -> Result<Vec<f32>> {
        self.read_at(&self.positions[texts])
    }

    /// The same of texts at any ascending positions of the corpus.
    pub fn read_at(&self, positions: &[u32]) -> Result<Vec<f32>> {
        let dim = self.dim();
        let mut out = vec![0.0; positions.len() * dim];
        let mut done = 0;
        // Neighbours in the corpus are read at once.
        for run in positions.chunk_by(|a, b| a + 1 == *b) {
            let from = run[0] as usize;
            let to = done + run.len();
            self.corpus.read(from..from + run.len(), &mut out[done * dim..to * dim])?;
            done = to;
        }
        for (row, &at) in out.chunks_exact_mut(dim.max(1)).zip(positions) {
            self.finish(row, at as usize)?;
        }
        Ok(out)
    }

    fn finish(&self, row: &mut [f32], at: usize) -> Result<()> {
        let length = norm(&wide(row));
        if !length.is_finite() {
            let got = format!("NaN or infinity for the text `{}`", self.corpus.id(at)?);
            return Err(Error::Option { option: "embeddings", expected: "finite numbers".into(), got });
        }
        if self.corpus.similarity() == Similarity::Cos && length > 0.0 {
            row.iter_mut().for_each(|v| *v = (f64::from(*v) / length) as f32);
        }
        Ok(())
    }
}

/// The similarities of rows and columns, on this thread. rows: [R, D], columns: [C, D] -> [R, C].
pub(super) fn product(rows: &[f32], columns: &[f32], dim: usize, out: &mut Vec<f32>) {
    let (r, c) = (rows.len() / dim, columns.len() / dim);
    out.clear();
    out.resize(r * c, 0.0);
    let (x, y) = (Operand::new(rows, r, dim, dim), Operand::new(columns, c, dim, dim));
    matmul(out, c, Accum::Replace, 1.0, x, y.t());
}
