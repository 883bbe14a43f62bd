//! Self-distillation: the trained model's targets are the base model's own similarities.
//!
//! Most pairs of unlabelled texts have nothing in common, and a model trained only on those would
//! not learn the rest of the scale. So each text is paired with its given partner, if any, and with
//! others whose similarities to it, under the teacher, are spread evenly over the range found in a
//! random pool: near neighbours, strangers, and everything in between.

use std::collections::HashMap;

use whysim_core::parallel;

use super::order::{Random, SPREAD};
use crate::Encoder;
use crate::error::{Error, Result};
use crate::pairs::{Pair, Row};
use crate::similarity::Similarity;

/// How to form pairs of texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spread {
    /// Pairs per text, in addition to the given ones. 0: only the given pairs.
    pub partners: usize,
    /// Number of texts to choose them from. A larger pool reaches further towards both ends of the
    /// scale.
    pub pool: usize,
    /// The seed for the pools.
    pub seed: u64,
}

impl Default for Spread {
    fn default() -> Self {
        Self { partners: 2, pool: 2048, seed: 0 }
    }
}

/// Pairs scored with the teacher's similarities: first the given pairs in order, then those formed
/// according to `spread`.
///
/// # Errors
/// If a text is empty, or there is nothing to pair.
pub fn teach(teacher: &Encoder, rows: &[Row], similarity: Similarity, spread: &Spread) -> Result<Vec<Pair>> {
    let mut texts: Vec<&str> = Vec::new();
    let mut places = HashMap::new();
    let mut place = |text| {
        *places.entry(text).or_insert_with(|| {
            texts.push(text);
            texts.len() - 1
        })
    };
    let mut chosen: Vec<(usize, usize)> = Vec::new();
    for row in rows {
        let a = place(row.a.as_str());
        if let Some(b) = &row.b {
            chosen.push((a, place(b.as_str())));
        }
    }
    let embeddings = teacher.embed(&texts, None)?;
    let score = |a: usize, b: usize| f64::from(similar(&embeddings[a], &embeddings[b], similarity));
    if texts.len() > 1 {
        let partners = parallel::gather(texts.len(), |text| spread.partners_of(text, texts.len(), score));
        let of_text = |(text, partners): (usize, Vec<usize>)| partners.into_iter().map(move |other| (text, other));
        chosen.extend(partners.into_iter().enumerate().flat_map(of_text));
    }
    if chosen.is_empty() {
        return Err(Error::Option {
            option: "number of pairs to distill",
            expected: "at least 1".into(),
            got: "0".into(),
        });
    }
    let pair = |&(a, b): &(usize, usize)| Pair { a: texts[a].to_owned(), b: texts[b].to_owned(), score: score(a, b) };
    Ok(chosen.iter().map(pair).collect())
}

impl Spread {
    /// Partners of one of `count` texts: those with scores nearest to levels spread evenly over the
    /// range in its pool.
    fn partners_of(&self, text: usize, count: usize, score: impl Fn(usize, usize) -> f64) -> Vec<usize> {
        let mut random = Random::new(self.seed, SPREAD, text as u64);
        let drawn = (0..self.pool.min(2 * count)).map(|_| random.below(count)).filter(|&other| other != text);
        let mut pool: Vec<(f64, usize)> = drawn.map(|other| (score(text, other), other)).collect();
        pool.sort_by(|x, y| x.0.total_cmp(&y.0).then(x.1.cmp(&y.1)));
        pool.dedup();
        let (Some(&(least, _)), Some(&(greatest, _))) = (pool.first(), pool.last()) else { return Vec::new() };
        let mut partners = Vec::new();
        for part in 0..self.partners {
            // A random level in each of the equal parts of the range.
            let share = (part as f64 + (random.next() >> 11) as f64 / (1u64 << 53) as f64) / self.partners as f64;
            let level = least + share * (greatest - least);
            let after = pool.partition_point(|&(score, _)| score < level);
            let near = [after.saturating_sub(1), after.min(pool.len() - 1)];
            let nearest =
                near.into_iter().min_by(|&x, &y| (pool[x].0 - level).abs().total_cmp(&(pool[y].0 - level).abs()));
            partners.extend(nearest.map(|i| pool[i].1).filter(|other| !partners.contains(other)));
        }
        partners
    }
}

fn similar(x: &[f32], y: &[f32], similarity: Similarity) -> f32 {
    let dot = whysim_core::kernel::dot;
    match similarity {
        Similarity::Dot => dot(x, y),
        Similarity::Cos => dot(x, y) / (dot(x, x) * dot(y, y)).sqrt().max(f32::MIN_POSITIVE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partners_are_spread_over_the_whole_range() {
        // Distributed like embeddings: most texts are strangers, few are alike.
        let score = |_: usize, other: usize| (other as f64 / 1000.0).powi(6);
        let spread = Spread { partners: 4, pool: 5000, seed: 1 };
        let mut counts = [0; 4];
        for text in 0..200 {
            let partners = spread.partners_of(text, 1000, score);
            assert!(!partners.contains(&text));
            partners.iter().for_each(|&other| counts[(score(text, other) * 4.0) as usize] += 1);
        }
        assert!(counts.iter().all(|&n| n > 150), "{counts:?}");
    }
}
