//! Arguments of `whysim highlight`.

use clap::Args;
use whysim::highlight::{Mark, Options};

#[cfg(feature = "endpoint")]
use super::Endpoint;
use super::values::share;
use super::{Method, Model, Passages, Showing};
use crate::help;

/// Mark what in passages answers a query
///
/// Words that add to a passage's similarity to the query, and match a word of it, are merged to
/// phrases and marked. Passages that are longer than what the model reads are read in overlapping
/// windows; the output says which window carried the score. It costs five to seven embeddings of
/// the passages.
#[derive(Debug, Args)]
#[command(after_long_help = help::HIGHLIGHT)]
pub struct Highlight {
    #[command(flatten)]
    pub asked: Passages,
    #[command(flatten)]
    pub marking: Marking,
    #[command(flatten)]
    pub model: Model,
    #[command(flatten)]
    pub method: Method,
    #[cfg(feature = "endpoint")]
    #[command(flatten)]
    pub endpoint: Endpoint,
    #[command(flatten)]
    pub showing: Showing,
    /// Leave out empty passages instead of failing at the first: `null` takes their place in JSON
    #[arg(long)]
    pub skip_empty: bool,
}

/// What to mark.
#[derive(Debug, Args)]
#[command(next_help_heading = "Marking")]
pub struct Marking {
    /// Mark at most this many spans of a passage
    #[arg(long, value_name = "K", default_value_t = Options::default().top, allow_negative_numbers = true)]
    pub spans: usize,
    /// Mark spans with at least this share of what answers the query, from 0 to 1
    #[arg(long, value_name = "SHARE", default_value_t = Options::default().least, value_parser = share, allow_negative_numbers = true)]
    pub least: f64,
    /// Mark whole sentences
    #[arg(long)]
    pub sentences: bool,
}

impl Marking {
    /// The library's options.
    pub fn options(&self, contributions: whysim::Options) -> Options {
        let mark = if self.sentences { Mark::Sentence } else { Mark::Phrase };
        Options { contributions, mark, top: self.spans, least: self.least }
    }
}
