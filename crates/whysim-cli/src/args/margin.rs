//! Arguments of `whysim margin`.

use std::path::PathBuf;

use clap::Args;

use super::{Method, Model, Page};
use crate::help;

/// Show why one text outranks another for a query
///
/// The difference of the two similarities, taken apart by the words of the query, and by those of
/// both texts, with its ledger and a bound on the error.
#[derive(Debug, Args)]
#[command(after_long_help = help::MARGIN)]
pub struct Margin {
    /// The query
    pub query: String,
    /// The text that is more similar to it
    #[arg(value_name = "FIRST")]
    pub better: String,
    /// The text that is less similar to it
    #[arg(value_name = "SECOND")]
    pub worse: String,
    #[command(flatten)]
    pub model: Model,
    #[command(flatten)]
    pub method: Method,
    /// Prepend the model's prompt of this name to the query
    #[arg(long, value_name = "NAME", help_heading = "Method", hide_short_help = true)]
    pub prompt_query: Option<String>,
    /// Prepend the model's prompt of this name to both texts
    #[arg(long, value_name = "NAME", help_heading = "Method", hide_short_help = true)]
    pub prompt_passage: Option<String>,
    /// Output format: words and numbers, every number, or a page [default: from the extension of
    /// --output, or text]
    #[arg(short, long, value_name = "FORMAT", help_heading = "Output")]
    pub format: Option<Page>,
    /// Write to FILE instead of standard output; never leaves a partial file
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// Number of words of each text to list, in text output
    #[arg(long, value_name = "K", default_value_t = 8, help_heading = "Output")]
    pub top: usize,
}
