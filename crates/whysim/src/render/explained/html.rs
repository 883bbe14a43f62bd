//! Many explained pairs as a self-contained page: a list to sort and search, in which each opens to
//! its explanation.
//!
//! What a pair shows when it is opened waits in a `<template>`, which costs a browser next to
//! nothing; style and script are there once for all.

use std::borrow::Cow;

use super::table::{LEGEND, NAMES, cells, tested, verdict};
use super::{WORDS, heading, one_line, strongest};
use crate::explained::Explained;
use crate::explanation::{Explanation, View};
use crate::render::document::document;
use crate::render::figures::{signed, typeset, typeset_minus};
use crate::render::html::{Html, STYLE as OF_PAIR, bare, drawing, fill};
use crate::render::label::{escape, safe};
use crate::render::ledger::warnings;
use crate::text::Unit;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("page.js");

/// How a page of many pairs looks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExplainedPage {
    /// The page's title; None for a plain one.
    pub title: Option<String>,
    /// Something to know about the pairs, such as that there would be more.
    pub note: Option<String>,
    /// What an opened pair shows first; None for [`Explanation::default_view`].
    ///
    /// [`Explanation::default_view`]: crate::Explanation::default_view
    pub view: Option<View>,
}

/// The pairs as a page that needs no network, light or dark as the reader's system is: a list with
/// scores, gold scores and errors, texts, the strongest pairs of words and warnings, to search and
/// to sort; each opens to [`html()`](crate::render::html())'s picture. With gold scores, the words
/// that go with errors. Twenty kilobytes for a pair of sentences; pairs of long texts are by words.
pub fn explained_html(pairs: &[Explained], options: &ExplainedPage) -> String {
    let title = options.title.clone().unwrap_or_else(|| "Explained pairs".into());
    let lines = heading(pairs).into_iter().chain(options.note.clone());
    let html = Html { view: options.view, theme: None };
    let parts = [
        ("title", escape(&safe(&title))),
        ("about", lines.map(|line| format!("<p>{}</p>", escape(&typeset_line(&line)))).collect()),
        ("words", of_words(pairs)),
        ("sorts", sorts(pairs)),
        ("count", pairs.len().to_string()),
        ("pairs", pairs.iter().map(|pair| item(pair, &html)).collect()),
        ("pair_script", drawing()),
        ("script", SCRIPT.to_owned()),
    ];
    document(&safe(&title), &format!("{STYLE}{OF_PAIR}"), fill(PAGE, &parts))
}

fn typeset_line(line: &str) -> String {
    safe(line).replace(" -", " −")
}

/// The orders that there are something to sort by for.
fn sorts(pairs: &[Explained]) -> String {
    let has_gold = pairs.iter().any(|pair| pair.gold.is_some());
    let orders = [
        ("number", "order given", true),
        ("score-down", "score, highest first", true),
        ("score-up", "score, lowest first", true),
        ("miss-down", "error, largest first", has_gold),
        ("error-down", "score most above gold", has_gold),
        ("error-up", "score most below gold", has_gold),
        ("text", "text A", true),
        ("warned-down", "warnings first", pairs.iter().any(|pair| !warnings(&pair.explanation).is_empty())),
    ];
    let option = |(value, name, _): &(&str, &str, bool)| format!("<option value=\"{value}\">{name}</option>");
    orders.iter().filter(|(_, _, there)| *there).map(option).collect()
}

/// One pair of the list, and what it opens to.
fn item(pair: &Explained, options: &Html) -> String {
    let e = &pair.explanation;
    let warned = warnings(e);
    let warn = |warning: &String| format!("<span class=\"warn\">{}</span>", escape(&typeset_minus(warning)));
    let figure = |class: &str, name: &str, value: Option<String>| match value {
        Some(value) => format!("<span class=\"{class}\"><small>{name}</small> {value}</span>"),
        None => String::new(),
    };
    let name = pair.name.as_ref().map_or_else(String::new, |name| format!("<b>{}</b>", escape(&safe(name))));
    let data = [("score", Some(e.score)), ("error", pair.error()), ("miss", pair.error().map(f64::abs))];
    let data = data.into_iter().filter_map(|(name, value)| Some(format!(" data-{name}=\"{:e}\"", value?)));
    format!(
        "<li id=\"pair-{number}\" data-number=\"{number}\" data-warned=\"{}\"{}><details><summary>\
         <span class=\"head\"><span class=\"number\">{number}</span>{}{}{}{name}</span>\
         <span class=\"texts\"><span class=\"a\" dir=\"auto\">{}</span><span class=\"b\" dir=\"auto\">{}</span></span>\
         <span class=\"strongest\">{}</span>{}</summary><div class=\"opened\"></div><template>{}</template></details></li>\n",
        warned.len(),
        data.collect::<String>(),
        figure("score", "score", Some(typeset(e.score))),
        figure("gold", "gold", pair.gold.map(typeset)),
        figure("error", "error", pair.error().map(|error| signed(error).replace('-', "−"))),
        escape(&one_line(&e.a.text)),
        escape(&one_line(&e.b.text)),
        carried(pair),
        warned.iter().map(warn).collect::<String>(),
        bare(&shown(e), options),
        number = pair.number,
    )
}

/// Cells from which on an explanation is shown by words: by tokens besides it would be half a
/// megabyte.
const LARGE: usize = 2500;

fn shown(e: &Explanation) -> Cow<'_, Explanation> {
    match e.a.tokens.len() * e.b.tokens.len() {
        0..LARGE => Cow::Borrowed(e),
        _ => Cow::Owned(e.by(Unit::Word)),
    }
}

fn carried(pair: &Explained) -> String {
    let one = |([a, b], value): ([String; 2], f64)| {
        let class = if value < 0.0 { "against" } else { "for" };
        let value = signed(value).replace('-', "−");
        format!("<span class=\"{class}\"><bdi>{}</bdi> × <bdi>{}</bdi> <i>{value}</i></span>", escape(&a), escape(&b))
    };
    strongest(&pair.explanation).into_iter().map(one).collect()
}

/// The words that go with errors, each a button that searches for it.
fn of_words(pairs: &[Explained]) -> String {
    let words = tested(pairs);
    if words.is_empty() {
        return String::new();
    }
    let row = |word: &crate::explained::WordUse| {
        let [name, others @ ..] = cells(word);
        let find = escape(&name);
        let others = others.map(|cell| format!("<td>{}</td>", escape(&cell.replace('-', "−")))).concat();
        format!("<tr><td><button type=\"button\" data-find=\"{find}\" dir=\"auto\">{find}</button></td>{others}</tr>\n")
    };
    let head = NAMES.map(|name| format!("<th scope=\"col\">{name}</th>")).concat();
    format!(
        "<details class=\"words\"><summary>Words that go with errors: {}</summary><p>{}</p><div class=\"wide\"><table>\
         <thead><tr>{head}</tr></thead><tbody>{}</tbody></table></div></details>",
        verdict(&words),
        escape(&LEGEND.replace(" - ", " − ")),
        words.iter().take(WORDS).map(row).collect::<String>()
    )
}

#[cfg(test)]
mod tests;
