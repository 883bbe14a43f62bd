//! ALBERT (Lan et al., ICLR 2020) and ELECTRA (Clark et al., ICLR 2020): BERT with narrow tables
//! behind a linear map. ALBERT's layers share their weights.

use serde::Deserialize;
use whysim_core::Heads;

use super::{Embeddings, Expansions, Family, HalfNorms, Inputs, Kind, Names, Place, Positions, bert};
use crate::encoder::config::Config;
use crate::encoder::treatment::Treatment::{Ignored, Read};
use crate::error::Result;

pub(super) const KIND: Kind = Kind {
    types: &[("albert", "sentence-transformers/paraphrase-albert-small-v2")],
    keys: &[
        bert::KEYS,
        &[
            ("embedding_size", Read),
            ("num_hidden_groups", Read),
            ("inner_group_num", Read),
            ("classifier_dropout_prob", Ignored),
            ("down_scale_factor", Ignored),
            ("gap_size", Ignored),
            ("net_structure_type", Ignored),
            ("num_memory_blocks", Ignored),
        ],
    ],
    read: |config, _| albert(config),
};

pub(super) const ELECTRA: Kind = Kind {
    types: &[("electra", "sentence encoders trained from google/electra-*")],
    keys: &[
        bert::KEYS,
        &[
            ("embedding_size", Read),
            ("summary_activation", Ignored),
            ("summary_last_dropout", Ignored),
            ("summary_type", Ignored),
            ("summary_use_proj", Ignored),
        ],
    ],
    read: |config, _| electra(config),
};

const NAMES: Names = Names {
    inputs: Inputs::Separate(["attention.query", "attention.key", "attention.value"]),
    output: "attention.dense",
    attention: HalfNorms::after("attention.LayerNorm"),
    heads: None,
    expansions: Expansions::Plain("ffn"),
    down: "ffn_output",
    feed_forward: HalfNorms::after("full_layer_layer_norm"),
};

#[derive(Deserialize)]
#[serde(default)]
struct Options {
    embedding_size: usize,
    num_hidden_groups: usize,
    inner_group_num: usize,
    hidden_act: String,
    hidden_dropout_prob: f64,
    attention_probs_dropout_prob: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            embedding_size: 128,
            num_hidden_groups: 1,
            inner_group_num: 1,
            hidden_act: "gelu_new".into(),
            hidden_dropout_prob: 0.0,
            attention_probs_dropout_prob: 0.0,
        }
    }
}

fn albert(config: &Config) -> Result<Family> {
    let (sizes, options): (_, Options) = (config.sizes()?, config.keys()?);
    let Options { embedding_size: width, num_hidden_groups: groups, inner_group_num: inner, .. } = options;
    for (name, size) in [("embedding_size", width), ("num_hidden_groups", groups), ("inner_group_num", inner)] {
        config.at_least_one(name, size)?;
    }
    let bert = bert::family(config, Positions::Counted)?;
    let place = |i: usize| Place {
        prefix: format!("encoder.albert_layer_groups.{}.albert_layers.{}.", i / inner, i % inner),
        heads: Heads::plain(sizes.heads, sizes.hidden),
        rotation: None,
        reads_normalised: false,
    };
    // A layer of the config is a whole group.
    let group = |i: usize| (0..inner).map(move |j| i * groups / sizes.layers * inner + j);
    let mut rates = bert.rates;
    (rates.hidden, rates.attention) = (options.hidden_dropout_prob, options.attention_probs_dropout_prob);
    Ok(Family {
        embeddings: Embeddings { width, projection: Some("encoder.embedding_hidden_mapping_in"), ..bert.embeddings },
        activation: config.activation(&options.hidden_act)?,
        names: NAMES,
        layers: (0..groups * inner).map(place).collect(),
        order: (0..sizes.layers).flat_map(group).collect(),
        rates,
        ..bert
    })
}

fn electra(config: &Config) -> Result<Family> {
    let width = config.keys::<Options>()?.embedding_size;
    config.at_least_one("embedding_size", width)?;
    let bert = bert::family(config, Positions::Counted)?;
    let projection = (width != bert.hidden).then_some("embeddings_project");
    Ok(Family { embeddings: Embeddings { width, projection, ..bert.embeddings }, ..bert })
}
