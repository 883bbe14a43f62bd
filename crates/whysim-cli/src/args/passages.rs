//! A query and passages on the command line.

use clap::Args;

use crate::texts::LARGEST;

/// A query, and what it is compared with.
#[derive(Debug, Args)]
pub struct Passages {
    /// The query
    pub query: String,
    /// The passages; `-` reads one passage per line from standard input
    #[arg(required = true, value_name = "PASSAGE")]
    pub passages: Vec<String>,
    /// Prepend the model's prompt of this name to the query
    #[arg(long, value_name = "NAME", help_heading = "Method", hide_short_help = true)]
    pub prompt_query: Option<String>,
    /// Prepend the model's prompt of this name to every passage
    #[arg(long, value_name = "NAME", help_heading = "Method", hide_short_help = true)]
    pub prompt_passage: Option<String>,
    /// Largest text to read from a line of standard input, in bytes
    #[arg(long, value_name = "N", default_value_t = LARGEST, hide_short_help = true)]
    pub max_bytes: u64,
}
