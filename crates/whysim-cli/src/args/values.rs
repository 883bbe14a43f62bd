//! Parsers of option values.

use std::ffi::OsStr;
use std::path::Path;

use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use whysim::Named;

/// The forms of an explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A heatmap, the strongest pairs and the ledger, for a terminal
    Text,
    /// Every number, for programs
    Json,
    /// The same on one line, a line for each pair of a file
    Jsonl,
    /// A page to explore the pair in, without any network
    Html,
    /// A picture for papers
    Svg,
    /// The same in pixels
    Png,
    /// The same on a page
    Pdf,
}

impl Format {
    /// The form that a file's ending asks for.
    pub fn of(file: &Path) -> Option<Self> {
        match file.extension().and_then(OsStr::to_str)?.to_ascii_lowercase().as_str() {
            "txt" => Some(Self::Text),
            "json" => Some(Self::Json),
            "jsonl" | "ndjson" => Some(Self::Jsonl),
            "html" | "htm" => Some(Self::Html),
            "svg" => Some(Self::Svg),
            "png" => Some(Self::Png),
            "pdf" => Some(Self::Pdf),
            _ => None,
        }
    }
}

/// The forms of plain numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Plain {
    Text,
    Json,
}

impl Plain {
    /// The form that a file's ending asks for.
    pub fn of(file: &Path) -> Option<Self> {
        match Format::of(file)? {
            Format::Text => Some(Self::Text),
            Format::Json => Some(Self::Json),
            Format::Jsonl | Format::Html | Format::Svg | Format::Png | Format::Pdf => None,
        }
    }
}

/// The forms of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Page {
    /// Tables, for a terminal
    Text,
    /// Every number, for programs
    Json,
    /// A page with plots, without any network
    Html,
}

impl Page {
    /// The form that a file's ending asks for.
    pub fn of(file: &Path) -> Option<Self> {
        match Format::of(file)? {
            Format::Text => Some(Self::Text),
            Format::Json => Some(Self::Json),
            Format::Html => Some(Self::Html),
            Format::Jsonl | Format::Svg | Format::Png | Format::Pdf => None,
        }
    }
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum When {
    Auto,
    Always,
    Never,
}

pub(super) fn layer(text: &str) -> Result<i64, String> {
    match text {
        "embeddings" => Ok(0),
        number => number.parse().map_err(|_| "expected a whole number, negative from the end, or `embeddings`".into()),
    }
}

/// A number of things, of which there is one at least.
pub(super) fn count(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|&count| count > 0).ok_or_else(|| "expected a whole number, 1 or more".into())
}

pub(super) fn tolerance(text: &str) -> Result<f64, String> {
    let positive = |value: &f64| *value > 0.0 && value.is_finite();
    text.parse().ok().filter(positive).ok_or_else(|| "expected a number above 0, such as 1e-4".into())
}

#[cfg(feature = "endpoint")]
pub(super) fn seconds(text: &str) -> Result<std::time::Duration, String> {
    let span = text.parse().ok().and_then(|seconds| std::time::Duration::try_from_secs_f64(seconds).ok());
    span.filter(|span| !span.is_zero()).ok_or_else(|| "expected a number of seconds above 0, such as 60".into())
}

pub(super) fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "expected a share from 0 to 1, such as 0.1".into())
}

/// One of the library's values by its name.
pub(super) fn named<T: Named + Send + Sync>() -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(T::NAMES.iter().map(|(name, _)| *name)).try_map(|name| T::named(&name))
}

/// A character that separates columns.
pub(super) fn delimiter(text: &str) -> Result<u8, String> {
    match text {
        "tab" | "\\t" => Ok(b'\t'),
        one if one.len() == 1 && one.is_ascii() && !one.contains(['"', '\n', '\r']) => Ok(one.as_bytes()[0]),
        _ => Err("expected one character, such as `;`, or `tab`".into()),
    }
}

pub(super) fn range(text: &str) -> Result<(f64, f64), String> {
    let ends = text.split_once(',').and_then(|(low, high)| Some((low.trim().parse().ok()?, high.trim().parse().ok()?)));
    ends.filter(|(low, high): &(f64, f64)| low < high).ok_or_else(|| "expected two numbers, such as 0,5".into())
}
