//! Relevance from decompositions: by removal, and for passages that are decomposed already.

use super::{Parts, Relevance, Relevant};
use crate::decomposition::{Decomposition, Options};
use crate::encoder::Encoder;
use crate::error::{Error, Result};
use crate::pair::sampling;
use crate::progress::{Part, Piece, Progress};
use crate::similarity::{Similarity, dot, norm, product, wide};
use whysim_core::parallel;

impl Encoder {
    pub(super) fn removed_relevance(
        &self,
        query: &str,
        passages: &[&str],
        prompt: Option<&str>,
        options: &Options,
        similarity: Similarity,
        progress: &dyn Progress,
    ) -> Result<Vec<Relevance>> {
        let plain = Options { removal: None, ..options.clone() };
        let (query, length) = self.query(query, prompt, &plain)?;
        let part = Part::of_steps(progress, "relevance", passages.len());
        parallel::try_map(passages.len(), |i| {
            part.check()?;
            let which = format!("number {}", i + 1);
            let passage = self.decompose_with_progress(passages[i], options, &which, &Piece(progress))?;
            part.advance(1);
            passage.relevance(&query, length, similarity)
        })
    }
}

impl Decomposition {
    /// What each row of this text, the passage, adds to its similarity to a query. query: its
    /// embedding before any `Normalize`, `[D]`; length: what `Normalize` divides that by, if the
    /// model ends with one and cuts dimensions after it, else its own length.
    ///
    /// # Errors
    /// If the query's embedding is not one of the passage's model.
    pub fn relevance(&self, query: &[f64], length: Option<f64>, similarity: Similarity) -> Result<Relevance> {
        let (e, q) = (wide(&self.embedding), wide(&self.reference));
        if query.len() != e.len() {
            return Err(Error::Recipe(format!("the query has {} dimensions, the passage {}", query.len(), e.len())));
        }
        let of_query = similarity.divisor(norm(query), length.filter(|_| self.recipe.normalizes));
        let n = product([of_query, similarity.divisor(norm(&e), self.normalized())]);
        let narrow: Vec<f32> = query.iter().map(|&v| v as f32).collect();
        let errors = self.recipe.removal.map(|_| sampling::with(self, &narrow, n));
        let rows = self.contributions.chunks_exact(e.len().max(1)).map(|row| (dot(&wide(row), query) / n) as f32);
        let (score, reference) = (dot(&e, query) / n, dot(&q, query) / n);
        let row = |(i, (token, relevance)): (usize, (&crate::text::Token, f32))| Relevant {
            token: token.clone(),
            relevance,
            standard_error: errors.as_ref().map(|errors| errors[i]),
        };
        let tokens: Vec<Relevant> = self.tokens.iter().zip(rows).enumerate().map(row).collect();
        let left = self.residual * norm(query) / n + f64::from(f32::EPSILON) * score.abs();
        let (truncated, convergence) = (self.truncated, self.convergence());
        Ok(Parts { score, reference, left, truncated, convergence }.with(tokens))
    }
}
