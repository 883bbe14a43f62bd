//! The numbered rows of each text format.

use std::path::Path;

use serde_json::Value;

use super::columns::{Numbered, listed, names, places};
use super::{DELIMITERS, Fields, Format, Reading};
use crate::encoding;
use crate::error::{Error, Result};

/// All rows of a file.
pub(super) fn of(path: &Path, format: Format, reading: &Reading) -> Result<Vec<Numbered>> {
    let bytes = || -> Result<Vec<u8>> {
        let bytes = std::fs::read(path).map_err(Error::io("read", path))?;
        Ok(encoding::utf8(&bytes).map_err(|problem| Error::malformed(path, problem))?.into_owned())
    };
    Ok(match format {
        Format::Sts => lines(&bytes()?).map(|(line, text)| (line, text.and_then(|text| sts(&text)))).collect(),
        Format::Lines => {
            lines(&bytes()?).map(|(line, text)| (line, text.map(|a| Fields { a, b: None, score: None }))).collect()
        }
        Format::JsonLines => lines(&bytes()?)
            .filter(|(_, text)| !text.as_ref().is_ok_and(|text| text.trim().is_empty()))
            .map(|(line, text)| (line, text.and_then(|text| object(&text, reading))))
            .collect(),
        Format::Csv => {
            let bytes = bytes()?;
            let delimiter = reading.delimiter.unwrap_or_else(|| delimiter(&bytes, reading));
            table(path, &bytes, delimiter, reading)?
        }
        Format::Tsv => table(path, &bytes()?, reading.delimiter.unwrap_or(b'\t'), reading)?,
        Format::Parquet => super::parquet::of(path, reading)?,
    })
}

/// Numbered lines; a line that is not UTF-8 is an invalid row.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (u64, Result<String, String>)> {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let split = bytes.split(|&b| b == b'\n').filter(move |_| !bytes.is_empty());
    split.zip(1..).map(|(line, number)| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        (number, String::from_utf8(line.to_vec()).map_err(|_| "it is not UTF-8".into()))
    })
}

/// Whether a line has STS-benchmark's form.
pub(super) fn is_sts(line: &str) -> bool {
    let fields: Vec<&str> = line.split('\t').collect();
    fields.len() >= 7 && fields[4].trim().parse::<f64>().is_ok()
}

/// Genre, file, year, id, score, text, text; a few lines have their sources appended.
fn sts(line: &str) -> Result<Fields, String> {
    let fields: Vec<&str> = line.split('\t').collect();
    match fields[..] {
        [_, _, _, _, score, a, b, ..] => {
            Ok(Fields { a: a.to_owned(), b: Some(b.to_owned()), score: Some(score.to_owned()) })
        }
        _ => Err(format!("it has {} tab-separated fields; STS-benchmark's lines have at least 7", fields.len())),
    }
}

fn object(line: &str, reading: &Reading) -> Result<Fields, String> {
    let value: Value = serde_json::from_str(line).map_err(|e| format!("it is not JSON: {e}"))?;
    let object = value.as_object().ok_or("it is not a JSON object")?;
    let text = |name: &str| match object.get(name) {
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        Some(Value::Null) | None => Ok(None),
        Some(_) => Err(format!("its `{name}` is neither text nor a number")),
    };
    let [a, b, score] = names(reading);
    let get = |name: Option<&str>| name.map_or(Ok(None), text);
    let first = a.unwrap_or_default();
    let missing = || format!("it has no `{first}`: name the columns; it has {}", listed(object.keys()));
    Ok(Fields { a: get(a)?.ok_or_else(missing)?, b: get(b)?, score: get(score)? })
}

/// The character between the columns of a `.csv` file: the first of the usual ones by which the
/// header has the columns, else a comma.
fn delimiter(bytes: &[u8], reading: &Reading) -> u8 {
    let has_columns = |&delimiter: &u8| {
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(bytes);
        let header = reader.headers().ok().map(|header| header.iter().map(str::to_owned).collect::<Vec<_>>());
        let header = header.unwrap_or_default();
        let header: Vec<&str> = header.iter().map(String::as_str).collect();
        places(Path::new(""), &header, reading).is_ok_and(|places| places.iter().flatten().count() > 0)
    };
    DELIMITERS.into_iter().find(has_columns).unwrap_or(b',')
}

/// A table with a header.
fn table(path: &Path, bytes: &[u8], delimiter: u8, reading: &Reading) -> Result<Vec<Numbered>> {
    // Tab-separated files have no quoting: a text may start with a quote.
    let quoting = delimiter != b'\t';
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).quoting(quoting).flexible(true).from_reader(bytes);
    let header = reader.headers().map_err(|e| Error::malformed(path, e))?.clone();
    let places = places(path, &header.iter().collect::<Vec<_>>(), reading)?;
    let mut rows = Vec::new();
    for record in reader.records() {
        let line = |position: Option<&csv::Position>| position.map_or(0, csv::Position::line);
        rows.push(match record {
            Ok(record) => (line(record.position()), fields(&record, &header, places, delimiter)),
            Err(error) => (line(error.position()), Err(problem(&error))),
        });
    }
    Ok(rows)
}

fn problem(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => "it is not UTF-8".into(),
        _ => error.to_string(),
    }
}

fn fields(
    record: &csv::StringRecord,
    header: &csv::StringRecord,
    places: [Option<usize>; 3],
    delimiter: u8,
) -> Result<Fields, String> {
    if record.len() != header.len() {
        return Err(format!("it has {} fields, and the header {}", record.len(), header.len()));
    }
    let get = |place: Option<usize>| place.and_then(|i| record.get(i)).map(str::to_owned);
    let [a, b, score] = places;
    // Where the comma does not separate columns it may be the decimal mark.
    let score = get(score).map(|score| if delimiter == b',' { score } else { score.replacen(',', ".", 1) });
    Ok(Fields { a: get(a).unwrap_or_default(), b: get(b), score })
}
