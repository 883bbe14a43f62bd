//! What was found, as a self-contained page.

use super::{carried, kind, metadata};
use crate::index::{Found, Hit};
use crate::render::document::document;
use crate::render::figures::typeset;
use crate::render::highlight::{HIGHLIGHT_STYLE as MARKS, LEGEND, marked_up_to, strongest};
use crate::render::html::fill;
use crate::render::label::{escape, safe, safe_in_place};
use crate::render::margin::margin_fragment;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("style.css");

/// The hits with their metadata and their texts, in which what answers the query is marked, and why
/// the first outranks the second, if it was asked for: the three texts coloured by what each word
/// adds to the margin, and both pairs to explore. The page needs no network; light or dark as the
/// reader's system is.
pub fn search_html(found: &Found) -> String {
    let limit = strongest(found.hits.iter().filter_map(|hit| hit.highlight.as_ref()));
    let hits: String = found.hits.iter().zip(1..).map(|(hit, rank)| article(hit, rank, limit)).collect();
    let why = match (&found.margin, &found.hits[..]) {
        (Some(margin), [first, second, ..]) => margin_fragment(margin, [&first.record.id, &second.record.id]),
        _ => String::new(),
    };
    let about = format!(
        "{} of {} texts, by {} under {}",
        found.hits.len(),
        found.texts,
        kind(found.similarity),
        safe(&found.model)
    );
    let is_marked = found.hits.iter().any(|hit| hit.highlight.is_some());
    let parts = [
        ("query", escape(&safe_in_place(&found.query))),
        ("about", escape(&about)),
        ("legend", if is_marked { format!("<p class=\"legend\">{LEGEND}</p>") } else { String::new() }),
        ("hits", hits),
        ("why", why),
    ];
    document(&safe(&found.query), &format!("{STYLE}{MARKS}"), fill(PAGE, &parts))
}

/// limit: the end of the marks' colour scale.
fn article(hit: &Hit, rank: usize, limit: f64) -> String {
    let id = escape(&safe(&hit.record.id));
    let place = escape(&safe(&format!("{}:{}", hit.record.source, hit.record.line)));
    // An id made of the place says it already.
    let place = if id == place { String::new() } else { format!("<span class=\"place\">{place}</span>") };
    let (text, window) = match &hit.highlight {
        Some(one) => (marked_up_to(one, limit), carried(one)),
        None => (escape(&safe_in_place(&hit.record.text)), None),
    };
    let window = window.map_or_else(String::new, |window| format!("<span class=\"place\">{window}</span>"));
    let pair = |(name, value): (String, String)| {
        format!("<dt>{}</dt><dd>{}</dd>", escape(&safe(&name)), escape(&safe(&value)))
    };
    let metadata: String = metadata(hit).into_iter().map(pair).collect();
    let metadata = if metadata.is_empty() { metadata } else { format!("<dl>{metadata}</dl>") };
    format!(
        "<li><div class=\"head\"><span class=\"rank\">{rank}</span> <span class=\"score\">{}</span> <span \
         class=\"id\">{id}</span> {place} {window}</div><p class=\"text\" dir=\"auto\">{}</p>{metadata}</li>\n",
        typeset(hit.score),
        text.trim()
    )
}
