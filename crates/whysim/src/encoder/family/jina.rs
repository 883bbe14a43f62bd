//! jina-embeddings-v3 (Sturua et al., arXiv 2409.10173): XLM-R with rotary positions. Its adapters
//! are read by `weights/tasks.rs`.

use whysim_core::Rates;

use super::rotary_bert::{self, Defaults, Spelling};
use super::{Biases, Expansions, Family, HalfNorms, Inputs, Kind, Names};
use crate::encoder::config::{Config, SIZES};
use crate::encoder::rotary::{self, Which};
use crate::encoder::treatment::Keys;
use crate::encoder::treatment::Treatment::{Ignored, Read};
use crate::encoder::weights::Weights;
use crate::error::Result;

pub(super) const KIND: Kind = Kind {
    types: &[("jina_embeddings_v3", "jinaai/jina-embeddings-v3-hf, jinaai/jina-embeddings-v3")],
    keys: &[SIZES, rotary::KEYS, rotary_bert::KEYS, OWN],
    read: family,
};

/// Keys of the authors' own code, in configs of XLM-R.
#[rustfmt::skip]
pub(super) const OWN: Keys = &[
    ("rotary_emb_base", Read), ("lora_adaptations", Read), ("lora_rank", Read), ("lora_alpha", Read), ("task_instructions", Read),
    ("emb_pooler", Ignored), ("load_trained_adapters", Ignored), ("lora_dropout_p", Ignored),
    ("lora_main_params_trainable", Ignored), ("matryoshka_dimensions", Ignored), ("use_flash_attn", Ignored), ("use_reentrant", Ignored),
];

const NAMES: Names = Names {
    inputs: rotary_bert::INPUTS,
    output: rotary_bert::OUTPUT,
    attention: rotary_bert::ATTENTION,
    heads: None,
    expansions: Expansions::Plain("mlp.fc1"),
    down: "mlp.fc2",
    feed_forward: rotary_bert::FEED_FORWARD,
};

/// The names on the hub.
const PUBLISHED: Names = Names {
    inputs: Inputs::Fused("mixer.Wqkv"),
    output: "mixer.out_proj",
    attention: HalfNorms::after("norm1"),
    feed_forward: HalfNorms::after("norm2"),
    ..NAMES
};

/// Whether a config of XLM-R is of this family: its authors' code has rotary positions there.
pub(crate) fn is_jina(config: &Config) -> bool {
    let rotates = config.get("position_embedding_type").is_some_and(|kind| kind == "rotary");
    config.model_type == "jina_embeddings_v3" || rotates
}

pub(super) fn family(config: &Config, weights: &Weights) -> Result<Family> {
    let (norm, layers, names) = match weights.names_end_with("emb_ln.weight") {
        true => ("emb_ln", "encoder.layers", PUBLISHED),
        false => ("embeddings.LayerNorm", "layers", NAMES),
    };
    let theta = if config.get("rotary_emb_base").is_some() { "rotary_emb_base" } else { "rope_theta" };
    let which = Which { theta, ..Which::all(20_000.0) };
    let rates = Rates { hidden: 0.1, attention: 0.1 };
    let defaults = Defaults { epsilon: 1e-5, types: 1, rates, positions: 8194, padding: 1 };
    rotary_bert::family(config, Spelling { norm, layers, names }, Biases::all(true), which, defaults)
}
