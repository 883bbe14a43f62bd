//! One set of words for two models, which cut texts into different tokens.
//!
//! Words are the same for all models ([`group`](crate::text::group)), except where a model's token
//! reaches over the border of two of them, or where a model does not see a word. So a word begins
//! wherever a row of either begins, unless it would begin inside a row of the other.

use std::collections::BTreeSet;

use crate::explanation::{Explanation, Side};
use crate::text::{Groups, Origin, Token, Unit};

/// A word of a text, with its row in both explanations; None where a model did not see it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Place {
    pub token: Token,
    pub rows: [Option<usize>; 2],
}

/// Two explanations of the same texts with the same words.
pub(super) struct Aligned {
    pub explanations: [Explanation; 2],
    /// The words of A and of B.
    pub words: [Vec<Place>; 2],
}

/// Brings two explanations of the same texts to the same words, or to sentences if one of them is
/// by sentences.
pub(super) fn align(explanations: [&Explanation; 2]) -> Aligned {
    let sentences = explanations.iter().any(|e| e.by == Unit::Sentence);
    let unit = if sentences { Unit::Sentence } else { Unit::Word };
    let coarse = explanations.map(|e| e.by(unit));
    let [of_a, of_b] = [[&coarse[0].a, &coarse[1].a], [&coarse[0].b, &coarse[1].b]].map(side);
    let groups = [0, 1].map(|model| [of_a.groups[model].clone(), of_b.groups[model].clone()]);
    let explanations = [0, 1].map(|model| coarse[model].regrouped(&groups[model]));
    Aligned { explanations, words: [of_a.words, of_b.words] }
}

/// One text's words, and how each model's rows are grouped to them.
struct Words {
    words: Vec<Place>,
    groups: [Groups; 2],
}

fn side(both: [&Side; 2]) -> Words {
    let starts = starts(both);
    let groups = both.map(|side| grouped(side, &starts));
    let row = |model: usize, start: usize| {
        let rows = groups[model].tokens.iter();
        rows.into_iter().position(|row| row.origin == Origin::Text && row.start == start)
    };
    let words = starts.iter().filter_map(|&start| {
        let rows = [row(0, start), row(1, start)];
        let seen = rows.iter().zip(&groups).filter_map(|(row, groups)| groups.tokens.get((*row)?));
        let token = seen.max_by_key(|token| token.end)?.clone();
        Some(Place { token, rows })
    });
    let words = words.collect();
    Words { words, groups }
}

/// Where words begin, in code points.
fn starts(both: [&Side; 2]) -> Vec<usize> {
    let own = |side: &Side| {
        let own = side.tokens.iter().filter(|token| token.origin == Origin::Text);
        own.map(|token| (token.start, token.end)).collect::<Vec<_>>()
    };
    let rows = both.map(own);
    let is_inside = |start: usize| {
        let cut = |rows: &Vec<(usize, usize)>| rows.iter().any(|&(from, to)| from < start && start < to);
        rows.iter().any(cut)
    };
    let all: BTreeSet<usize> = rows.iter().flatten().map(|row| row.0).collect();
    all.into_iter().filter(|&start| !is_inside(start)).collect()
}

/// The rows of a text grouped into words that begin at `starts`; special and prompt tokens stay
/// alone.
fn grouped(side: &Side, starts: &[usize]) -> Groups {
    let chars: Vec<char> = side.text.chars().collect();
    let mut groups = Groups { tokens: Vec::new(), of: Vec::with_capacity(side.tokens.len()) };
    let mut current = None;
    for token in &side.tokens {
        let word = starts.partition_point(|&start| start <= token.start).checked_sub(1);
        let home = if token.origin == Origin::Text { word.and_then(|word| starts.get(word)) } else { None };
        match groups.tokens.last_mut() {
            Some(last) if home.is_some() && home == current => {
                last.end = last.end.max(token.end);
                last.text = chars[last.start.min(chars.len())..last.end.min(chars.len())].iter().collect();
            }
            _ => groups.tokens.push(Token { start: home.map_or(token.start, |&start| start), ..token.clone() }),
        }
        current = home;
        groups.of.push(groups.tokens.len() - 1);
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, rows: &[(usize, usize)]) -> Side {
        let chars: Vec<char> = text.chars().collect();
        let row = |&(start, end): &(usize, usize)| Token {
            text: chars[start..end].iter().collect(),
            start,
            end,
            origin: Origin::Text,
        };
        let special = |text: &str| Token { text: text.into(), start: 0, end: 0, origin: Origin::Special };
        let tokens = [special("[CLS]")].into_iter().chain(rows.iter().map(row)).chain([special("[SEP]")]).collect();
        Side { text: text.into(), tokens, truncated: None }
    }

    fn words(text: &str, one: &[(usize, usize)], other: &[(usize, usize)]) -> Vec<(String, [Option<usize>; 2])> {
        let (one, other) = (of(text, one), of(text, other));
        side([&one, &other]).words.into_iter().map(|word| (word.token.text, word.rows)).collect()
    }

    #[test]
    fn the_same_rows_are_the_same_words() {
        let rows = [(0, 3), (4, 7), (7, 8)];
        let expected = [("The", 1), ("cat", 2), (".", 3)].map(|(word, row)| (word.to_owned(), [Some(row); 2]));
        assert_eq!(words("The cat.", &rows, &rows), expected);
    }

    #[test]
    fn a_row_over_two_words_makes_one_of_them() {
        let got = words("cat, dog", &[(0, 4), (5, 8)], &[(0, 3), (3, 4), (5, 8)]);
        assert_eq!(got, [("cat,".to_owned(), [Some(1), Some(1)]), ("dog".to_owned(), [Some(2), Some(2)])]);
        let both = [of("cat, dog", &[(0, 4), (5, 8)]), of("cat, dog", &[(0, 3), (3, 4), (5, 8)])];
        assert_eq!(side([&both[0], &both[1]]).groups[1].of, [0, 1, 1, 2, 3]);
    }

    #[test]
    fn rows_that_overlap_by_turns_are_one_word() {
        let got = words("abcd", &[(0, 2), (2, 4)], &[(0, 1), (1, 3), (3, 4)]);
        assert_eq!(got, [("abcd".to_owned(), [Some(1), Some(1)])]);
    }

    #[test]
    fn what_one_model_did_not_see_is_a_word_without_its_row() {
        let got = words("a b c", &[(0, 1), (2, 3), (4, 5)], &[(0, 1)]);
        let expected = [("a", [Some(1), Some(1)]), ("b", [Some(2), None]), ("c", [Some(3), None])];
        assert_eq!(got, expected.map(|(word, rows)| (word.to_owned(), rows)));
    }
}
