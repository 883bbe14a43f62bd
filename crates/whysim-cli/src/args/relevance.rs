//! Arguments of `whysim relevance`.

use clap::Args;

#[cfg(feature = "endpoint")]
use super::Endpoint;
use super::{Method, Model, Passages, Plain};
use crate::help;

/// Show each passage token's share of its similarity to a query
///
/// The shares of the tokens, the share of the passage's reference, and the error of the numerical
/// integration add up to the score. It takes a few times as long as embedding the passage.
#[derive(Debug, Args)]
#[command(after_long_help = help::RELEVANCE)]
pub struct Relevance {
    #[command(flatten)]
    pub asked: Passages,
    #[command(flatten)]
    pub model: Model,
    #[command(flatten)]
    pub method: Method,
    #[cfg(feature = "endpoint")]
    #[command(flatten)]
    pub endpoint: Endpoint,
    /// `text`: the strongest tokens; `json`: one `{"score", "tokens", "reference", "error",
    /// "bound"}` per passage
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    pub format: Plain,
    /// Number of tokens to list, in text output
    #[arg(long, value_name = "K", default_value_t = 8)]
    pub top: usize,
}
