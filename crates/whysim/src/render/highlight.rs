//! What of passages answers a query: marked in a terminal, as JSON, and as HTML.

mod page;

use super::color::Theme;
use super::figures::plain;
use super::json::laid_out;
use super::label::{columns, safe, safe_in_place};
use super::terminal::{Paint, Terminal};
use crate::highlight::{Highlight, Span};
use crate::similarity::Similarity;
pub use page::{HIGHLIGHT_STYLE, highlight_bare, highlight_fragment, highlight_html, marked};
#[cfg(feature = "index")]
pub(super) use page::{MARKED as LEGEND, marked_up_to};

/// Passages with their spans marked, in the order given: on coloured ground, or between `**` where
/// there are no colours. Below each, its spans with score and share. None for a passage that was
/// left out, which keeps its number.
pub fn highlight(all: &[Option<Highlight>], similarity: Similarity, options: &Terminal) -> String {
    let paint = Paint { color: options.color, theme: options.theme };
    let (width, limit) = (options.width.max(40), strongest(all.iter().flatten()));
    let part = |(i, one): (usize, &Option<Highlight>)| {
        let one = one.as_ref()?;
        let title = format!("passage {}  {} {}", i + 1, measure(similarity), plain(one.score));
        let place = window(one).map(|place| format!("  {place}"));
        let title = paint.bold(&title) + &place.map_or_else(String::new, |place| paint.dim(&place));
        let listed: Vec<String> = one.spans.iter().map(row).collect();
        let listed = if listed.is_empty() { vec![paint.dim("  nothing to mark")] } else { listed };
        Some(format!("{title}\n{}\n\n{}\n", passage(one, limit, width, paint), listed.join("\n")))
    };
    all.iter().enumerate().filter_map(part).collect::<Vec<_>>().join("\n")
}

/// A list with one object per passage:
///
/// ```text
/// {"score", "spans": [{"start", "end", "bytes", "utf16", "text", "score", "share"}], "text",
///  "tokens": [{"text", "start", "end", "special", "relevance", "match"}],
///  "reference", "error", "bound"}
/// ```
///
/// and, of a passage that was read in windows, `"windows"` and `"window"`. A passage that was left
/// out is `null`.
pub fn highlight_json(all: &[Option<Highlight>]) -> String {
    // Serialisation cannot fail: all keys are strings, and all values are text or numbers that JSON
    // supports.
    laid_out(&serde_json::to_string(all).unwrap_or_default())
}

fn measure(similarity: Similarity) -> &'static str {
    match similarity {
        Similarity::Cos => "cosine",
        Similarity::Dot => "dot product",
    }
}

/// Which window carried the score, if there are several.
pub(super) fn window(one: &Highlight) -> Option<String> {
    let at = one.window?;
    let window = one.windows.get(at)?;
    let (which, of) = (at + 1, one.windows.len());
    Some(format!("window {which} of {of}, characters {} to {}", window.start, window.end))
}

/// A span's line in a list.
fn row(span: &Span) -> String {
    format!("{:>11}  {:>3.0} %  {}", plain(span.score), 100.0 * span.share, safe(&span.text))
}

/// A piece of a passage as it is shown: as it is, or marked with a share.
enum Piece<'a> {
    Plain(&'a str),
    Marked(&'a Span, &'a str),
    /// What is left out, outside the window that carried the score.
    Gap,
}

/// The part of a passage that carried the score, cut into pieces.
fn pieces(one: &Highlight) -> Vec<Piece<'_>> {
    let byte = |at: usize| one.text.char_indices().nth(at).map_or(one.text.len(), |(byte, _)| byte);
    let range = match one.window.and_then(|at| one.windows.get(at)) {
        Some(window) => byte(window.start)..byte(window.end),
        None => 0..one.text.len(),
    };
    let mut spans: Vec<&Span> = one.spans.iter().collect();
    spans.sort_by_key(|span| span.start);
    let mut found = Vec::new();
    if range.start > 0 {
        found.push(Piece::Gap);
    }
    let mut at = range.start;
    for span in spans {
        let [start, end] = span.bytes;
        found.push(Piece::Plain(one.text.get(at..start).unwrap_or_default()));
        found.push(Piece::Marked(span, one.text.get(start..end).unwrap_or_default()));
        at = end;
    }
    found.push(Piece::Plain(one.text.get(at..range.end).unwrap_or_default()));
    if range.end < one.text.len() {
        found.push(Piece::Gap);
    }
    found
}

/// The end of the colour scale, in units of the score: the strongest span of all that are shown
/// together, and no less than what is strong by itself, so that weak spans look weak.
pub(super) fn strongest<'a>(all: impl Iterator<Item = &'a Highlight>) -> f64 {
    const STRONG: f64 = 0.05;
    all.flat_map(|one| &one.spans).map(|span| span.score).fold(STRONG, f64::max)
}

/// A word with the white space behind it, and the score of the span that it is in.
struct Word {
    text: String,
    score: Option<f64>,
    /// Whether the passage goes on in a new line.
    ends: bool,
}

/// The part of a passage that carried the score, in words. Without colours, signs stand around
/// spans.
fn words(one: &Highlight, paint: Paint) -> Vec<Word> {
    let mut words = Vec::new();
    for piece in pieces(one) {
        let (text, score) = match piece {
            Piece::Gap => ("… ".to_owned(), None),
            Piece::Plain(text) => (text.to_owned(), None),
            Piece::Marked(_, text) if paint.is_plain() => (format!("**{text}**"), None),
            Piece::Marked(span, text) => (text.to_owned(), Some(span.score)),
        };
        let lines = text.replace("\r\n", "\n").replace('\r', "\n").replace('\t', "    ");
        for word in lines.split_inclusive([' ', '\n']) {
            words.push(Word { text: safe(word.trim_end_matches('\n')), score, ends: word.ends_with('\n') });
        }
    }
    words
}

/// A passage in lines of at most `width` columns, two of them an indent. limit: the end of the
/// colour scale.
pub(super) fn passage(one: &Highlight, limit: f64, width: usize, paint: Paint) -> String {
    let drawn = |line: &[Word]| {
        let runs = line.chunk_by(|x, y| x.score == y.score);
        let run = |words: &[Word]| {
            let text: String = words.iter().map(|word| word.text.as_str()).collect();
            words[0].score.map_or(text.clone(), |score| paint.on_value(&text, score, limit))
        };
        format!("  {}", runs.map(run).collect::<String>()).trim_end().to_owned()
    };
    lines(words(one, paint), width.saturating_sub(2)).iter().map(|line| drawn(line)).collect::<Vec<_>>().join("\n")
}

/// Words in lines of at most `width` columns; lines of the passage stay lines.
fn lines(words: Vec<Word>, width: usize) -> Vec<Vec<Word>> {
    let (mut lines, mut used) = (vec![Vec::new()], 0);
    // A word may go on where a span begins or ends inside it, so that a line breaks after white
    // space only.
    let mut words = words.into_iter().peekable();
    while words.peek().is_some() {
        let mut whole = Vec::new();
        for word in words.by_ref() {
            let ends = word.ends || word.text.ends_with(' ');
            whole.push(word);
            if ends {
                break;
            }
        }
        let room: usize = whole.iter().map(|word| columns(word.text.trim_end())).sum();
        if used > 0 && used + room > width {
            lines.push(Vec::new());
            used = 0;
        }
        used += whole.iter().map(|word| columns(&word.text)).sum::<usize>();
        let ends = whole.iter().any(|word| word.ends);
        if let Some(line) = lines.last_mut() {
            line.extend(whole);
        }
        if ends {
            lines.push(Vec::new());
            used = 0;
        }
    }
    lines
}

#[cfg(test)]
mod tests;
