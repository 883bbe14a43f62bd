//! NomicBERT (Nussbaum et al., arXiv 2402.01613): BERT with rotary positions, gates and no biases.

use serde::Deserialize;
use whysim_core::{Activation, Rates};

use super::rotary_bert::{self, Defaults, Spelling};
use super::{Biases, Expansions, Family, HalfNorms, Inputs, Kind, Names};
use crate::encoder::config::{Config, SIZES};
use crate::encoder::rotary::{self, Which};
use crate::encoder::treatment::Keys;
use crate::encoder::treatment::Treatment::{Ignored, Only, Read};
use crate::encoder::weights::Weights;
use crate::error::Result;

pub(super) const KIND: Kind = Kind {
    types: &[("nomic_bert", "nomic-ai/nomic-embed-text-v1, nomic-ai/nomic-embed-text-v1.5")],
    keys: &[SIZES, rotary::KEYS, rotary_bert::KEYS, KEYS],
    read: family,
};

const AS_PUBLISHED: &str = "only the published text encoders' structure is supported";

/// Also those of the authors' own code.
#[rustfmt::skip]
const KEYS: Keys = &[
    ("activation_function", Read), ("layer_norm_epsilon", Read),
    ("n_embd", Read), ("n_layer", Read), ("n_head", Read), ("n_inner", Read), ("n_positions", Read),
    ("rotary_emb_base", Read),
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
    inputs: Inputs::Fused("attn.Wqkv"),
    output: "attn.out_proj",
    attention: HalfNorms::after("norm1"),
    heads: None,
    expansions: Expansions::Gated { gate: "mlp.fc12", up: "mlp.fc11" },
    down: "mlp.fc2",
    feed_forward: HalfNorms::after("norm2"),
};

/// The gate's activation. The authors' code names it after the whole gate.
fn activation(config: &Config) -> Result<Activation> {
    #[derive(Deserialize)]
    struct Named {
        hidden_act: Option<String>,
        activation_function: Option<String>,
    }
    let named: Named = config.keys()?;
    config.activation(match (named.hidden_act.as_deref(), named.activation_function.as_deref()) {
        (Some(own), _) => own,
        (None, Some("swiglu") | None) => "silu",
        (None, Some("geglu")) => "gelu",
        (None, Some(other)) => other,
    })
}

fn family(config: &Config, weights: &Weights) -> Result<Family> {
    let (norm, layers, names) = match weights.names_end_with("emb_ln.weight") {
        true => ("emb_ln", "encoder.layers", PUBLISHED),
        false => ("embeddings.LayerNorm", "layers", NAMES),
    };
    let theta = if config.get("rope_theta").is_some() { "rope_theta" } else { "rotary_emb_base" };
    let which = Which { theta, ..Which::all(1000.0) };
    let rates = Rates { hidden: 0.0, attention: 0.0 };
    let defaults = Defaults { epsilon: 1e-12, types: 2, rates, positions: 2048, padding: 0 };
    let family = rotary_bert::family(config, Spelling { norm, layers, names }, Biases::all(false), which, defaults)?;
    Ok(Family { activation: activation(config)?, ..family })
}
