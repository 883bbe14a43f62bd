//! BERT: counted positions, token types.

use super::{Family, Names, Positions};
use crate::encoder::config::Config;

/// The names that BERT and RoBERTa share.
pub(super) const NAMES: Names = Names {
    layer: "encoder.layer",
    query: "attention.self.query",
    key: "attention.self.key",
    value: "attention.self.value",
    output: "attention.output.dense",
    attention_norm: "attention.output.LayerNorm",
    up: "intermediate.dense",
    down: "output.dense",
    norm: "output.LayerNorm",
};

pub(super) fn family(config: &Config) -> Family {
    Family {
        positions: Positions::Counted,
        token_types: config.type_vocab_size.unwrap_or(2),
        epsilon: config.layer_norm_eps,
        relative_bias: None,
        drops_attention: true,
        names: NAMES,
    }
}
