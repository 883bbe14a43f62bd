//! A sentence transformer: loaded from its folder, cut at any layer.
//!
//! With l the layer: [`Encoder::prefix`] takes ids to the hidden states x that enter layer l, and
//! [`Encoder::suffix`], F, takes x to the embedding before any `Normalize`.

mod config;
mod costs;
mod family;
mod layers;
mod load;
mod modules;
mod pooling;
mod randomize;
mod references;
mod suffix;
mod trainable;
mod transformer;
mod weights;

use std::sync::Arc;

use whysim_core::{Array, Mask, Real, Texts, Values};

use crate::error::{Error, Result};
use crate::similarity::Similarity;
use crate::text::{Tokenizer, Tokens};
use pooling::{Dense, Pooling};
use references::References;
pub(crate) use references::{Key, Known};
pub(crate) use suffix::Suffix;
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
    /// Whether the model's own embedding is shifted by its reference, so that attributions are
    /// exact.
    pub exact: bool,
}

/// A sentence transformer. A clone shares the weights. `T` is the type of weights and activations:
/// f32, or f64 for checks.
#[derive(Clone)]
pub struct Encoder<T: Real = f32> {
    identity: Arc<Identity>,
    transformer: Transformer<T>,
    pooling: Pooling,
    dense: Vec<Dense<T>>,
    normalizes: bool,
    similarity: Similarity,
    prompts: load::Prompts,
    pub(crate) tokenizer: Tokenizer,
    hidden: usize,
    dim: usize,
    notes: Vec<String>,
    references: References<T>,
}

/// What the suffix needs to know of its texts besides their hidden states.
#[derive(Clone)]
pub struct Context<T> {
    texts: Texts,
    mask: Mask<T>,
    /// The tokens to pool, `[T]`.
    pooled: Vec<bool>,
}

impl<T: Real> Encoder<T> {
    /// The model's name, hash, and whether it is exact.
    pub fn identity(&self) -> &Arc<Identity> {
        &self.identity
    }

    /// L, the number of encoder layers.
    pub fn layers(&self) -> usize {
        self.transformer.layers().len()
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

    /// What a user should know about how the model was loaded, for example that its pooling was
    /// assumed.
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

    /// What a text becomes for this model, with the prompt before it. `which` names the text in
    /// errors.
    pub fn tokenize(&self, prompt: &str, text: &str, which: &str) -> Result<Tokens> {
        self.tokenizer.encode(prompt, text, which)
    }

    /// Hidden states that enter layer `layer`, for texts of ids. -> [T, H].
    #[doc(hidden)]
    pub fn prefix(&self, rows: &[&[u32]], layer: usize) -> Values<T> {
        let texts = Texts::new(rows.iter().map(|row| row.len()));
        self.states(rows, layer, &self.transformer.mask(&texts))
    }

    /// The same with a mask that is there already.
    pub(crate) fn states(&self, rows: &[&[u32]], layer: usize, mask: &Mask<T>) -> Values<T> {
        self.transformer.forward(self.transformer.embed(rows), 0..layer, mask)
    }

    /// The context of texts of ids. `left_out`: how many tokens at the start of every text are the
    /// prompt's.
    #[doc(hidden)]
    pub fn context(&self, lengths: impl IntoIterator<Item = usize>, left_out: usize) -> Context<T> {
        let texts = Texts::new(lengths);
        let left_out = if self.pooling.includes_prompt { 0 } else { left_out };
        let pooled = texts.iter().flat_map(|rows| (0..rows.len()).map(|s| s >= left_out)).collect();
        Context { mask: self.transformer.mask(&texts), texts, pooled }
    }

    /// F of texts of ids of which some tokens are hidden: in their place, but attended to by none
    /// and not pooled. `[B][D]`. visible: for every text, whether each token is seen.
    pub(crate) fn embed_visible(&self, rows: &[&[u32]], visible: &[&[bool]], left_out: usize) -> Vec<Vec<f32>> {
        let mut context = self.context(rows.iter().map(|row| row.len()), left_out);
        let visible = visible.concat();
        context.pooled.iter_mut().zip(&visible).for_each(|(pooled, &seen)| *pooled &= seen);
        context.mask.hidden = Some(visible.iter().map(|seen| !seen).collect());
        self.embed_rows(rows, &context)
    }

    /// F of texts of ids, `[B][D]`.
    pub(crate) fn embed_rows(&self, rows: &[&[u32]], context: &Context<T>) -> Vec<Vec<f32>> {
        let states = self.states(rows, self.layers(), &context.mask);
        let out = self.suffix(states, self.layers(), context).into_values();
        out.chunks_exact(self.dim).map(|row| row.iter().map(|v| v.to_f32()).collect()).collect()
    }

    /// What is known of references.
    pub(crate) fn references(&self) -> &References<T> {
        &self.references
    }

    /// Tokens of a prompt that pooling leaves out: 0 unless the model pools without its prompt.
    pub fn left_out(&self, prompt: &str) -> Result<usize> {
        if self.pooling.includes_prompt || prompt.is_empty() { Ok(0) } else { self.tokenizer.prompt_length(prompt) }
    }

    /// F: layers `layer`.., pooling and Dense modules. x: [T, H] -> [B, D].
    #[doc(hidden)]
    pub fn suffix<A: Array<Real = T>>(&self, x: A, layer: usize, context: &Context<T>) -> A {
        let Context { texts, mask, pooled } = context;
        let pooled = match self.pooling.as_weighted_sum(texts, pooled) {
            Some(weights) => self.transformer.forward_pooled(x, layer, mask, &weights),
            None => {
                let x = self.transformer.forward(x, layer..self.layers(), mask);
                self.pooling.forward(&x, texts, pooled)
            }
        };
        self.dense.iter().fold(pooled, |x, dense| dense.forward(&x))
    }
}

impl<T: Real> Context<T> {
    /// The same context for `nodes` copies of its only text.
    #[doc(hidden)]
    pub fn repeat(&self, nodes: usize) -> Self {
        let texts = Texts::uniform(nodes, self.texts.tokens());
        let hidden = self.mask.hidden.as_ref().map(|hidden| hidden.repeat(nodes).into());
        let mask = Mask { bias: self.mask.bias.clone(), hidden };
        Self { texts, mask, pooled: self.pooled.repeat(nodes) }
    }

    /// The texts.
    pub(crate) fn texts(&self) -> &Texts {
        &self.texts
    }

    /// What their attentions add to the scores.
    pub(crate) fn mask(&self) -> &Mask<T> {
        &self.mask
    }
}
