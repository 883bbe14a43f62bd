//! DistilBERT: BERT without token types, and with an epsilon missing from its config.

use serde::Deserialize;
use whysim_core::{Heads, Rates};

use super::{Embeddings, Expansions, Family, HalfNorms, Inputs, Kind, Names, NormRule, Positions, bert, layers};
use crate::encoder::config::Config;
use crate::encoder::treatment::Treatment::Read;
use crate::error::Result;

pub(super) const KIND: Kind = Kind {
    types: &[("distilbert", "multi-qa-distilbert-*, msmarco-distilbert-*, distiluse-base-multilingual-cased-v2")],
    keys: &[&[
        ("dim", Read),
        ("n_layers", Read),
        ("n_heads", Read),
        ("hidden_dim", Read),
        ("activation", Read),
        ("max_position_embeddings", Read),
    ]],
    read: |config, _| family(config),
};

#[derive(Deserialize)]
struct Options {
    #[serde(default = "tenth")]
    dropout: f64,
    #[serde(default = "tenth")]
    attention_dropout: f64,
}

fn tenth() -> f64 {
    0.1
}

fn family(config: &Config) -> Result<Family> {
    let (sizes, options): (_, Options) = (config.sizes()?, config.keys()?);
    let bert = bert::family(config, Positions::Counted)?;
    Ok(Family {
        embeddings: Embeddings { types: None, ..bert.embeddings },
        norm: NormRule { epsilon: 1e-12, ..bert.norm },
        layers: layers("transformer.layer", sizes.layers, Heads::plain(sizes.heads, sizes.hidden), false),
        names: Names {
            inputs: Inputs::Separate(["attention.q_lin", "attention.k_lin", "attention.v_lin"]),
            output: "attention.out_lin",
            attention: HalfNorms::after("sa_layer_norm"),
            heads: None,
            expansions: Expansions::Plain("ffn.lin1"),
            down: "ffn.lin2",
            feed_forward: HalfNorms::after("output_layer_norm"),
        },
        rates: Rates { hidden: options.dropout, attention: options.attention_dropout },
        drops_attention: false,
        ..bert
    })
}
