//! Pairs of texts.

use serde::{Deserialize, Serialize};

/// Two texts, and what their similarity should be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// The first text.
    pub a: String,
    /// The second text.
    pub b: String,
    /// The similarity that training aims at: for cosine 0 to 1, or what a teacher gives.
    pub score: f64,
}
