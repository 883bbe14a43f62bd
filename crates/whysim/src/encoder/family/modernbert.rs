//! ModernBERT (Warner et al., arXiv 2412.13663): pre-norm, rotary positions, gates, and two layers
//! out of three that see near tokens only.

use serde::Deserialize;
use whysim_core::{Heads, NormKind, Rates};

use super::{Biases, Embeddings, Expansions, Family, HalfNorms, Inputs, Kind, Names, NormRule, Place};
use crate::encoder::config::{Config, SIZES};
use crate::encoder::rotary::{self, Rotary, Which};
use crate::encoder::treatment::Keys;
use crate::encoder::treatment::Treatment::{Ignored, Read};
use crate::error::Result;

pub(super) const KIND: Kind = Kind {
    types: &[(
        "modernbert",
        "Alibaba-NLP/gte-modernbert-base, nomic-ai/modernbert-embed-base, ibm-granite/granite-embedding-*-r2, \
         lightonai/modernbert-embed-large",
    )],
    keys: &[SIZES, rotary::KEYS, KEYS],
    read: |config, _| family(config),
};

#[rustfmt::skip]
const KEYS: Keys = &[
    ("hidden_activation", Read), ("norm_eps", Read), ("norm_bias", Read), ("attention_bias", Read), ("mlp_bias", Read),
    ("local_attention", Read), ("global_attn_every_n_layers", Read), ("layer_types", Read), ("global_rope_theta", Read),
    ("local_rope_theta", Read),
    ("classifier_activation", Ignored), ("classifier_bias", Ignored), ("classifier_pooling", Ignored),
    ("decoder_bias", Ignored), ("deterministic_flash_attn", Ignored), ("embedding_dropout", Ignored),
    ("initializer_cutoff_factor", Ignored), ("mlp_dropout", Ignored), ("reference_compile", Ignored),
    ("repad_logits_with_grad", Ignored), ("sparse_pred_ignore_index", Ignored), ("sparse_prediction", Ignored),
    ("position_embedding_type", Ignored), ("layer_norm_eps", Ignored),
];

const NAMES: Names = Names {
    inputs: Inputs::Fused("attn.Wqkv"),
    output: "attn.Wo",
    attention: HalfNorms::before("attn_norm"),
    heads: None,
    expansions: Expansions::Fused { name: "mlp.Wi", gate_first: true },
    down: "mlp.Wo",
    feed_forward: HalfNorms::before("mlp_norm"),
};

#[derive(Deserialize)]
#[serde(default)]
struct Options {
    hidden_activation: String,
    norm_eps: f64,
    norm_bias: bool,
    attention_bias: bool,
    mlp_bias: bool,
    local_attention: usize,
    global_attn_every_n_layers: usize,
    attention_dropout: f64,
    mlp_dropout: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            hidden_activation: "gelu".into(),
            norm_eps: 1e-5,
            norm_bias: false,
            attention_bias: false,
            mlp_bias: false,
            local_attention: 128,
            global_attn_every_n_layers: 3,
            attention_dropout: 0.0,
            mlp_dropout: 0.0,
        }
    }
}

/// Of layers that see all tokens, and of the others.
fn rotations(config: &Config, head: usize) -> Result<Vec<Rotary>> {
    let which = |layers, theta, default| Which { layers: Some(layers), theta, default, scales: true };
    let rotations = [
        which("full_attention", "global_rope_theta", 160_000.0),
        which("sliding_attention", "local_rope_theta", 10_000.0),
    ];
    rotations.into_iter().map(|which| Rotary::read(config, which, head)).collect()
}

fn family(config: &Config) -> Result<Family> {
    let (sizes, options): (_, Options) = (config.sizes()?, config.keys()?);
    config.check_epsilon(options.norm_eps)?;
    config.at_least_one("global_attn_every_n_layers", options.global_attn_every_n_layers)?;
    let every = |i| i % options.global_attn_every_n_layers == 0;
    let sees_all = config.sees_all(sizes.layers, every)?;
    let place = |(i, &all): (usize, &bool)| Place {
        prefix: format!("layers.{i}."),
        heads: Heads {
            window: (!all).then_some(options.local_attention / 2),
            ..Heads::plain(sizes.heads, sizes.hidden)
        },
        rotation: Some(usize::from(!all)),
        // The embeddings are normalised already.
        reads_normalised: i == 0,
    };
    Ok(Family {
        embeddings: Embeddings {
            norm: Some("embeddings.norm"),
            ..Embeddings::words("embeddings.tok_embeddings", sizes.words, sizes.hidden)
        },
        hidden: sizes.hidden,
        inner: sizes.inner,
        activation: config.activation(&options.hidden_activation)?,
        norm: NormRule { kind: NormKind::Layer, epsilon: options.norm_eps, bias: options.norm_bias, offset: 0.0 },
        biases: Biases {
            inputs: options.attention_bias,
            output: options.attention_bias,
            expansions: options.mlp_bias,
            down: options.mlp_bias,
        },
        names: NAMES,
        layers: sees_all.iter().enumerate().map(place).collect(),
        order: Vec::new(),
        rotations: rotations(config, config.head(sizes)?)?,
        relative: None,
        final_norm: Some("final_norm"),
        positions: config.positions(Some(8192))?,
        rates: Rates { hidden: options.mlp_dropout, attention: options.attention_dropout },
        drops_attention: true,
        padding: Some(config.pad_token_id.unwrap_or(50_283)),
    })
}
