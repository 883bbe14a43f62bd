//! Which words go with the errors of many explained pairs.
//!
//! A pair's error is e = score - gold. For a word w, over the n pairs of which a text has it:
//!
//! ```text
//! shift       = mean of e over these pairs - over all others   Welch's t
//! correlation = Pearson's r of x and e over these pairs        t = r sqrt((n - 2) / (1 - r^2))
//! ```
//!
//! with x the sum of the relevance of w's places in both texts of a pair. The shift tells of words
//! with which the model goes wrong whatever they weigh; the correlation of those whose own weight
//! is what goes wrong. Relevance is a part of the score and so of the error, which makes small
//! positive correlations the rule. Probabilities are Student's, corrected for the number of words.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Explained;
use super::student::{holm, two_sided};
use crate::explanation::{Explanation, Side};
use crate::rank::pearson;
use crate::text::{Origin, Token, Unit};

/// Which words to tell of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WordOptions {
    /// How many pairs must have a word: below, it says more about its sentences than about the
    /// model.
    pub least: usize,
}

impl Default for WordOptions {
    fn default() -> Self {
        Self { least: 5 }
    }
}

/// A statistic, and how sure it is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Tested {
    /// Its value.
    pub value: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// The probability that a word like this shows by chance what is as far from zero, corrected
    /// for the number of words (Holm).
    pub p_value: f64,
}

/// The level at which a finding is told from chance.
const LEVEL: f64 = 0.05;

impl Tested {
    /// Whether it is more than chance: in 95 of 100 tables without any effect, no word is.
    pub fn is_clear(&self) -> bool {
        self.p_value < LEVEL
    }
}

/// A word in many pairs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WordUse {
    /// The word in lower case.
    pub word: String,
    /// How many pairs have it.
    pub pairs: usize,
    /// How often it occurs in them.
    pub count: usize,
    /// What it adds to the score, as a mean over its occurrences.
    pub relevance: f64,
    /// The mean of score - gold over the pairs that have it, less that over all others. None
    /// without gold scores, or with fewer than two pairs on a side.
    pub shift: Option<Tested>,
    /// The correlation of what it adds to the score with score - gold over the pairs that have it.
    /// None without gold scores, or where either does not vary.
    pub correlation: Option<Tested>,
}

/// The words of pairs, those that go with errors most surely first; without gold scores those that
/// add most to scores. Rows of tokens are summed to words; signs without a letter or a digit are no
/// words. The module's text has the statistics.
pub fn words(pairs: &[Explained], options: &WordOptions) -> Vec<WordUse> {
    let all: Vec<f64> = pairs.iter().filter_map(Explained::error).collect();
    let mut words: Vec<WordUse> = places(pairs)
        .into_iter()
        .filter(|(_, places)| places.len() >= options.least.max(1))
        .map(|(word, places)| places.summed(word, &all))
        .collect();
    // Before the correction, which makes many of them equal.
    let chance = |word: &WordUse| {
        let both = [word.shift, word.correlation].into_iter().flatten();
        both.map(|tested| tested.p_value).fold(f64::INFINITY, f64::min)
    };
    words.sort_by(|x, y| chance(x).total_cmp(&chance(y)).then_with(|| y.relevance.abs().total_cmp(&x.relevance.abs())));
    correct(&mut words, |word| word.shift.as_mut());
    correct(&mut words, |word| word.correlation.as_mut());
    words
}

/// Where a word occurs.
#[derive(Default)]
struct Places(Vec<Place>);

/// A word in one pair.
struct Place {
    /// Index of the pair.
    pair: usize,
    count: usize,
    /// What it adds to the score, over both texts.
    relevance: f64,
    error: Option<f64>,
}

/// The words in lower case, each with the pairs that have it, in order.
fn places(pairs: &[Explained]) -> BTreeMap<String, Places> {
    let mut places: BTreeMap<String, Places> = BTreeMap::new();
    for (pair, one) in pairs.iter().enumerate() {
        let e = one.explanation.by(Unit::Word);
        let relevance = e.relevance();
        for (token, relevance) in rows(&e).into_iter().zip(relevance.a.iter().chain(&relevance.b)) {
            if token.origin == Origin::Text && token.text.chars().any(char::is_alphanumeric) {
                let of_word = places.entry(token.text.to_lowercase()).or_default();
                of_word.add(Place { pair, count: 1, relevance: *relevance, error: one.error() });
            }
        }
    }
    places
}

/// The rows of both texts, in order.
fn rows(e: &Explanation) -> Vec<&Token> {
    [&e.a, &e.b].into_iter().flat_map(|side: &Side| &side.tokens).collect()
}

impl Places {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn add(&mut self, place: Place) {
        match self.0.last_mut().filter(|last| last.pair == place.pair) {
            Some(last) => {
                last.count += place.count;
                last.relevance += place.relevance;
            }
            None => self.0.push(place),
        }
    }

    /// all: the errors of all pairs.
    fn summed(&self, word: String, all: &[f64]) -> WordUse {
        let count = self.0.iter().map(|place| place.count).sum::<usize>();
        let known = self.0.iter().filter_map(|place| Some((place.relevance, place.error?)));
        let (relevance, errors): (Vec<f64>, Vec<f64>) = known.unzip();
        WordUse {
            word,
            pairs: self.len(),
            count,
            relevance: self.0.iter().map(|place| place.relevance).sum::<f64>() / count as f64,
            shift: shift(&errors, all),
            correlation: correlation(&relevance, &errors),
        }
    }
}

/// The number, the mean and the sum of squares around it.
#[derive(Clone, Copy)]
struct Moments {
    n: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    fn of(values: &[f64]) -> Self {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        Self { n, mean, squares: values.iter().map(|v| (v - mean).powi(2)).sum() }
    }

    /// Those of the values that are left when `part` is taken out of `self`.
    fn without(self, part: Self) -> Self {
        let n = self.n - part.n;
        let mean = (self.n * self.mean - part.n * part.mean) / n;
        let between = part.n * (part.mean - self.mean).powi(2) + n * (mean - self.mean).powi(2);
        Self { n, mean, squares: (self.squares - part.squares - between).max(0.0) }
    }

    /// The squared standard error of the mean.
    fn variance_of_mean(self) -> f64 {
        self.squares / (self.n - 1.0) / self.n
    }
}

/// Welch's test of the means of `own` and of what else there is in `all`, with the degrees of
/// freedom of Welch and Satterthwaite, rounded down.
fn shift(own: &[f64], all: &[f64]) -> Option<Tested> {
    if own.len() < 2 || all.len() < own.len() + 2 {
        return None;
    }
    let own = Moments::of(own);
    let others = Moments::of(all).without(own);
    let [x, y] = [own, others].map(Moments::variance_of_mean);
    let standard_error = (x + y).sqrt();
    let freedom = (x + y).powi(2) / (x * x / (own.n - 1.0) + y * y / (others.n - 1.0));
    tested(own.mean - others.mean, standard_error, freedom)
}

/// x, y: `[n]`.
fn correlation(x: &[f64], y: &[f64]) -> Option<Tested> {
    let freedom = x.len().checked_sub(2).filter(|&freedom| freedom > 0)? as f64;
    let r = pearson(x, y)?.clamp(-1.0, 1.0);
    tested(r, ((1.0 - r * r) / freedom).sqrt(), freedom)
}

/// A value whose ratio to its standard error is Student's t.
fn tested(value: f64, standard_error: f64, freedom: f64) -> Option<Tested> {
    let t = value / standard_error;
    let p_value = if freedom >= 1.0 && !t.is_nan() { two_sided(t, freedom as usize) } else { return None };
    Some(Tested { value, standard_error, p_value })
}

/// Corrects probabilities of one statistic for the number of words that have it.
fn correct(words: &mut [WordUse], of: fn(&mut WordUse) -> Option<&mut Tested>) {
    let chances: Vec<f64> = words.iter_mut().map(|word| of(word).map_or(f64::NAN, |tested| tested.p_value)).collect();
    for (word, chance) in words.iter_mut().zip(holm(&chances)) {
        if let Some(tested) = of(word) {
            tested.p_value = chance;
        }
    }
}

#[cfg(test)]
mod tests;
