//! What NomicBERT, GTE and jina-embeddings-v3 share: BERT with rotary positions.

use serde::Deserialize;
use whysim_core::{NormKind, Rates};

use super::{Biases, Embeddings, Family, HalfNorms, Inputs, Names, NormRule, layers};
use crate::encoder::config::{Config, Sizes};
use crate::encoder::rotary::{Rotary, Which};
use crate::encoder::treatment::Keys;
use crate::encoder::treatment::Treatment::Read;
use crate::error::Result;

/// Their keys, besides those of sizes and rotations.
pub(super) const KEYS: Keys =
    &[("hidden_act", Read), ("layer_norm_eps", Read), ("type_vocab_size", Read), ("head_dim", Read)];

/// The names in transformers, but for the feed-forward half's.
pub(super) const INPUTS: Inputs = Inputs::Separate(["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"]);
pub(super) const OUTPUT: &str = "self_attn.o_proj";
pub(super) const ATTENTION: HalfNorms = HalfNorms::after("post_attention_layernorm");
pub(super) const FEED_FORWARD: HalfNorms = HalfNorms::after("post_mlp_layernorm");

/// How one of them calls its weights: on the hub otherwise than in transformers.
pub(super) struct Spelling {
    /// The embeddings' normalisation.
    pub norm: &'static str,
    /// Before a layer's number.
    pub layers: &'static str,
    pub names: Names,
}

/// What the config says by saying nothing.
pub(super) struct Defaults {
    pub epsilon: f64,
    /// Rows of the token-type table.
    pub types: usize,
    pub rates: Rates,
    pub positions: usize,
    pub padding: u32,
}

#[derive(Deserialize)]
struct Options {
    #[serde(default = "gelu")]
    hidden_act: String,
    layer_norm_eps: Option<f64>,
    type_vocab_size: Option<usize>,
    hidden_dropout_prob: Option<f64>,
    attention_probs_dropout_prob: Option<f64>,
}

fn gelu() -> String {
    "gelu".into()
}

/// One of them.
pub(super) fn family(
    config: &Config,
    spelling: Spelling,
    biases: Biases,
    which: Which,
    defaults: Defaults,
) -> Result<Family> {
    let (sizes, options): (Sizes, Options) = (config.sizes()?, config.keys()?);
    let epsilon = options.layer_norm_eps.unwrap_or(defaults.epsilon);
    config.check_epsilon(epsilon)?;
    let heads = config.heads(sizes)?;
    let types = ("embeddings.token_type_embeddings", options.type_vocab_size.unwrap_or(defaults.types));
    Ok(Family {
        embeddings: Embeddings {
            types: Some(types).filter(|(_, rows)| *rows > 0),
            norm: Some(spelling.norm),
            ..Embeddings::words("embeddings.word_embeddings", sizes.words, sizes.hidden)
        },
        hidden: sizes.hidden,
        inner: sizes.inner,
        activation: config.activation(&options.hidden_act)?,
        norm: NormRule { kind: NormKind::Layer, epsilon, bias: true, offset: 0.0 },
        biases,
        names: spelling.names,
        layers: layers(spelling.layers, sizes.layers, heads, true),
        order: Vec::new(),
        rotations: vec![Rotary::read(config, which, heads.width)?],
        relative: None,
        final_norm: None,
        positions: config.positions(Some(defaults.positions))?,
        rates: Rates {
            hidden: options.hidden_dropout_prob.unwrap_or(defaults.rates.hidden),
            attention: options.attention_probs_dropout_prob.unwrap_or(defaults.rates.attention),
        },
        drops_attention: true,
        padding: Some(config.pad_token_id.unwrap_or(defaults.padding)),
    })
}
