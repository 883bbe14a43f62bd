//! NomicBERT (Nussbaum et al., arXiv 2402.01613): BERT with rotary positions, gates and no biases.

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
    types: &[("nomic_bert", "nomic-ai/nomic-embed-text-v1, nomic-ai/nomic-embed-text-v1.5")],
    keys: &[SIZES, rotary::KEYS, KEYS],
    read: family,
};

const AS_PUBLISHED: &str = "only the published text encoders' structure is supported";

/// Also those of the authors' own code.
#[rustfmt::skip]
const KEYS: Keys = &[
    ("hidden_act", Read), ("activation_function", Read), ("layer_norm_eps", Read), ("layer_norm_epsilon", Read),
    ("type_vocab_size", Read), ("n_embd", Read), ("n_layer", Read), ("n_head", Read), ("n_inner", Read), ("n_positions", Read),
    ("rotary_emb_base", Read), ("head_dim", Read),
    ("causal", Only("false", AS_PUBLISHED)), ("prenorm", Only("false", AS_PUBLISHED)), ("use_rms_norm", Only("false", AS_PUBLISHED)),
    ("parallel_block", Only("false", AS_PUBLISHED)), ("qkv_proj_bias", Only("false", AS_PUBLISHED)),
    ("mlp_fc1_bias", Only("false", AS_PUBLISHED)), ("mlp_fc2_bias", Only("false", AS_PUBLISHED)),
    ("rotary_emb_fraction", Only("1.0", AS_PUBLISHED)), ("rotary_emb_interleaved", Only("false", AS_PUBLISHED)),
    ("rotary_emb_scale_base", Only("null", AS_PUBLISHED)), ("rotary_scaling_factor", Only("null", AS_PUBLISHED)),
    ("scale_attn_weights", Only("true", AS_PUBLISHED)), ("scale_attn_by_inverse_layer_idx", Only("false", AS_PUBLISHED)),
    ("moe_every_n_layers", Only("0", "mixtures of experts are not supported")),
    ("num_experts", Only("0", "mixtures of experts are not supported")),
    ("attn_pdrop", Ignored), ("dense_seq_output", Ignored), ("embd_pdrop", Ignored), ("fused_bias_fc", Ignored),
    ("fused_dropout_add_ln", Ignored), ("max_trained_positions", Ignored), ("pad_vocab_size_multiple", Ignored),
    ("parallel_block_tied_norm", Ignored), ("reorder_and_upcast_attn", Ignored), ("resid_pdrop", Ignored),
    ("summary_activation", Ignored), ("summary_first_dropout", Ignored), ("summary_proj_to_labels", Ignored),
    ("summary_type", Ignored), ("summary_use_proj", Ignored), ("use_flash_attn", Ignored), ("use_xentropy", Ignored),
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
    inputs: Inputs::Fused("attn.Wqkv"),
    output: "attn.out_proj",
    attention: HalfNorms::after("norm1"),
    heads: None,
    expansions: Expansions::Gated { gate: "mlp.fc12", up: "mlp.fc11" },
    down: "mlp.fc2",
    feed_forward: HalfNorms::after("norm2"),
};

#[derive(Deserialize)]
#[serde(default)]
struct Options {
    hidden_act: Option<String>,
    activation_function: Option<String>,
    layer_norm_eps: f64,
    type_vocab_size: usize,
    hidden_dropout_prob: f64,
    attention_probs_dropout_prob: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            hidden_act: None,
            activation_function: None,
            layer_norm_eps: 1e-12,
            type_vocab_size: 2,
            hidden_dropout_prob: 0.0,
            attention_probs_dropout_prob: 0.0,
        }
    }
}

impl Options {
    /// The gate's activation. The authors' code names it after the whole gate.
    fn activation(&self) -> &str {
        match (self.hidden_act.as_deref(), self.activation_function.as_deref()) {
            (Some(own), _) => own,
            (None, Some("swiglu") | None) => "silu",
            (None, Some("geglu")) => "gelu",
            (None, Some(other)) => other,
        }
    }
}

fn family(config: &Config, weights: &Weights) -> Result<Family> {
    let (sizes, options): (Sizes, Options) = (config.sizes()?, config.keys()?);
    config.check_epsilon(options.layer_norm_eps)?;
    let heads = config.heads(sizes)?;
    let published = weights.names_end_with("emb_ln.weight");
    let which = Which {
        theta: if config.get("rope_theta").is_some() { "rope_theta" } else { "rotary_emb_base" },
        ..Which::all(1000.0)
    };
    let types = ("embeddings.token_type_embeddings", options.type_vocab_size);
    Ok(Family {
        embeddings: Embeddings {
            types: Some(types).filter(|(_, rows)| *rows > 0),
            norm: Some(if published { "emb_ln" } else { "embeddings.LayerNorm" }),
            ..Embeddings::words("embeddings.word_embeddings", sizes.words, sizes.hidden)
        },
        hidden: sizes.hidden,
        inner: sizes.inner,
        activation: config.activation(options.activation())?,
        norm: NormRule { kind: NormKind::Layer, epsilon: options.layer_norm_eps, bias: true, offset: 0.0 },
        biases: Biases::all(false),
        names: if published { PUBLISHED } else { NAMES },
        layers: layers(if published { "encoder.layers" } else { "layers" }, sizes.layers, heads, true),
        order: Vec::new(),
        rotations: vec![Rotary::read(config, which, heads.width)?],
        relative: None,
        final_norm: None,
        positions: config.positions(Some(2048))?,
        rates: Rates { hidden: options.hidden_dropout_prob, attention: options.attention_probs_dropout_prob },
        drops_attention: true,
        padding: Some(config.pad_token_id.unwrap_or(0)),
    })
}
