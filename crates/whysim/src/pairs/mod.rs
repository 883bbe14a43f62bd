//! Pairs of texts, from files: STS-benchmark's own, CSV, TSV, JSON lines, and plain lines of text.
//!
//! | format | what it is | by default |
//! |---|---|---|
//! | [`Format::Sts`] | STS-benchmark's files as they are: tab-separated, no header, no quotes; score and texts in fields 5 to 7 | where the first line has that form |
//! | [`Format::Csv`] | separated by commas, semicolons, tabs or bars, with a header | `.csv` |
//! | [`Format::Tsv`] | tab-separated with a header, no quotes | `.tsv` |
//! | [`Format::JsonLines`] | an object a line | `.jsonl`, `.ndjson`, `.json` |
//! | [`Format::Lines`] | a text a line; for distillation only | `.txt` |
//! | [`Format::Parquet`] | columns of strings and of numbers of any width; a null is a value that is missing | `.parquet`, or by its first bytes |
//!
//! Text files may be UTF-8 or UTF-16. Where the comma does not separate columns, scores may have a
//! decimal comma.
//!
//! Without the cargo feature `parquet`, files of that format get an error that says so.

mod columns;
pub mod gold;
#[cfg(feature = "parquet")]
mod parquet;
#[cfg(not(feature = "parquet"))]
#[path = "without_parquet.rs"]
mod parquet;
mod rows;
mod scores;

use std::io::Read;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::encoding;
use crate::error::{Error, Result};
use crate::names::named;
use crate::table::Form;

/// Two texts, and what their similarity should be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// The first text.
    pub a: String,
    /// The second text.
    pub b: String,
    /// How similar they are: a human score scaled to 0 to 1, or a teacher's similarity.
    pub score: f64,
}

/// One row of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The first text, or the only one.
    pub a: String,
    /// The second text, if the row is a pair.
    pub b: Option<String>,
    /// The score, scaled to 0 to 1, if there is one.
    pub score: Option<f64>,
}

/// A file's format. The module describes each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the module's table says what each is")]
pub enum Format {
    Sts,
    Csv,
    Tsv,
    JsonLines,
    Lines,
    Parquet,
}

named!(
    Format,
    "data format",
    [("sts", Sts), ("csv", Csv), ("tsv", Tsv), ("jsonl", JsonLines), ("parquet", Parquet), ("lines", Lines)]
);

/// What to do with a bad row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BadRows {
    /// Stop with an error that names the line, or the row of a Parquet file.
    #[default]
    Refuse,
    /// Skip it and count it.
    Skip,
}

/// Whether scores are required.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scores {
    /// Every row must be a pair with a score.
    #[default]
    Required,
    /// Scores and second texts may be missing; those present are read.
    Optional,
}

/// How files are read.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// None: determined from the file's first line and extension.
    pub format: Option<Format>,
    /// The columns of the first text, the second text and the score; the last one or two may be
    /// omitted. None: `sentence1`, `sentence2` and `score`, where the file has them.
    pub columns: Option<Vec<String>>,
    /// The ASCII character between columns. None: found in the header for CSV, a tab for TSV.
    pub delimiter: Option<u8>,
    /// The scores that are scaled to 0 and 1. None: 0 and 5 for STS-benchmark's own files,
    /// otherwise 0 and 1.
    pub score_range: Option<(f64, f64)>,
    /// What to do with bad rows.
    pub bad_rows: BadRows,
    /// Whether scores are required.
    pub scores: Scores,
}

/// A file's contents.
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    /// Its rows in order.
    pub rows: Vec<Row>,
    /// The number of bad rows that were skipped.
    pub skipped: usize,
}

impl Data {
    /// The rows that are pairs with a score.
    pub fn pairs(&self) -> Vec<Pair> {
        self.rows.iter().filter_map(Row::pair).collect()
    }
}

impl Row {
    /// The row as a pair, if it has both texts and a score.
    pub fn pair(&self) -> Option<Pair> {
        Some(Pair { a: self.a.clone(), b: self.b.clone()?, score: self.score? })
    }
}

impl Reading {
    /// Checks the options.
    ///
    /// # Errors
    /// If the score range is empty, or there are too many or too few column names.
    pub fn check(&self) -> Result<()> {
        let wrong = |option, expected: &str, got: String| Err(Error::Option { option, expected: expected.into(), got });
        let (low, high) = self.score_range.unwrap_or((0.0, 1.0));
        if !(low < high && (high - low).is_finite()) {
            return wrong("score range", "two finite numbers, the smaller one first", format!("{low},{high}"));
        }
        let names = self.columns.as_ref().map_or(3, Vec::len);
        match self.scores {
            Scores::Required if names != 3 => {
                wrong("columns", "three names: first text, second text, score", names.to_string())
            }
            Scores::Optional if !(1..=3).contains(&names) => {
                wrong("columns", "one to three names: first text, second text, score", names.to_string())
            }
            _ => Ok(()),
        }
    }
}

/// Reads a file.
///
/// # Errors
/// If an option is invalid ([`Reading::check`]), or the file cannot be read, lacks the columns, has
/// no rows, or has a bad row that is not to be skipped; the error names the line.
pub fn read(path: &Path, reading: &Reading) -> Result<Data> {
    reading.check()?;
    let format = match reading.format {
        Some(format) => format,
        None => Format::of(path)?,
    };
    let mut data = Data { rows: Vec::new(), skipped: 0 };
    let range = reading.score_range.unwrap_or(if format == Format::Sts { (0.0, 5.0) } else { (0.0, 1.0) });
    let rows = rows::of(path, format, reading)?;
    let likely = scores::likely(&rows);
    for (number, row) in rows {
        match (row.map_err(Bad::Other).and_then(|fields| fields.check(range, reading)), reading.bad_rows) {
            (Ok(row), _) => data.rows.push(row),
            (Err(_), BadRows::Skip) => data.skipped += 1,
            (Err(bad), BadRows::Refuse) => {
                let place = format!("{} {number}", if format == Format::Parquet { "row" } else { "line" });
                return Err(match bad {
                    Bad::Other(problem) => Error::malformed(path, format!("{place}: {problem}")),
                    Bad::Score(problem) => {
                        Error::Score { path: path.to_owned(), problem: format!("{place}: {problem}"), likely }
                    }
                });
            }
        }
    }
    match data.rows.is_empty() {
        true if data.skipped > 0 => Err(Error::malformed(path, format!("all its {} rows are bad", data.skipped))),
        true => Err(Error::malformed(path, "it holds no rows")),
        false => Ok(data),
    }
}

/// What may separate the columns of a CSV file.
pub const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Bytes that are enough to recognise a format: in STS-benchmark's files the score comes well
/// before.
const ENOUGH: u64 = 1 << 16;

impl Format {
    /// The format, from the file's beginning or else its extension.
    fn of(path: &Path) -> Result<Self> {
        let mut start = Vec::new();
        let file = std::fs::File::open(path).map_err(Error::io("read", path))?;
        file.take(ENOUGH).read_to_end(&mut start).map_err(Error::io("read", path))?;
        if start.starts_with(b"PAR1") {
            return Ok(Self::Parquet);
        }
        // The beginning may be cut off inside a character, which the first line does not reach.
        start.truncate(start.len() / 2 * 2);
        let text = encoding::utf8(&start).unwrap_or_default();
        let first = text.split(|&b| b == b'\n').next().unwrap_or_default();
        if rows::is_sts(&String::from_utf8_lossy(first)) {
            return Ok(Self::Sts);
        }
        match Form::of(path) {
            Some(Form::Csv) => Ok(Self::Csv),
            Some(Form::Tsv) => Ok(Self::Tsv),
            Some(Form::JsonLines) => Ok(Self::JsonLines),
            Some(Form::Lines) => Ok(Self::Lines),
            Some(Form::Parquet) => Ok(Self::Parquet),
            None => Err(Error::Unsupported {
                what: "data file",
                got: path.display().to_string(),
                supported: "STS-benchmark's files, and names ending in .csv, .tsv, .jsonl, .parquet or .txt, unless a \
                            format is given"
                    .into(),
            }),
        }
    }
}

/// What is wrong with a row.
enum Bad {
    /// A score that is off the scale.
    Score(String),
    Other(String),
}

/// A row as it was read.
struct Fields {
    a: String,
    b: Option<String>,
    score: Option<String>,
}

impl Fields {
    /// The parsed row, or what is wrong with it.
    fn check(self, range: (f64, f64), reading: &Reading) -> Result<Row, Bad> {
        let wrong = |problem: &str| Err(Bad::Other(problem.into()));
        for (text, which) in [(Some(&self.a), "first"), (self.b.as_ref(), "second")] {
            if text.is_some_and(|text| text.trim().is_empty()) {
                return wrong(&format!("its {which} text is empty"));
            }
        }
        let score = match (self.score, reading.scores) {
            (Some(text), _) => Some(scores::scaled(&text, range)?),
            (None, Scores::Optional) => None,
            (None, Scores::Required) => return wrong("it has no score"),
        };
        match (&self.b, reading.scores) {
            (None, Scores::Required) => wrong("it has no second text"),
            _ => Ok(Row { a: self.a, b: self.b, score }),
        }
    }
}
