//! A sentence transformer, loaded from its folder, that can be cut at any layer.
//!
//! At layer l, [`Encoder::prefix`] maps ids to the hidden states x that enter layer l, and
//! [`Encoder::suffix`], F, maps x to the embedding before any `Normalize`.

mod config;
mod context;
mod costs;
mod family;
mod head;
mod keys;
mod layers;
mod load;
mod mixture;
mod modules;
mod pooling;
mod randomize;
mod references;
mod settings;
mod static_words;
mod suffix;
mod trainable;
mod transformer;
mod weights;

use std::sync::Arc;

use whysim_core::{Array, Compiled, Mask, Real, Texts, Values};

use crate::error::{Error, Result};
use crate::similarity::Similarity;
use crate::text::{Tokenizer, Tokens};
pub use context::Context;
use head::Head;
#[doc(hidden)]
pub use keys::{KEYS, Treatment};
use mixture::Mixture;
pub(crate) use modules::{Kind, Module};
use pooling::Pooling;
use references::References;
pub(crate) use references::{Key, Known};
pub(crate) use suffix::Suffix;
pub use trainable::Shift;
pub(crate) use trainable::{Input, Trainable};
use transformer::Transformer;
pub(crate) use weights::Parameter;

/// The `model_type`s that can be loaded.
pub const SUPPORTED: [&str; 6] = family::SUPPORTED;

/// The model that an embedding or a decomposition comes from.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Identity {
    /// The model's name or folder, as given.
    pub name: String,
    /// Hash of all weights and of everything else that defines the function.
    pub fingerprint: String,
    /// Whether the model shifts its own embedding by its reference's, which makes attributions
    /// exact.
    pub exact: bool,
}

/// A sentence transformer. Clones share the weights. `T` is the type of weights and activations:
/// f32, or f64 for checks.
#[derive(Clone)]
pub struct Encoder<T: Real = f32> {
    identity: Arc<Identity>,
    /// Of the model with all its dimensions.
    fingerprint: String,
    transformer: Transformer<T>,
    mixture: Option<Mixture>,
    pooling: Pooling,
    head: Head<T>,
    normalizes: bool,
    similarity: Similarity,
    prompts: settings::Prompts,
    pub(crate) tokenizer: Tokenizer,
    hidden: usize,
    /// Width of the head's output.
    width: usize,
    /// The first dimensions of it that make the embedding.
    dim: usize,
    notes: Vec<String>,
    references: References<T>,
}

impl<T: Real> Encoder<T> {
    /// The model's name and hash, and whether it is exact.
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

    /// The same model with embeddings cut to their first `dim` dimensions, as models trained for it
    /// allow (Kusupati et al., Matryoshka Representation Learning, NeurIPS 2022). Everything that
    /// follows is cut with them: contributions, references, features.
    ///
    /// As in sentence-transformers, a `Normalize` at the end of the model comes before the cut.
    ///
    /// # Errors
    /// If `dim` is 0 or more than the model has.
    pub fn truncated(&self, dim: usize) -> Result<Self> {
        if !(1..=self.width).contains(&dim) {
            let expected = format!("1 to {}, the model's number of dimensions", self.width);
            return Err(Error::Option { option: "truncate_dim", expected, got: dim.to_string() });
        }
        let fingerprint = match dim == self.width {
            true => self.fingerprint.clone(),
            false => blake3::hash(format!("{} {dim}", self.fingerprint).as_bytes()).to_hex().to_string(),
        };
        let identity = Arc::new(Identity { fingerprint, ..(*self.identity).clone() });
        Ok(Self { identity, dim, ..self.clone() })
    }

    /// Whether dimensions are cut.
    pub(crate) fn is_cut(&self) -> bool {
        self.dim < self.width
    }

    /// H, the width of a hidden state.
    pub fn hidden(&self) -> usize {
        self.hidden
    }

    /// The model's maximum number of tokens, special tokens included.
    pub fn limit(&self) -> usize {
        self.tokenizer.limit()
    }

    /// The similarity named in the model's config; cosine by default.
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

    /// The text of one of the model's prompts. Without a name: its default prompt, or the empty
    /// string.
    ///
    /// # Errors
    /// If the model has no prompt of that name.
    pub fn prompt(&self, name: Option<&str>) -> Result<&str> {
        self.prompts.get(name)
    }

    /// Resolves `layer`: 0 (embeddings) to L, or counted from the end, -1 = L.
    ///
    /// # Errors
    /// If there is no such layer.
    pub fn layer(&self, layer: i64) -> Result<usize> {
        let last = self.layers() as i64;
        let from_start = if layer < 0 { last + 1 + layer } else { layer };
        if !(0..=last).contains(&from_start) {
            return Err(Error::Layer { got: layer, last: self.layers() });
        }
        let deepest = self.deepest();
        if from_start > deepest as i64 {
            let expected = format!(
                "0 to {deepest} for this model, which pools the inputs of all layers from there on (WeightedLayerPooling)"
            );
            return Err(Error::Option { option: "layer", expected, got: layer.to_string() });
        }
        Ok(from_start as usize)
    }

    /// The last layer whose input alone determines the embedding.
    pub(crate) fn deepest(&self) -> usize {
        self.mixture.as_ref().map_or(self.layers(), |mixture| mixture.first)
    }

    /// Tokenizes a text with the prompt before it. `which` names the text in errors.
    pub fn tokenize(&self, prompt: &str, text: &str, which: &str) -> Result<Tokens> {
        self.tokenizer.encode(prompt, text, which)
    }

    /// The hidden states that enter layer `layer`, for texts given by their ids. -> [T, H].
    #[doc(hidden)]
    pub fn prefix(&self, rows: &[&[u32]], layer: usize) -> Values<T> {
        let texts = Texts::new(rows.iter().map(|row| row.len()));
        self.states(rows, layer, &self.transformer.mask(&texts))
    }

    /// The same, with an existing mask.
    pub(crate) fn states(&self, rows: &[&[u32]], layer: usize, mask: &Mask<T>) -> Values<T> {
        self.transformer.forward(self.transformer.embed(rows), 0..layer, mask).0
    }

    /// The context of texts given by their ids. `left_out`: the number of prompt tokens at the
    /// start of every text.
    #[doc(hidden)]
    pub fn context(&self, lengths: impl IntoIterator<Item = usize>, left_out: usize) -> Context<T> {
        let texts = Texts::new(lengths);
        let left_out = if self.pooling.includes_prompt { 0 } else { left_out };
        let pooled = texts.iter().flat_map(|rows| (0..rows.len()).map(|s| s >= left_out)).collect();
        Context { mask: self.transformer.mask(&texts), texts, pooled }
    }

    /// F of texts in which some tokens are hidden: they keep their place, but nothing attends to
    /// them and they are not pooled. `[B][D]`. visible: for every text, whether each token is seen.
    pub(crate) fn embed_visible(&self, rows: &[&[u32]], visible: &[&[bool]], left_out: usize) -> Vec<Vec<f32>> {
        let mut context = self.context(rows.iter().map(|row| row.len()), left_out);
        let visible = visible.concat();
        context.pooled.iter_mut().zip(&visible).for_each(|(pooled, &seen)| *pooled &= seen);
        context.mask.hidden = Some(visible.iter().map(|seen| !seen).collect());
        let mut rows = self.embed_rows(rows, &context);
        rows.iter_mut().for_each(|row| row.truncate(self.dim));
        rows
    }

    /// F of texts given by their ids before dimensions are cut, `[B][width]`.
    pub(crate) fn embed_rows(&self, rows: &[&[u32]], context: &Context<T>) -> Vec<Vec<f32>> {
        let layer = self.deepest();
        let states = self.states(rows, layer, &context.mask);
        let out = self.whole(Compiled(states), layer, context).0.into_values();
        out.chunks_exact(self.width).map(|row| row.iter().map(|v| v.to_f32()).collect()).collect()
    }

    /// The cached references.
    pub(crate) fn references(&self) -> &References<T> {
        &self.references
    }

    /// The number of prompt tokens that pooling skips: 0 unless the model excludes its prompt from
    /// pooling.
    pub fn left_out(&self, prompt: &str) -> Result<usize> {
        if self.pooling.includes_prompt || prompt.is_empty() { Ok(0) } else { self.tokenizer.prompt_length(prompt) }
    }

    /// F: the layers from `layer` on, pooling, the modules behind it, and the cut to the first
    /// dimensions. x: [T, H] -> [B, D].
    #[doc(hidden)]
    pub fn suffix<A: Array<Real = T>>(&self, x: A, layer: usize, context: &Context<T>) -> A {
        let whole = self.whole(x, layer, context);
        if self.is_cut() { whole.first(self.dim) } else { whole }
    }

    /// F before dimensions are cut. x: [T, H] -> [B, width].
    pub(crate) fn whole<A: Array<Real = T>>(&self, x: A, layer: usize, context: &Context<T>) -> A {
        let Context { texts, mask, pooled } = context;
        let pooled = match (&self.mixture, self.pooling.as_weighted_sum(texts, pooled)) {
            (Some(mixture), _) => self.mixed(x, layer, context, mixture),
            (None, Some(weights)) => self.transformer.forward_pooled(x, layer, mask, &weights),
            (None, None) => {
                let x = self.transformer.forward(x, layer..self.layers(), mask);
                self.pooling.forward(&x, texts, pooled)
            }
        };
        self.head.forward(pooled)
    }

    /// The layers from `layer` on, and the pooled weighted mean of their inputs and of the last
    /// output. Pooling is linear, so it goes before the mean.
    fn mixed<A: Array<Real = T>>(&self, mut x: A, layer: usize, context: &Context<T>, mixture: &Mixture) -> A {
        let pool = |x: &A, share| self.pooling.scaled(x, &context.texts, &context.pooled, share);
        let mut sum: Option<A> = None;
        for at in layer..=self.layers() {
            if let Some(share) = mixture.share(at) {
                let own = pool(&x, share);
                sum = Some(match sum {
                    Some(sum) => sum.add(&own),
                    None => own,
                });
            }
            if at < self.layers() {
                x = self.transformer.forward(x, at..at + 1, &context.mask);
            }
        }
        sum.unwrap_or_else(|| pool(&x, 0.0))
    }
}
