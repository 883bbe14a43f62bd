//! Hubs: texts that are near to unusually many others.
//!
//! In spaces of many dimensions some points are among the k nearest of far more others than k, and
//! many are among those of none (Radovanović, Nanopoulos, Ivanović, "Hubs in Space", JMLR 11,
//! 2010). `N_k` of a text is the number of lists of k nearest neighbours that it is in; a hub, as
//! there, has an `N_k` of more than two standard deviations above the mean. Hubs lie near the mean
//! of all: the similarity to it says so.

use serde::Serialize;

use super::lists::Lists;
use super::vectors::Vectors;
use crate::error::Result;
use crate::progress::Part;
use crate::similarity::{dot, wide};

/// Texts that are read at once.
const TOGETHER: usize = 2048;

/// Hubs, and how far the texts have any. All is counted over distinct texts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Hubs {
    /// k.
    pub neighbours: usize,
    /// The skewness of `N_k`, the measure of hubness: 0 if all texts are found equally often. None
    /// where all are.
    pub skewness: Option<f64>,
    /// How many texts are in no list at all.
    pub never: usize,
    /// How many texts are hubs.
    pub count: usize,
    /// The mean similarity of a text to all texts.
    pub mean: f64,
    /// The strongest hubs.
    pub hubs: Vec<Hub>,
}

/// A text that is near to unusually many others.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Hub {
    /// The text, by its index in [`Duplicates::items`](super::Duplicates::items).
    pub text: usize,
    /// `N_k`: how many others have it among their k nearest.
    pub found: u32,
    /// Its mean similarity to all texts: the product with their mean vector.
    pub mean: f64,
}

/// Hubs among `of`, with texts by their numbers among these. lists: of the texts that look for
/// others, which `seekers` are.
pub(super) fn hubs(lists: &Lists, k: usize, [of, seekers]: [Vectors; 2], keep: usize, part: &Part) -> Result<Hubs> {
    let mut found = vec![0u32; of.len()];
    for text in 0..lists.len() {
        lists.of(text).take(k).for_each(|(other, _)| found[other as usize] += 1);
    }
    let (mean, deviation, skewness) = moments(&found);
    let is_hub = |&i: &usize| f64::from(found[i]) > mean + 2.0 * deviation;
    let mut chosen: Vec<usize> = (0..found.len()).filter(is_hub).collect();
    let count = chosen.len();
    chosen.sort_by_key(|&i| (std::cmp::Reverse(found[i]), i));
    chosen.truncate(keep);
    let middle = middle(seekers, part)?;
    let hub = |&i: &usize| {
        let vector = of.read(i..i + 1)?;
        Ok(Hub { text: i, found: found[i], mean: dot(&wide(&vector), &middle) })
    };
    let hubs = chosen.iter().map(hub).collect::<Result<_>>()?;
    let never = found.iter().filter(|&&n| n == 0).count();
    let all = dot(&self::middle(of, part)?, &middle);
    Ok(Hubs { neighbours: k, skewness, never, count, mean: all, hubs })
}

/// The mean vector, `[D]`.
fn middle(of: Vectors, part: &Part) -> Result<Vec<f64>> {
    let mut sum = vec![0.0; of.dim()];
    for from in (0..of.len()).step_by(TOGETHER) {
        part.check()?;
        let vectors = of.read(from..(from + TOGETHER).min(of.len()))?;
        for vector in vectors.chunks_exact(of.dim()) {
            sum.iter_mut().zip(vector).for_each(|(s, &v)| *s += f64::from(v));
        }
    }
    sum.iter_mut().for_each(|s| *s /= of.len().max(1) as f64);
    Ok(sum)
}

/// Mean, standard deviation and skewness; no skewness where nothing varies.
fn moments(counts: &[u32]) -> (f64, f64, Option<f64>) {
    let n = counts.len().max(1) as f64;
    let mean = counts.iter().map(|&c| f64::from(c)).sum::<f64>() / n;
    let moment = |power: i32| counts.iter().map(|&c| (f64::from(c) - mean).powi(power)).sum::<f64>() / n;
    let deviation = moment(2).sqrt();
    (mean, deviation, (deviation > 0.0).then(|| moment(3) / deviation.powi(3)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_text_that_all_find_makes_the_counts_skew() {
        let (mean, deviation, skewness) = moments(&[9, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
        assert!((mean - 1.8).abs() < 1e-12 && (deviation - 2.4).abs() < 1e-12);
        // Nine below by 0.8, one above by 7.2.
        assert!((skewness.unwrap() - (7.2f64.powi(3) - 9.0 * 0.8f64.powi(3)) / 10.0 / 2.4f64.powi(3)).abs() < 1e-9);
        assert_eq!(moments(&[2, 2, 2]).2, None);
    }
}
