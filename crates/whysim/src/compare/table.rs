//! The words that move scores over many pairs.

use std::collections::BTreeMap;

use serde::Serialize;

use super::comparison::Comparison;

/// A word in several places.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WordMove {
    /// The word in lower case.
    pub word: String,
    /// How often it occurs in the texts that were drawn.
    pub count: usize,
    /// What it adds to each model's score, as a mean over its occurrences.
    pub totals: [f64; 2],
    /// The second total less the first.
    pub moved: f64,
    /// The same with each total divided by the standard deviation of its model's scores, so that
    /// the models' scales do not matter. Equal to `moved` if scores do not vary.
    pub standardised: f64,
}

/// Occurrences below which a word says more about its sentence than about the models.
const LEAST: usize = 2;

/// Words by how far they move scores, strongest first. deviation: of each model's scores.
pub(super) fn table(compared: &[&Comparison], deviation: [f64; 2]) -> Vec<WordMove> {
    let mut sums: BTreeMap<String, (usize, [f64; 2])> = BTreeMap::new();
    for word in compared.iter().flat_map(|one| one.a.words.iter().chain(&one.b.words)) {
        let (count, totals) = sums.entry(word.text.to_lowercase()).or_default();
        *count += 1;
        totals.iter_mut().zip(word.totals).for_each(|(sum, total)| *sum += total);
    }
    let scales = if deviation.iter().all(|&d| d > 0.0) { deviation } else { [1.0; 2] };
    let row = |(word, (count, sums)): (String, (usize, [f64; 2]))| {
        let totals = sums.map(|sum| sum / count as f64);
        let standardised = totals[1] / scales[1] - totals[0] / scales[0];
        WordMove { word, count, totals, moved: totals[1] - totals[0], standardised }
    };
    let mut words: Vec<WordMove> = sums.into_iter().filter(|(_, (count, _))| *count >= LEAST).map(row).collect();
    words.sort_by(|x, y| y.standardised.abs().total_cmp(&x.standardised.abs()));
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explanation::sample::garden;
    use crate::text::Unit;

    #[test]
    fn means_are_over_occurrences_and_scales_are_taken_out() {
        let e = garden().by(Unit::Word);
        let mut double = e.clone();
        double.model = "another".into();
        double.matrix.iter_mut().flatten().for_each(|v| *v *= 2.0);
        double.border.a.iter_mut().for_each(|v| *v *= 2.0);
        double.border.b.iter_mut().for_each(|v| *v *= 2.0);
        let one = Comparison::new([&e, &double], 1).unwrap();
        let words = table(&[&one, &one], [0.1, 0.2]);
        let the = words.iter().find(|word| word.word == "the").unwrap();
        let all = one.a.words.iter().chain(&one.b.words).filter(|word| word.text.to_lowercase() == "the");
        let totals: Vec<f64> = all.map(|word| word.totals[0]).collect();
        assert_eq!(the.count, 2 * totals.len());
        assert!((the.totals[0] - totals.iter().sum::<f64>() / totals.len() as f64).abs() < 1e-9);
        // Twice the scale, twice the totals: nothing moved.
        assert!(words.iter().all(|word| word.standardised.abs() < 1e-4), "{words:?}");
        assert!(words.iter().any(|word| word.moved.abs() > 1e-3));
        assert!(table(&[&one], [0.1, 0.2]).iter().all(|word| word.count >= 2));
    }
}
