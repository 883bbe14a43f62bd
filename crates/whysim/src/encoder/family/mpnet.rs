//! MPNet: positions as in RoBERTa, no token types, and a relative attention bias shared by all
//! layers.

use super::{Family, Names, Positions};
use crate::encoder::config::Config;

pub(super) fn family(config: &Config) -> Family {
    Family {
        positions: Positions::AfterPadding(config.pad_token_id.unwrap_or(1)),
        token_types: 0,
        epsilon: config.layer_norm_eps,
        relative_bias: Some(("encoder.relative_attention_bias.weight", config.relative_attention_num_buckets)),
        drops_attention: true,
        names: Names {
            layer: "encoder.layer",
            query: "attention.attn.q",
            key: "attention.attn.k",
            value: "attention.attn.v",
            output: "attention.attn.o",
            attention_norm: "attention.LayerNorm",
            up: "intermediate.dense",
            down: "output.dense",
            norm: "output.LayerNorm",
        },
    }
}
