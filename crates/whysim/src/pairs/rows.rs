//! The numbered rows of each text format.

use std::path::Path;

use serde_json::{Map, Value};

use super::columns::{Numbered, names, places};
use super::{DELIMITERS, Fields, Format, Reading};
use crate::error::Result;
use crate::table::{self, Separated, lines, listed, objects};

/// All rows of a file.
pub(super) fn of(path: &Path, format: Format, reading: &Reading) -> Result<Vec<Numbered>> {
    let bytes = || table::bytes(path);
    Ok(match format {
        Format::Sts => lines(&bytes()?).map(|(line, text)| (line, text.and_then(|text| sts(&text)))).collect(),
        Format::Lines => {
            lines(&bytes()?).map(|(line, text)| (line, text.map(|a| Fields { a, b: None, score: None }))).collect()
        }
        Format::JsonLines => {
            objects(&bytes()?).map(|(line, found)| (line, found.and_then(|found| object(&found, reading)))).collect()
        }
        Format::Csv => {
            let bytes = bytes()?;
            let delimiter = reading.delimiter.unwrap_or_else(|| delimiter(&bytes, reading));
            separated(path, &bytes, delimiter, reading)?
        }
        Format::Tsv => separated(path, &bytes()?, reading.delimiter.unwrap_or(b'\t'), reading)?,
        Format::Parquet => super::parquet::of(path, reading)?,
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

fn object(object: &Map<String, Value>, reading: &Reading) -> Result<Fields, String> {
    let [a, b, score] = names(reading);
    let get = |name: Option<&str>| name.map_or(Ok(None), |name| table::text(object, name));
    let first = a.unwrap_or_default();
    let missing = || format!("it has no `{first}`: name the columns; it has {}", listed(object.keys()));
    Ok(Fields { a: get(a)?.ok_or_else(missing)?, b: get(b)?, score: get(score)? })
}

/// The character between the columns of a `.csv` file: the first of the usual ones by which the
/// header has the columns, else a comma.
fn delimiter(bytes: &[u8], reading: &Reading) -> u8 {
    let has_columns = |header: &[&str]| {
        places(Path::new(""), header, reading).is_ok_and(|places| places.iter().flatten().count() > 0)
    };
    table::delimiter(bytes, &DELIMITERS, has_columns).unwrap_or(b',')
}

/// A table with a header.
fn separated(path: &Path, bytes: &[u8], delimiter: u8, reading: &Reading) -> Result<Vec<Numbered>> {
    let mut table = Separated::new(path, bytes, delimiter)?;
    let places = places(path, &table.header.iter().collect::<Vec<_>>(), reading)?;
    Ok(table.records().map(|(line, record)| (line, record.map(|record| fields(&record, places, delimiter)))).collect())
}

fn fields(record: &csv::StringRecord, places: [Option<usize>; 3], delimiter: u8) -> Fields {
    let get = |place: Option<usize>| place.and_then(|i| record.get(i)).map(str::to_owned);
    let [a, b, score] = places;
    // Where the comma does not separate columns it may be the decimal mark.
    let score = get(score).map(|score| if delimiter == b',' { score } else { score.replacen(',', ".", 1) });
    Fields { a: get(a).unwrap_or_default(), b: get(b), score }
}
