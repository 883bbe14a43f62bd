//! Gemma 3's text encoder (EmbeddingGemma, arXiv 2509.20354): scaled embeddings, RMSNorm on both
//! sides of each half, and one layer in six that sees all tokens.

use serde::Deserialize;
use whysim_core::{Heads, NormKind, Rates};

use super::{Biases, Embeddings, Family, HalfNorms, Kind, Names, NormRule, Place, decoder};
use crate::encoder::config::{Config, SIZES};
use crate::encoder::rotary::{self, Rotary, Which};
use crate::encoder::treatment::Keys;
use crate::encoder::treatment::Treatment::{Ignored, Only, Read};
use crate::error::Result;

pub(super) const KIND: Kind = Kind {
    types: &[("gemma3_text", "google/embeddinggemma-300m")],
    keys: &[SIZES, rotary::KEYS, KEYS],
    read: |config, _| family(config),
};

#[rustfmt::skip]
const KEYS: Keys = &[
    ("num_key_value_heads", Read), ("head_dim", Read), ("hidden_activation", Read), ("rms_norm_eps", Read),
    ("attention_bias", Read), ("query_pre_attn_scalar", Read), ("sliding_window", Read), ("sliding_window_pattern", Read),
    ("_sliding_window_pattern", Read), ("layer_types", Read), ("use_bidirectional_attention", Read),
    ("rope_local_base_freq", Read),
    ("attn_logit_softcapping", Only("null", "capped scores are not supported")), ("final_logit_softcapping", Ignored),
    ("cache_implementation", Ignored),
];

const NAMES: Names = Names {
    attention: HalfNorms { before: Some("input_layernorm"), output: Some("post_attention_layernorm"), after: None },
    heads: Some(["self_attn.q_norm", "self_attn.k_norm"]),
    feed_forward: HalfNorms {
        before: Some("pre_feedforward_layernorm"),
        output: Some("post_feedforward_layernorm"),
        after: None,
    },
    ..decoder::NAMES
};

#[derive(Deserialize)]
#[serde(default)]
struct Options {
    num_key_value_heads: usize,
    head_dim: usize,
    hidden_activation: String,
    rms_norm_eps: f64,
    attention_bias: bool,
    query_pre_attn_scalar: f64,
    sliding_window: usize,
    sliding_window_pattern: usize,
    use_bidirectional_attention: bool,
    attention_dropout: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            num_key_value_heads: 4,
            head_dim: 256,
            hidden_activation: "gelu_pytorch_tanh".into(),
            rms_norm_eps: 1e-6,
            attention_bias: false,
            query_pre_attn_scalar: 256.0,
            sliding_window: 4096,
            sliding_window_pattern: 6,
            use_bidirectional_attention: false,
            attention_dropout: 0.0,
        }
    }
}

impl Options {
    /// The largest distance that a layer with a window sees. A causal window counts the token
    /// itself; one to both sides is half as wide.
    fn window(&self) -> usize {
        if self.use_bidirectional_attention { self.sliding_window / 2 } else { self.sliding_window.saturating_sub(1) }
    }
}

/// Of layers that see all tokens, and of the others.
fn rotations(config: &Config, head: usize) -> Result<Vec<Rotary>> {
    let rotations = [
        Which { layers: Some("full_attention"), ..Which::all(1_000_000.0) },
        Which { layers: Some("sliding_attention"), theta: "rope_local_base_freq", default: 10_000.0, scales: false },
    ];
    rotations.into_iter().map(|which| Rotary::read(config, which, head)).collect()
}

fn family(config: &Config) -> Result<Family> {
    let (sizes, options): (_, Options) = (config.sizes()?, config.keys()?);
    config.check_epsilon(options.rms_norm_eps)?;
    config.at_least_one("sliding_window_pattern", options.sliding_window_pattern)?;
    let heads = Heads {
        scale: options.query_pre_attn_scalar.powf(-0.5),
        causal: !options.use_bidirectional_attention,
        ..config.grouped(sizes.heads, Some(options.num_key_value_heads), options.head_dim)?
    };
    let sees_all = config.sees_all(sizes.layers, |i| (i + 1) % options.sliding_window_pattern == 0)?;
    let place = |(i, &all): (usize, &bool)| Place {
        prefix: format!("layers.{i}."),
        heads: Heads { window: (!all).then_some(options.window()), ..heads },
        rotation: Some(usize::from(!all)),
        reads_normalised: false,
    };
    Ok(Family {
        embeddings: Embeddings {
            scale: (sizes.hidden as f64).sqrt(),
            ..Embeddings::words("embed_tokens", sizes.words, sizes.hidden)
        },
        hidden: sizes.hidden,
        inner: sizes.inner,
        activation: config.activation(&options.hidden_activation)?,
        norm: NormRule { kind: NormKind::Rms, epsilon: options.rms_norm_eps, bias: false, offset: 1.0 },
        biases: Biases { inputs: options.attention_bias, output: options.attention_bias, ..Biases::all(false) },
        names: NAMES,
        layers: sees_all.iter().enumerate().map(place).collect(),
        order: Vec::new(),
        rotations: rotations(config, options.head_dim)?,
        relative: None,
        final_norm: Some("norm"),
        positions: config.positions(Some(131_072))?,
        rates: Rates { hidden: 0.0, attention: options.attention_dropout },
        drops_attention: false,
        padding: Some(config.pad_token_id.unwrap_or(0)),
    })
}
