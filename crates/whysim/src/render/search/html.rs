//! What was found, as a self-contained page.

use super::{carried, kind, metadata};
use crate::explanation::Side;
use crate::index::{Found, Hit};
use crate::margin::Margin;
use crate::render::document::document;
use crate::render::figures::{plain, signed, typeset};
use crate::render::highlight::{STYLE as MARKS, marked_up_to, strongest};
use crate::render::html::{Html, fill, fragment};
use crate::render::label::{escape, safe, safe_in_place};

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
        (Some(margin), [first, second, ..]) => why(margin, [&first.record.id, &second.record.id]),
        _ => String::new(),
    };
    let about = format!(
        "{} of {} texts, by {} under {}",
        found.hits.len(),
        found.texts,
        kind(found.similarity),
        safe(&found.model)
    );
    let parts =
        [("query", escape(&safe_in_place(&found.query))), ("about", escape(&about)), ("hits", hits), ("why", why)];
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
        "<li><div class=\"head\"><span class=\"rank\">{rank}</span><span class=\"score\">{}</span><span \
         class=\"id\">{id}</span>{place}{window}</div><p class=\"text\" dir=\"auto\">{}</p>{metadata}</li>\n",
        typeset(hit.score),
        text.trim()
    )
}

/// The margin.
fn why(m: &Margin, names: [&str; 2]) -> String {
    let [better, worse] = names.map(|name| escape(&safe(name)));
    let largest = |rows: &[&Vec<f64>]| rows.iter().copied().flatten().fold(0.0, |most: f64, v| most.max(v.abs()));
    let text = |title: &str, side: &Side, rows: &[f64], largest: f64| {
        format!("<h3>{title}</h3><p class=\"text\" dir=\"auto\">{}</p>", coloured(side, rows, largest))
    };
    // The query's words have what they add to one text less what they add to the other: far less.
    let (of_query, of_texts) = (largest(&[&m.query]), largest(&[&m.better_rows, &m.worse_rows]));
    let references =
        if m.better.exact { String::new() } else { format!(", of which the references have {}", signed(m.references)) };
    format!(
        "<section><h2>Why {better} outranks {worse}</h2><p>{} − {} = {}{references}; the error is {}, at most \
         {}. Words in orange speak for the first, those in blue for the second; the query has a scale of its \
         own.</p>{}{}{}<details><summary>The first pair</summary>{}</details><details><summary>The second \
         pair</summary>{}</details></section>",
        typeset(m.better.score),
        typeset(m.worse.score),
        signed(m.margin),
        signed(m.error),
        plain(m.bound),
        text("The query", &m.better.a, &m.query, of_query),
        text(&better, &m.better.b, &m.better_rows, of_texts),
        text(&worse, &m.worse.b, &m.worse_rows, of_texts),
        fragment(&m.better, &Html::default()),
        fragment(&m.worse, &Html::default())
    )
}

/// A text whose rows are coloured by their values, and say them when pointed at.
fn coloured(side: &Side, rows: &[f64], largest: f64) -> String {
    let chars: Vec<char> = side.text.chars().collect();
    let written = |from: usize, to: usize| {
        let to = to.min(chars.len());
        escape(&safe_in_place(&chars[from.min(to)..to].iter().collect::<String>()))
    };
    let (mut out, mut at) = (String::new(), 0);
    for (token, &value) in side.tokens.iter().zip(rows).filter(|(token, _)| token.start < token.end) {
        if token.start < at {
            continue;
        }
        let kind = if value < 0.0 { "against" } else { "for" };
        let strength = if largest > 0.0 { (100.0 * value.abs() / largest).round() } else { 0.0 };
        out += &format!(
            "{}<span class=\"{kind}\" style=\"--s:{strength}%\" title=\"{}\">{}</span>",
            written(at, token.start),
            signed(value),
            written(token.start, token.end)
        );
        at = token.end;
    }
    out + &written(at, usize::MAX)
}
