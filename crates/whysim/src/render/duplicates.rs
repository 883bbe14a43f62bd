//! Duplicates, in words, as JSON, as a table and as a page.

mod page;

use std::collections::HashMap;

use super::figures::plain;
use super::json::laid_out;
use super::label::{cut, safe};
use crate::duplicates::{Boilerplate, Difference, Duplicates, Group, Item, Pair, Span};
use crate::names::Named;
use crate::similarity::Similarity;
use crate::text::Unit;

pub use page::html as duplicates_html;

/// Columns that a text may take.
const ROOM: usize = 92;

/// Columns that a name may take.
const NAME: usize = 24;

/// Texts of a group that are shown.
const SHOWN: usize = 6;

/// What was found, as plain text. top: how many pairs, groups, hubs, sentences and words to list.
pub fn duplicates(d: &Duplicates, top: usize) -> String {
    let mut out = head(d);
    let told: Vec<&Pair> = d.pairs.iter().filter(|pair| pair.telling).collect();
    if !told.is_empty() {
        out += &format!("\npairs that differ in a number, a name or a negation alone{}\n", of(told.len(), top));
        out += &told.into_iter().take(top).map(|one| pair(d, one)).collect::<String>();
    }
    if !d.groups.is_empty() {
        out +=
            &format!("\ngroups, largest first{}; * is the text most similar to the others\n", of(d.groups.len(), top));
        out += &d.groups.iter().take(top).enumerate().map(|(i, one)| group(d, i, one)).collect::<String>();
    }
    out + &hubs(d, top) + &boilerplate(&d.boilerplate, top)
}

/// Everything that was found, as JSON.
pub fn duplicates_json(d: &Duplicates) -> String {
    // Writing plain structs to memory cannot fail: every map key is a string.
    laid_out(&serde_json::to_string(d).unwrap_or_default())
}

/// The listed pairs as CSV, one a row: group, names of both texts, score, kinds of difference,
/// words that carry the similarity, words that differ.
pub fn duplicates_csv(d: &Duplicates) -> String {
    let mut table = csv::Writer::from_writer(Vec::new());
    let name = |item: usize| d.items.get(item).map_or("", |item| item.id.as_str());
    // Writing to memory cannot fail.
    let _ = table.write_record(["group", "id_a", "id_b", "score", "difference", "carried_by", "differs_in"]);
    for pair in &d.pairs {
        let kinds: Vec<&str> = pair.kinds.iter().map(|kind| kind.name()).collect();
        let differs: Vec<String> = pair.differences.iter().map(change).collect();
        let _ = table.write_record([
            &pair.group.to_string(),
            name(pair.a),
            name(pair.b),
            &pair.score.to_string(),
            &kinds.join("+"),
            &carried(pair),
            &differs.join("; "),
        ]);
    }
    String::from_utf8(table.into_inner().unwrap_or_default()).unwrap_or_default()
}

/// Sentences that say what was compared, and how much was found.
fn lines(d: &Duplicates) -> Vec<String> {
    let kind = match d.similarity {
        Similarity::Cos => "cosine",
        Similarity::Dot => "dot product",
    };
    let size = |set: usize| match (d.texts.get(set), d.distinct.get(set)) {
        (Some(texts), Some(distinct)) if texts == distinct => counted(*texts as u64, "text"),
        (Some(texts), Some(distinct)) => format!("{} ({distinct} different ones)", counted(*texts as u64, "text")),
        _ => String::new(),
    };
    let between = if d.texts.len() > 1 { format!(" against {}", size(1)) } else { String::new() };
    let told = d.pairs.iter().filter(|pair| pair.telling).count();
    let mut lines = vec![
        format!("{}{between}, {kind} of {} or more", size(0), d.threshold),
        format!("{} in {}", counted(d.above, "pair"), counted(d.groups.len() as u64, "group")),
    ];
    let distinct = d.pairs.iter().filter(|pair| pair.a != pair.b && !pair.differences.is_empty()).count();
    if d.kept > d.pairs.len() {
        lines.push(format!(
            "the strongest {} of {} pairs of different texts that were kept are listed",
            d.pairs.len(),
            d.kept
        ));
    }
    if told > 0 {
        lines.push(format!(
            "{told} of {} that differ in words differ in numbers, names or negations alone",
            counted(distinct as u64, "listed pair")
        ));
    }
    lines
}

fn head(d: &Duplicates) -> String {
    lines(d).iter().map(|line| format!("{line}\n")).collect()
}

fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// How many of all are listed, where these are not all.
fn of(all: usize, top: usize) -> String {
    if all > top { format!(", {top} of {all}") } else { String::new() }
}

fn item(d: &Duplicates, index: usize) -> (String, String) {
    let name = |item: &Item| (cut(&named(item), NAME), cut(&safe(item.text.trim()), ROOM));
    d.items.get(index).map(name).unwrap_or_default()
}

/// A text's name, and whether it is of the second corpus, where names may be the same.
fn named(item: &Item) -> String {
    format!("{}{}", if item.set == 1 { "against " } else { "" }, safe(&item.id))
}

fn pair(d: &Duplicates, pair: &Pair) -> String {
    let [a, b] = [pair.a, pair.b].map(|index| item(d, index));
    let mut out = format!("{:>8}  {}\n", plain(f64::from(pair.score)), cut(&safe(&pair.summary), ROOM));
    out += &format!("          {:<10}  {}\n          {:<10}  {}\n", a.0, a.1, b.0, b.1);
    if let Some(evidence) = &pair.evidence {
        let by = if evidence.by == Unit::Sentence { "carried by the sentences" } else { "carried by" };
        let read = if evidence.truncated == [None; 2] { "" } else { " (of the beginnings that the model reads)" };
        out += &format!("          {by} {}{read}\n", cut(&safe(&carried(pair)), ROOM));
    }
    out
}

/// The words that carry a pair's similarity.
fn carried(pair: &Pair) -> String {
    let carries = pair.evidence.iter().flat_map(|evidence| &evidence.carries);
    let words: Vec<String> = carries.map(|one| format!("{} × {}", one.a.text, one.b.text)).collect();
    words.join("; ")
}

fn change(one: &Difference) -> String {
    let text = |span: &Option<Span>| span.as_ref().map_or("–".to_owned(), |span| span.text.clone());
    format!("{} → {}", text(&one.a), text(&one.b))
}

fn group(d: &Duplicates, number: usize, group: &Group) -> String {
    let copies = match group.texts.len() - group.distinct {
        0 => String::new(),
        copies => format!(", {copies} of them copies word for word"),
    };
    let mut out = format!(
        "group {number}: {}{copies}; similarity {} on average, {} at least{}\n",
        counted(group.texts.len() as u64, "text"),
        plain(group.mean),
        plain(f64::from(group.lowest)),
        chain(group)
    );
    let texts = different(d, group);
    for &(index, times) in texts.iter().take(SHOWN) {
        let (name, text) = item(d, index);
        let mark = if index == group.representative { "*" } else { " " };
        let times = if times > 1 { format!("  ({times} times)") } else { String::new() };
        out += &format!("        {mark} {name:<10}  {text}{times}\n");
    }
    if texts.len() > SHOWN {
        out += &format!("          (and {} more that differ)\n", texts.len() - SHOWN);
    }
    out
}

/// A group's texts, each once with how often it stands there, the representative first.
fn different(d: &Duplicates, group: &Group) -> Vec<(usize, usize)> {
    let mut places: HashMap<(usize, &str), usize> = HashMap::new();
    let mut texts: Vec<(usize, usize)> = Vec::new();
    for &index in std::iter::once(&group.representative).chain(&group.texts) {
        let Some(item) = d.items.get(index) else { continue };
        let place = *places.entry((item.set, &item.text)).or_insert(texts.len());
        match texts.get_mut(place) {
            // The representative comes twice.
            Some((first, times)) => *times += usize::from(*first != index),
            None => texts.push((index, 1)),
        }
    }
    texts
}

/// A note where a group is a chain.
fn chain(group: &Group) -> String {
    if group.chain {
        format!("; a chain: {} of its texts below the threshold, joined through others", counted(group.below, "pair"))
    } else {
        String::new()
    }
}

fn hubs(d: &Duplicates, top: usize) -> String {
    let hubs = &d.hubs;
    if hubs.hubs.is_empty() {
        return String::new();
    }
    let mut out = format!(
        "\nhubs: texts among the {} nearest of unusually many others, {} in all; {} nobody's; mean similarity {}\n",
        hubs.neighbours,
        hubs.count,
        counted(hubs.never as u64, "text") + if hubs.never == 1 { " is" } else { " are" },
        plain(hubs.mean)
    );
    for hub in hubs.hubs.iter().take(top) {
        let (name, text) = item(d, hub.text);
        out += &format!("  {:>6} times, mean {}  {name:<10}  {text}\n", hub.found, plain(hub.mean));
    }
    out
}

fn boilerplate(b: &Boilerplate, top: usize) -> String {
    let mut out = String::new();
    if !b.sentences.is_empty() {
        out += "\nsentences that stand in many texts\n";
    }
    for one in b.sentences.iter().take(top) {
        out += &format!("  {:>6} texts, {:>5.1} %  {}\n", one.texts, 100.0 * one.share, cut(&safe(&one.text), ROOM));
    }
    if !b.carriers.is_empty() {
        out += "\nwhat carries similarity in many of the explained pairs, with its mean share of it\n";
    }
    for one in b.carriers.iter().take(top) {
        out += &format!("  {:>6} pairs, {:>5.1} %  {}\n", one.pairs, 100.0 * one.share, cut(&safe(&one.text), ROOM));
    }
    out
}
