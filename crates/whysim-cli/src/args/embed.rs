//! Arguments of the commands that need embeddings alone.

use clap::Args;
use whysim::Similarity;

#[cfg(feature = "endpoint")]
use super::Endpoint;
use super::values::named;
use super::{Model, Pair, Plain};
use crate::help;
use crate::texts::LARGEST;

/// Print the embeddings of texts
///
/// These are the model's own embeddings: shifted if the model is exact, normalised if it ends with
/// a Normalize module.
#[derive(Debug, Args)]
#[command(after_long_help = help::EMBED)]
pub struct Embed {
    /// The texts; `-` reads one text per line from standard input
    #[arg(required = true, value_name = "TEXT")]
    pub texts: Vec<String>,
    #[command(flatten)]
    pub model: Model,
    /// Prepend the model's prompt of this name to every text
    #[arg(long, value_name = "NAME")]
    pub prompt: Option<String>,
    /// `text`: one line of numbers per text; `json`: `{"model", "dim", "embeddings"}`
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    pub format: Plain,
    /// Skip empty texts instead of failing at the first: an empty line, or `null` in JSON, takes
    /// their place
    #[arg(long)]
    pub skip_empty: bool,
    /// Largest text to read from a line of standard input, in bytes
    #[arg(long, value_name = "N", default_value_t = LARGEST, hide_short_help = true)]
    pub max_bytes: u64,
    #[cfg(feature = "endpoint")]
    #[command(flatten)]
    pub endpoint: Endpoint,
}

/// Print the similarity of two texts
#[derive(Debug, Args)]
#[command(override_usage = "whysim similarity [OPTIONS] TEXT_A TEXT_B", after_long_help = help::SIMILARITY)]
pub struct SimilarityOf {
    #[command(flatten)]
    pub texts: Pair,
    #[command(flatten)]
    pub model: Model,
    /// Similarity [default: from the model's config, or cos]
    #[arg(short, long, value_name = "cos|dot", value_parser = named::<Similarity>())]
    pub similarity: Option<Similarity>,
    /// `text`: the number; `json`: `{"model", "similarity", "score"}`
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    pub format: Plain,
    #[cfg(feature = "endpoint")]
    #[command(flatten)]
    pub endpoint: Endpoint,
}
