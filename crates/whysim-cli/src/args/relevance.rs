//! Arguments of `whysim relevance`.

use clap::Args;

#[cfg(feature = "endpoint")]
use super::Endpoint;
use super::{Method, Model, Plain};
use crate::help;
use crate::texts::LARGEST;

/// Show each passage token's share of its similarity to a query
///
/// The shares of the tokens, the share of the passage's reference, and the error of the numerical
/// integration add up to the score. It takes a few times as long as embedding the passage.
#[derive(Debug, Args)]
#[command(after_long_help = help::RELEVANCE)]
pub struct Relevance {
    /// The query
    pub query: String,
    /// The passages; `-` reads one passage per line from standard input
    #[arg(required = true, value_name = "PASSAGE")]
    pub passages: Vec<String>,
    #[command(flatten)]
    pub model: Model,
    #[command(flatten)]
    pub method: Method,
    #[cfg(feature = "endpoint")]
    #[command(flatten)]
    pub endpoint: Endpoint,
    /// Prepend the model's prompt of this name to the query
    #[arg(long, value_name = "NAME", help_heading = "Method", hide_short_help = true)]
    pub prompt_query: Option<String>,
    /// Prepend the model's prompt of this name to every passage
    #[arg(long, value_name = "NAME", help_heading = "Method", hide_short_help = true)]
    pub prompt_passage: Option<String>,
    /// `text`: the strongest tokens; `json`: one `{"score", "tokens", "reference", "error",
    /// "bound"}` per passage
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    pub format: Plain,
    /// Number of tokens to list, in text output
    #[arg(long, value_name = "K", default_value_t = 8)]
    pub top: usize,
    /// Largest text to read from a line of standard input, in bytes
    #[arg(long, value_name = "N", default_value_t = LARGEST, hide_short_help = true)]
    pub max_bytes: u64,
}
