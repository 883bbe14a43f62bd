//! The words in which two texts differ.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::kind::{self, Kind};
use super::words::{Word, words};
use super::{myers, negation};

/// Words of a text that stand together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// First character in the text, counted in Unicode code points.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
    /// The words as they were written.
    pub text: String,
}

/// Words of one text in place of words of the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// What kind of words they are.
    pub kind: Kind,
    /// The words of A; None where B has words that A has not.
    pub a: Option<Span>,
    /// The words of B; None where A has words that B has not.
    pub b: Option<Span>,
}

/// The words in which two texts differ, in order: by Unicode's word boundaries, without regard to
/// case. Marks count only as signs of numbers. Where both have the same words in another order, all
/// differences are of that kind. Empty for texts that differ in case, spacing and
/// punctuation alone, or not at all. Where more than a thousand words were put in or taken out, all
/// between the texts' common beginning and end is one difference.
pub fn differences(a: &str, b: &str) -> Vec<Difference> {
    let (left, right) = (words(a), words(b));
    let mut ids = HashMap::new();
    let [x, y] = [&left, &right].map(|words| {
        let mut id = |word: &Word| {
            let next = ids.len() as u32;
            *ids.entry(word.folded.clone()).or_insert(next)
        };
        words.iter().map(&mut id).collect::<Vec<u32>>()
    });
    let texts = [a, b].map(|text| text.chars().collect::<Vec<char>>());
    let mut found = Vec::new();
    let mut moved: HashMap<&str, i64> = HashMap::new();
    for (of_a, of_b) in myers::changes(&x, &y) {
        let said = |word: &&Word| !word.is_mark;
        let of_a: Vec<&Word> = left[of_a].iter().filter(said).collect();
        let of_b: Vec<&Word> = right[of_b].iter().filter(said).collect();
        of_a.iter().for_each(|word| *moved.entry(&word.folded).or_default() += 1);
        of_b.iter().for_each(|word| *moved.entry(&word.folded).or_default() -= 1);
        found.extend(split(&of_a, &of_b).into_iter().filter_map(|run| difference(run, &texts)));
    }
    if moved.values().all(|&n| n == 0) {
        found.iter_mut().for_each(|one| one.kind = Kind::Order);
    }
    found
}

/// The kinds of some differences, each once, in order; of none: [`Kind::Form`].
pub(super) fn kinds(differences: &[Difference]) -> Vec<Kind> {
    let mut kinds: Vec<Kind> = differences.iter().map(|one| one.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    if kinds.is_empty() { vec![Kind::Form] } else { kinds }
}

type Run<'a> = (&'a [&'a Word], &'a [&'a Word]);

/// As many words for as many are changes of one word each. A negation stays with its verb.
fn split<'a>(a: &'a [&'a Word], b: &'a [&'a Word]) -> Vec<Run<'a>> {
    let negates = a.iter().chain(b).any(|word| negation::is_negation(&word.folded));
    if a.len() == b.len() && !negates { a.chunks(1).zip(b.chunks(1)).collect() } else { vec![(a, b)] }
}

fn difference((a, b): Run, texts: &[Vec<char>; 2]) -> Option<Difference> {
    if a.is_empty() && b.is_empty() {
        return None;
    }
    Some(Difference { kind: kind::of(a, b), a: span(a, &texts[0]), b: span(b, &texts[1]) })
}

fn span(words: &[&Word], text: &[char]) -> Option<Span> {
    let (start, end) = (words.first()?.token.start, words.last()?.token.end);
    Some(Span { start, end, text: text.get(start..end)?.iter().collect() })
}

#[cfg(test)]
mod tests {
    use super::super::telling;
    use super::*;

    fn of(a: &str, b: &str) -> Vec<String> {
        let text = |span: &Option<Span>| span.as_ref().map_or("–".to_owned(), |span| span.text.clone());
        let line = |one: &Difference| format!("{} {} → {}", one.kind, text(&one.a), text(&one.b));
        differences(a, b).iter().map(line).collect()
    }

    #[test]
    fn facts_are_told_from_words() {
        let cases = [
            ("It took 10 days.", "It took 12 days!", "number 10 → 12"),
            ("It is -5 degrees.", "It is 5 degrees.", "number - → –"),
            ("We met Anna in Rome.", "We met Berta in Rome.", "name Anna → Berta"),
            ("She likes tea.", "She doesn't like tea.", "negation likes → doesn't like"),
            ("Das ist ein Hund.", "Das ist kein Hund.", "negation ein → kein"),
            ("Il est tard.", "Il n'est pas tard.", "negation est → n'est pas"),
            ("Es verdad.", "No es verdad.", "negation – → No"),
            ("A red car.", "A blue car.", "word red → blue"),
            ("He saw him.", "He saw Peter.", "word him → Peter"),
        ];
        for (a, b, expected) in cases {
            assert_eq!(of(a, b), [expected]);
            assert_eq!(telling(&kinds(&differences(a, b))), !expected.starts_with("word"));
        }
    }

    #[test]
    fn several_changes_in_one_place_are_told_apart() {
        let found = of("They paid 3 euros to Anna Smith.", "They paid 4 euros to Berta Jones.");
        assert_eq!(found, ["number 3 → 4", "name Anna → Berta", "name Smith → Jones"]);
        assert_eq!(of("a b c d", "a x c"), ["word b → x", "word d → –"]);
    }

    #[test]
    fn form_and_order_are_no_other_words() {
        assert!(of("The  CAT; sleeps", "the cat sleeps.").is_empty());
        assert!(of("Two cats", "2 cats").is_empty() && of("Two cats", "three cats") == ["number Two → three"]);
        assert_eq!(kinds(&differences("Hello!", "hello")), [Kind::Form]);
        assert!(of("At night it rained.", "It rained at night.").iter().all(|line| line.starts_with("order")));
        assert!(!telling(&kinds(&differences("At night it rained.", "It rained at night."))));
    }

    #[test]
    fn spans_lie_where_the_words_are() {
        let (a, b) = ("Größe: 10 m (ca.)", "Größe: 12 m (ca.)");
        for one in differences(a, b) {
            let span = one.b.unwrap();
            assert_eq!(b.chars().skip(span.start).take(span.end - span.start).collect::<String>(), span.text);
        }
    }
}
