//! What a page says of single rows: their names, and what each adds to the score.

use crate::Explanation;
use crate::explanation::Side;
use crate::render::label::{columns, name, numbered};
use crate::text::{Origin, Token, Unit};

/// A name that can be cut at the end of its first part, and a second part that stays.
pub(super) type Name = [String; 2];

/// What each row of A and of B adds to the score: its pairs, and what it has with the other text's
/// reference.
pub(super) fn relevance(e: &Explanation) -> [Vec<f64>; 2] {
    let mut columns = e.border.b.iter().map(|&v| f64::from(v)).collect::<Vec<f64>>();
    let mut row = |(row, &border): (&Vec<f32>, &f32)| {
        columns.iter_mut().zip(row).for_each(|(column, &v)| *column += f64::from(v));
        f64::from(border) + row.iter().map(|&v| f64::from(v)).sum::<f64>()
    };
    let rows = e.matrix.iter().zip(&e.border.a).map(&mut row).collect();
    [rows, columns]
}

/// The end of a text's colour scale: the largest value of the rows that count in means. Special
/// tokens can be beyond it, and would pale all others.
pub(super) fn limit(values: &[f64], side: &Side) -> f64 {
    let counted = values.iter().zip(side.counted()).filter(|(value, counted)| *counted && value.is_finite());
    counted.fold(0.0, |most: f64, (value, _)| most.max(value.abs()))
}

/// Names for lists that do not show positions: repeated ones are numbered.
pub(super) fn names(by: Unit, tokens: &[Token]) -> Vec<Name> {
    match by {
        Unit::Sentence => sentences(tokens),
        _ => numbered(tokens).into_iter().map(|name| [name, String::new()]).collect(),
    }
}

/// Names beside the matrix.
pub(super) fn labels(by: Unit, tokens: &[Token]) -> Vec<Name> {
    match by {
        Unit::Sentence => sentences(tokens),
        _ => tokens.iter().map(|token| [name(token), String::new()]).collect(),
    }
}

/// The most columns of a sentence that its name has.
const ROOM: usize = 28;

/// The first words of each sentence, and which one it is.
fn sentences(tokens: &[Token]) -> Vec<Name> {
    let mut number = 0;
    let label = |token: &Token| -> Name {
        let name = name(token);
        if token.origin != Origin::Text {
            return [name, String::new()];
        }
        number += 1;
        [begin(&name), format!(" · {number}")]
    };
    tokens.iter().map(label).collect()
}

/// The first words, at least one.
fn begin(name: &str) -> String {
    let mut out = String::new();
    for word in name.split_whitespace() {
        if !out.is_empty() && columns(&out) + 1 + columns(word) > ROOM {
            return out + " …";
        }
        out += if out.is_empty() { "" } else { " " };
        out += word;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explanation::sample::{garden, sized};

    #[test]
    fn relevance_of_one_text_is_what_its_references_leave_of_the_score() {
        for e in [garden(), sized(5)] {
            let [a, b] = relevance(&e);
            let of = |border: &[f32]| e.border.corner + border.iter().map(|&v| f64::from(v)).sum::<f64>();
            let left = |values: &[f64], other: &[f32]| values.iter().sum::<f64>() + of(other) - e.error - e.score;
            assert!(left(&a, &e.border.b).abs() < 1e-5 && left(&b, &e.border.a).abs() < 1e-5);
        }
    }

    #[test]
    fn special_tokens_do_not_set_the_scale() {
        let e = garden();
        let mut values = vec![0.25; e.a.tokens.len()];
        (values[0], values[1]) = (9.0, -0.5);
        assert_eq!(limit(&values, &e.a), 0.5);
    }

    #[test]
    fn sentences_have_their_first_words_and_their_number() {
        let token = |text: &str, origin| Token { text: text.into(), start: 0, end: 1, origin };
        let tokens = [
            token("[CLS]", Origin::Special),
            token("No.", Origin::Text),
            token(" The dog runs after the kitten\nin the yard.", Origin::Text),
            token("Donaudampfschifffahrtsgesellschaftskapitän", Origin::Text),
        ];
        let names: Vec<String> = names(Unit::Sentence, &tokens).into_iter().map(|name| name.concat()).collect();
        let expected =
            ["[CLS]", "No. · 1", "The dog runs after the … · 2", "Donaudampfschifffahrtsgesellschaftskapitän · 3"];
        assert_eq!(names, expected);
    }

    #[test]
    fn repeated_names_are_numbered_in_lists_only() {
        let tokens = garden().b.tokens.clone();
        let again = [tokens.clone(), tokens].concat();
        assert!(names(Unit::Token, &again).iter().any(|name| name[0].ends_with("#2")));
        assert!(!labels(Unit::Token, &again).iter().any(|name| name[0].ends_with("#2")));
    }
}
