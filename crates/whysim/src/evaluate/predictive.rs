//! Similarity against gold scores, as sentence-transformers' EmbeddingSimilarityEvaluator measures
//! it.

use whysim_core::parallel;

use super::interval::estimate;
use crate::Encoder;
use crate::error::Result;
use crate::pairs::Pair;
use crate::progress::{Progress, steps};
use crate::rank::{pearson, spearman};
use crate::report::{Correlations, Predictive};
use crate::similarity::{Similarity, wide};

/// Pairs that are embedded between two checks for cancellation.
const TOGETHER: usize = 64;

/// Cosine and dot product of every pair, each `[pairs]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Similarities {
    /// Cosines.
    pub cos: Vec<f64>,
    /// Dot products of the model's own embeddings; cosines where the model normalises them.
    pub dot: Vec<f64>,
}

impl Similarities {
    /// One of the two.
    pub fn of(&self, similarity: Similarity) -> &[f64] {
        match similarity {
            Similarity::Cos => &self.cos,
            Similarity::Dot => &self.dot,
        }
    }
}

/// Checks that the model finds a token in every text. -> how many pairs have a text that it does
/// not read to its end.
///
/// # Errors
/// If it does not; the error names the pair.
pub(super) fn check_texts(encoder: &Encoder, pairs: &[Pair]) -> Result<usize> {
    let prompt = encoder.prompt(None)?;
    let is_cut = parallel::try_map(pairs.len(), |i| {
        let a = encoder.tokenize(prompt, &pairs[i].a, &format!("A of pair {}", i + 1))?;
        let b = encoder.tokenize(prompt, &pairs[i].b, &format!("B of pair {}", i + 1))?;
        Ok(a.truncated.is_some() || b.truncated.is_some())
    })?;
    Ok(is_cut.into_iter().filter(|is_cut| *is_cut).count())
}

/// Embeds all texts and compares each A with its B.
///
/// # Errors
/// When a text is empty for the model, or `progress` says to stop.
pub fn similarities(encoder: &Encoder, pairs: &[Pair], progress: &dyn Progress) -> Result<Similarities> {
    check_texts(encoder, pairs)?;
    // Pairs of similar length share a batch, so that memory is bounded and threads finish together.
    let mut order: Vec<usize> = (0..pairs.len()).collect();
    order.sort_by_key(|&i| pairs[i].a.len() + pairs[i].b.len());
    let mut all = Similarities { cos: vec![0.0; pairs.len()], dot: vec![0.0; pairs.len()] };
    let part = format!("embedding by {}", encoder.identity().name);
    let compared = steps(progress, &part, order.chunks(TOGETHER), |chunk| {
        let texts: Vec<&str> = chunk.iter().flat_map(|&i| [pairs[i].a.as_str(), pairs[i].b.as_str()]).collect();
        let embeddings = encoder.embed(&texts, None)?;
        Ok(embeddings.chunks_exact(2).map(|both| compare(&both[0], &both[1])).collect::<Vec<_>>())
    })?;
    for (&i, (cos, dot)) in order.iter().zip(compared.into_iter().flatten()) {
        (all.cos[i], all.dot[i]) = (cos, dot);
    }
    Ok(all)
}

/// Cosine and dot product.
fn compare(a: &[f32], b: &[f32]) -> (f64, f64) {
    let (a, b) = (wide(a), wide(b));
    (Similarity::Cos.of(&a, &b), Similarity::Dot.of(&a, &b))
}

/// Correlations of similarities with the gold scores.
pub(super) fn predictive(similarities: &Similarities, pairs: &[Pair], seed: u64) -> Predictive {
    let of = |scores: &[f64]| {
        let by = |correlation: fn(&[f64], &[f64]) -> Option<f64>| {
            estimate(pairs.len(), seed, &|drawn| {
                let x: Vec<f64> = drawn.iter().map(|&i| scores[i]).collect();
                let y: Vec<f64> = drawn.iter().map(|&i| pairs[i].score).collect();
                correlation(&x, &y)
            })
        };
        Correlations { spearman: by(spearman), pearson: by(pearson) }
    };
    Predictive { cos: of(&similarities.cos), dot: of(&similarities.dot) }
}
