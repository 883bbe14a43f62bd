//! How well a matrix of scores between the units of two texts finds the aligned ones.
//!
//! All are functions of the scores `[units of A][units of B]` and of the set of aligned pairs.

use std::collections::HashSet;

/// Average precision of a ranking: `sum over thresholds t of (R_t - R_(t-1)) P_t`, with precision P
/// and recall R of everything that scores at least t. Equal scores share a threshold, so their
/// order does not matter. None without a positive.
///
/// ranked: each candidate's score, and whether it is a positive.
pub fn average_precision(ranked: impl IntoIterator<Item = (f64, bool)>) -> Option<f64> {
    let mut ranked: Vec<(f64, bool)> = ranked.into_iter().collect();
    ranked.sort_by(|x, y| y.0.total_cmp(&x.0));
    let positives = ranked.iter().filter(|(_, positive)| *positive).count();
    let (mut found, mut seen, mut sum) = (0, 0, 0.0);
    for tied in ranked.chunk_by(|x, y| x.0 == y.0) {
        let new = tied.iter().filter(|(_, positive)| *positive).count();
        (found, seen) = (found + new, seen + tied.len());
        sum += new as f64 * found as f64 / seen as f64;
    }
    (positives > 0).then(|| sum / positives as f64)
}

/// F1 of an alignment: the harmonic mean of precision and recall. None if nothing is aligned in
/// truth.
pub fn f1(found: &[(usize, usize)], aligned: &[(usize, usize)]) -> Option<f64> {
    let [found, aligned] = [found, aligned].map(|pairs| pairs.iter().collect::<HashSet<_>>());
    let both = found.intersection(&aligned).count();
    (!aligned.is_empty()).then(|| 2.0 * both as f64 / (found.len() + aligned.len()) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn average_precision_is_that_of_its_definition() {
        // By hand: positives at ranks 1, 3 and 4.
        let ranked = [(0.9, true), (0.8, false), (0.7, true), (0.6, true), (0.1, false)];
        let expected = (1.0 + 2.0 / 3.0 + 3.0 / 4.0) / 3.0;
        assert!((average_precision(ranked).unwrap() - expected).abs() < 1e-12);
        let mut reversed = ranked;
        reversed.reverse();
        assert_eq!(average_precision(reversed), average_precision(ranked));
        // Where all scores are equal it is the share of positives.
        assert_eq!(average_precision(ranked.map(|(_, positive)| (0.0, positive))), Some(0.6));
        assert_eq!(average_precision([(1.0, false)]), None);
    }

    #[test]
    fn f1_is_the_harmonic_mean() {
        let (found, aligned) = ([(0, 0), (1, 1), (2, 0)], [(0, 0), (1, 1), (1, 2), (2, 2), (3, 3)]);
        let (precision, recall) = (2.0 / 3.0, 2.0 / 5.0);
        assert!((f1(&found, &aligned).unwrap() - 2.0 * precision * recall / (precision + recall)).abs() < 1e-12);
        assert_eq!((f1(&[], &aligned), f1(&found, &[])), (Some(0.0), None));
    }
}
