//! A sentence transformer: loaded from its folder, cut at any layer.
//!
//! With l the layer: [`Encoder::prefix`] takes ids to the hidden states x that enter layer l, and [`Encoder::suffix`], F, takes x
//! to the embedding before any `Normalize`.

mod config;
mod family;
mod layers;
mod load;
mod modules;
mod pooling;
mod randomize;
mod trainable;
mod transformer;
mod visible;
mod weights;

use std::sync::Arc;

use candle_core::{DType, Tensor};

use crate::array::Array;
use crate::error::{Error, Result};
use crate::explanation::Similarity;
use crate::text::{Tokenizer, Tokens};
use pooling::{Dense, Pooling};
pub use trainable::Shift;
pub(crate) use trainable::{Input, Trainable};
use transformer::Transformer;
pub(crate) use weights::Parameter;

/// The `model_type`s that can be loaded.
pub const SUPPORTED: [&str; 6] = family::SUPPORTED;

/// Which model an embedding or a decomposition belongs to.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Identity {
    /// The model's name or folder, as it was given.
    pub name: String,
    /// Hash of all weights and of what else defines the function.
    pub fingerprint: String,
    /// Whether the model's own embedding is shifted by its reference, so that attributions are exact.
    pub exact: bool,
}

/// A sentence transformer. A clone shares the weights.
#[derive(Clone)]
pub struct Encoder {
    identity: Arc<Identity>,
    transformer: Transformer,
    pooling: Pooling,
    dense: Vec<Dense>,
    normalizes: bool,
    similarity: Similarity,
    prompts: load::Prompts,
    pub(crate) tokenizer: Tokenizer,
    hidden: usize,
    dim: usize,
    dtype: DType,
    notes: Vec<String>,
}

/// What the suffix needs to know of its texts besides their hidden states.
pub struct Context {
    /// [B or 1, heads or 1, S, S].
    bias: Option<Tensor>,
    /// The tokens to pool, [B, S].
    pooled: Tensor,
}

impl Encoder {
    /// The model's name, hash, and whether it is exact.
    pub fn identity(&self) -> &Arc<Identity> {
        &self.identity
    }

    /// L, the number of encoder layers.
    pub fn layers(&self) -> usize {
        self.transformer.layers()
    }

    /// D, the width of the embedding.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// H, the width of a hidden state.
    pub fn hidden(&self) -> usize {
        self.hidden
    }

    /// Most tokens of a text that the model reads, special tokens included.
    pub fn limit(&self) -> usize {
        self.tokenizer.limit()
    }

    /// The similarity that the model's config asks for, else cosine.
    pub fn similarity(&self) -> Similarity {
        self.similarity
    }

    /// Whether the model ends with a `Normalize` module.
    pub fn normalizes(&self) -> bool {
        self.normalizes
    }

    /// What a user should know about how the model was loaded, for example that its pooling was assumed.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The text of a prompt of the model's config. No name: its default prompt, or none.
    ///
    /// # Errors
    /// When the model has no prompt of that name.
    pub fn prompt(&self, name: Option<&str>) -> Result<&str> {
        self.prompts.get(name)
    }

    /// The number type of weights and activations.
    pub(crate) fn dtype(&self) -> DType {
        self.dtype
    }

    /// The layer that `layer` means: 0 (embeddings) to L, or from the end, -1 = L.
    ///
    /// # Errors
    /// When there is no such layer.
    pub fn layer(&self, layer: i64) -> Result<usize> {
        let last = self.layers() as i64;
        let from_start = if layer < 0 { last + 1 + layer } else { layer };
        if (0..=last).contains(&from_start) {
            Ok(from_start as usize)
        } else {
            Err(Error::Layer { got: layer, last: self.layers() })
        }
    }

    /// What a text becomes for this model, with the prompt before it. `which` names the text in errors.
    pub fn tokenize(&self, prompt: &str, text: &str, which: &str) -> Result<Tokens> {
        self.tokenizer.encode(prompt, text, which)
    }

    /// Hidden states that enter layer `layer`, for texts of ids. -> [B, S, H].
    pub fn prefix(&self, rows: &[&[u32]], layer: usize) -> Result<Tensor> {
        let batch = self.transformer.batch(rows, self.tokenizer.padding)?;
        let bias = self.transformer.bias(&batch)?;
        let x = self.transformer.embed(&batch)?;
        self.transformer.forward(x, 0..layer, bias.as_ref())
    }

    /// The context of texts of ids. `left_out`: how many tokens at the start of every text are the prompt's.
    pub fn context(&self, rows: &[&[u32]], left_out: usize) -> Result<Context> {
        let batch = self.transformer.batch(rows, self.tokenizer.padding)?;
        let bias = self.transformer.bias(&batch)?;
        let pooled = self.pooled(batch.mask, left_out)?;
        Ok(Context { bias, pooled })
    }

    /// The tokens to pool: those of the mask without the first `left_out`, where pooling leaves the prompt out. mask: [B, S].
    fn pooled(&self, mask: Tensor, left_out: usize) -> Result<Tensor> {
        if self.pooling.includes_prompt || left_out == 0 {
            return Ok(mask);
        }
        let (texts, tokens) = mask.dims2()?;
        let kept: Vec<f32> = (0..tokens).map(|s| if s < left_out { 0.0 } else { 1.0 }).collect();
        let kept = Tensor::from_vec(kept, (1, tokens), mask.device())?.to_dtype(self.dtype)?;
        Ok(mask.broadcast_mul(&kept.broadcast_as((texts, tokens))?)?)
    }

    /// Tokens of a prompt that pooling leaves out: 0 unless the model pools without its prompt.
    pub fn left_out(&self, prompt: &str) -> Result<usize> {
        if self.pooling.includes_prompt || prompt.is_empty() { Ok(0) } else { self.tokenizer.prompt_length(prompt) }
    }

    /// Whether tangents through layers `layer`.. are contracted as they come, and never stored for all tokens: where only the last
    /// layer and a linear pooling are left.
    pub(crate) fn contracts(&self, layer: usize) -> bool {
        layer + 1 == self.layers() && self.pooling.is_weighted_sum()
    }

    /// F: layers `layer`.., pooling and Dense modules. x: [B, S, H] -> [B, D].
    pub fn suffix<A: Array>(&self, x: A, layer: usize, context: &Context) -> Result<A> {
        let bias = context.bias.as_ref();
        let pooled = match self.pooling.as_weighted_sum(&context.pooled)? {
            Some(weights) => self.transformer.forward_pooled(x, layer, bias, &weights)?,
            None => {
                let x = self.transformer.forward(x, layer..self.layers(), bias)?;
                self.pooling.forward(&x, &context.pooled)?
            }
        };
        self.dense.iter().try_fold(pooled, |x, dense| dense.forward(&x))
    }
}

impl Context {
    /// The same context for `nodes` copies of its only text.
    pub fn repeat(&self, nodes: usize) -> Result<Self> {
        let pooled = self.pooled.repeat((nodes, 1))?;
        Ok(Self { bias: self.bias.clone(), pooled })
    }
}
