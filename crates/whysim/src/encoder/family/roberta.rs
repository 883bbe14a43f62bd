//! RoBERTa, XLM-RoBERTa and CamemBERT: BERT with positions that count up from the padding index.

use super::{Kind, Positions, bert, jina};

pub(super) const KIND: Kind = Kind {
    types: &[
        ("roberta", "all-distilroberta-v1, all-roberta-large-v1"),
        ("xlm-roberta", "BAAI/bge-m3, intfloat/multilingual-e5-*, Snowflake/snowflake-arctic-embed-l-v2.0"),
        ("camembert", "dangvantuan/sentence-camembert-*"),
    ],
    keys: &[bert::KEYS, jina::OWN],
    read: |config, weights| match jina::is_jina(config) {
        // jina-embeddings-v3 under its own name for XLM-R.
        true => jina::family(config, weights),
        false => bert::family(config, Positions::AfterPadding(config.pad_token_id.unwrap_or(1))),
    },
};
