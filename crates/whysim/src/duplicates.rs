//! Texts that say the same, found by their embeddings: pairs, groups, hubs, boilerplate, and what
//! in a pair of texts makes it similar, or different.
//!
//! [`find`] needs embeddings alone. It multiplies them tile by tile, so that memory grows with the
//! number of texts and never with its square. Texts that are equal word for word are compared once.
//! [`Duplicates::explain`] asks a model which words carry the similarity of the pairs that are most
//! worth a look.
//!
//! Similarities are computed in single precision: a pair closer to the threshold than some 1e-6 may
//! fall on either side of it.

mod boilerplate;
mod contraction;
mod diff;
mod distinct;
mod evidence;
mod explain;
mod groups;
mod hubs;
mod job;
mod kind;
mod lists;
mod myers;
mod negation;
mod report;
mod run;
mod search;
mod swap;
mod union;
mod vectors;
mod words;

pub use boilerplate::{Boilerplate, Carrier, Sentence};
pub(crate) use diff::MISSING;
pub use diff::{Difference, Span, differences};
pub use evidence::{Carried, Evidence};
pub use explain::Explaining;
pub use groups::Group;
pub use hubs::{Hub, Hubs};
pub use kind::{Kind, telling};
pub use report::{Duplicates, Item, Pair};
pub use run::find;

use crate::error::{Error, Result};
use crate::similarity::Similarity;

/// What to look for.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// The lowest similarity of a pair that counts.
    pub threshold: f32,
    /// For each text, how many of its strongest pairs are kept; the rest are counted. Groups are
    /// made of all pairs, kept or not.
    pub edges: usize,
    /// How many pairs are listed, with their differences: the strongest of those that are kept.
    pub listed: usize,
    /// k of the lists of nearest neighbours in which hubs are counted.
    pub neighbours: usize,
    /// How many hubs are listed.
    pub hubs: usize,
    /// How many sentences, and how many words, of boilerplate are listed.
    pub boilerplate: usize,
    /// In how many texts, or explained pairs, boilerplate stands at least.
    pub least: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { threshold: 0.9, edges: 10, listed: 10_000, neighbours: 10, hubs: 10, boilerplate: 10, least: 3 }
    }
}

impl Options {
    /// Sees that they can be followed, before texts are embedded for it; [`find`] does so too.
    ///
    /// # Errors
    /// If a number is out of its range.
    pub fn check(&self, similarity: Similarity) -> Result<()> {
        let wrong = |option, expected: &str, got: String| Err(Error::Option { option, expected: expected.into(), got });
        if !self.threshold.is_finite() {
            return wrong("threshold", "a number", self.threshold.to_string());
        }
        if similarity == Similarity::Cos && !(-1.0..=1.0).contains(&self.threshold) {
            return wrong("threshold", "a cosine, from -1 to 1", self.threshold.to_string());
        }
        for (option, value) in [("edges", self.edges), ("neighbours", self.neighbours)] {
            if !(1..=1000).contains(&value) {
                return wrong(option, "from 1 to 1000", value.to_string());
            }
        }
        if self.least < 2 {
            return wrong("least", "2 or more", self.least.to_string());
        }
        Ok(())
    }
}
