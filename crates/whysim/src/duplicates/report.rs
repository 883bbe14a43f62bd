//! The result.

use serde::Serialize;

use super::Options;
use super::boilerplate::Boilerplate;
use super::diff::{Comparison, Difference, compare, kinds};
use super::evidence::Evidence;
use super::groups::Group;
use super::hubs::Hubs;
use super::kind::{Kind, telling};
use crate::similarity::Similarity;

/// Differences that a summary names.
const NAMED: usize = 6;

/// Texts that say the same. Texts are named by their indices in `items`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Duplicates {
    /// The model whose embeddings they are. [`find`](super::find) knows embeddings alone and leaves
    /// None; explaining names it.
    pub model: Option<String>,
    /// How embeddings were compared.
    pub similarity: Similarity,
    /// The lowest similarity that counted.
    pub threshold: f32,
    /// What the corpus, and the one that it was compared with, are called: `texts` and `against`
    /// unless they are named.
    pub sets: Vec<String>,
    /// How many texts there are, in the corpus and in the one that it was compared with.
    pub texts: Vec<usize>,
    /// The same with texts that are equal word for word counted once.
    pub distinct: Vec<usize>,
    /// How many of the texts are in a pair: of those of two corpora, how many have one of the
    /// other's.
    pub matched: Vec<usize>,
    /// How many of these are equal to another word for word.
    pub verbatim: Vec<usize>,
    /// How many pairs of texts are at or above the threshold, each copy counted.
    pub above: u64,
    /// How many pairs of distinct texts were kept: for each text the strongest
    /// [`Options::edges`](super::Options::edges). `pairs` lists the strongest of them.
    pub kept: usize,
    /// Pairs, strongest first; then texts that are equal word for word, each with the first of
    /// them. Between two corpora, A is of the first and B of the other.
    pub pairs: Vec<Pair>,
    /// Groups, largest first.
    pub groups: Vec<Group>,
    /// Texts near to unusually many others.
    pub hubs: Hubs,
    /// What stands in many texts.
    pub boilerplate: Boilerplate,
    /// The texts of all these, in the order of the corpora.
    pub items: Vec<Item>,
    #[serde(skip)]
    pub(super) options: Options,
}

/// A text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Item {
    /// Its name.
    pub id: String,
    /// Which corpus it is of: 0, or 1 for the one that was compared with.
    pub set: usize,
    /// Its position there, from 0.
    pub at: usize,
    /// The text.
    pub text: String,
}

/// Two texts at or above the threshold.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pair {
    /// Index of their group.
    pub group: usize,
    /// Index of text A.
    pub a: usize,
    /// Index of text B.
    pub b: usize,
    /// Their similarity.
    pub score: f32,
    /// The kinds of their differences, each once.
    pub kinds: Vec<Kind>,
    /// Whether they differ in numbers, names or negations alone, or in the places of names and
    /// numbers: not duplicates, however similar.
    pub telling: bool,
    /// In what they differ, in a line.
    pub summary: String,
    /// The words in which they differ.
    pub differences: Vec<Difference>,
    /// What carries their similarity; None if the pair was not explained.
    pub evidence: Option<Evidence>,
}

impl Pair {
    /// A pair that is not explained yet.
    pub(super) fn new(group: usize, [a, b]: [usize; 2], score: f32, texts: [&str; 2]) -> Self {
        let Comparison { differences, swapped } = compare(texts[0], texts[1]);
        let kinds = if texts[0] == texts[1] { vec![Kind::Copy] } else { kinds(&differences) };
        let (telling, summary) = match swapped {
            Some(swapped) => (true, format!("{swapped} in another order: {}", places(&differences))),
            None => (telling(&kinds), summary(&kinds, &differences)),
        };
        Self { group, a, b, score, kinds, telling, summary, differences, evidence: None }
    }
}

/// What stands in the changed places of A.
fn places(differences: &[Difference]) -> String {
    let words = differences.iter().filter_map(|one| Some(one.a.as_ref()?.text.as_str()));
    let more = if differences.len() > NAMED { ", …" } else { "" };
    words.take(NAMED).collect::<Vec<&str>>().join(", ") + more
}

fn summary(kinds: &[Kind], differences: &[Difference]) -> String {
    let part = |kind: &Kind| {
        let what = match kind {
            Kind::Copy => return "the same word for word".to_owned(),
            Kind::Form => return "differs in case, spacing, contractions or punctuation alone".to_owned(),
            // No word is missing anywhere.
            Kind::Order => return format!("differs in the order of words: {}", places(differences)),
            Kind::Number => "a number",
            Kind::Name => "a name",
            Kind::Negation => "a negation",
            Kind::Word => "words",
        };
        let of: Vec<&Difference> = differences.iter().filter(|one| one.kind == *kind).collect();
        let named: Vec<String> = of.iter().take(NAMED).map(|one| one.to_string()).collect();
        let more = if of.len() > NAMED { format!(" and {} more", of.len() - NAMED) } else { String::new() };
        format!("differs in {what}: {}{more}", named.join(", "))
    };
    kinds.iter().map(part).collect::<Vec<String>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_in_what_texts_differ() {
        let cases = [
            ("It took 10 days.", "It took 12 days.", "differs in a number: 10 → 12"),
            ("Hello there", "hello there!", "differs in case, spacing, contractions or punctuation alone"),
            ("Hello", "Hello", "the same word for word"),
            ("We saw Ann eat 3.", "We saw Bea eat 4.", "differs in a number: 3 → 4; differs in a name: Ann → Bea"),
            ("It is here.", "It is not here.", "differs in a negation: ∅ → not"),
            ("At night it rained.", "It rained at night.", "differs in the order of words: At night"),
            ("a b c d e f g h i", "z", "differs in words: a b c d e f g h i → z"),
        ];
        for (a, b, line) in cases {
            let pair = Pair::new(0, [0, 1], 0.9, [a, b]);
            assert_eq!(pair.summary, line);
            assert_eq!(pair.telling, line.contains("number") || line.contains("negation"));
        }
        let pair =
            Pair::new(0, [0, 1], 0.9, ["Please ask Anna Berger and not Tom.", "Please ask Tom and not Anna Berger."]);
        assert_eq!((pair.summary.as_str(), pair.telling), ("names in another order: Anna Berger, Tom", true));
        assert_eq!(pair.kinds, [Kind::Order]);
    }
}
