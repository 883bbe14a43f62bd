//! Arguments of `whysim index` and `whysim search`.

use std::path::PathBuf;

use clap::Args;
use whysim::Similarity;

use super::highlight::Marking;
use super::values::{count, delimiter, named};
use super::{Model, Showing};
use crate::help;

/// Embed the texts of files once, for `whysim search`
///
/// Makes the folder DIR the index of exactly these files: texts that it holds already are not
/// embedded again, and texts that are gone leave it. A run that was stopped or killed loses
/// little: the same command goes on where it was. No database and no server: the index is files,
/// for one machine.
#[derive(Debug, Args)]
#[command(after_long_help = help::INDEX)]
pub struct Index {
    /// The files: .txt (a text a line), .csv, .tsv, .jsonl or .parquet
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The index's folder
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
    #[command(flatten)]
    pub model: Model,
    /// Prepend the model's prompt of this name to every text
    #[arg(long, value_name = "NAME")]
    pub prompt: Option<String>,
    /// Column of the texts [default: text]
    #[arg(long, value_name = "COLUMN", help_heading = "Data")]
    pub text: Option<String>,
    /// Column of the texts' names, each of which there is once [default: id, or where there is none
    /// FILE:LINE]
    ///
    /// All other columns are kept as metadata, and shown with what is found; of Parquet those of
    /// text, numbers and truth values.
    #[arg(long, value_name = "COLUMN", help_heading = "Data")]
    pub id: Option<String>,
    /// Character between columns of CSV and TSV files, or `tab` [default: found in the header]
    #[arg(long, value_name = "CHAR", value_parser = delimiter, help_heading = "Data", hide_short_help = true)]
    pub delimiter: Option<u8>,
    /// Leave out empty texts and say how many, instead of failing at the first
    #[arg(long, help_heading = "Data")]
    pub skip_empty: bool,
    /// Keep embeddings in 16 bits instead of 32: half the disk, and scores to about three digits
    #[arg(long)]
    pub f16: bool,
    /// How embeddings are compared [default: from the model's config, or cos]
    #[arg(short, long, value_name = "cos|dot", value_parser = named::<Similarity>())]
    pub similarity: Option<Similarity>,
}

/// Find the texts of an index that are most similar to a query
///
/// Compares the query with every text of the index: exact, and within a second for a million short
/// texts in the system's cache. For one machine's files; a database is another thing. What of each
/// text answers the query is marked, as `whysim highlight` does; with `--spans 0` nothing is, which
/// is faster, and shows a text a line.
#[derive(Debug, Args)]
#[command(after_long_help = help::SEARCH)]
pub struct Search {
    /// The query
    pub query: String,
    /// The index's folder, made by `whysim index`
    #[arg(short, long, value_name = "DIR")]
    pub index: PathBuf,
    /// Number of texts to find
    #[arg(short = 'k', long, value_name = "K", default_value = "10", value_parser = count)]
    pub top: usize,
    /// Explain why the first outranks the second, word by word
    #[arg(long)]
    pub margin: bool,
    #[command(flatten)]
    pub marking: Marking,
    /// The index's model, where it is no longer found by the name that it had [default: as the
    /// index says]
    #[arg(short, long, value_name = "MODEL")]
    pub model: Option<String>,
    /// Prepend the model's prompt of this name to the query
    #[arg(long, value_name = "NAME")]
    pub prompt_query: Option<String>,
    #[command(flatten)]
    pub showing: Showing,
}
