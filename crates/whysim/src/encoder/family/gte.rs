//! GTE (Zhang et al., EMNLP 2024 Industry Track): BERT with rotary positions and gates; on the hub its
//! `model_type` is `new`.

use serde::Deserialize;
use whysim_core::{NormKind, Rates};

use super::{Biases, Embeddings, Expansions, Family, HalfNorms, Inputs, Kind, Names, NormRule, layers};
use crate::encoder::config::{Config, SIZES, Sizes};
use crate::encoder::rotary::{self, Rotary, Which};
use crate::encoder::treatment::Keys;
use crate::encoder::treatment::Treatment::{Ignored, Only, Read};
use crate::encoder::weights::Weights;
use crate::error::Result;

pub(super) const KIND: Kind = Kind {
    types: &[
        ("gte", "Snowflake/snowflake-arctic-embed-m-v2.0, alibaba-nlp-community/gte-multilingual-base"),
        ("new", "Alibaba-NLP/gte-multilingual-base, Alibaba-NLP/gte-base-en-v1.5, Alibaba-NLP/gte-large-en-v1.5"),
    ],
    keys: &[SIZES, rotary::KEYS, KEYS],
    read: family,
};

#[rustfmt::skip]
const KEYS: Keys = &[
    ("hidden_act", Read), ("layer_norm_eps", Read), ("type_vocab_size", Read), ("head_dim", Read),
    ("position_embedding_type", Only("\"rope\"", "only rotary positions are supported here")),
    ("layer_norm_type", Only("\"layer_norm\"", "only LayerNorm is supported here")),
    ("logn_attention_scale", Only("false", "scores scaled by a text's length are not supported")),
    ("logn_attention_clip1", Ignored), ("pack_qkv", Ignored), ("unpad_inputs", Ignored),
    ("use_memory_efficient_attention", Ignored),
];

const NAMES: Names = Names {
    inputs: Inputs::Separate(["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"]),
    output: "self_attn.o_proj",
    attention: HalfNorms::after("post_attention_layernorm"),
    heads: None,
    expansions: Expansions::Gated { gate: "mlp.gate_proj", up: "mlp.up_proj" },
    down: "mlp.down_proj",
    feed_forward: HalfNorms::after("post_mlp_layernorm"),
};

/// The names on the hub.
const PUBLISHED: Names = Names {
    inputs: Inputs::Fused("attention.qkv_proj"),
    output: "attention.o_proj",
    attention: HalfNorms::after("attn_ln"),
    heads: None,
    expansions: Expansions::Fused { name: "mlp.up_gate_proj", gate_first: false },
    down: "mlp.down_proj",
    feed_forward: HalfNorms::after("mlp_ln"),
};

#[derive(Deserialize)]
#[serde(default)]
struct Options {
    hidden_act: String,
    layer_norm_eps: f64,
    type_vocab_size: usize,
    hidden_dropout_prob: f64,
    attention_probs_dropout_prob: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            hidden_act: "gelu".into(),
            layer_norm_eps: 1e-12,
            type_vocab_size: 1,
            hidden_dropout_prob: 0.1,
            attention_probs_dropout_prob: 0.0,
        }
    }
}

fn family(config: &Config, weights: &Weights) -> Result<Family> {
    let (sizes, options): (Sizes, Options) = (config.sizes()?, config.keys()?);
    config.check_epsilon(options.layer_norm_eps)?;
    let heads = config.heads(sizes)?;
    let published = weights.names_end_with("attn_ln.weight");
    // The authors' own code has another default.
    let theta = if config.model_type == "new" { 10_000.0 } else { 160_000.0 };
    let types = ("embeddings.token_type_embeddings", options.type_vocab_size);
    Ok(Family {
        embeddings: Embeddings {
            types: Some(types).filter(|(_, rows)| *rows > 0),
            norm: Some("embeddings.LayerNorm"),
            ..Embeddings::words("embeddings.word_embeddings", sizes.words, sizes.hidden)
        },
        hidden: sizes.hidden,
        inner: sizes.inner,
        activation: config.activation(&options.hidden_act)?,
        norm: NormRule { kind: NormKind::Layer, epsilon: options.layer_norm_eps, bias: true, offset: 0.0 },
        biases: Biases { expansions: false, ..Biases::all(true) },
        names: if published { PUBLISHED } else { NAMES },
        layers: layers(if published { "encoder.layer" } else { "layers" }, sizes.layers, heads, true),
        order: Vec::new(),
        rotations: vec![Rotary::read(config, Which::all(theta), heads.width)?],
        relative: None,
        final_norm: None,
        positions: config.positions(Some(8192))?,
        rates: Rates { hidden: options.hidden_dropout_prob, attention: options.attention_probs_dropout_prob },
        drops_attention: true,
        padding: Some(config.pad_token_id.unwrap_or(1)),
    })
}
