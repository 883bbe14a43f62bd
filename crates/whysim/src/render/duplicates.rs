//! Duplicates, in words, as JSON, as a table and as a page.

mod excerpt;
mod page;
mod table;

use std::collections::HashMap;

use self::excerpt::excerpts;
use super::figures::plain;
use super::json::laid_out;
use super::label::{cut, safe};
use crate::duplicates::{Boilerplate, Duplicates, Group, Item, Kind, Pair, differences};
use crate::similarity::Similarity;
use crate::text::Unit;

pub use page::html as duplicates_html;
pub use table::csv as duplicates_csv;

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
    let pairs = if told.is_empty() { "pairs" } else { "other pairs" };
    if !told.is_empty() {
        out += &format!(
            "\npairs that differ in numbers, names or negations alone, or in their places{}\n",
            of(told.len(), top)
        );
        out += &told.into_iter().take(top).map(|one| pair(d, one)).collect::<String>();
    }
    let others = others(d);
    if are_two(d) && !others.is_empty() {
        out += &format!("\n{pairs}, strongest first{}\n", of(others.len(), top));
        out += &others.into_iter().take(top).map(|one| pair(d, one)).collect::<String>();
    }
    // Of two sets, what matters is what of one the other has: pairs say so.
    if !are_two(d) && !d.groups.is_empty() {
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
    let between = if are_two(d) { format!(" against {}", size(1)) } else { String::new() };
    let mut lines = vec![format!("{}{between}, {kind} of {} or more", size(0), d.threshold)];
    if are_two(d) {
        lines.extend([overlap(d, [0, 1]), overlap(d, [1, 0])].into_iter().flatten());
        lines.push(counted(d.above, "pair"));
    } else {
        lines.push(format!("{} in {}", counted(d.above, "pair"), counted(d.groups.len() as u64, "group")));
    }
    if d.kept > d.pairs.len() {
        lines.push(format!(
            "the strongest {} of {} pairs of different texts that were kept are listed",
            d.pairs.len(),
            d.kept
        ));
    }
    let told = d.pairs.iter().filter(|pair| pair.telling).count();
    let others = d.pairs.iter().filter(|pair| pair.kinds != [Kind::Copy]).count() as u64;
    if told > 0 {
        let (pairs, are) = if others == 1 { ("pair", "is no copy") } else { ("pairs", "are no copies") };
        lines.push(format!("{others} {pairs} {are}; in {told} of these only numbers, names or negations differ"));
    }
    lines
}

/// How many texts of a set have one of the other's.
fn overlap(d: &Duplicates, [set, other]: [usize; 2]) -> Option<String> {
    let (matched, verbatim) = (d.matched.get(set)?, d.verbatim.get(set)?);
    let [name, of] = [d.sets.get(set)?, d.sets.get(other)?].map(|name| safe(name));
    let have = if *matched == 1 { "has" } else { "have" };
    let all = counted(*d.texts.get(set)? as u64, "text");
    Some(format!("{matched} of {all} of {name} {have} one of {of} at or above the threshold, {verbatim} word for word"))
}

fn are_two(d: &Duplicates) -> bool {
    d.sets.len() > 1
}

/// The pairs that no list of told ones has.
fn others(d: &Duplicates) -> Vec<&Pair> {
    d.pairs.iter().filter(|pair| !pair.telling).collect()
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
    let name = |item: &Item| (cut(&named(d, item), NAME), cut(&safe(item.text.trim()), ROOM));
    d.items.get(index).map(name).unwrap_or_default()
}

/// A text's name, with that of its set where there are two: their texts may have the same names.
fn named(d: &Duplicates, item: &Item) -> String {
    match d.sets.get(item.set).filter(|_| are_two(d)) {
        Some(set) => format!("{}:{}", safe(set), safe(&item.id)),
        None => safe(&item.id),
    }
}

fn pair(d: &Duplicates, pair: &Pair) -> String {
    let [Some(a), Some(b)] = [pair.a, pair.b].map(|index| d.items.get(index)) else { return String::new() };
    let texts = excerpts([&a.text, &b.text], &pair.differences, ROOM);
    let mut out = format!("{:>8}  {}\n", plain(f64::from(pair.score)), cut(&safe(&pair.summary), ROOM));
    for (item, text) in [a, b].into_iter().zip(texts) {
        out += &format!("          {:<10}  {text}\n", cut(&named(d, item), NAME));
    }
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
        let (name, text) = member(d, group.representative, index);
        let mark = if index == group.representative { "*" } else { " " };
        let times = if times > 1 { format!("  ({times} times)") } else { String::new() };
        out += &format!("        {mark} {name:<10}  {text}{times}\n");
    }
    if texts.len() > SHOWN {
        out += &format!("          (and {} more that differ)\n", texts.len() - SHOWN);
    }
    out
}

/// A text's name, and the text as it differs from the first of its group.
fn member(d: &Duplicates, first: usize, index: usize) -> (String, String) {
    let whole = item(d, index);
    let [Some(first), Some(other)] = [first, index].map(|index| d.items.get(index)) else { return whole };
    if first.text == other.text {
        return whole;
    }
    let [_, text] = excerpts([&first.text, &other.text], &differences(&first.text, &other.text), ROOM);
    (whole.0, text)
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
        "\nhubs: texts among the {} nearest of unusually many others, {} in all; {} in nobody's list; mean similarity {}\n",
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
