//! A pair to explore, as a page that needs no network, or as a fragment for a notebook.
//!
//! Texts and ledger are plain HTML, so they work without scripts; `html/view.js` and
//! `html/heatmap.js` add colours, the heatmap and the links between them. The fragment uses no ids,
//! so any number of them can share a page; each finds its own data.

mod passage;

use serde_json::json;

use super::color::Theme;
use super::figures::{Figures, has_border, limit, plain, typeset};
use super::label::{escape, numbered};
use super::ledger::{addends, kind, meaning, recipe, similarity, warnings};
use crate::Explanation;
use crate::text::Unit;

const PAGE: &str = include_str!("html/page.html");
const FRAGMENT: &str = include_str!("html/fragment.html");
const STYLE: &str = include_str!("html/style.css");
const SCRIPT: &str = include_str!("html/view.js");
const HEATMAP: &str = include_str!("html/heatmap.js");

/// The explanation as a self-contained page.
pub fn html(e: &Explanation) -> String {
    let title = format!("{} {}", similarity(e), plain(e.score));
    fill(PAGE, &[("title", escape(&title)), ("fragment", fragment(e))])
}

/// The explanation as an element that can be embedded in any page, any number of times.
pub fn fragment(e: &Explanation) -> String {
    let views = views(e);
    let warn = |warning: &String| format!("<div class=\"ws-warning\">{}</div>", escape(warning));
    let parts = [
        ("style", STYLE.to_owned()),
        ("similarity", similarity(e).to_owned()),
        ("score", typeset(e.score)),
        ("kind", kind(e).to_owned()),
        ("meaning", meaning(e).to_owned()),
        ("units", views.iter().map(unit_button).collect()),
        ("warnings", warnings(e).iter().map(warn).collect()),
        ("text_a", views.iter().map(|view| passage::passage(&view.a, view.by, e.by)).collect()),
        ("text_b", views.iter().map(|view| passage::passage(&view.b, view.by, e.by)).collect()),
        ("ledger", ledger(e)),
        ("recipe", escape(&recipe(e).join(" · "))),
        ("data", data(&views)),
        ("script", fill(SCRIPT, &[("heatmap", HEATMAP.to_owned())])),
    ];
    fill(FRAGMENT, &parts)
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

/// The explanation itself, and by every coarser unit that shows something new.
fn views(e: &Explanation) -> Vec<Explanation> {
    let mut views = vec![e.clone()];
    for unit in [Unit::Word, Unit::Sentence] {
        let coarse = e.by(unit);
        let rows = |e: &Explanation| {
            let texts = |tokens: &[crate::text::Token]| tokens.iter().filter(|t| t.start < t.end).count();
            texts(&e.a.tokens).max(texts(&e.b.tokens))
        };
        // One sentence against one sentence is just the score.
        if coarse.by == unit && unit != e.by && (unit == Unit::Word || rows(&coarse) > 1) {
            views.push(coarse);
        }
    }
    views
}

/// The unit's name in the data and in attributes, as in JSON.
fn unit_name(unit: Unit) -> &'static str {
    match unit {
        Unit::Token => "token",
        Unit::Word => "word",
        Unit::Sentence => "sentence",
    }
}

fn unit_button(view: &Explanation) -> String {
    let name = unit_name(view.by);
    format!("<button type=\"button\" class=\"ws-unit\" data-by=\"{name}\" aria-pressed=\"false\">{name}s</button>")
}

fn ledger(e: &Explanation) -> String {
    let term = |sign: &str, value: f64, name: &str, hint: &str| {
        format!(
            "<div class=\"ws-term\"><span class=\"ws-sign\">{sign}</span><span class=\"ws-value\">{}</span>\
             <span class=\"ws-what\">{name}</span><span class=\"ws-hint\">{}</span></div>",
            typeset(value),
            escape(hint)
        )
    };
    let score = term("", e.score, "score", &format!("{} of the two embeddings", similarity(e)));
    let addends = addends(e).into_iter().enumerate();
    let rest: String = addends.map(|(i, a)| term(if i == 0 { "=" } else { "+" }, a.value, a.name, &a.hint)).collect();
    score + &rest
}

/// All the data for the script, as JSON that no text can break out of.
fn data(views: &[Explanation]) -> String {
    let arms = |theme: Theme| theme.arms().map(|arm| arm.map(|color| [color.0, color.1, color.2]));
    let view = |view: &Explanation| {
        let figures = Figures::short(limit(view));
        json!({
            "by": unit_name(view.by),
            "names": {"a": numbered(&view.a.tokens), "b": numbered(&view.b.tokens)},
            "labels": {"a": names(&view.a.tokens), "b": names(&view.b.tokens)},
            "limit": limit(view),
            "unit": figures.unit,
            "decimals": figures.decimals,
            "border": has_border(view),
        })
    };
    let settings = json!({
        "palette": {"light": arms(Theme::Light), "dark": arms(Theme::Dark)},
        "views": views.iter().map(view).collect::<Vec<_>>(),
    });
    // `json!` would turn every f32 into an f64 with all its digits.
    let explanations: Vec<String> = views.iter().map(|view| serde_json::to_string(view).unwrap_or_default()).collect();
    let data = format!("{{\"settings\":{settings},\"explanations\":[{}]}}", explanations.join(","));
    // JSON has no `<` outside strings; inside them this escape is the same character.
    data.replace('<', "\\u003c")
}

fn names(tokens: &[crate::text::Token]) -> Vec<String> {
    tokens.iter().map(super::label::name).collect()
}

#[cfg(test)]
mod tests;
