//! Qwen3 (arXiv 2506.05176) and EuroBERT (arXiv 2503.05500): RMSNorm before each half, rotary
//! positions, gates, and key heads that serve several query heads. Qwen3 is causal and normalises
//! its heads.

use serde::Deserialize;
use whysim_core::{NormKind, Rates};

use super::{Biases, Embeddings, Expansions, Family, HalfNorms, Inputs, Kind, Names, NormRule, Place};
use crate::encoder::config::{Config, SIZES};
use crate::encoder::rotary::{self, Rotary, Which};
use crate::encoder::treatment::Keys;
use crate::encoder::treatment::Treatment::{Ignored, Read};
use crate::error::Result;

pub(super) const QWEN3: Kind = Kind {
    types: &[("qwen3", "Qwen/Qwen3-Embedding-0.6B, Qwen/Qwen3-Embedding-4B, Qwen/Qwen3-Embedding-8B")],
    keys: &[
        SIZES,
        rotary::KEYS,
        KEYS,
        &[("use_sliding_window", Read), ("sliding_window", Read), ("max_window_layers", Read), ("layer_types", Read)],
    ],
    read: |config, _| qwen3(config),
};

pub(super) const EUROBERT: Kind = Kind {
    types: &[("eurobert", "EuroBERT/EuroBERT-210m, EuroBERT/EuroBERT-610m, and what was trained from them")],
    keys: &[
        SIZES,
        rotary::KEYS,
        KEYS,
        &[("mlp_bias", Read), ("classifier_pooling", Ignored), ("pretraining_tp", Ignored)],
    ],
    read: |config, _| eurobert(config),
};

#[rustfmt::skip]
const KEYS: Keys = &[
    ("num_key_value_heads", Read), ("head_dim", Read), ("hidden_act", Read), ("rms_norm_eps", Read), ("attention_bias", Read),
];

/// Names that most decoders share.
pub(super) const NAMES: Names = Names {
    inputs: Inputs::Separate(["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"]),
    output: "self_attn.o_proj",
    attention: HalfNorms::before("input_layernorm"),
    heads: None,
    expansions: Expansions::Gated { gate: "mlp.gate_proj", up: "mlp.up_proj" },
    down: "mlp.down_proj",
    feed_forward: HalfNorms::before("post_attention_layernorm"),
};

#[derive(Deserialize)]
struct Options {
    num_key_value_heads: Option<usize>,
    head_dim: Option<usize>,
    #[serde(default = "silu")]
    hidden_act: String,
    rms_norm_eps: Option<f64>,
    #[serde(default)]
    attention_bias: bool,
    #[serde(default)]
    mlp_bias: bool,
    #[serde(default)]
    attention_dropout: f64,
    #[serde(default)]
    use_sliding_window: bool,
    sliding_window: Option<usize>,
    max_window_layers: Option<usize>,
}

fn silu() -> String {
    "silu".into()
}

/// What both share. key_heads, head, epsilon: the defaults.
fn family(config: &Config, key_heads: Option<usize>, head: Option<usize>, epsilon: f64) -> Result<Family> {
    let (sizes, options): (_, Options) = (config.sizes()?, config.keys()?);
    let width = match options.head_dim.or(head) {
        Some(width) => width,
        None => config.head(sizes)?,
    };
    let heads = config.grouped(sizes.heads, options.num_key_value_heads.or(key_heads), width)?;
    let epsilon = options.rms_norm_eps.unwrap_or(epsilon);
    config.check_epsilon(epsilon)?;
    let place = |i| Place { prefix: format!("layers.{i}."), heads, rotation: Some(0), reads_normalised: false };
    Ok(Family {
        embeddings: Embeddings::words("embed_tokens", sizes.words, sizes.hidden),
        hidden: sizes.hidden,
        inner: sizes.inner,
        activation: config.activation(&options.hidden_act)?,
        norm: NormRule { kind: NormKind::Rms, epsilon, bias: false, offset: 0.0 },
        biases: Biases {
            inputs: options.attention_bias,
            output: options.attention_bias,
            expansions: options.mlp_bias,
            down: options.mlp_bias,
        },
        names: NAMES,
        layers: (0..sizes.layers).map(place).collect(),
        order: Vec::new(),
        rotations: vec![Rotary::read(config, Which::all(10_000.0), width)?],
        relative: None,
        final_norm: Some("norm"),
        positions: config.positions(Some(8192))?,
        rates: Rates { hidden: 0.0, attention: options.attention_dropout },
        drops_attention: false,
        padding: config.pad_token_id,
    })
}

fn eurobert(config: &Config) -> Result<Family> {
    let family = family(config, None, None, 1e-5)?;
    Ok(Family { padding: Some(config.pad_token_id.unwrap_or(128_001)), ..family })
}

fn qwen3(config: &Config) -> Result<Family> {
    let options: Options = config.keys()?;
    let mut family = family(config, Some(32), Some(128), 1e-6)?;
    let window = options.use_sliding_window.then(|| options.sliding_window.unwrap_or(4096));
    let first = options.max_window_layers.unwrap_or(28);
    let sees_all = config.sees_all(family.layers.len(), |i| window.is_none() || i < first)?;
    for (place, all) in family.layers.iter_mut().zip(sees_all) {
        place.heads.causal = true;
        // Counted with the token itself.
        place.heads.window = window.filter(|_| !all).map(|window| window.saturating_sub(1));
    }
    Ok(Family {
        names: Names { heads: Some(["self_attn.q_norm", "self_attn.k_norm"]), ..NAMES },
        biases: Biases { expansions: false, down: false, ..family.biases },
        positions: config.positions(Some(32_768))?,
        ..family
    })
}
