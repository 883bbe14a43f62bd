//! Many explained pairs: a list for a terminal, and a page.

mod html;
mod table;

use super::figures::{plain, signed};
use super::label::{cut, name, safe};
use super::ledger::{place, similarity, warnings};
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
    let mut out = heading(pairs).join("\n") + "\n";
    for pair in pairs {
        let e = &pair.explanation;
        let numbers = [Some(plain(e.score)), pair.gold.map(|gold| format!("gold {}", plain(gold)))];
        let error = pair.error().map(|error| format!("error {}", signed(error)));
        let numbers: Vec<String> = numbers.into_iter().chain([error]).flatten().collect();
        out += &format!("\n{:>5}  {}\n", pair.number, cut(&titled(pair, &numbers.join("  ")), width - 7));
        let lines = [one_line(&e.a.text), one_line(&e.b.text), carried(e)];
        let warned = warnings(e).into_iter().map(|warning| format!("warning: {warning}"));
        out.extend(lines.into_iter().chain(warned).map(|line| format!("       {}\n", cut(&line, width - 7))));
    }
    out + &table(pairs)
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

fn carried(e: &Explanation) -> String {
    let one = |([a, b], value): ([String; 2], f64)| format!("{a} × {b} {}", signed(value));
    strongest(e).into_iter().map(one).collect::<Vec<_>>().join(", ")
}
