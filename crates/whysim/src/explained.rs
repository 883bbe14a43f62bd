//! Explained pairs, many together: made from rows of a file, kept as JSON lines, and searched for
//! the words that go with their errors.

mod lines;
mod run;
mod student;
mod words;

use serde::Serialize;

use crate::explanation::Explanation;
use crate::rank::{pearson, spearman};

pub use lines::{from_lines, to_lines};
pub use run::{Outcome, Skipped, explain_rows};
pub use words::{Tested, WordOptions, WordUse, words};

/// A pair that was explained, and what is known of it besides.
///
/// Its serde form is the explanation's JSON with up to three keys more before it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explained {
    /// What to call the pair.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its number among all pairs, from 1, those that were skipped included.
    #[serde(rename = "pair")]
    pub number: usize,
    /// What its score should be, on the score's own scale.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gold: Option<f64>,
    /// Why the two texts are similar.
    #[serde(flatten)]
    pub explanation: Explanation,
}

impl Explained {
    /// The score less the gold score, if there is one.
    pub fn error(&self) -> Option<f64> {
        self.gold.map(|gold| self.explanation.score - gold)
    }
}

/// How far scores agree with gold scores.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct AgainstGold {
    /// How many pairs have a gold score.
    pub pairs: usize,
    /// Spearman's correlation; None if it is undefined.
    pub spearman: Option<f64>,
    /// Pearson's correlation; None if it is undefined.
    pub pearson: Option<f64>,
    /// The mean of score - gold.
    pub mean: f64,
    /// The mean of its absolute value.
    pub absolute: f64,
}

/// How far the scores agree with the gold scores; None without any.
pub fn against_gold(pairs: &[Explained]) -> Option<AgainstGold> {
    let known = pairs.iter().filter_map(|pair| Some((pair.explanation.score, pair.gold?)));
    let (scores, gold): (Vec<f64>, Vec<f64>) = known.unzip();
    let n = scores.len() as f64;
    let mean = |of: fn(f64) -> f64| scores.iter().zip(&gold).map(|(s, g)| of(s - g)).sum::<f64>() / n;
    (!scores.is_empty()).then(|| AgainstGold {
        pairs: scores.len(),
        spearman: spearman(&scores, &gold),
        pearson: pearson(&scores, &gold),
        mean: mean(|error| error),
        absolute: mean(f64::abs),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explanation::sample::garden;

    #[test]
    fn scores_are_held_against_the_gold_scores_that_there_are() {
        let pair = |score: f64, gold: Option<f64>| {
            let mut explanation = garden();
            explanation.score = score;
            Explained { name: None, number: 1, gold, explanation }
        };
        let pairs = [pair(0.9, Some(1.0)), pair(0.5, Some(0.25)), pair(0.4, None), pair(0.1, Some(0.0))];
        let found = against_gold(&pairs).unwrap();
        assert!(found.pairs == 3 && (found.spearman.unwrap() - 1.0).abs() < 1e-12);
        assert!((found.mean - 0.25 / 3.0).abs() < 1e-12 && (found.absolute - 0.15).abs() < 1e-12);
        assert_eq!(against_gold(&pairs[2..3]), None);
        assert_eq!(pairs[2].error(), None);
    }
}
