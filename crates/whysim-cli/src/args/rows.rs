//! Arguments about files of pairs, shared by all commands that read them.

use clap::Args;
use whysim::pairs::{BadRows, Format, Reading, Scores};

use super::values::{delimiter, named, range};

/// What a file of pairs looks like.
#[derive(Debug, Args)]
#[command(next_help_heading = "Data")]
pub struct Rows {
    /// Data format [default: from the file's first bytes and its extension]
    #[arg(long, value_name = "FORMAT", value_parser = named::<Format>(), hide_short_help = true)]
    pub data_format: Option<Format>,
    /// Character between columns of CSV and TSV files, or `tab` [default: found in the header]
    #[arg(long, value_name = "CHAR", value_parser = delimiter, hide_short_help = true)]
    pub delimiter: Option<u8>,
    /// Columns of the first text, the second text and the score [default:
    /// sentence1,sentence2,score]
    #[arg(long, value_name = "A,B,SCORE", value_delimiter = ',')]
    pub columns: Option<Vec<String>>,
    /// Scores that correspond to 0 and 1 [default: 0,5 for STS-benchmark files, otherwise 0,1]
    #[arg(long, value_name = "LOW,HIGH", value_parser = range, allow_hyphen_values = true)]
    pub score_range: Option<(f64, f64)>,
    /// Skip unreadable rows and report how many, instead of failing at the first
    #[arg(long)]
    pub skip_bad_rows: bool,
}

impl Rows {
    /// The library's options.
    pub fn reading(&self, scores: Scores) -> Reading {
        Reading {
            format: self.data_format,
            columns: self.columns.clone(),
            delimiter: self.delimiter,
            score_range: self.score_range,
            bad_rows: if self.skip_bad_rows { BadRows::Skip } else { BadRows::Refuse },
            scores,
        }
    }
}
