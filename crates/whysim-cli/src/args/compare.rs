//! Arguments of `whysim compare`.

use std::path::PathBuf;

use clap::Args;

use super::look::Destination;
use super::values::layer;
use super::{Method, Pair, Rows};
use crate::help;

/// Show what moves when the model changes, or the layer
///
/// For a pair of texts: both scores, what each word adds to them, and the pairs of words whose
/// interaction moved most. For a file of pairs: how far the two models' scores and rankings agree,
/// which pairs moved most and by which words, and the words that move scores throughout.
#[derive(Debug, Args)]
#[command(
    override_usage = "whysim compare [OPTIONS] TEXT_A TEXT_B --models M1 M2\n       whysim compare [OPTIONS] --data FILE --models M1 M2"
)]
#[command(after_long_help = help::COMPARE)]
pub struct Compare {
    #[command(flatten)]
    pub texts: Pair,
    /// The two models: folders, published exact models, or Hugging Face hub models
    #[arg(long, value_name = "MODEL", num_args = 2, value_names = ["M1", "M2"])]
    pub models: Option<Vec<String>>,
    /// The one model whose --layers are compared [default: $WHYSIM_MODEL, or minilm-exact, built
    /// in]
    #[arg(short, long, value_name = "MODEL", conflicts_with = "models")]
    pub model: Option<String>,
    /// The layers to compare, of one model, or of the first and the second
    #[arg(long, num_args = 2, value_names = ["L1", "L2"], allow_negative_numbers = true, value_parser = layer)]
    #[arg(conflicts_with = "layer")]
    pub layers: Option<Vec<i64>>,
    #[command(flatten)]
    pub data: Data,
    #[command(flatten)]
    pub method: Method,
    #[command(flatten)]
    pub destination: Destination,
    /// Number of words, and of pairs of words, to list
    #[arg(long, value_name = "N", default_value_t = 8, help_heading = "Output")]
    pub words: usize,
}

/// Many pairs instead of one.
#[derive(Debug, Args)]
#[command(next_help_heading = "Data")]
pub struct Data {
    /// Text pairs, with gold scores or without: an STS-benchmark file, .csv, .tsv, .jsonl or
    /// .parquet
    #[arg(long, value_name = "FILE", conflicts_with_all = ["first", "second", "file_a", "file_b"])]
    pub data: Option<PathBuf>,
    #[command(flatten)]
    pub rows: Rows,
    /// Number of pairs that moved most to explain
    #[arg(long, value_name = "K", default_value_t = 5)]
    pub top: usize,
    /// Number of randomly drawn pairs for the table of words
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub sample: usize,
    /// Seed of the drawing
    #[arg(long, value_name = "SEED", default_value_t = 0, hide_short_help = true)]
    pub sample_seed: u64,
}
