//! What a page says of single rows: their names, and the scale of what they add to the score.

use crate::explanation::Side;
use crate::render::label::{columns, name, numbered};
use crate::text::{Origin, Token, Unit};

/// A name that can be cut at the end of its first part, and a second part that stays.
pub(super) type Name = [String; 2];

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
    use crate::explanation::sample::garden;

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
