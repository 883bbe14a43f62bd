//! Tables of columns that a character separates, with a header.

use std::path::Path;

use csv::StringRecord;

use super::quotes;
use crate::encoding;
use crate::error::{Error, Result};

/// A table with its header.
pub(crate) struct Separated<'a> {
    pub(crate) header: StringRecord,
    bytes: &'a [u8],
    reader: csv::Reader<&'a [u8]>,
}

impl<'a> Separated<'a> {
    /// # Errors
    /// If the header is not text, or a quote is opened and never closed: what follows it would be
    /// one text.
    pub(crate) fn new(path: &Path, bytes: &'a [u8], delimiter: u8) -> Result<Self> {
        if quotes::are_read(delimiter) {
            quotes::check(bytes, delimiter).map_err(|problem| Error::malformed(path, problem))?;
        }
        let mut reader = reader(bytes, delimiter);
        let header = reader.headers().map_err(|e| Error::malformed(path, e))?.clone();
        Ok(Self { header, bytes, reader })
    }

    /// The rows by their lines, each as long as the header, or what is wrong with it.
    pub(crate) fn records(&mut self) -> impl Iterator<Item = (u64, Result<StringRecord, String>)> {
        let header = &self.header;
        let bytes = self.bytes;
        let line = move |position: Option<&csv::Position>| position.map_or(0, |position| line(bytes, position));
        self.reader.records().map(move |record| match record {
            Ok(record) if record.len() != header.len() => {
                let problem = format!("it has {} fields, and the header {}", record.len(), header.len());
                (line(record.position()), Err(problem))
            }
            Ok(record) => (line(record.position()), Ok(record)),
            Err(error) => (line(error.position()), Err(problem(&error, bytes))),
        })
    }
}

/// The line in which a record begins. The reader's own position is that of the line breaks before
/// it, if these are two characters or several.
fn line(bytes: &[u8], position: &csv::Position) -> u64 {
    let rest = bytes.get(position.byte() as usize..).unwrap_or_default();
    let breaks = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    position.line() + breaks.filter(|byte| **byte == b'\n').count() as u64
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
    let quoting = quotes::are_read(delimiter);
    csv::ReaderBuilder::new().delimiter(delimiter).quoting(quoting).flexible(true).from_reader(bytes)
}

fn problem(error: &csv::Error, bytes: &[u8]) -> String {
    match (error.kind(), error.position()) {
        (csv::ErrorKind::Utf8 { .. }, Some(position)) => {
            let rest = bytes.get(position.byte() as usize..).unwrap_or_default();
            let rest = &rest[rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count()..];
            format!("it {}", encoding::not_utf8(rest))
        }
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_numbered_by_the_lines_that_they_begin_in() {
        for (text, expected) in [
            ("a,b\n1,2\n3,4\n", [2, 3]),
            ("a,b\r\n1,2\r\n3,4\r\n", [2, 3]),
            ("a,b\r\n\r\n1,\"2\r\nx\"\r\n\r\n\r\n3,4", [3, 7]),
            ("a,b\n\n\n1,2\n\n3,4", [4, 6]),
            ("a,b\r\n1,2\r\n3\r\n", [2, 3]),
        ] {
            let mut table = Separated::new(Path::new("a.csv"), text.as_bytes(), b',').unwrap();
            assert_eq!(table.records().map(|(line, _)| line).collect::<Vec<_>>(), expected, "{text}");
        }
    }
}
