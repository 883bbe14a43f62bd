//! What kind of difference two runs of words make.

use serde::{Deserialize, Serialize};

use super::negation;
use super::words::Word;
use crate::names::named;

/// What differs. Numbers, names and negations are found by the forms of words and by lists: a
/// heuristic, which knows English, German, French and Spanish, and takes any word that is
/// capitalised inside a sentence for a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Nothing: the texts are equal word for word.
    Copy,
    /// Case, spacing, contractions and punctuation alone.
    Form,
    /// A number, or its sign.
    Number,
    /// A name.
    Name,
    /// A negation.
    Negation,
    /// The order of words alone.
    Order,
    /// Other words.
    Word,
}

named!(
    Kind,
    "kind",
    [
        ("copy", Copy),
        ("form", Form),
        ("number", Number),
        ("name", Name),
        ("negation", Negation),
        ("order", Order),
        ("word", Word)
    ]
);

/// Whether texts that differ in just these kinds of words are what deduplication by similarity
/// gets wrong: nearly the same words, and another fact. Names and numbers that change places are
/// of that sort, too, and are not told by kinds: see [`Pair::telling`](super::Pair::telling).
pub fn telling(kinds: &[Kind]) -> bool {
    let is_fact = |kind: &Kind| matches!(kind, Kind::Number | Kind::Name | Kind::Negation);
    kinds.iter().any(is_fact) && kinds.iter().all(|kind| is_fact(kind) || *kind == Kind::Form)
}

/// The kind of one run of words in place of another; either may be empty.
pub(super) fn of(a: &[&Word], b: &[&Word]) -> Kind {
    let both = || a.iter().chain(b).filter(|word| !word.is_mark);
    if both().next().is_none() {
        return Kind::Form;
    }
    if both().all(|word| word.is_number) {
        return Kind::Number;
    }
    let [left, right] = [a, b].map(|words| {
        let said = words.iter().filter(|word| !word.is_mark);
        said.map(|word| word.folded.as_str()).collect::<Vec<&str>>()
    });
    if negation::differs(&left, &right) {
        return Kind::Negation;
    }
    if both().all(|word| word.is_name) { Kind::Name } else { Kind::Word }
}
