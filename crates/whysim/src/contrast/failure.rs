//! Why a test fails: the words that made the wrong text win.
//!
//! With t_j what word j of the closer text adds to its similarity with the anchor and u_k what word
//! k of the farther one adds ([`Explanation::relevance`](crate::Explanation::relevance)), the same
//! words of both texts taken together:
//!
//! ```text
//! s(anchor, closer) - s(anchor, farther) = sum over words of (t - u) + rest
//! ```
//!
//! The rest is of special tokens and references.

use std::collections::HashMap;

use serde::Serialize;

use crate::explanation::Explanation;
use crate::margin::Margin;
use crate::text::Origin;

/// A failed test, taken apart.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Failure {
    /// The test's number, from 1.
    pub number: usize,
    /// The words of both texts, those that speak most for the farther text first.
    pub words: Vec<Tipping>,
    /// What special tokens and references add to the difference.
    pub rest: f64,
    /// The margin between the two pairs, with both explanations: `better` is the closer text.
    pub margin: Margin,
}

/// A word of one text, or the same word in both.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tipping {
    /// The word as it was written, in the closer text if it is there.
    pub word: String,
    /// What it adds to the closer text's similarity with the anchor; None where it does not occur.
    pub closer: Option<f64>,
    /// What it adds to the farther text's; None where it does not occur.
    pub farther: Option<f64>,
    /// The first less the second: negative for a word that speaks for the farther text.
    pub difference: f64,
}

impl Failure {
    /// Takes apart test `number`. margin: of the anchor as the query, the closer text as the better
    /// one and the farther as the worse one, by words or sentences.
    pub fn new(number: usize, margin: Margin) -> Self {
        let mut words = joined(&totals(&margin.better), &totals(&margin.worse));
        let rest = margin.margin - words.iter().map(|word| word.difference).sum::<f64>();
        words.sort_by(|x, y| x.difference.total_cmp(&y.difference));
        Self { number, words, rest, margin }
    }
}

/// The words of B, and what they add.
fn totals(e: &Explanation) -> Vec<(String, f64)> {
    let words = e.b.tokens.iter().zip(e.relevance().b).filter(|(token, _)| token.origin == Origin::Text);
    words.map(|(token, total)| (token.text.clone(), total)).collect()
}

/// Words of both texts, the n-th of one with the n-th of the other.
fn joined(closer: &[(String, f64)], farther: &[(String, f64)]) -> Vec<Tipping> {
    let mut places: HashMap<(String, usize), usize> = HashMap::new();
    let mut words: Vec<Tipping> = Vec::new();
    let mut counts = HashMap::new();
    for (word, total) in closer {
        places.insert(occurrence(word, &mut counts), words.len());
        words.push(Tipping { word: word.clone(), closer: Some(*total), farther: None, difference: *total });
    }
    counts.clear();
    for (word, total) in farther {
        match places.get(&occurrence(word, &mut counts)).and_then(|&i| words.get_mut(i)) {
            Some(both) => (both.farther, both.difference) = (Some(*total), both.difference - total),
            None => words.push(Tipping { word: word.clone(), closer: None, farther: Some(*total), difference: -total }),
        }
    }
    words
}

/// The word in lower case, and how often it has occurred before.
fn occurrence(word: &str, counts: &mut HashMap<String, usize>) -> (String, usize) {
    let word = word.to_lowercase();
    let count = counts.entry(word.clone()).or_default();
    *count += 1;
    (word, *count - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_words_are_taken_together_in_their_order() {
        let of = |words: &[(&str, f64)]| words.iter().map(|(word, v)| ((*word).to_owned(), *v)).collect::<Vec<_>>();
        let joined = joined(&of(&[("The", 0.1), ("the", 0.2), ("cat", 0.3)]), &of(&[("the", 0.4), ("dog", 0.5)]));
        let got: Vec<(&str, Option<f64>, Option<f64>)> =
            joined.iter().map(|word| (word.word.as_str(), word.closer, word.farther)).collect();
        let expected = [
            ("The", Some(0.1), Some(0.4)),
            ("the", Some(0.2), None),
            ("cat", Some(0.3), None),
            ("dog", None, Some(0.5)),
        ];
        assert_eq!(got, expected);
        let differences: Vec<f64> = joined.iter().map(|word| word.difference).collect();
        assert!((differences[0] + 0.3).abs() < 1e-12 && differences[1..] == [0.2, 0.3, -0.5]);
    }
}
