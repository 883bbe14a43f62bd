//! Scores on the scale from 0 to 1, and the scale that a file's scores seem to have.

use super::Bad;
use super::columns::Numbered;

/// A score on the scale from 0 to 1.
pub(super) fn scaled(text: &str, (low, high): (f64, f64)) -> Result<f64, Bad> {
    let score: f64 = text.trim().parse().map_err(|_| Bad::Other(format!("its score `{text}` is not a number")))?;
    if (low..=high).contains(&score) {
        return Ok((score - low) / (high - low));
    }
    Err(Bad::Score(format!("its score {score} is not from {low} to {high}: give the scores' range")))
}

/// The first of the usual ranges that holds all scores.
pub(super) fn likely(rows: &[Numbered]) -> Option<(f64, f64)> {
    const USUAL: [(f64, f64); 5] = [(0.0, 1.0), (-1.0, 1.0), (0.0, 5.0), (0.0, 10.0), (0.0, 100.0)];
    let texts = rows.iter().filter_map(|(_, row)| row.as_ref().ok()?.score.as_deref());
    let scores: Vec<f64> = texts.filter_map(|text| text.trim().parse().ok()).filter(|s: &f64| s.is_finite()).collect();
    USUAL.into_iter().find(|(low, high)| scores.iter().all(|score| (low..=high).contains(&score)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pairs::Fields;

    #[test]
    fn the_range_is_that_of_all_scores() {
        let rows = |scores: &[&str]| -> Vec<Numbered> {
            let row = |&score: &&str| Fields { a: "a".into(), b: None, score: Some(score.into()) };
            scores.iter().enumerate().map(|(i, score)| (i as u64, Ok(row(score)))).collect()
        };
        assert_eq!(likely(&rows(&["0.5", "4", "NaN", "x"])), Some((0.0, 5.0)));
        assert_eq!(likely(&rows(&["-0.5", "1"])), Some((-1.0, 1.0)));
        assert_eq!(likely(&rows(&["4", "70"])), Some((0.0, 100.0)));
        assert_eq!(likely(&rows(&["-4", "70"])), None);
    }
}
