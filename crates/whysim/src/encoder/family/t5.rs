//! T5's encoder (Raffel et al., JMLR 2020; Ni et al., Findings of ACL 2022): RMSNorm before each
//! half, biases of scores by distance instead of positions, no scaling of scores, no biases.

use serde::Deserialize;
use whysim_core::{Heads, NormKind, Rates};

use super::{
    Biases, Embeddings, Expansions, Family, HalfNorms, Inputs, Kind, Names, NormRule, RelativeBuckets, layers,
};
use crate::encoder::config::Config;
use crate::encoder::treatment::Keys;
use crate::encoder::treatment::Treatment::{Ignored, Only, Read};
use crate::encoder::weights::Weights;
use crate::error::Result;

pub(super) const KIND: Kind = Kind {
    types: &[
        ("t5", "sentence-transformers/sentence-t5-*, sentence-transformers/gtr-t5-*"),
        ("mt5", "encoders trained from google/mt5-*"),
    ],
    keys: &[KEYS],
    read: family,
};

#[rustfmt::skip]
const KEYS: Keys = &[
    ("d_model", Read), ("num_layers", Read), ("num_heads", Read), ("d_kv", Read), ("d_ff", Read), ("feed_forward_proj", Read),
    ("layer_norm_epsilon", Read), ("relative_attention_num_buckets", Read), ("relative_attention_max_distance", Read),
    // The encoder alone is read either way.
    ("is_encoder_decoder", Ignored), ("decoder_start_token_id", Ignored), ("dense_act_fn", Ignored), ("dropout_rate", Ignored),
    ("initializer_factor", Ignored), ("is_decoder", Only("false", "only the encoder is read")), ("is_gated_act", Ignored),
    ("n_positions", Ignored), ("num_decoder_layers", Ignored), ("scale_decoder_outputs", Ignored),
];

#[derive(Deserialize)]
#[serde(default)]
struct Options {
    head_dim: usize,
    feed_forward_proj: String,
    layer_norm_epsilon: f64,
    relative_attention_num_buckets: usize,
    relative_attention_max_distance: usize,
    dropout_rate: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            head_dim: 64,
            feed_forward_proj: "relu".into(),
            layer_norm_epsilon: 1e-6,
            relative_attention_num_buckets: 32,
            relative_attention_max_distance: 128,
            dropout_rate: 0.1,
        }
    }
}

fn names(gated: bool) -> Names {
    let half = |name| ["layer.1.DenseReluDense.wi_0", "layer.1.DenseReluDense.wi_1", "layer.1.DenseReluDense.wi"][name];
    Names {
        inputs: Inputs::Separate(["layer.0.SelfAttention.q", "layer.0.SelfAttention.k", "layer.0.SelfAttention.v"]),
        output: "layer.0.SelfAttention.o",
        attention: HalfNorms::before("layer.0.layer_norm"),
        heads: None,
        expansions: match gated {
            true => Expansions::Gated { gate: half(0), up: half(1) },
            false => Expansions::Plain(half(2)),
        },
        down: "layer.1.DenseReluDense.wo",
        feed_forward: HalfNorms::before("layer.1.layer_norm"),
    }
}

fn family(config: &Config, weights: &Weights) -> Result<Family> {
    let (sizes, options): (_, Options) = (config.sizes()?, config.keys()?);
    config.check_epsilon(options.layer_norm_epsilon)?;
    config.at_least_one("d_kv", options.head_dim)?;
    let heads = Heads { scale: 1.0, ..Heads::plain(sizes.heads, sizes.heads * options.head_dim) };
    let (gated, activation) = match options.feed_forward_proj.as_str() {
        // T5 1.1 says this and means the approximation.
        "gated-gelu" => (true, "gelu_new"),
        other => other.strip_prefix("gated-").map_or((false, other), |activation| (true, activation)),
    };
    let bias = "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight";
    let (buckets, farthest) = (options.relative_attention_num_buckets, options.relative_attention_max_distance);
    // Older files hold the table under the encoder's name too, or only there.
    let words = if weights.names_end_with("shared.weight") { "shared" } else { "encoder.embed_tokens" };
    Ok(Family {
        embeddings: Embeddings::words(words, sizes.words, sizes.hidden),
        hidden: sizes.hidden,
        inner: sizes.inner,
        activation: config.activation(activation)?,
        norm: NormRule { kind: NormKind::Rms, epsilon: options.layer_norm_epsilon, bias: false, offset: 0.0 },
        biases: Biases::all(false),
        names: names(gated),
        layers: layers("encoder.block", sizes.layers, heads, false),
        order: Vec::new(),
        rotations: Vec::new(),
        relative: Some(RelativeBuckets::new(bias, buckets, farthest).map_err(|problem| config.wrong(problem))?),
        final_norm: Some("encoder.final_layer_norm"),
        // Distances have no end; this is the length of pretraining.
        positions: 512,
        rates: Rates { hidden: options.dropout_rate, attention: options.dropout_rate },
        drops_attention: true,
        padding: None,
    })
}
