//! Tables of columns that a character separates, with a header.

use std::path::Path;

use csv::StringRecord;

use crate::error::{Error, Result};

/// A table with its header.
pub(crate) struct Separated<'a> {
    pub(crate) header: StringRecord,
    reader: csv::Reader<&'a [u8]>,
}

impl<'a> Separated<'a> {
    /// # Errors
    /// If the header is not text.
    pub(crate) fn new(path: &Path, bytes: &'a [u8], delimiter: u8) -> Result<Self> {
        let mut reader = reader(bytes, delimiter);
        let header = reader.headers().map_err(|e| Error::malformed(path, e))?.clone();
        Ok(Self { header, reader })
    }

    /// The rows by their lines, each as long as the header, or what is wrong with it.
    pub(crate) fn records(&mut self) -> impl Iterator<Item = (u64, Result<StringRecord, String>)> {
        let header = &self.header;
        let line = |position: Option<&csv::Position>| position.map_or(0, csv::Position::line);
        self.reader.records().map(move |record| match record {
            Ok(record) if record.len() != header.len() => {
                let problem = format!("it has {} fields, and the header {}", record.len(), header.len());
                (line(record.position()), Err(problem))
            }
            Ok(record) => (line(record.position()), Ok(record)),
            Err(error) => (line(error.position()), Err(problem(&error))),
        })
    }
}

/// The first of `delimiters` by which the header has the columns that `fits` looks for.
pub(crate) fn delimiter(bytes: &[u8], delimiters: &[u8], fits: impl Fn(&[&str]) -> bool) -> Option<u8> {
    let has_columns = |&delimiter: &u8| {
        let mut reader = reader(bytes, delimiter);
        let header = reader.headers();
        header.is_ok_and(|header| fits(&header.iter().collect::<Vec<_>>()))
    };
    delimiters.iter().copied().find(has_columns)
}

fn reader(bytes: &[u8], delimiter: u8) -> csv::Reader<&[u8]> {
    // Tab-separated files have no quoting: a text may start with a quote.
    let quoting = delimiter != b'\t';
    csv::ReaderBuilder::new().delimiter(delimiter).quoting(quoting).flexible(true).from_reader(bytes)
}

fn problem(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => "it is not UTF-8".into(),
        _ => error.to_string(),
    }
}
