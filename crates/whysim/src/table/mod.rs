//! Files of rows with named columns: what text pairs and corpora are read from.
//!
//! Rows are numbered from 1: by their lines in text files, by their rows in Parquet files.

#[cfg(feature = "parquet")]
pub(crate) mod parquet;
mod quotes;
mod separated;

use std::ffi::OsStr;
use std::path::Path;

use serde_json::{Map, Value};

use crate::encoding;
use crate::error::{Error, Result};
pub(crate) use separated::{Separated, delimiter};

/// How a file's name says that it is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Csv,
    Tsv,
    JsonLines,
    Lines,
    Parquet,
}

impl Form {
    /// The form that a file's ending stands for.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let ending = path.extension().and_then(OsStr::to_str).unwrap_or_default();
        match ending.to_ascii_lowercase().as_str() {
            "csv" => Some(Self::Csv),
            "tsv" => Some(Self::Tsv),
            "jsonl" | "ndjson" | "json" => Some(Self::JsonLines),
            "txt" => Some(Self::Lines),
            "parquet" => Some(Self::Parquet),
            _ => None,
        }
    }
}

/// A text file's bytes as UTF-8, whatever its mark says.
///
/// # Errors
/// If it cannot be read, or is of another encoding.
pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>> {
    let bytes = std::fs::read(path).map_err(Error::io("read", path))?;
    Ok(encoding::utf8(&bytes).map_err(|problem| Error::malformed(path, problem))?.into_owned())
}

/// Numbered lines; one that is not UTF-8 is an invalid row.
pub(crate) fn lines(bytes: &[u8]) -> impl Iterator<Item = (u64, Result<String, String>)> {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let split = bytes.split(|&b| b == b'\n').filter(move |_| !bytes.is_empty());
    split.zip(1..).map(|(line, number)| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        (number, String::from_utf8(line.to_vec()).map_err(|_| format!("it {}", encoding::not_utf8(line))))
    })
}

/// The numbered objects of a file of JSON lines; blank lines are none.
pub(crate) fn objects(bytes: &[u8]) -> impl Iterator<Item = (u64, Result<Map<String, Value>, String>)> {
    let lines = lines(bytes).filter(|(_, text)| !text.as_ref().is_ok_and(|text| text.trim().is_empty()));
    lines.map(|(number, text)| (number, text.and_then(|text| object(&text))))
}

fn object(line: &str) -> Result<Map<String, Value>, String> {
    let wrong = |error: serde_json::Error| {
        // The error counts lines within this one.
        let (said, column) = (error.to_string(), error.column());
        let said = said.strip_suffix(&format!(" at line {} column {column}", error.line())).unwrap_or(&said);
        format!("it is not JSON: {said} at column {column}")
    };
    match serde_json::from_str(line).map_err(wrong)? {
        Value::Object(object) => Ok(object),
        _ => Err("it is not a JSON object".into()),
    }
}

/// A value of an object as text; None for a null, or if it is missing.
///
/// # Errors
/// If it is neither text nor a number.
pub(crate) fn text(object: &Map<String, Value>, name: &str) -> Result<Option<String>, String> {
    match object.get(name) {
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        Some(Value::Null) | None => Ok(None),
        Some(_) => Err(format!("its `{name}` is neither text nor a number")),
    }
}

/// Names for an error message.
pub(crate) fn listed<T: AsRef<str>>(names: impl Iterator<Item = T>) -> String {
    names.map(|name| format!("`{}`", name.as_ref())).collect::<Vec<_>>().join(", ")
}
