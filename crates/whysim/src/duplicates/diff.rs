//! The words in which two texts differ.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::kind::{self, Kind};
use super::swap::{self, Swapped};
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
    /// Where the missing words would stand in the text that lacks them: characters before that
    /// place. None where both texts have words.
    pub gap: Option<usize>,
}

/// What stands for words that are missing.
pub(crate) const MISSING: &str = "∅";

/// `10 → 12`; missing words are `∅`.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b] = [&self.a, &self.b].map(|span| span.as_ref().map_or(MISSING, |span| span.text.as_str()));
        write!(f, "{a} → {b}")
    }
}

/// The words in which two texts differ, in order: by Unicode's word boundaries, without regard to
/// case; English contractions are the words that they stand for. Marks count only as signs of
/// numbers. Where both have the same words in another order, all
/// differences are of that kind. Empty for texts that differ in case, spacing, contractions and
/// punctuation alone, or not at all. Where more than a thousand words were put in or taken out, all
/// between the texts' common beginning and end is one difference.
pub fn differences(a: &str, b: &str) -> Vec<Difference> {
    compare(a, b).differences
}

/// What two texts differ in.
pub(super) struct Comparison {
    pub differences: Vec<Difference>,
    /// What changed places, where that is all.
    pub swapped: Option<Swapped>,
}

/// Compares two texts.
pub(super) fn compare(a: &str, b: &str) -> Comparison {
    let sides = [words(a), words(b)];
    let [left, right] = [&sides[0], &sides[1]];
    let texts = [a, b].map(|text| text.chars().collect::<Vec<char>>());
    let mut found = Vec::new();
    let mut moved: HashMap<&str, i64> = HashMap::new();
    for (of_a, of_b) in changes(left, right) {
        let gaps = [gap(left, of_a.start), gap(right, of_b.start)];
        let said = |word: &&Word| !word.is_mark;
        let of_a: Vec<&Word> = left[of_a].iter().filter(said).collect();
        let of_b: Vec<&Word> = right[of_b].iter().filter(said).collect();
        of_a.iter().for_each(|word| *moved.entry(&word.folded).or_default() += 1);
        of_b.iter().for_each(|word| *moved.entry(&word.folded).or_default() -= 1);
        for run in split(&of_a, &of_b) {
            let accompanies = negation::accompanies(&folded(run.0), &folded(run.1));
            found.extend(difference(run, &texts, gaps).map(|one| (one, accompanies)));
        }
    }
    if found.iter().any(|(one, _)| one.kind == Kind::Negation) {
        found.iter_mut().filter(|(_, accompanies)| *accompanies).for_each(|(one, _)| one.kind = Kind::Negation);
    }
    let mut differences: Vec<Difference> = found.into_iter().map(|(one, _)| one).collect();
    if differences.is_empty() || moved.values().any(|&n| n != 0) {
        return Comparison { differences, swapped: None };
    }
    differences.iter_mut().for_each(|one| one.kind = Kind::Order);
    match swap::swapped(&sides) {
        Some((swapped, runs)) => {
            let order = |run: &swap::Run| {
                let one = difference((&run.0, &run.1), &texts, run.2)?;
                Some(Difference { kind: Kind::Order, ..one })
            };
            Comparison { differences: runs.iter().filter_map(order).collect(), swapped: Some(swapped) }
        }
        None => Comparison { differences, swapped: None },
    }
}

/// What changed, by the numbers of words: no contraction is cut in two.
fn changes(left: &[Word], right: &[Word]) -> Vec<(Range<usize>, Range<usize>)> {
    let mut ids = HashMap::new();
    let [x, y] = [left, right].map(|words| {
        let mut id = |word: &Word| {
            let next = ids.len() as u32;
            *ids.entry(word.folded.clone()).or_insert(next)
        };
        words.iter().map(&mut id).collect::<Vec<u32>>()
    });
    let inside = |words: &[Word], at: usize| at > 0 && at < words.len() && is_one(&words[at - 1], &words[at]);
    let mut all: Vec<(Range<usize>, Range<usize>)> = Vec::new();
    for (mut a, mut b) in myers::changes(&x, &y) {
        while a.start.min(b.start) > 0 && (inside(left, a.start) || inside(right, b.start)) {
            (a.start, b.start) = (a.start - 1, b.start - 1);
        }
        while a.end < left.len() && b.end < right.len() && (inside(left, a.end) || inside(right, b.end)) {
            (a.end, b.end) = (a.end + 1, b.end + 1);
        }
        match all.last_mut() {
            Some(last) if a.start <= last.0.end && b.start <= last.1.end => {
                (last.0.end, last.1.end) = (last.0.end.max(a.end), last.1.end.max(b.end));
            }
            _ => all.push((a, b)),
        }
    }
    all
}

/// Whether two words are of one contraction.
fn is_one(a: &Word, b: &Word) -> bool {
    a.token.start == b.token.start
}

/// Where words would stand that are missing before a word.
fn gap(words: &[Word], at: usize) -> usize {
    at.checked_sub(1).and_then(|before| words.get(before)).map_or(0, |word| word.token.end)
}

fn folded<'a>(words: &[&'a Word]) -> Vec<&'a str> {
    words.iter().map(|word| word.folded.as_str()).collect()
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
    let contracted = [a, b].iter().any(|words| words.windows(2).any(|two| is_one(two[0], two[1])));
    if a.len() == b.len() && !negates && !contracted { a.chunks(1).zip(b.chunks(1)).collect() } else { vec![(a, b)] }
}

/// gaps: where words of A and of B would stand if there are none.
fn difference((a, b): Run, texts: &[Vec<char>; 2], gaps: [usize; 2]) -> Option<Difference> {
    if a.is_empty() && b.is_empty() {
        return None;
    }
    let gap = if a.is_empty() { Some(gaps[0]) } else { b.is_empty().then_some(gaps[1]) };
    Some(Difference { kind: kind::of(a, b), a: span(a, &texts[0]), b: span(b, &texts[1]), gap })
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
    fn contractions_are_the_words_that_they_stand_for() {
        for (a, b) in [
            ("I can't log in.", "I cannot log in"),
            ("I can not log in.", "I can’t log in"),
            ("She won't. It's late.", "She will not. It is late."),
            ("He's not here", "He isn't here"),
        ] {
            assert_eq!(of(a, b), [""; 0], "{a} {b}");
        }
        assert_eq!(of("I can log in", "I can't log in"), ["negation can → can't"]);
        assert_eq!(of("It's late", "It isn't late"), ["negation It's → It isn't"]);
        assert_eq!(of("I'm late", "We're late"), ["word I'm → We're"]);
    }

    #[test]
    fn what_comes_with_a_negation_belongs_to_it() {
        let cases = [
            ("The page says so.", "The page no longer says so.", &["negation – → no longer"][..]),
            ("I see it.", "I don't see it any more.", &["negation – → don't", "negation – → any more"]),
            ("Er hat ein Auto.", "Er hat kein Auto mehr.", &["negation ein → kein", "negation – → mehr"]),
            ("Il travaille ici.", "Il ne travaille plus ici.", &["negation – → ne", "negation – → plus"]),
            ("Hoy trabaja aquí.", "Hoy ya no trabaja aquí.", &["negation – → ya no"]),
            ("Do you need help?", "Do you need any more help?", &["word – → any more"]),
        ];
        for (a, b, expected) in cases {
            assert_eq!(of(a, b), expected);
        }
    }

    #[test]
    fn names_and_numbers_that_change_places_are_told_from_other_order() {
        let swapped = |a: &str, b: &str| compare(a, b).swapped;
        let (a, b) = ("Move it from Anna Berger to Tom Weiss.", "Move it from Tom Weiss to Anna Berger.");
        assert_eq!(of(a, b), ["order Anna Berger → Tom Weiss", "order Tom Weiss → Anna Berger"]);
        assert_eq!(swapped(a, b), Some(Swapped::Names));
        assert_eq!(swapped("Tom bit Anna.", "Anna bit Tom."), Some(Swapped::Names));
        assert_eq!(swapped("from 3 to 5", "from 5 to 3"), Some(Swapped::Numbers));
        assert_eq!(swapped("Ask Ann for 3, Bea for 5", "Ask Bea for 5, Ann for 3"), Some(Swapped::Both));
        // The other words moved with them, or one name is written in two ways.
        assert_eq!(swapped("In March we went to Rome.", "We went to Rome in March."), None);
        assert_eq!(swapped("We saw Berger, Anna.", "We saw Anna Berger."), None);
        assert_eq!(swapped("The cat bit the dog.", "The dog bit the cat."), None);
    }

    #[test]
    fn a_gap_is_where_words_are_missing() {
        let found = differences("The page says so.", "The page no longer says so.");
        assert_eq!((found[0].gap, found.len()), (Some(8), 1));
        assert_eq!(differences("a b", "c b")[0].gap, None);
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
