//! Arguments of `whysim duplicates`.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use whysim::Similarity;

use super::Model;
use super::values::{Format, named};
use crate::help;
use crate::texts::LARGEST;

#[cfg(feature = "index")]
const USAGE: &str = "whysim duplicates [OPTIONS] FILE...\n       whysim duplicates [OPTIONS] --index DIR";
#[cfg(not(feature = "index"))]
const USAGE: &str = "whysim duplicates [OPTIONS] FILE...";

/// Find texts that say the same, and in what they differ
///
/// Pairs at or above a similarity, the groups they make, and the words that carry each similarity
/// and those that differ. Pairs that differ in a number, a name or a negation alone are pointed at:
/// they are similar, and no duplicates. Hubs and boilerplate are listed too.
#[derive(Debug, Args)]
#[command(override_usage = USAGE, after_long_help = help::DUPLICATES)]
pub struct Duplicates {
    /// Files of texts: .csv, .tsv, .jsonl and .parquet by columns, all others a text a line; `-` is
    /// standard input
    ///
    /// Empty texts are left out. A text's name is that of its row (see --id), or the number of its
    /// line, with the file before it if there are several.
    #[cfg_attr(
        feature = "index",
        arg(required_unless_present = "index", conflicts_with = "index", value_name = "FILE")
    )]
    #[cfg_attr(not(feature = "index"), arg(required = true, value_name = "FILE"))]
    pub files: Vec<PathBuf>,
    /// The texts of an index made by `whysim index`, instead of files: nothing is embedded again
    ///
    /// Model, prompt and similarity are those of the index. Only explanations need the model.
    #[cfg(feature = "index")]
    #[arg(long, value_name = "DIR")]
    pub index: Option<PathBuf>,
    /// Compare with the texts of this file, or of the index in this folder, instead of each other:
    /// pairs are of one text of each
    #[arg(long, value_name = "FILE|DIR")]
    pub against: Option<PathBuf>,
    /// The lowest similarity of a pair
    #[arg(short, long, value_name = "T", default_value_t = 0.9, allow_negative_numbers = true)]
    pub threshold: f32,
    #[command(flatten)]
    pub model: Model,
    /// Prepend the model's prompt of this name to every text
    #[arg(long, value_name = "NAME")]
    pub prompt: Option<String>,
    /// Similarity [default: from the model's config, or cos]
    #[arg(short, long, value_name = "cos|dot", value_parser = named::<Similarity>())]
    pub similarity: Option<Similarity>,
    /// Column of the texts, in tables
    #[cfg(feature = "index")]
    #[arg(long, value_name = "COLUMN", default_value = "text", help_heading = "Data")]
    pub text: String,
    /// Column of the texts' names, in tables [default: id, or where there is none FILE:LINE]
    #[cfg(feature = "index")]
    #[arg(long, value_name = "COLUMN", help_heading = "Data")]
    pub id: Option<String>,
    #[command(flatten)]
    pub finding: Finding,
    #[command(flatten)]
    pub listing: Destination,
    /// Largest text to read from a line, in bytes
    #[arg(long, value_name = "N", default_value_t = LARGEST, hide_short_help = true)]
    pub max_bytes: u64,
}

/// How much to look for.
#[derive(Debug, Args)]
#[command(next_help_heading = "Findings")]
pub struct Finding {
    /// Number of pairs to explain, those that differ in facts alone first
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub explain: usize,
    /// Explain pairs with a text of more tokens by sentences, not by words
    #[arg(long, value_name = "TOKENS", default_value_t = 256, hide_short_help = true)]
    pub longest: usize,
    /// For each text, keep its N strongest pairs; all are counted, and groups are made of all
    #[arg(long, value_name = "N", default_value_t = 10, hide_short_help = true)]
    pub edges: usize,
    /// List at most N pairs
    #[arg(long, value_name = "N", default_value_t = 10_000, hide_short_help = true)]
    pub listed: usize,
    /// Count hubs in lists of the K nearest
    #[arg(long, value_name = "K", default_value_t = 10, hide_short_help = true)]
    pub neighbours: usize,
    /// In how many texts, or explained pairs, boilerplate stands at least
    #[arg(long, value_name = "N", default_value_t = 3, hide_short_help = true)]
    pub least: usize,
}

/// Format and destination of the result.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct Destination {
    /// Output format [default: from the extension of --output, or text]
    #[arg(short, long, value_name = "FORMAT")]
    pub format: Option<Listing>,
    /// Write to FILE instead of standard output; never leaves a partial file
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Number of pairs, groups, hubs, sentences and words to list, in text output
    #[arg(long, value_name = "K", default_value_t = 10)]
    pub top: usize,
}

/// The forms of a list of pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Listing {
    /// The strongest of everything, for a terminal
    Text,
    /// Everything, for programs
    Json,
    /// One row a pair
    Csv,
    /// A page with the differing words marked, without any network
    Html,
}

impl Listing {
    /// The form that a file's ending asks for.
    pub fn of(file: &Path) -> Option<Self> {
        match Format::of(file) {
            Some(Format::Text) => Some(Self::Text),
            Some(Format::Json) => Some(Self::Json),
            Some(Format::Html) => Some(Self::Html),
            Some(Format::Jsonl | Format::Svg | Format::Png | Format::Pdf) => None,
            None => file.extension().and_then(OsStr::to_str)?.eq_ignore_ascii_case("csv").then_some(Self::Csv),
        }
    }
}
