//! jina-embeddings-v3 (Sturua et al., arXiv 2409.10173): XLM-R with rotary positions. Its adapters are read
//! by `weights/tasks.rs`.

use serde::Deserialize;
use whysim_core::{NormKind, Rates};

use super::{Biases, Embeddings, Expansions, Family, HalfNorms, Inputs, Kind, Names, NormRule, layers};
use crate::encoder::config::{Config, SIZES, Sizes};
use crate::encoder::rotary::{self, Rotary, Which};
use crate::encoder::treatment::Keys;
use crate::encoder::treatment::Treatment::{Ignored, Read};
use crate::encoder::weights::Weights;
use crate::error::Result;

pub(super) const KIND: Kind = Kind {
    types: &[("jina_embeddings_v3", "jinaai/jina-embeddings-v3-hf, jinaai/jina-embeddings-v3")],
    keys: &[
        SIZES,
        rotary::KEYS,
        &[("hidden_act", Read), ("layer_norm_eps", Read), ("type_vocab_size", Read), ("head_dim", Read)],
        OWN,
    ],
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
    inputs: Inputs::Separate(["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"]),
    output: "self_attn.o_proj",
    attention: HalfNorms::after("post_attention_layernorm"),
    heads: None,
    expansions: Expansions::Plain("mlp.fc1"),
    down: "mlp.fc2",
    feed_forward: HalfNorms::after("post_mlp_layernorm"),
};

/// The names on the hub.
const PUBLISHED: Names = Names {
    inputs: Inputs::Fused("mixer.Wqkv"),
    output: "mixer.out_proj",
    attention: HalfNorms::after("norm1"),
    feed_forward: HalfNorms::after("norm2"),
    ..NAMES
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
            layer_norm_eps: 1e-5,
            type_vocab_size: 1,
            hidden_dropout_prob: 0.1,
            attention_probs_dropout_prob: 0.1,
        }
    }
}

/// Whether a config of XLM-R is of this family: its authors' code has rotary positions there.
pub(crate) fn is_jina(config: &Config) -> bool {
    let rotates = config.get("position_embedding_type").is_some_and(|kind| kind == "rotary");
    config.model_type == "jina_embeddings_v3" || rotates
}

pub(super) fn family(config: &Config, weights: &Weights) -> Result<Family> {
    let (sizes, options): (Sizes, Options) = (config.sizes()?, config.keys()?);
    config.check_epsilon(options.layer_norm_eps)?;
    let heads = config.heads(sizes)?;
    let published = weights.names_end_with("emb_ln.weight");
    let theta = if config.get("rotary_emb_base").is_some() { "rotary_emb_base" } else { "rope_theta" };
    let types = ("embeddings.token_type_embeddings", options.type_vocab_size);
    Ok(Family {
        embeddings: Embeddings {
            types: Some(types).filter(|(_, rows)| *rows > 0),
            norm: Some(if published { "emb_ln" } else { "embeddings.LayerNorm" }),
            ..Embeddings::words("embeddings.word_embeddings", sizes.words, sizes.hidden)
        },
        hidden: sizes.hidden,
        inner: sizes.inner,
        activation: config.activation(&options.hidden_act)?,
        norm: NormRule { kind: NormKind::Layer, epsilon: options.layer_norm_eps, bias: true, offset: 0.0 },
        biases: Biases::all(true),
        names: if published { PUBLISHED } else { NAMES },
        layers: layers(if published { "encoder.layers" } else { "layers" }, sizes.layers, heads, true),
        order: Vec::new(),
        rotations: vec![Rotary::read(config, Which { theta, ..Which::all(20_000.0) }, heads.width)?],
        relative: None,
        final_norm: None,
        positions: config.positions(Some(8194))?,
        rates: Rates { hidden: options.hidden_dropout_prob, attention: options.attention_probs_dropout_prob },
        drops_attention: true,
        padding: Some(config.pad_token_id.unwrap_or(1)),
    })
}
