//! Texts with their embeddings: what is searched, and what duplicates are found in.

use std::ops::Range;

use crate::error::Result;
use crate::similarity::Similarity;

/// Texts with their embeddings, by their positions, from 0. Nothing need be in memory: an index
/// on disk is one.
pub trait Corpus: Sync {
    /// The number of texts.
    fn len(&self) -> usize;

    /// Whether there is no text.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// D, the width of an embedding.
    fn dim(&self) -> usize;

    /// How the embeddings are compared.
    fn similarity(&self) -> Similarity;

    /// Copies the embeddings of some texts, as the model gives them. out: [texts, D] row-major.
    ///
    /// # Errors
    /// If they cannot be read.
    fn read(&self, texts: Range<usize>, out: &mut [f32]) -> Result<()>;

    /// A text.
    ///
    /// # Errors
    /// If it cannot be read.
    fn text(&self, at: usize) -> Result<String>;

    /// A text's name, which no other text has.
    ///
    /// # Errors
    /// If it cannot be read.
    fn id(&self, at: usize) -> Result<String>;
}

/// A [`Corpus`] in memory.
#[derive(Clone, Debug)]
pub struct Embedded {
    /// The texts' names.
    pub ids: Vec<String>,
    /// The texts.
    pub texts: Vec<String>,
    /// Their embeddings, [texts, D] row-major.
    pub embeddings: Vec<f32>,
    /// D.
    pub dim: usize,
    /// How they are compared.
    pub similarity: Similarity,
}

impl Corpus for Embedded {
    fn len(&self) -> usize {
        self.texts.len()
    }

    fn dim(&self) -> usize {
        self.dim
    }

    fn similarity(&self) -> Similarity {
        self.similarity
    }

    fn read(&self, texts: Range<usize>, out: &mut [f32]) -> Result<()> {
        out.copy_from_slice(&self.embeddings[texts.start * self.dim..texts.end * self.dim]);
        Ok(())
    }

    fn text(&self, at: usize) -> Result<String> {
        Ok(self.texts[at].clone())
    }

    fn id(&self, at: usize) -> Result<String> {
        Ok(self.ids[at].clone())
    }
}
