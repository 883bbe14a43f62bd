//! Many explained pairs: a list for a terminal, and a page.

mod html;
mod table;

use super::figures::{plain, signed};
use super::label::{columns, cut, name, safe};
use super::ledger::{place, similarity, warnings};
use super::terminal::wrap;
use crate::explained::{AgainstGold, Explained, against_gold};
use crate::explanation::{Explanation, Listed};
use crate::text::Unit;
pub use html::{ExplainedPage, explained_html};
use table::table;

/// Words that a list of them has.
const WORDS: usize = 12;

/// Pairs of words that stand for an explanation.
const STRONGEST: usize = 3;

/// The pairs as a list: score, gold score and error, both texts, and the strongest pairs of words;
/// then, with gold scores, the words that go with errors. width: columns.
pub fn explained(pairs: &[Explained], width: usize) -> String {
    let width = width.max(40);
    let wrapped = |line: &String| wrap(line, width, "", 0);
    let mut out = heading(pairs).iter().flat_map(wrapped).map(|line| line + "\n").collect::<String>();
    for pair in pairs {
        let e = &pair.explanation;
        let numbers = [Some(plain(e.score)), pair.gold.map(|gold| format!("gold {}", plain(gold)))];
        let error = pair.error().map(|error| format!("error {}", signed(error)));
        let numbers: Vec<String> = numbers.into_iter().chain([error]).flatten().collect();
        out += &format!("\n{:>5}  {}\n", pair.number, cut(&titled(pair, &numbers.join("  ")), width - 7));
        let texts = [&e.a.text, &e.b.text].map(|text| cut(&one_line(text), width - 7));
        let warned = warnings(e).into_iter().flat_map(|line| wrap(&format!("warning: {line}"), width - 7, "", 0));
        let lines = texts.into_iter().chain([carried(e, width - 7)]).chain(warned);
        out.extend(lines.map(|line| format!("       {line}\n")));
    }
    out + &table(pairs, width)
}

/// How many there are, what made them, and how they compare with gold scores.
fn heading(pairs: &[Explained]) -> Vec<String> {
    let count = if pairs.len() == 1 { "1 pair".to_owned() } else { format!("{} pairs", pairs.len()) };
    let mut of: Vec<String> = pairs
        .iter()
        .map(|pair| &pair.explanation)
        .map(|e| format!("{} by {}, {}", similarity(e), safe(&e.model), place(e)))
        .collect();
    of.dedup();
    let by = match &of[..] {
        [one] => format!(": {one}"),
        _ => String::new(),
    };
    [Some(count + &by), against_gold(pairs).map(|gold| against(&gold))].into_iter().flatten().collect()
}

fn against(gold: &AgainstGold) -> String {
    let figure = |value: Option<f64>| value.map_or("undefined".to_owned(), plain);
    format!(
        "against {} gold scores: Spearman {}, Pearson {}; score - gold is {} on average, {} without its sign",
        gold.pairs,
        figure(gold.spearman),
        figure(gold.pearson),
        signed(gold.mean),
        plain(gold.absolute)
    )
}

/// What a pair is called, before its numbers.
fn titled(pair: &Explained, numbers: &str) -> String {
    match &pair.name {
        Some(name) => format!("{numbers}  {}", safe(name)),
        None => numbers.to_owned(),
    }
}

/// A text on one line.
fn one_line(text: &str) -> String {
    safe(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The strongest pairs of words in the view that the explanation is shown in: names and values.
fn strongest(e: &Explanation) -> Vec<([String; 2], f64)> {
    let e = e.by(Unit::Word);
    let top = e.top(STRONGEST, e.default_view(), Listed::Text);
    top.iter().map(|pair| ([name(&e.a.tokens[pair.a]), name(&e.b.tokens[pair.b])], pair.value.into())).collect()
}

/// The strongest pairs of words, as many as there is room for: at least the first, of which the
/// words may be cut, but never the number.
fn carried(e: &Explanation, room: usize) -> String {
    let mut line = String::new();
    for ([a, b], value) in strongest(e) {
        let value = signed(value);
        if line.is_empty() {
            let most = room.saturating_sub(columns(&value) + 4);
            let first = cut(&a, (most / 2).max(most.saturating_sub(columns(&b))));
            line = format!("{first} × {} {value}", cut(&b, most - columns(&first)));
            continue;
        }
        let next = format!(", {a} × {b} {value}");
        if columns(&line) + columns(&next) > room {
            break;
        }
        line += &next;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explanation::sample::garden;

    fn pairs(word: &str) -> Vec<Explained> {
        let mut e = garden();
        e.a.tokens.iter_mut().for_each(|token| token.text = word.into());
        let pair = |number: usize| Explained { number, name: None, gold: Some(0.25), explanation: e.clone() };
        (1..8).map(pair).collect()
    }

    #[test]
    fn every_line_fits_and_no_number_is_cut() {
        for (width, word) in [
            (40, "dog"),
            (57, "Donaudampfschifffahrtsgesellschaft"),
            (40, "Donaudampfschifffahrtsgesellschaft"),
            (80, "x"),
        ] {
            let pairs = pairs(word);
            let list = explained(&pairs, width);
            assert!(list.lines().all(|line| columns(line) <= width), "{width}\n{list}");
            let (_, value) = &strongest(&pairs[0].explanation)[0];
            assert_eq!(list.matches(&signed(*value)).count().min(7), 7, "{width}\n{list}");
        }
    }
}
