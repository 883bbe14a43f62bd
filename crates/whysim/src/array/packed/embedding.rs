//! The sum of a row of each of several tables (words, positions, token types) for every token.

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp1, Layout, Shape, Tensor};
use rayon::prelude::*;

use super::{Packed, Tape, Texts};
use crate::array::kernel;
use crate::array::values::Values;
use crate::error::Result;

/// One table and the row of it that each token takes.
pub(crate) struct Table {
    /// [V, H].
    pub weight: Tensor,
    /// `[T]`, each below V.
    pub rows: Vec<u32>,
    /// A row that is never changed, as `padding_idx` of PyTorch's embedding: it gets no gradient.
    pub fixed: Option<u32>,
}

struct Embedding {
    tables: Vec<Table>,
    hidden: usize,
    tape: Arc<Tape>,
}

impl CustomOp1 for Embedding {
    fn name(&self) -> &'static str {
        "packed-embedding"
    }

    /// The argument is the first table: it brings the result onto the tape.
    fn cpu_fwd(&self, _: &CpuStorage, _: &Layout) -> candle_core::Result<(CpuStorage, Shape)> {
        let tokens = self.tables.first().map_or(0, |table| table.rows.len());
        let weights = self.tables.iter().map(|t| Values::<f32>::of(&t.weight)).collect::<Result<Vec<_>>>()?;
        let weights: Vec<&[f32]> = weights.iter().map(|w| &**w).collect();
        let mut out = vec![0f32; tokens * self.hidden];
        out.par_chunks_exact_mut(self.hidden).enumerate().for_each(|(t, out)| {
            for (table, weight) in self.tables.iter().zip(&weights) {
                kernel::add_scaled(out, 1.0, &weight[table.rows[t] as usize * self.hidden..][..self.hidden]);
            }
        });
        Ok((CpuStorage::F32(out), Shape::from((tokens, self.hidden))))
    }

    fn bwd(&self, _: &Tensor, _: &Tensor, gradient: &Tensor) -> candle_core::Result<Option<Tensor>> {
        let gradient = gradient.contiguous()?;
        let gradient = Values::<f32>::of(&gradient)?;
        for table in &self.tables {
            self.tape.gradients.add(&table.weight, |sum| {
                for (&row, gradient) in table.rows.iter().zip(gradient.chunks_exact(self.hidden)) {
                    if Some(row) != table.fixed {
                        kernel::add_scaled(&mut sum[row as usize * self.hidden..][..self.hidden], 1.0, gradient);
                    }
                }
            });
        }
        Ok(None)
    }
}

/// The embeddings of packed texts, before their normalisation: [T, H].
///
/// # Errors
/// When a table has not the row that is asked for.
pub(crate) fn embed(tables: Vec<Table>, texts: Texts, tape: &Arc<Tape>) -> Result<Packed> {
    let mut hidden = 0;
    for table in &tables {
        let (rows, width) = table.weight.dims2()?;
        hidden = width;
        if table.rows.len() != texts.tokens() || table.rows.iter().any(|&row| row as usize >= rows) {
            return Err(candle_core::Error::Msg("a token has no row in its table".into()).into());
        }
    }
    let Some(first) = tables.first().map(|table| table.weight.clone()) else {
        return Err(candle_core::Error::Msg("an embedding without a table".into()).into());
    };
    let tensor = first.apply_op1(Embedding { tables, hidden, tape: tape.clone() })?;
    Ok(Packed { tensor, texts: Arc::new(texts), tape: tape.clone() })
}
