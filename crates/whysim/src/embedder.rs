//! Anything that turns texts into vectors.

use crate::error::Result;
use crate::progress::Progress;

/// Anything that turns texts into vectors: a model, a function, a service.
pub trait Embedder: Sync {
    /// What results call it.
    fn name(&self) -> &str;

    /// The vectors of texts, D values each, in the order given.
    ///
    /// # Errors
    /// If it fails, or `progress` says to stop.
    fn embed(&self, texts: &[&str], progress: &dyn Progress) -> Result<Vec<Vec<f32>>>;
}

impl<E: Embedder + ?Sized> Embedder for &E {
    fn name(&self) -> &str {
        (**self).name()
    }

    fn embed(&self, texts: &[&str], progress: &dyn Progress) -> Result<Vec<Vec<f32>>> {
        (**self).embed(texts, progress)
    }
}
