//! Embeddings of texts of which some tokens are hidden: in their place, but attended to by none and not pooled.

use candle_core::DType;

use super::{Context, Encoder};
use crate::error::Result;

impl Encoder {
    /// F of texts of ids, `[B][D]`. visible: for every text, whether each token is seen, `[B][S]`. `left_out`: as for
    /// [`Encoder::context`].
    pub(crate) fn embed_visible(&self, rows: &[&[u32]], visible: &[&[bool]], left_out: usize) -> Result<Vec<Vec<f32>>> {
        let batch = self.transformer.batch(rows, self.tokenizer.padding)?.showing(visible)?;
        let bias = self.transformer.bias(&batch)?;
        let x = self.transformer.embed(&batch)?;
        let x = self.transformer.forward(x, 0..self.layers(), bias.as_ref())?;
        let context = Context { bias, pooled: self.pooled(batch.mask, left_out)? };
        Ok(self.suffix(x, self.layers(), &context)?.to_dtype(DType::F32)?.to_vec2()?)
    }
}
