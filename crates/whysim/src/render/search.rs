//! What a search found, with what answers the query marked: in words, as JSON and as a page.

mod html;

use serde_json::Value;

use super::figures::plain;
use super::highlight::{passage, strongest, window};
use super::json::laid_out;
use super::label::{Align, columns, cut, pad, safe};
use super::margin::margin;
use super::terminal::{Paint, Terminal};
use crate::highlight::Highlight;
use crate::index::{Found, Hit};
use crate::similarity::Similarity;
pub use html::search_html;

/// Columns that a text may take.
const ROOM: usize = 88;

/// Columns that an id may take.
const ID: usize = 32;

/// Words of each text that the margin lists.
const WORDS: usize = 5;

/// What was found, as text: score and id, the text with what answers the query marked as
/// [`highlight()`](super::highlight()) does, and metadata where there are any. Without highlights
/// it is a line of score, id and the text's beginning. Then why the first outranks the second, if
/// it was asked for.
pub fn search(found: &Found, options: &Terminal) -> String {
    let width = found.hits.iter().map(|hit| columns(&safe(&hit.record.id))).max().unwrap_or(0).min(ID);
    let limit = strongest(found.hits.iter().filter_map(|hit| hit.highlight.as_ref()));
    let part = |hit: &Hit| match &hit.highlight {
        Some(one) => paragraph(hit, one, limit, options),
        None => line(hit, width),
    };
    let mut out = format!("{} of {} texts, by {}\n", found.hits.len(), found.texts, kind(found.similarity));
    out += &found.hits.iter().map(part).collect::<String>();
    if let (Some(m), [first, second, ..]) = (&found.margin, &found.hits[..]) {
        out += &format!("\n{}", margin(m, [&first.record.id, &second.record.id], WORDS));
    }
    out
}

/// What was found, as JSON:
///
/// ```text
/// {"query", "model", "similarity", "texts",
///  "hits": [{"position", "score", "id", "source", "line", "text", "metadata", "truncated",
///            "highlight"?}],
///  "margin"?}
/// ```
///
/// `"highlight"` is what [`highlight_json()`](super::highlight_json()) writes, without `"text"`.
pub fn search_json(found: &Found) -> String {
    // Writing plain structs to memory cannot fail: every map key is a string.
    laid_out(&serde_json::to_string(found).unwrap_or_default())
}

fn kind(similarity: Similarity) -> &'static str {
    match similarity {
        Similarity::Cos => "cosine",
        Similarity::Dot => "dot product",
    }
}

/// A text with what answers the query marked, behind an empty line. limit: the end of the marks'
/// colour scale.
fn paragraph(hit: &Hit, one: &Highlight, limit: f64, options: &Terminal) -> String {
    let paint = Paint { color: options.color, theme: options.theme };
    let width = options.width.max(40);
    let title = format!("{:>8}  {}", plain(hit.score), safe(&hit.record.id));
    let place = carried(one).map_or_else(String::new, |place| format!("  {}", paint.dim(&place)));
    let mut out = format!("\n{}{place}\n{}\n", paint.bold(&title), passage(one, limit, width, paint));
    let metadata = listed(hit);
    if !metadata.is_empty() {
        out += &format!("  {}\n", paint.dim(&cut(&metadata, width - 2)));
    }
    out
}

/// Which window is shown, with its score: the index has that of the text's beginning.
fn carried(one: &Highlight) -> Option<String> {
    Some(format!("{} in {}", plain(one.score), window(one)?))
}

fn line(hit: &Hit, width: usize) -> String {
    let id = pad(&safe(&hit.record.id), width, Align::Left);
    let mut out = format!("{:>10}  {id}  {}\n", plain(hit.score), cut(&one_line(&hit.record.text), ROOM));
    let metadata = listed(hit);
    if !metadata.is_empty() {
        let indent = " ".repeat(12 + width);
        out += &format!("{indent}  {}\n", cut(&metadata, ROOM));
    }
    out
}

/// Metadata in a line.
fn listed(hit: &Hit) -> String {
    let pairs = metadata(hit).into_iter().map(|(name, value)| format!("{name}: {value}"));
    one_line(&pairs.collect::<Vec<_>>().join(" · "))
}

/// A text on one line; a line break of two characters is one.
fn one_line(text: &str) -> String {
    safe(&text.trim().replace("\r\n", "\n"))
}

/// Names and values of the metadata that are there.
fn metadata(hit: &Hit) -> Vec<(String, String)> {
    let Ok(Value::Object(object)) = serde_json::from_str(&hit.record.metadata) else { return Vec::new() };
    let shown = |value: Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text).filter(|text| !text.is_empty()),
        other => Some(other.to_string()),
    };
    object.into_iter().filter_map(|(name, value)| Some((name, shown(value)?))).collect()
}
