//! The words that go with errors, as a table.

use super::{Explained, WORDS};
use crate::explained::{Tested, WordOptions, WordUse, words};
use crate::render::figures::signed;
use crate::render::label::{Align, columns, cut, pad, safe};
use crate::render::terminal::wrap;

/// What the table's columns are.
pub(super) const LEGEND: &str = "Shift: mean of score - gold over the pairs with the word, less that over all others. \
                                 Correlation: of what the word adds to the score with score - gold, over the pairs that \
                                 have it. Each with its standard error. A star marks what chance would show in fewer \
                                 than one of 20 tables like this.";

/// The words of five pairs at least that are held against errors, the surest first; the first
/// [`WORDS`] are listed. Without gold scores none.
pub(super) fn tested(pairs: &[Explained]) -> Vec<WordUse> {
    if pairs.iter().all(|pair| pair.gold.is_none()) {
        return Vec::new();
    }
    let mut all = words(pairs, &WordOptions::default());
    all.retain(|word| word.shift.is_some() || word.correlation.is_some());
    all
}

/// The table's cells: word, pairs, mean relevance, shift, correlation.
pub(super) fn cells(word: &WordUse) -> [String; 5] {
    let written = |tested: Option<Tested>| {
        tested.map_or_else(String::new, |tested| {
            let mark = if tested.is_clear() { "*" } else { "" };
            format!("{} ± {:.2}{mark}", rounded(tested.value), tested.standard_error)
        })
    };
    [safe(&word.word), word.pairs.to_string(), signed(word.relevance), written(word.shift), written(word.correlation)]
}

/// Two decimals, as the standard error has them.
fn rounded(value: f64) -> String {
    let text = format!("{value:+.2}");
    if text.trim_start_matches(['+', '-']) == "0.00" { "0.00".into() } else { text }
}

pub(super) const NAMES: [&str; 5] = ["word", "pairs", "adds", "shift", "correlation"];

/// How many of all words are more than chance, in words.
pub(super) fn verdict(words: &[WordUse]) -> String {
    let is_clear = |word: &&WordUse| [word.shift, word.correlation].iter().flatten().any(Tested::is_clear);
    match words.iter().filter(is_clear).count() {
        0 => "no word stands out from chance".into(),
        1 => "one word stands out from chance".into(),
        n => format!("{n} words stand out from chance"),
    }
}

/// The table as text, with an empty line before it; nothing without gold scores.
pub(super) fn table(pairs: &[Explained], width: usize) -> String {
    let words = tested(pairs);
    if words.is_empty() {
        return String::new();
    }
    let rows: Vec<[String; 5]> =
        std::iter::once(NAMES.map(str::to_owned)).chain(words.iter().take(WORDS).map(cells)).collect();
    let widest = |k: usize| rows.iter().map(|row| columns(&row[k])).max().unwrap_or_default().min(24);
    let mut widths = [0, 1, 2, 3, 4].map(widest);
    // Of the words there is as much as the numbers leave.
    widths[0] = widths[0].min(width.saturating_sub(widths[1..].iter().sum::<usize>() + 10).max(6));
    let line = |row: &[String; 5]| {
        let cell = |k: usize| match k {
            0 => pad(&cut(&row[0], widths[0]), widths[0], Align::Left),
            _ => pad(&row[k], widths[k], Align::Right),
        };
        format!("  {}\n", [0, 1, 2, 3, 4].map(cell).join("  ").trim_end())
    };
    let rows: String = rows.iter().map(line).collect();
    let wrapped = |text: &str| wrap(text, width, "", 0).join("\n");
    let heading = wrapped(&format!("words that go with errors: {}", verdict(&words)));
    format!("\n{heading}\n{rows}{}\n", wrapped(LEGEND))
}
