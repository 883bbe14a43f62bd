//! A pair to explore, as a page that needs no network, or as a fragment for a notebook.
//!
//! Without scripts it is a still picture: the coloured texts, the ledger and, of small pairs, the
//! heatmap. Notebooks that are not trusted lose scripts, style sheets and data attributes, so its
//! colours are inline and it has no buttons (`html/still.rs`). The scripts put what can be used in
//! its place: `live.js` the elements, `pair.js` what is chosen, `listen.js` by what, `texts.js` the
//! colours of the texts, `heatmap.js`, `labels.js` and `strips.js` the matrix, `block.js` what
//! is inside two sentences, `readout.js` and `strongest.js` the words.
//! The fragment uses no ids, so any number of them can share a page; each finds its own data.

mod passage;
mod rows;
mod still;

use serde_json::json;

use super::color::Theme;
use super::figures::{typeset, typeset_minus};
use super::label::escape;
use super::ledger::{addends, kind, meaning, recipe, similarity, variation_line, warnings};
use super::shown::Shown;
use crate::Explanation;
use crate::Named;
use crate::explanation::View;
use crate::text::Unit;
use passage::{Look, passage};

pub(super) use still::READERS;
pub use still::texts;

const PAGE: &str = include_str!("html/page.html");
const FRAGMENT: &str = include_str!("html/fragment.html");
/// The style of what [`fragment`] and [`bare`] give, all of it inside `.whysim`.
pub const STYLE: &str = include_str!("html/style.css");

/// The program of a page, one scope for all its files.
const SCRIPT: &str = include_str!("html/script.js");
const PARTS: [(&str, &str); 11] = [
    ("values", include_str!("html/values.js")),
    ("live", include_str!("html/live.js")),
    ("texts", include_str!("html/texts.js")),
    ("readout", include_str!("html/readout.js")),
    ("strongest", include_str!("html/strongest.js")),
    ("heatmap", include_str!("html/heatmap.js")),
    ("labels", include_str!("html/labels.js")),
    ("strips", include_str!("html/strips.js")),
    ("block", include_str!("html/block.js")),
    ("listen", include_str!("html/listen.js")),
    ("pair", include_str!("html/pair.js")),
];

/// How a page begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Html {
    /// What to show first, and the reader can switch; None for [`Explanation::default_view`].
    pub view: Option<View>,
    /// The background; None for the reader's: that on which it stands, or what the system prefers.
    /// The reader can switch.
    pub theme: Option<Theme>,
}

/// The explanation as a self-contained page.
pub fn html(e: &Explanation, options: &Html) -> String {
    let title = format!("{} {}", similarity(e), typeset(e.score));
    page(&title, Heading::Title, fragment(e, options))
}

/// A page of its own around a fragment, whose heading is heard and not seen: its title, or none
/// where the fragment has one.
pub(super) fn page(title: &str, heading: Heading, fragment: String) -> String {
    let title = escape(title);
    let heading = match heading {
        Heading::Title => format!("<h1>{title}</h1>\n"),
        Heading::Own => String::new(),
    };
    fill(PAGE, &[("title", title), ("heading", heading), ("fragment", fragment)])
}

/// Where a page's first heading is.
pub(super) enum Heading {
    Title,
    /// In the fragment.
    Own,
}

/// The explanation as an element that can be embedded in any page, any number of times.
pub fn fragment(e: &Explanation, options: &Html) -> String {
    let theme = options.theme.unwrap_or_default();
    let view = options.view.unwrap_or_else(|| e.default_view());
    let own = [
        ("still", still::still(e, view, theme)),
        ("ground", format!(" style=\"{}\"", still::ground(theme))),
        ("large", " style=\"font-size:28px;font-weight:bold\"".into()),
        ("apart", " style=\"margin-top:14px\"".into()),
        ("style", format!("<style>{}</style>\n", packed(STYLE))),
        ("running", format!("<script>{}</script>\n", script())),
    ];
    filled(e, options, &own)
}

/// The same without style, script and still picture, for a page that has [`STYLE`] once, and draws
/// it by [`drawing`]. Nothing in it needs a content security policy to allow anything inline.
pub fn bare(e: &Explanation, options: &Html) -> String {
    filled(e, options, &[])
}

/// What draws every fragment on the page that it has not drawn yet, as soon as it runs.
pub(super) fn script() -> String {
    started("draw(document);")
}

/// A script that draws when a page calls it: `whysim.draw(place)` draws what [`bare`] gave in an
/// element, and returns an object for each, whose `leave()` is called before it is taken away.
pub fn drawing() -> String {
    started("globalThis.whysim = { draw };")
}

fn started(start: &str) -> String {
    let parts = PARTS.map(|(name, part)| (name, part.to_owned()));
    let start = ("start", start.to_owned());
    packed(&fill(SCRIPT, &[parts.as_slice(), &[start]].concat()))
}

/// own: what an element has that stands alone.
fn filled(e: &Explanation, options: &Html, own: &[(&str, String)]) -> String {
    let view = options.view.unwrap_or_else(|| e.default_view());
    let warn = |warning: &String| format!("<div class=\"ws-warning\">{}</div>", escape(&typeset_minus(warning)));
    let parts = [
        ("theme", options.theme.map_or_else(String::new, |theme| format!(" data-theme=\"{}\"", theme.name()))),
        ("similarity", similarity(e).to_owned()),
        ("score", typeset(e.score)),
        ("kind", kind(e).to_owned()),
        ("meaning", meaning(e).to_owned()),
        ("view", view.name().to_owned()),
        ("warnings", warnings(e).iter().map(warn).collect()),
        ("ledger", ledger(e)),
        ("variation", typeset_minus(&variation_line(e).unwrap_or_default())),
        ("recipe", escape(&typeset_minus(&recipe(e).join(" · ")))),
        ("data", data(&levels(e), view, options.theme)),
    ];
    fill(FRAGMENT, &[parts.as_slice(), own].concat())
}

/// Replaces every `{{name}}` with its part, in a single pass: text in a part is never taken for a
/// placeholder.
pub(super) fn fill(template: &str, parts: &[(&str, String)]) -> String {
    let mut pieces = template.split("{{");
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (name, rest) = piece.split_once("}}").unwrap_or((piece, ""));
        out.extend(parts.iter().filter(|(part, _)| *part == name).map(|(_, content)| content.as_str()));
        out.push_str(rest);
    }
    out
}

/// Without indentation and lines of comments: a notebook stores it with every output.
fn packed(source: &str) -> String {
    let lines = source.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with("//"));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// The explanation itself, and by every coarser unit that shows something new.
fn levels(e: &Explanation) -> Vec<Explanation> {
    let mut levels = vec![e.clone()];
    for unit in [Unit::Word, Unit::Sentence] {
        let coarse = e.by(unit);
        let rows = |e: &Explanation| {
            let texts = |tokens: &[crate::text::Token]| tokens.iter().filter(|t| t.start < t.end).count();
            texts(&e.a.tokens).max(texts(&e.b.tokens))
        };
        // One sentence against one sentence is just the score.
        if coarse.by == unit && unit != e.by && (unit == Unit::Word || rows(&coarse) > 1) {
            levels.push(coarse);
        }
    }
    levels
}

/// The unit's name in the data and in attributes, as in JSON.
fn unit_name(unit: Unit) -> &'static str {
    match unit {
        Unit::Token => "token",
        Unit::Word => "word",
        Unit::Sentence => "sentence",
    }
}

fn ledger(e: &Explanation) -> String {
    let term = |sign: &str, value: f64, name: &str, hint: &str| {
        format!(
            "<div class=\"ws-term\"><span class=\"ws-sign\">{sign}</span> <span class=\"ws-value\">{}</span> \
             <span class=\"ws-what\">{name}</span> <span class=\"ws-hint\">{}</span></div>",
            typeset(value),
            escape(&typeset_minus(hint))
        )
    };
    let score = term("", e.score, "score", &format!("{} of the two embeddings", similarity(e)));
    let addends = addends(e).into_iter().enumerate();
    let rest: String = addends.map(|(i, a)| term(if i == 0 { "=" } else { "+" }, a.value, a.name, &a.hint)).collect();
    score + &rest
}

/// All the data for the script, as JSON that no text can break out of.
fn data(levels: &[Explanation], view: View, theme: Option<Theme>) -> String {
    let arms = |theme: Theme| theme.arms().map(|arm| arm.map(|color| [color.0, color.1, color.2]));
    let settings = json!({
        "palette": {"light": arms(Theme::Light), "dark": arms(Theme::Dark)},
        "theme": theme.map(Theme::name),
        "view": view.name(),
        "views": View::NAMES.iter().map(|(name, _)| name).collect::<Vec<_>>(),
        "levels": levels.iter().map(level).collect::<Vec<_>>(),
    });
    // `json!` would turn every f32 into an f64 with all its digits.
    let explanations: Vec<String> = levels.iter().map(|e| serde_json::to_string(e).unwrap_or_default()).collect();
    let data = format!("{{\"settings\":{settings},\"explanations\":[{}]}}", explanations.join(","));
    // JSON has no `<` outside strings; inside them this escape is the same character.
    data.replace('<', "\\u003c")
}

/// What the script needs to know of a level beside the numbers.
fn level(e: &Explanation) -> serde_json::Value {
    let look = |view: View| {
        let shown = Shown::new(e, Some(view));
        let figures = shown.figures();
        json!({"limit": shown.limit, "decimals": figures.decimals, "room": figures.room(), "border": shown.border})
    };
    let relevance = e.relevance();
    json!({
        "by": unit_name(e.by),
        "texts": {"a": passage(&e.a, Look::default()), "b": passage(&e.b, Look::default())},
        "names": {"a": rows::names(e.by, &e.a.tokens), "b": rows::names(e.by, &e.b.tokens)},
        "labels": {"a": rows::labels(e.by, &e.a.tokens), "b": rows::labels(e.by, &e.b.tokens)},
        "counted": {"a": e.a.counted(), "b": e.b.counted()},
        "limits": {"a": rows::limit(&relevance.a, &e.a), "b": rows::limit(&relevance.b, &e.b)},
        "views": {"attribution": look(View::Attribution), "interaction": look(View::Interaction)},
        "main": Shown::new(e, Some(View::Interaction)).bars.map_or(0.0, |bars| bars.limit),
    })
}

#[cfg(test)]
mod tests;
