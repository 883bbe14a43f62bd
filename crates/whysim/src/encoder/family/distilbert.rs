//! DistilBERT: BERT without token types, and with an epsilon missing from its config.

use super::{Family, Names, Positions};

pub(super) fn family() -> Family {
    Family {
        positions: Positions::Counted,
        token_types: 0,
        epsilon: 1e-12,
        relative_bias: None,
        drops_attention: false,
        names: Names {
            layer: "transformer.layer",
            query: "attention.q_lin",
            key: "attention.k_lin",
            value: "attention.v_lin",
            output: "attention.out_lin",
            attention_norm: "sa_layer_norm",
            up: "ffn.lin1",
            down: "ffn.lin2",
            norm: "output_layer_norm",
        },
    }
}
