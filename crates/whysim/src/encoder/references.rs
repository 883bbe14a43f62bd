//! A cache of reference states and embeddings, shared by all texts of one length.
//!
//! A padding reference depends only on the number of tokens, so many texts share few references.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use whysim_core::Real;

/// A cached reference.
pub(crate) struct Known<T> {
    /// The hidden states that enter the layer, [S, H]; none where the embedding is all that is kept.
    pub states: Vec<T>,
    /// F of them before dimensions are cut.
    pub embedding: Vec<f64>,
}

/// What a reference depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    /// None: hidden states of zero, for the same number of tokens.
    pub ids: Option<Vec<u32>>,
    pub tokens: usize,
    /// The layer that the states enter; [`Key::NO_LAYER`] where there are none.
    pub layer: usize,
    /// Tokens that pooling skips.
    pub left_out: usize,
}

impl Key {
    /// Of an embedding alone.
    pub const NO_LAYER: usize = usize::MAX;
}

/// The most numbers to keep: 64 MiB of f32.
const ROOM: usize = 16 << 20;

/// A reference and its key.
type Entry<T> = (Key, Arc<Known<T>>);

/// The most recently used references. Clones share them.
#[derive(Clone)]
pub(crate) struct References<T>(Arc<Mutex<VecDeque<Entry<T>>>>);

impl<T> Default for References<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T: Real> References<T> {
    /// The reference for a key, computed by `make` if it is not cached. Two threads that arrive at
    /// the same time may both compute it.
    pub(crate) fn get(&self, key: Key, make: impl FnOnce() -> Known<T>) -> Arc<Known<T>> {
        if let Some(known) = self.find(&key) {
            return known;
        }
        let known = Arc::new(make());
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push_front((key, known.clone()));
        let size = |known: &Known<T>| known.states.len() + known.embedding.len();
        while all.len() > 1 && all.iter().map(|(_, known)| size(known)).sum::<usize>() > ROOM {
            all.pop_back();
        }
        known
    }

    /// Looks up the reference for a key, and makes it the most recently used one.
    fn find(&self, key: &Key) -> Option<Arc<Known<T>>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = all.iter().position(|(known, _)| known == key)?;
        let entry = all.remove(place)?;
        let known = entry.1.clone();
        all.push_front(entry);
        Some(known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_last_is_kept_within_the_room() {
        let references = References::<f32>::default();
        let get = |tokens: usize, size: usize| {
            let mut made = false;
            let key = Key { ids: None, tokens, layer: 0, left_out: 0 };
            references.get(key, || {
                made = true;
                Known { states: vec![0.0; size], embedding: Vec::new() }
            });
            made
        };
        assert!(get(1, ROOM / 2) && get(2, ROOM / 4) && get(3, ROOM / 4));
        assert!(!get(1, 0), "all three fit");
        assert!(get(4, ROOM / 4), "the one used longest ago goes");
        assert!(!get(1, 0) && !get(3, 0) && get(2, ROOM / 4));
        assert!(get(9, 2 * ROOM), "one that is too large is still given");
    }
}
