//! RoBERTa, XLM-RoBERTa and CamemBERT: BERT with positions that count up from the padding index.

use super::{Family, Positions, bert};
use crate::encoder::config::Config;

pub(super) fn family(config: &Config) -> Family {
    Family { positions: Positions::AfterPadding(config.pad_token_id.unwrap_or(1)), ..bert::family(config) }
}
