//! How files of pairs are read: the same for all commands that take them.

use clap::Args;
use whysim::pairs::{BadRows, Format, Reading, Scores};

use super::values::{named, range};

/// What a file of pairs looks like.
#[derive(Debug, Args)]
#[command(next_help_heading = "Data")]
pub struct Rows {
    /// The form of the data: sts, csv, tsv, jsonl, parquet or lines [default: by its beginning and the ending of its name]
    #[arg(long, value_name = "FORMAT", value_parser = named::<Format>(), hide_short_help = true)]
    pub data_format: Option<Format>,
    /// Names of the columns of the first text, the second and the score [default: sentence1,sentence2,score]
    #[arg(long, value_name = "A,B,SCORE", value_delimiter = ',')]
    pub columns: Option<Vec<String>>,
    /// The scores that stand for 0 and 1 [default: 0,5 in STS-benchmark's own files, else 0,1]
    #[arg(long, value_name = "LOW,HIGH", value_parser = range, allow_hyphen_values = true)]
    pub score_range: Option<(f64, f64)>,
    /// Leave out rows that cannot be read, and say how many; else the first one is an error
    #[arg(long)]
    pub skip_bad_rows: bool,
}

impl Rows {
    /// The library's options.
    pub fn reading(&self, scores: Scores) -> Reading {
        Reading {
            format: self.data_format,
            columns: self.columns.clone(),
            score_range: self.score_range,
            bad_rows: if self.skip_bad_rows { BadRows::Skip } else { BadRows::Refuse },
            scores,
        }
    }
}
