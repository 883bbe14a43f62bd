//! GTE (Zhang et al., EMNLP 2024 Industry Track): BERT with rotary positions and gates; on the hub
//! its `model_type` is `new`.

use whysim_core::Rates;

use super::rotary_bert::{self, Defaults, Spelling};
use super::{Biases, Expansions, Family, HalfNorms, Inputs, Kind, Names};
use crate::encoder::config::{Config, SIZES};
use crate::encoder::rotary::{self, Which};
use crate::encoder::treatment::Keys;
use crate::encoder::treatment::Treatment::{Ignored, Only};
use crate::encoder::weights::Weights;
use crate::error::Result;

pub(super) const KIND: Kind = Kind {
    types: &[
        ("gte", "Snowflake/snowflake-arctic-embed-m-v2.0, alibaba-nlp-community/gte-multilingual-base"),
        ("new", "Alibaba-NLP/gte-multilingual-base, Alibaba-NLP/gte-base-en-v1.5, Alibaba-NLP/gte-large-en-v1.5"),
    ],
    keys: &[SIZES, rotary::KEYS, rotary_bert::KEYS, KEYS],
    read: family,
};

#[rustfmt::skip]
const KEYS: Keys = &[
    ("position_embedding_type", Only("\"rope\"", "only rotary positions are supported here")),
    ("layer_norm_type", Only("\"layer_norm\"", "only LayerNorm is supported here")),
    ("logn_attention_scale", Only("false", "scores scaled by a text's length are not supported")),
    ("logn_attention_clip1", Ignored), ("pack_qkv", Ignored), ("unpad_inputs", Ignored),
    ("use_memory_efficient_attention", Ignored),
];

const NAMES: Names = Names {
    inputs: rotary_bert::INPUTS,
    output: rotary_bert::OUTPUT,
    attention: rotary_bert::ATTENTION,
    heads: None,
    expansions: Expansions::Gated { gate: "mlp.gate_proj", up: "mlp.up_proj" },
    down: "mlp.down_proj",
    feed_forward: rotary_bert::FEED_FORWARD,
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

fn family(config: &Config, weights: &Weights) -> Result<Family> {
    let (layers, names) = match weights.names_end_with("attn_ln.weight") {
        true => ("encoder.layer", PUBLISHED),
        false => ("layers", NAMES),
    };
    let spelling = Spelling { norm: "embeddings.LayerNorm", layers, names };
    // The authors' own code has another default.
    let theta = if config.model_type == "new" { 10_000.0 } else { 160_000.0 };
    let biases = Biases { expansions: false, ..Biases::all(true) };
    let rates = Rates { hidden: 0.1, attention: 0.0 };
    let defaults = Defaults { epsilon: 1e-12, types: 1, rates, positions: 8192, padding: 1 };
    rotary_bert::family(config, spelling, biases, Which::all(theta), defaults)
}
