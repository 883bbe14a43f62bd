//! Contrast tests, in words and as JSON.

use super::figures::{plain, signed};
use super::json::laid_out;
use super::label::{Align, columns, cut, pad, safe};
use crate::contrast::{Failure, Outcome, Report, Tipping};
use crate::similarity::Similarity;

/// Columns that a text may take.
const ROOM: usize = 88;

/// Which tests pass, by category, and what made the others fail. top: how many words of each
/// failure to name.
pub fn contrast(r: &Report, top: usize) -> String {
    let kind = match r.similarity {
        Similarity::Cos => "cosine",
        Similarity::Dot => "dot product",
    };
    let mut out = format!("{}, {kind}: {} of {} tests pass\n", safe(&r.model), r.passed, r.tests.len());
    out += &table(r);
    let missed = r.missed();
    if !missed.is_empty() {
        out += "\nfailed, those that miss by most first\n";
    }
    for outcome in missed {
        let failure = r.failures.iter().find(|failure| failure.number == outcome.number);
        out += &failed(outcome);
        out += &failure.map(|failure| tipped(failure, top)).unwrap_or_default();
    }
    out
}

/// The report as JSON, with both explanations of each failure that was taken apart.
pub fn contrast_json(r: &Report) -> String {
    // Writing plain structs to memory cannot fail: every map key is a string.
    laid_out(&serde_json::to_string(r).unwrap_or_default())
}

fn table(r: &Report) -> String {
    let names: Vec<String> = r.categories.iter().map(|category| cut(&safe(&category.name), ROOM / 2)).collect();
    let width = names.iter().map(|name| columns(name)).max().unwrap_or(0).max("category".len());
    let row =
        |name: &str, passed: &str, total: &str| format!("{}  {passed:>5}  {total:>4}\n", pad(name, width, Align::Left));
    let rows = r.categories.iter().zip(&names);
    let rows = rows.map(|(category, name)| row(name, &category.passed.to_string(), &category.total.to_string()));
    format!("\n{}", row("category", "pass", "of")) + &rows.collect::<String>()
}

fn failed(outcome: &Outcome) -> String {
    let test = &outcome.test;
    let line =
        |which: &str, score: &str, text: &str| format!("  {which:<8}{score:>8}  {}\n", cut(&safe(text.trim()), ROOM));
    let [closer, farther] = outcome.scores.map(plain);
    let margin =
        if test.margin > 0.0 { format!(", less than the margin of {}", plain(test.margin)) } else { String::new() };
    let note = test.note.as_ref().map_or_else(String::new, |note| format!("; {}", cut(&safe(note.trim()), ROOM)));
    format!("test {}, {}: {}{margin}{note}\n", outcome.number, safe(&test.category), signed(outcome.difference))
        + &line("anchor", "", &test.anchor)
        + &line("closer", &closer, &test.closer)
        + &line("farther", &farther, &test.farther)
}

/// The words that speak for the farther text.
fn tipped(failure: &Failure, top: usize) -> String {
    let word = |word: &Tipping| {
        let place = match (word.closer, word.farther) {
            (Some(_), None) => " (closer only)",
            (None, Some(_)) => " (farther only)",
            _ => "",
        };
        format!("`{}`{place} {}", safe(&word.word), signed(word.difference))
    };
    let against = failure.words.iter().filter(|word| word.difference < 0.0);
    let words: Vec<String> = against.take(top).map(word).collect();
    if words.is_empty() {
        return format!(
            "  no word speaks for the farther text; special tokens and references: {}\n",
            signed(failure.rest)
        );
    }
    format!("  tipped by {}\n", words.join(", "))
}
