//! Arguments of `whysim explain` that concern the two texts together.

use std::path::PathBuf;

use clap::Args;
use whysim::explanation::Matching;
use whysim::path::Precision;

use super::Rows;
use super::values::named;

/// Options of pairs alone.
#[derive(Debug, Args)]
#[command(next_help_heading = "Method")]
pub struct Pairing {
    /// Number type for products of tangents and weights
    ///
    /// `bfloat16` rounds both to 8 bits. Before the default layer it is 1.3 to 1.6 times faster on
    /// processors with AVX512-BF16, and shifts attributions by up to a few thousandths of the
    /// largest one; the gap, the error and the bound account for the rounding. Other processors get
    /// the same numbers without the speed.
    #[arg(long, value_name = "TYPE", default_value = "float32", value_parser = named::<Precision>())]
    pub precision: Precision,
    /// Prepend the model's prompt of this name to text A
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    pub prompt_a: Option<String>,
    /// Prepend the model's prompt of this name to text B
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    pub prompt_b: Option<String>,
}

/// What is read off the matrix.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct Alignment {
    /// Also list which rows of A and B belong together [default method: mutual]
    ///
    /// Read off the interaction, in text and JSON output. `mutual`: each is the other's best;
    /// `transport`: partial optimal transport, which also finds what is only second best to a
    /// neighbour.
    #[arg(long, value_name = "METHOD", num_args = 0..=1, require_equals = true, default_missing_value = "mutual")]
    #[arg(value_parser = named::<Matching>())]
    pub align: Option<Matching>,
}

/// Many pairs instead of one.
#[derive(Debug, Args)]
#[command(next_help_heading = "Data")]
pub struct PairsFile {
    /// Explain all pairs of a file, with gold scores or without: an STS-benchmark file, .csv, .tsv,
    /// .jsonl or .parquet
    ///
    /// `--output page.html` is one page to search and to sort, in which each pair opens to its
    /// explanation; `.jsonl` has the JSON of an explanation a line; text is a list. With gold
    /// scores all but the lines have the words that go with errors. Ctrl-C ends it with what is
    /// done.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["first", "second", "file_a", "file_b"])]
    pub pairs: Option<PathBuf>,
    #[command(flatten)]
    pub rows: Rows,
}
