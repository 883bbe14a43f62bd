//! BERT: counted positions, token types.

use serde::Deserialize;
use whysim_core::{Heads, NormKind, Rates};

use super::{Biases, Embeddings, Expansions, Family, HalfNorms, Inputs, Kind, Names, NormRule, Positions, layers};
use crate::encoder::config::{Config, Sizes};
use crate::encoder::treatment::Keys;
use crate::encoder::treatment::Treatment::Read;
use crate::error::{Error, Result};

pub(super) const KIND: Kind = Kind {
    types: &[(
        "bert",
        "all-MiniLM-L6-v2, BAAI/bge-*-en-v1.5, intfloat/e5-*-v2, thenlper/gte-*, mixedbread-ai/mxbai-embed-large-v1",
    )],
    keys: &[KEYS],
    read: |config, _| family(config, Positions::Counted),
};

/// The keys of BERT and its copies.
pub(super) const KEYS: Keys = &[
    ("hidden_size", Read),
    ("num_hidden_layers", Read),
    ("num_attention_heads", Read),
    ("intermediate_size", Read),
    ("hidden_act", Read),
    ("max_position_embeddings", Read),
    ("layer_norm_eps", Read),
    ("type_vocab_size", Read),
    ("position_embedding_type", Read),
    ("is_decoder", Read),
];

/// The names that BERT and RoBERTa share.
pub(super) const NAMES: Names = Names {
    inputs: Inputs::Separate(["attention.self.query", "attention.self.key", "attention.self.value"]),
    output: "attention.output.dense",
    attention: HalfNorms::after("attention.output.LayerNorm"),
    heads: None,
    expansions: Expansions::Plain("intermediate.dense"),
    down: "output.dense",
    feed_forward: HalfNorms::after("output.LayerNorm"),
};

/// What config.json says besides sizes, with the defaults of transformers.
#[derive(Deserialize)]
#[serde(default)]
struct Options {
    hidden_act: String,
    layer_norm_eps: f64,
    type_vocab_size: usize,
    position_embedding_type: String,
    is_decoder: bool,
    hidden_dropout_prob: f64,
    attention_probs_dropout_prob: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            hidden_act: "gelu".into(),
            layer_norm_eps: 1e-12,
            type_vocab_size: 2,
            position_embedding_type: "absolute".into(),
            is_decoder: false,
            hidden_dropout_prob: 0.1,
            attention_probs_dropout_prob: 0.1,
        }
    }
}

pub(super) fn family(config: &Config, numbering: Positions) -> Result<Family> {
    let (sizes, options): (Sizes, Options) = (config.sizes()?, config.keys()?);
    let unsupported =
        |what, got, supported: &str| Err(Error::Unsupported { what, got, supported: supported.to_owned() });
    if options.position_embedding_type != "absolute" {
        return unsupported("position_embedding_type", options.position_embedding_type, "absolute");
    }
    if options.is_decoder {
        return unsupported("is_decoder", "true".into(), "false: encoders, whose tokens see the whole text");
    }
    config.check_epsilon(options.layer_norm_eps)?;
    config.head(sizes)?;
    let types = ("embeddings.token_type_embeddings", options.type_vocab_size);
    Ok(Family {
        embeddings: Embeddings {
            words: "embeddings.word_embeddings",
            rows: sizes.words,
            width: sizes.hidden,
            scale: 1.0,
            positions: Some(("embeddings.position_embeddings", numbering)),
            types: Some(types).filter(|(_, rows)| *rows > 0),
            norm: Some("embeddings.LayerNorm"),
            projection: None,
        },
        hidden: sizes.hidden,
        inner: sizes.inner,
        activation: config.activation(&options.hidden_act)?,
        norm: NormRule { kind: NormKind::Layer, epsilon: options.layer_norm_eps, bias: true, offset: 0.0 },
        biases: Biases::all(true),
        names: NAMES,
        layers: layers("encoder.layer", sizes.layers, Heads::plain(sizes.heads, sizes.hidden), false),
        order: Vec::new(),
        rotations: Vec::new(),
        relative: None,
        final_norm: None,
        positions: config.positions(None)?,
        rates: Rates { hidden: options.hidden_dropout_prob, attention: options.attention_probs_dropout_prob },
        drops_attention: true,
        padding: Some(config.pad_token_id.unwrap_or(numbering.padding().unwrap_or(0))),
    })
}
