//! What a search found, in words, as JSON and as a page.

mod html;

use serde_json::Value;

use super::figures::plain;
use super::json::laid_out;
use super::label::{Align, columns, cut, pad, safe};
use super::margin::margin;
use crate::index::{Found, Hit};
use crate::similarity::Similarity;
pub use html::search_html;

/// Columns that a text may take.
const ROOM: usize = 88;

/// Columns that an id may take.
const ID: usize = 32;

/// Words of each text that the margin lists.
const WORDS: usize = 5;

/// What was found, as plain text: a line of score, id and text, and one of metadata where there
/// are any; then why the first outranks the second, if it was asked for.
pub fn search(found: &Found) -> String {
    let width = found.hits.iter().map(|hit| columns(&safe(&hit.record.id))).max().unwrap_or(0).min(ID);
    let mut out = format!("{} of {} texts, by {}\n", found.hits.len(), found.texts, kind(found.similarity));
    out += &found.hits.iter().map(|hit| line(hit, width)).collect::<String>();
    if let (Some(m), [first, second, ..]) = (&found.margin, &found.hits[..]) {
        out += &format!("\n{}", margin(m, [&first.record.id, &second.record.id], WORDS));
    }
    out
}

/// What was found, as JSON:
///
/// ```text
/// {"query", "model", "similarity", "texts",
///  "hits": [{"position", "score", "id", "source", "line", "text", "metadata"}], "margin"?}
/// ```
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

fn line(hit: &Hit, width: usize) -> String {
    let id = pad(&safe(&hit.record.id), width, Align::Left);
    let mut out = format!("{:>10}  {id}  {}\n", plain(hit.score), cut(&safe(hit.record.text.trim()), ROOM));
    let metadata = metadata(hit).into_iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>();
    if !metadata.is_empty() {
        let indent = " ".repeat(12 + width);
        out += &format!("{indent}  {}\n", cut(&safe(&metadata.join(" · ")), ROOM));
    }
    out
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
