//! Decompositions of texts that may be asked for again, within a number of bytes.

use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;
use whysim::{Decomposition, Options, Progress};

use crate::metrics::Metrics;
use crate::models::Model;

/// Model, recipe and text.
type Key = (String, String, String);

/// The cache; what was not used for longest leaves first.
pub struct Cache {
    limit: usize,
    kept: Mutex<(LruCache<Key, Arc<Decomposition>>, usize)>,
    metrics: Arc<Metrics>,
}

impl Cache {
    /// limit: bytes.
    pub fn new(limit: usize, metrics: Arc<Metrics>) -> Self {
        Self { limit, kept: Mutex::new((LruCache::unbounded(), 0)), metrics }
    }

    /// The decomposition of a text, kept or made. `which` names the text in errors.
    ///
    /// # Errors
    /// As [`whysim::Encoder::decompose_with_progress`].
    pub fn decompose(
        &self,
        model: &Model,
        text: &str,
        options: &Options,
        which: &str,
        progress: &dyn Progress,
    ) -> whysim::Result<Arc<Decomposition>> {
        let fingerprint = format!("{} {}", model.encoder.identity().fingerprint, model.encoder.dim());
        let key = (fingerprint, format!("{options:?}"), text.to_owned());
        let found = self.kept.lock().unwrap_or_else(PoisonError::into_inner).0.get(&key).cloned();
        self.metrics.cached(found.is_some());
        if let Some(found) = found {
            return Ok(found);
        }
        let made = Arc::new(model.encoder.decompose_with_progress(text, options, which, progress)?);
        self.keep(key, Arc::clone(&made));
        Ok(made)
    }

    fn keep(&self, key: Key, made: Arc<Decomposition>) {
        let size = bytes(&key, &made);
        if size > self.limit {
            return;
        }
        let mut guard = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (kept, total) = &mut *guard;
        if let Some((old, other)) = kept.push(key, made) {
            *total -= bytes(&old, &other);
        }
        *total += size;
        while *total > self.limit
            && let Some((old, other)) = kept.pop_lru()
        {
            *total -= bytes(&old, &other);
        }
        self.metrics.cache_bytes(*total);
    }
}

/// About what an entry takes.
fn bytes(key: &Key, made: &Decomposition) -> usize {
    let values = [&made.contributions, &made.deviations, &made.embedding, &made.reference];
    let names: usize = made.tokens.iter().map(|token| size_of_val(token) + token.text.len()).sum();
    4 * values.map(|all| all.len()).iter().sum::<usize>() + names + 2 * key.2.len() + key.0.len() + key.1.len() + 512
}
