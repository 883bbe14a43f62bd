use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::explanation::sample::garden;

/// A pair of texts of one word each, whose word in A adds `relevance` to the score.
fn pair(word: &str, relevance: f64, error: f64) -> Explained {
    let mut e = garden().by(Unit::Word);
    let token = |text: &str| Token { text: text.into(), start: 0, end: text.len(), origin: Origin::Text };
    (e.a.tokens, e.b.tokens) = (vec![token(word)], vec![token("and")]);
    (e.a.text, e.b.text) = (word.into(), "and".into());
    (e.matrix, e.border.a, e.border.b) = (vec![vec![relevance as f32]], vec![0.0], vec![0.0]);
    e.score = relevance;
    Explained { name: None, number: 1, gold: Some(relevance - error), explanation: e }
}

/// Pairs of which every tenth has `word`.
fn pairs(word: &str, n: usize, of: impl Fn(&mut ChaCha8Rng, &str) -> (f64, f64)) -> Vec<Explained> {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let mut one = |i: usize| {
        let word = if i.is_multiple_of(10) { word.to_owned() } else { format!("w{}", i % 9) };
        let (relevance, error) = of(&mut random, &word);
        pair(&word, relevance, error)
    };
    (0..n).map(&mut one).collect()
}

fn found<'a>(words: &'a [WordUse], word: &str) -> &'a WordUse {
    words.iter().find(|one| one.word == word).unwrap()
}

#[test]
fn a_word_whose_pairs_are_too_high_is_found_and_no_other() {
    let all = pairs("Not", 400, |random, word| {
        let shift = if word == "Not" { 0.3 } else { 0.0 };
        (random.random_range(0.0..1.0), shift + random.random_range(-0.3..0.3))
    });
    let words = words(&all, &WordOptions::default());
    assert_eq!(words[0].word, "not");
    let shift = words[0].shift.unwrap();
    assert!((shift.value - 0.3).abs() < 3.0 * shift.standard_error && shift.is_clear(), "{shift:?}");
    assert!(words[1..].iter().all(|word| word.shift.is_none_or(|shift| !shift.is_clear())), "{words:?}");
    // All pairs have "and", so there are no others to compare them with.
    assert_eq!((found(&words, "and").pairs, found(&words, "and").shift), (400, None));
}

#[test]
fn a_word_whose_own_weight_is_the_error_is_found() {
    let all = pairs("cheap", 400, |random, word| {
        let (x, noise) = (random.random_range(-1.0..1.0), random.random_range(-0.3..0.3));
        (x, if word == "cheap" { 0.5 * x + noise } else { noise })
    });
    let words = words(&all, &WordOptions::default());
    assert_eq!(words[0].word, "cheap");
    assert!(words[0].correlation.unwrap().is_clear() && words[0].correlation.unwrap().value > 0.5);
    assert!(!words[0].shift.unwrap().is_clear());
    assert!(words.iter().filter(|word| word.correlation.is_some_and(|found| found.is_clear())).count() <= 2);
}

#[test]
fn chance_is_no_finding() {
    let mut tables = 0;
    for seed in 0..40 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut one = |i: usize| {
            let (x, error) = (random.random_range(0.0..1.0), random.random_range(-1.0..1.0));
            pair(&format!("w{}", i % 30), x, error)
        };
        let all: Vec<Explained> = (0..300).map(&mut one).collect();
        let clear = |tested: Option<Tested>| tested.is_some_and(|tested| tested.is_clear());
        let words = words(&all, &WordOptions::default());
        assert_eq!(words.len(), 31);
        tables += usize::from(words.iter().any(|word| clear(word.shift) || clear(word.correlation)));
    }
    // Two statistics at 5 % each: 4 of 40 are to be expected at most.
    assert!(tables <= 7, "{tables} of 40 tables with a finding");
}

#[test]
fn shares_are_means_over_occurrences_and_rare_words_are_left_out() {
    let garden = |number| Explained { name: None, number, gold: None, explanation: garden() };
    let twice = words(&[garden(1), garden(2)], &WordOptions { least: 2 });
    let e = garden(1).explanation.by(Unit::Word);
    let relevance = e.relevance();
    let of_the = |token: &&Token| token.text.to_lowercase() == "the";
    let (count, sum) = rows(&e)
        .into_iter()
        .zip(relevance.a.iter().chain(&relevance.b))
        .filter(|(token, _)| of_the(token))
        .fold((0, 0.0), |(count, sum), (_, value)| (count + 1, sum + value));
    let the = found(&twice, "the");
    assert_eq!((the.pairs, the.count), (2, 2 * count));
    assert!((the.relevance - sum / f64::from(count as u32)).abs() < 1e-9);
    assert!(the.shift.is_none() && the.correlation.is_none());
    assert!(twice.iter().all(|word| word.word != "." && word.word != "<s>"));
    assert!(twice.windows(2).all(|two| two[0].relevance.abs() >= two[1].relevance.abs()));
    assert!(words(&[garden(1)], &WordOptions { least: 2 }).is_empty());
}

#[test]
fn what_is_left_has_its_own_moments() {
    let all = [1.0, 5.0, 2.0, 8.0, 4.0, 4.5];
    let rest = Moments::of(&all).without(Moments::of(&all[..2]));
    let own = Moments::of(&all[2..]);
    assert!((rest.mean - own.mean).abs() < 1e-12 && (rest.squares - own.squares).abs() < 1e-12);
}
