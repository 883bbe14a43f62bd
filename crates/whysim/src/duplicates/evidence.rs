//! What carries the similarity of a pair, by a model.
//!
//! Each text is decomposed by words, or, where a text of the pair is long, by sentences. Of the
//! cells of a pair's matrix only positive ones carry similarity. A cell counts by halves for its
//! row and for its column, so that the shares of all words of a pair add up to one.

use std::collections::BTreeMap;

use serde::Serialize;

use super::boilerplate::{Share, folded};
use super::diff::Span;
use crate::explanation::{Explanation, Listed, Side, TopPair, Truncated, View};
use crate::text::{Token, Unit};

/// What carries the similarity of a pair.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evidence {
    /// Whether by words or by sentences: the latter where a text is long.
    pub by: Unit,
    /// What the values are: attributions or interactions.
    pub view: View,
    /// The words of A and B that carry most, strongest first.
    pub carries: Vec<Carried>,
    /// The explanation's error: its ledger less the score.
    pub error: f64,
    /// A bound on it.
    pub bound: f64,
    /// How much the model read of A and of B; None for all of it.
    pub truncated: [Option<Truncated>; 2],
}

/// Words that carry similarity together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Carried {
    /// The words of A.
    pub a: Span,
    /// The words of B.
    pub b: Span,
    /// What they carry.
    pub value: f32,
}

pub(super) fn evidence(e: &Explanation, words: usize) -> Evidence {
    let view = e.default_view();
    let own = |side: &Side, i: usize| side.tokens.get(i).filter(|token| token.start < token.end).map(span);
    let cells = e.top(usize::MAX, view, Listed::Text).into_iter().filter(|cell| cell.value > 0.0);
    let carried = |cell: TopPair| Some(Carried { a: own(&e.a, cell.a)?, b: own(&e.b, cell.b)?, value: cell.value });
    Evidence {
        by: e.by,
        view,
        carries: cells.filter_map(carried).take(words).collect(),
        error: e.error,
        bound: e.bound,
        truncated: [e.a.truncated, e.b.truncated],
    }
}

fn span(token: &Token) -> Span {
    Span { start: token.start, end: token.end, text: token.text.clone() }
}

/// Each word's share of what carries the similarity, by its folded form.
pub(super) fn of_words(e: &Explanation) -> Vec<Share> {
    let (rows, columns) = (e.a.counted(), e.b.counted());
    let mut sums: BTreeMap<String, (f64, [bool; 2])> = BTreeMap::new();
    let mut total = 0.0;
    for (i, row) in e.viewed(e.default_view()).iter().enumerate().filter(|(i, _)| rows[*i]) {
        for (j, &value) in row.iter().enumerate().filter(|(j, value)| columns[*j] && **value > 0.0) {
            let half = f64::from(value) / 2.0;
            total += 2.0 * half;
            for (side, token) in [&e.a.tokens[i], &e.b.tokens[j]].into_iter().enumerate() {
                let (sum, sides) = sums.entry(folded(&token.text)).or_default();
                *sum += half;
                sides[side] = true;
            }
        }
    }
    let has_letter = |text: &str| text.chars().any(char::is_alphanumeric);
    let share = |(text, (sum, sides)): (String, (f64, [bool; 2]))| {
        let in_both = sides == [true; 2];
        has_letter(&text).then(|| Share { text, by: e.by, share: sum / total, in_both })
    };
    sums.into_iter().filter_map(share).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explanation::sample::garden;

    #[test]
    fn shares_are_of_one_whole_and_marks_have_the_rest() {
        let e = garden();
        let shares = of_words(&e);
        let sum: f64 = shares.iter().map(|share| share.share).sum();
        assert!(sum > 0.9 && sum <= 1.0 + 1e-9, "{sum}");
        assert!(shares.iter().all(|share| share.share > 0.0 && share.text != "."));
        assert!(shares.iter().any(|share| share.in_both) && shares.iter().any(|share| !share.in_both));
    }

    #[test]
    fn evidence_names_the_strongest_cells_of_the_texts_own() {
        let e = garden();
        let found = evidence(&e, 3);
        let top = &e.top(1, View::Interaction, Listed::Text)[0];
        assert_eq!((found.carries.len(), found.carries[0].value), (3, top.value));
        assert_eq!(found.carries[0].a.text, e.a.tokens[top.a].text);
        assert!(found.carries.is_sorted_by(|x, y| x.value >= y.value));
    }
}
