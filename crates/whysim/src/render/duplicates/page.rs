//! Duplicates as a self-contained page, without scripts: differing words are marked in the texts.

use super::excerpt::gap;
use super::{are_two, carried, chain, counted, different, lines, named, others};
use crate::duplicates::{Difference, Duplicates, Group, Item, MISSING, Pair, differences};
use crate::names::Named;
use crate::render::document::document;
use crate::render::figures::typeset;
use crate::render::html::fill;
use crate::render::label::{escape, safe, safe_in_place};
use crate::text::Unit;

const PAGE: &str = include_str!("page.html");
const BASE: &str = include_str!("../report/style.css");
const STYLE: &str = include_str!("style.css");

/// Pairs, and groups, that a page shows.
const SHOWN: usize = 200;

/// Texts of a group that it shows.
const TEXTS: usize = 20;

/// Characters of a text that it shows.
const LONGEST: usize = 1200;

/// What was found, as a page that needs no network: the pairs that differ in facts alone, all
/// groups, or of two sets the other pairs, hubs and boilerplate. Of each at most 200, of a group at
/// most 20 texts; JSON has all.
pub fn html(d: &Duplicates) -> String {
    let line = |line: &String| format!("<p>{}</p>", escape(line));
    let parts = [
        ("head", lines(d).iter().map(line).collect()),
        ("model", d.model.as_ref().map(|model| format!("<p>model {}</p>", escape(&safe(model)))).unwrap_or_default()),
        ("body", [told(d), if are_two(d) { pairs(d) } else { groups(d) }, hubs(d), boilerplate(d)].concat()),
    ];
    document("Duplicates", &format!("{BASE}{STYLE}"), fill(PAGE, &parts))
}

fn section(title: &str, note: &str, all: usize, body: String) -> String {
    let of = if all > SHOWN { format!(" ({SHOWN} of {all})") } else { String::new() };
    match body.is_empty() {
        true => body,
        false => format!("<section><h2>{title}{of}</h2><p>{note}</p>{body}</section>\n"),
    }
}

fn told(d: &Duplicates) -> String {
    let told: Vec<&Pair> = d.pairs.iter().filter(|pair| pair.telling).collect();
    let body = told.iter().take(SHOWN).map(|one| pair(d, one)).collect();
    let note = "These pairs differ in numbers, names or negations alone, or in their places: nearly the same words, \
                and another fact. \
                Names and negations are found by the form of words and by lists.";
    section("Not duplicates, however similar", note, told.len(), body)
}

fn pairs(d: &Duplicates) -> String {
    let others = others(d);
    let body = others.iter().take(SHOWN).map(|one| pair(d, one)).collect();
    section("Other pairs", "Strongest first.", others.len(), body)
}

fn pair(d: &Duplicates, pair: &Pair) -> String {
    let sides = [pair.a, pair.b].map(|index| d.items.get(index));
    let text = |side: usize| sides[side].map_or(String::new(), |item| passage(d, item, (&pair.differences, side), ""));
    let carried = match (carried(pair), pair.evidence.as_ref().map(|evidence| evidence.by)) {
        (words, _) if words.is_empty() => String::new(),
        (words, Some(Unit::Sentence)) => {
            format!("<p class=\"carried\">carried by the sentences {}</p>", escape(&safe(&words)))
        }
        (words, _) => format!("<p class=\"carried\">carried by {}</p>", escape(&safe(&words))),
    };
    format!(
        "<article{}><h3><span class=\"score\">{}</span> {}</h3>{}{}{carried}</article>\n",
        if pair.telling { " class=\"told\"" } else { "" },
        typeset(f64::from(pair.score)),
        escape(&safe(&pair.summary)),
        text(0),
        text(1)
    )
}

fn groups(d: &Duplicates) -> String {
    let body = d.groups.iter().take(SHOWN).enumerate().map(|(i, one)| group(d, i, one)).collect();
    let note = "Texts joined by pairs at or above the threshold, directly or through others. The first text is the one \
                most similar to the others; the words in which the others differ from it are marked.";
    section("Groups", note, d.groups.len(), body)
}

fn group(d: &Duplicates, number: usize, group: &Group) -> String {
    let Some(first) = d.items.get(group.representative) else { return String::new() };
    let texts = different(d, group);
    let mut body = String::new();
    for (index, times) in texts.iter().copied().take(TEXTS) {
        let Some(item) = d.items.get(index) else { continue };
        let class = if index == group.representative { "first" } else { "" };
        let times = if times > 1 { format!("<p class=\"times\">{times} times</p>") } else { String::new() };
        body += &(passage(d, item, (&differences(&first.text, &item.text), 1), class) + &times);
    }
    if texts.len() > TEXTS {
        body += &format!("<p>and {} that differ</p>", counted((texts.len() - TEXTS) as u64, "more text"));
    }
    format!(
        "<article><h3>group {number}: {}</h3><p>similarity {} on average, {} at least{}</p>{body}</article>\n",
        counted(group.texts.len() as u64, "text"),
        typeset(group.mean),
        typeset(f64::from(group.lowest)),
        escape(&chain(group))
    )
}

fn hubs(d: &Duplicates) -> String {
    let hub = |hub: &crate::duplicates::Hub| {
        let item = d.items.get(hub.text)?;
        let what = format!("found {} times, mean similarity {}", hub.found, typeset(hub.mean));
        Some(format!("<article><h3>{what}</h3>{}</article>\n", passage(d, item, (&[], 0), "")))
    };
    let body = d.hubs.hubs.iter().filter_map(hub).collect();
    let note = format!(
        "Texts among the {} nearest of unusually many others: {} in all. {} in nobody's list.",
        d.hubs.neighbours,
        d.hubs.count,
        counted(d.hubs.never as u64, "text")
    );
    section("Hubs", &note, d.hubs.hubs.len(), body)
}

fn boilerplate(d: &Duplicates) -> String {
    let row =
        |cells: [String; 3]| format!("<tr>{}</tr>\n", cells.map(|cell| format!("<td>{}</td>", escape(&cell))).concat());
    let share = |share: f64| format!("{:.1} %", 100.0 * share);
    let table = |names: [&str; 3], rows: String| match rows.is_empty() {
        true => rows,
        false => {
            let head = names.map(|name| format!("<th>{name}</th>")).concat();
            format!(
                "<div class=\"wide\"><table class=\"plate\"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>\
                 </div>"
            )
        }
    };
    let sentences =
        d.boilerplate.sentences.iter().map(|one| row([safe(&one.text), one.texts.to_string(), share(one.share)]));
    let carriers =
        d.boilerplate.carriers.iter().map(|one| row([safe(&one.text), one.pairs.to_string(), share(one.share)]));
    let body = table(["sentence", "texts", "share of texts"], sentences.collect())
        + &table(["carries similarity", "explained pairs", "mean share of it"], carriers.collect());
    section("Boilerplate", "What stands in many texts, or carries the similarity of many pairs.", 0, body)
}

/// A text with the words marked in which it differs, and a sign where it lacks some. differences:
/// with 0 if it is A in them, 1 if it is B.
fn passage(d: &Duplicates, item: &Item, (differences, side): (&[Difference], usize), class: &str) -> String {
    let chars: Vec<char> = item.text.chars().collect();
    let mut at = beginning(differences, side);
    let before = if at > 0 { "…" } else { "" };
    let shown = chars.len().min(at + LONGEST);
    let piece = |from: usize, to: usize| {
        let text: String = chars.get(from..to.min(shown)).unwrap_or_default().iter().collect();
        escape(&safe_in_place(&text))
    };
    let mut out = String::new();
    for one in differences {
        let kind = one.kind.name();
        let [own, other] = if side == 0 { [&one.a, &one.b] } else { [&one.b, &one.a] };
        if let Some(span) = own.as_ref().filter(|span| span.start < shown) {
            out += &format!("{}<mark class=\"{kind}\">{}</mark>", piece(at, span.start), piece(span.start, span.end));
            at = span.end.min(shown);
        } else if let Some((gap, missing)) = gap(one, side).zip(other.as_ref()).filter(|(gap, _)| *gap <= shown) {
            let title = escape(&safe(&missing.text));
            out += &format!(
                "{}<mark class=\"{kind} gap\" title=\"missing here: {title}\">{MISSING}</mark>",
                piece(at, gap)
            );
            at = gap;
        }
    }
    out += &piece(at, shown);
    let cut = if shown < chars.len() { "…" } else { "" };
    let name = escape(&named(d, item));
    format!("<div class=\"text {class}\" dir=\"auto\"><span class=\"id\">{name}</span>{before}{out}{cut}</div>")
}

/// Where a shown text begins: so that the first difference is in it.
fn beginning(differences: &[Difference], side: usize) -> usize {
    let place = |one: &Difference| {
        let own = if side == 0 { &one.a } else { &one.b };
        own.as_ref().map(|span| span.start).or(one.gap).unwrap_or_default()
    };
    let first = differences.iter().map(place).min().unwrap_or_default();
    if first + LONGEST / 4 > LONGEST { first - LONGEST / 4 } else { 0 }
}
