//! The supported families: each reads a config as sizes, rules and names of weights. Everything
//! else is the same for all of them.

mod albert;
mod bert;
mod decoder;
mod distilbert;
mod gemma3;
mod gte;
mod jina;
mod modernbert;
mod mpnet;
mod nomic;
mod plan;
mod positions;
mod roberta;
mod rotary_bert;
mod t5;

pub(crate) use jina::is_jina;
pub(crate) use plan::{
    Biases, Embeddings, Expansions, Family, HalfNorms, Inputs, Names, NormRule, Place, RelativeBuckets, layers,
};
pub(crate) use positions::Positions;

use super::treatment::Keys;
use super::weights::Weights;
use crate::encoder::config::Config;
use crate::error::{Error, Result};

/// A kind of encoder.
pub(crate) struct Kind {
    /// Its `model_type`s, each with well-known models.
    pub types: &'static [(&'static str, &'static str)],
    /// Keys of config.json that matter to it, besides those that matter to all.
    pub keys: &'static [Keys],
    /// What a config, and the names of the weights beside it, describe.
    pub read: fn(&Config, &Weights) -> Result<Family>,
}

/// All kinds, those with most users first.
pub(crate) const KINDS: [&Kind; 14] = [
    &bert::KIND,
    &mpnet::KIND,
    &roberta::KIND,
    &distilbert::KIND,
    &modernbert::KIND,
    &nomic::KIND,
    &gte::KIND,
    &decoder::QWEN3,
    &decoder::EUROBERT,
    &gemma3::KIND,
    &jina::KIND,
    &t5::KIND,
    &albert::KIND,
    &albert::ELECTRA,
];

/// The `model_type`s that can be read.
pub(crate) fn supported() -> Vec<&'static str> {
    KINDS.iter().flat_map(|kind| kind.types).map(|(name, _)| *name).collect()
}

/// Whether a `model_type` can be read.
pub(crate) fn is_supported(model_type: &str) -> bool {
    kind(model_type).is_some()
}

/// The kind of a `model_type`.
pub(crate) fn kind(model_type: &str) -> Option<&'static Kind> {
    KINDS.into_iter().find(|kind| kind.types.iter().any(|(name, _)| *name == model_type))
}

/// The error for a `model_type` that cannot be read.
pub(crate) fn unsupported(model_type: &str) -> Error {
    Error::Unsupported { what: "model_type", got: model_type.to_owned(), supported: supported().join(", ") }
}

/// The family of a config, and of the weights beside it.
///
/// # Errors
/// If its `model_type` is not supported, or a key is missing, wrong or asks for what is not
/// supported.
pub(crate) fn of(config: &Config, weights: &Weights) -> Result<Family> {
    let kind = kind(&config.model_type).ok_or_else(|| unsupported(&config.model_type))?;
    (kind.read)(config, weights)
}
