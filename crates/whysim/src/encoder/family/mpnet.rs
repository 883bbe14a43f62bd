//! MPNet: positions as in RoBERTa, no token types, and a relative attention bias shared by all
//! layers.

use serde::Deserialize;

use super::{Embeddings, Expansions, Family, HalfNorms, Inputs, Kind, Names, Positions, RelativeBuckets, bert};
use crate::encoder::config::Config;
use crate::encoder::treatment::Treatment::Read;
use crate::error::Result;

pub(super) const KIND: Kind = Kind {
    types: &[("mpnet", "all-mpnet-base-v2, multi-qa-mpnet-base-*, paraphrase-mpnet-base-v2")],
    keys: &[bert::KEYS, &[("relative_attention_num_buckets", Read)]],
    read: |config, _| family(config),
};

#[derive(Deserialize)]
struct Options {
    #[serde(default = "buckets")]
    relative_attention_num_buckets: usize,
}

fn buckets() -> usize {
    32
}

fn family(config: &Config) -> Result<Family> {
    let bert = bert::family(config, Positions::AfterPadding(config.pad_token_id.unwrap_or(1)))?;
    let name = "encoder.relative_attention_bias.weight";
    let buckets = config.keys::<Options>()?.relative_attention_num_buckets;
    Ok(Family {
        relative: Some(RelativeBuckets::new(name, buckets, 128).map_err(|problem| config.wrong(problem))?),
        embeddings: Embeddings { types: None, ..bert.embeddings },
        names: Names {
            inputs: Inputs::Separate(["attention.attn.q", "attention.attn.k", "attention.attn.v"]),
            output: "attention.attn.o",
            attention: HalfNorms::after("attention.LayerNorm"),
            heads: None,
            expansions: Expansions::Plain("intermediate.dense"),
            down: "output.dense",
            feed_forward: HalfNorms::after("output.LayerNorm"),
        },
        ..bert
    })
}
