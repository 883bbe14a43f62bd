//! Highlights as HTML, without scripts.

use super::{Piece, Theme, measure, pieces, plain, safe_in_place, strongest, window};
use crate::highlight::{Highlight, Span};
use crate::render::figures::typeset;
use crate::render::html::{Heading, READERS, STYLE, page};
use crate::render::label::{escape, safe};
use crate::similarity::Similarity;

/// The style of marked passages, inside `.ws-highlights`, beside [`STYLE`].
pub const HIGHLIGHT_STYLE: &str = include_str!("highlight.css");

/// What the marks and the numbers are.
pub(in crate::render) const MARKED: &str =
    "Marked: words that add to the similarity by what they share with the query, stronger where they add more.";
const BELOW: &str = "Below: what they add, and their share of all such words of the passage.";

/// All passages as a self-contained page. None for one that was left out, which keeps its number.
pub fn highlight_html(query: &str, all: &[Option<Highlight>], similarity: Similarity) -> String {
    page(&format!("What answers: {}", safe(query)), Heading::Title, highlight_fragment(query, all, similarity))
}

/// The same as an element that can be embedded in any page, any number of times.
pub fn highlight_fragment(query: &str, all: &[Option<Highlight>], similarity: Similarity) -> String {
    let ground = format!(" style=\"{READERS}\"");
    element(query, all, similarity, [&ground, &format!("<style>{STYLE}\n{HIGHLIGHT_STYLE}</style>\n")])
}

fn element(query: &str, all: &[Option<Highlight>], similarity: Similarity, [ground, style]: [&str; 2]) -> String {
    let limit = strongest(all.iter().flatten());
    let numbered = all.iter().enumerate().filter_map(|(i, one)| Some((i + 1, one.as_ref()?)));
    let passages: String = numbered.map(|(number, one)| passage(number, one, limit, similarity)).collect();
    format!(
        "<div class=\"whysim ws-highlights\" data-ready{ground}>{style}\
         <div class=\"ws-query\"><span class=\"ws-hint\">query:</span> {}</div><p class=\"ws-hint\">{MARKED} {BELOW}</p>\n\
         <ol class=\"ws-hits\" style=\"list-style-type:none;padding-left:0\">{passages}</ol></div>",
        escape(&safe(query))
    )
}

/// The same for a page that has [`HIGHLIGHT_STYLE`] once, with [`STYLE`] before it, and whose
/// content security policy allows no style attribute: what an element has of its own is in
/// `data-style`, for a script to set.
pub fn highlight_bare(query: &str, all: &[Option<Highlight>], similarity: Similarity) -> String {
    // Quotes of texts are escaped, so that this is found in tags alone.
    element(query, all, similarity, ["", ""]).replace(" style=\"", " data-style=\"")
}

/// A passage's text, with every span in a `<mark>` whose title has its score and share, and
/// everything else escaped. Of a passage with windows, it is the one that carried the score. The
/// strongest span has the strongest colour, unless it is weak by itself.
pub fn marked(one: &Highlight) -> String {
    marked_up_to(one, strongest(std::iter::once(one)))
}

/// The same with the end of the colour scale given, for several on one page.
pub(in crate::render) fn marked_up_to(one: &Highlight, limit: f64) -> String {
    let piece = |piece: Piece| match piece {
        Piece::Gap => "<span class=\"ws-gap\">…</span>".to_owned(),
        Piece::Plain(text) => escape(&safe_in_place(text)),
        Piece::Marked(span, text) => mark(span, text, limit),
    };
    pieces(one).into_iter().map(piece).collect()
}

fn mark(span: &Span, text: &str, limit: f64) -> String {
    // Weak ones can be told from the ground too.
    let style = Theme::adaptive(span.score.max(0.12 * limit), limit);
    format!(
        "<mark title=\"{} of the score, {:.0} % of what answers the query\" style=\"{style}\">{}</mark>",
        plain(span.score),
        100.0 * span.share,
        escape(&safe_in_place(text))
    )
}

fn passage(number: usize, one: &Highlight, limit: f64, similarity: Similarity) -> String {
    let place = window(one).map_or_else(String::new, |place| format!("<span class=\"ws-hint\">{place}</span>"));
    let spans: String = one.spans.iter().map(listed).collect();
    let none = if one.spans.is_empty() { "<p class=\"ws-hint\">Nothing to mark.</p>" } else { "" };
    format!(
        "<li class=\"ws-hit\"><div class=\"ws-title\"><span class=\"ws-rank\">{number}.</span> \
         <b class=\"ws-score\">{}</b> <span>{}</span> {place}</div>\
         <p class=\"ws-passage\" dir=\"auto\" style=\"line-height:1.7;white-space:pre-wrap\">{}</p>{none}\
         <ul class=\"ws-spans\" style=\"list-style-type:none;padding-left:0\">{spans}</ul></li>",
        typeset(one.score),
        measure(similarity),
        marked_up_to(one, limit)
    )
}

fn listed(span: &Span) -> String {
    let share = 100.0 * span.share;
    format!(
        "<li><span class=\"ws-meter\"><span style=\"inline-size:{share:.0}%\"></span></span> \
         <span class=\"ws-number\">{}</span> <span class=\"ws-number\">{share:.0} %</span> \
         <span class=\"ws-quoted\" dir=\"auto\">{}</span></li>",
        typeset(span.score),
        escape(&safe(&span.text))
    )
}
