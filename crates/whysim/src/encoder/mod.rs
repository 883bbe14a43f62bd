//! A sentence transformer, loaded from its folder, that can be cut at any layer.
//!
//! At layer l, [`Encoder::prefix`] maps ids to the hidden states x that enter layer l, and
//! [`Encoder::suffix`], F, maps x to the embedding before any `Normalize`.

mod config;
mod context;
mod costs;
mod embeddings;
mod family;
mod forward;
mod head;
mod keys;
mod layers;
mod load;
mod mixture;
mod modules;
mod pooling;
mod prompted;
mod randomize;
mod references;
mod rotary;
mod settings;
mod static_words;
mod suffix;
mod tasks;
mod trainable;
mod transformer;
mod treatment;
mod weights;

use std::sync::Arc;

use whysim_core::Real;

use crate::error::{Error, Result};
use crate::similarity::Similarity;
use crate::text::{Tokenizer, Tokens};
pub use context::Context;
use head::Head;
#[doc(hidden)]
pub use keys::{KEYS, of_family};
use mixture::Mixture;
pub(crate) use modules::{Kind, Module};
use pooling::Pooling;
use references::References;
pub(crate) use references::{Key, Known};
pub(crate) use suffix::Suffix;
pub use trainable::Shift;
pub(crate) use trainable::{Input, Stored, Trainable};
use transformer::Transformer;
#[doc(hidden)]
pub use treatment::{Keys, Treatment};
pub(crate) use weights::Parameter;

/// The `model_type`s that can be loaded, each with well-known models.
pub fn supported() -> impl Iterator<Item = (&'static str, &'static str)> {
    family::KINDS.into_iter().flat_map(|kind| kind.types).copied()
}

/// Whether models of a `model_type` can be loaded.
pub fn is_supported(model_type: &str) -> bool {
    family::is_supported(model_type)
}

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
    /// The distance that its config names, if that is no similarity.
    distance: Option<String>,
    prompts: settings::Prompts,
    pub(crate) tokenizer: Arc<Tokenizer>,
    hidden: usize,
    /// Width of the head's output.
    width: usize,
    /// The first dimensions of it that make the embedding.
    dim: usize,
    notes: Vec<String>,
    references: References<T>,
    /// The same model with an adapter for each task.
    tasks: Option<Arc<tasks::Tasks<T>>>,
}

impl<T: Real> Encoder<T> {
    /// The model's name and hash, and whether it is exact.
    pub fn identity(&self) -> &Arc<Identity> {
        &self.identity
    }

    /// L, the number of encoder layers.
    pub fn layers(&self) -> usize {
        self.transformer.depth()
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

    /// The similarity to use: the one that is asked for, or the one named in the model's config;
    /// cosine by default.
    ///
    /// # Errors
    /// If none is asked for, and the model's own is a distance.
    pub fn similarity(&self, asked: Option<Similarity>) -> Result<Similarity> {
        match (asked, &self.distance) {
            (Some(asked), _) => Ok(asked),
            (None, None) => Ok(self.similarity),
            (None, Some(distance)) => Err(Error::Unsupported {
                what: "similarity_fn_name",
                got: distance.clone(),
                supported:
                    "cosine and dot, as a distance is no sum over pairs of tokens; ask for cos or dot to compare by it"
                        .into(),
            }),
        }
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

    /// The cached references.
    pub(crate) fn references(&self) -> &References<T> {
        &self.references
    }

    /// The number of prompt tokens that pooling skips: 0 unless the model excludes its prompt from
    /// pooling.
    pub fn left_out(&self, prompt: &str) -> Result<usize> {
        if self.pooling.includes_prompt || prompt.is_empty() { Ok(0) } else { self.tokenizer.prompt_length(prompt) }
    }
}
