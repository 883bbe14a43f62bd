//! Highlights: the words of a passage that answer a query, as spans to mark.
//!
//! A token of the passage is worth marking if it adds to the score, and does so by what it has in
//! common with some token of the query. With V^a_i and V^b_j the contributions of the query and of
//! the passage, e_a the query's embedding, n as in [`crate::relevance`], and x' what is left of a
//! vector x at right angles to the mean of the passage's V^b:
//!
//! ```text
//! relevance_j = V^b_j . e_a / n                          what token j adds to the score
//! match_j     = max_i cos(V^a_i', V^b_j')                how closely, with a token of the query
//! strength_j  = relevance_j max(0, match_j)
//! ```
//!
//! The mean is what all tokens of a passage have in common, which says nothing of any of them.
//! Relevance alone, and the interaction, agree less with what people mark
//! (docs/evaluation.md has the figures).

mod encoder;
mod opaque;
mod spans;
mod strength;
mod windows;

use serde::{Deserialize, Serialize};

use crate::convergence::Convergence;
use crate::decomposition;
use crate::error::{Error, Result};
use crate::names::named;
use crate::path::Steps;
use crate::relevance::Relevant;
use crate::sealed::sealed;
use crate::text::Unit;

/// What to mark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mark {
    /// Words, merged to phrases where they stand together.
    #[default]
    Phrase,
    /// Whole sentences.
    Sentence,
}

named!(Mark, "mark", [("phrase", Phrase), ("sentence", Sentence)]);

/// How to highlight. `Default` is what the program does without options.
#[derive(Clone, Debug)]
pub struct Options {
    /// How contributions are made.
    ///
    /// The default is a path of three nodes, which costs five to seven embeddings of the passage,
    /// and ranks tokens as well as more do (docs/evaluation.md). The bound tells how far the parts
    /// are off.
    pub contributions: decomposition::Options,
    /// What to mark.
    pub mark: Mark,
    /// The most spans of a passage.
    pub top: usize,
    /// The least share of a span, from 0 to 1.
    pub least: f64,
}

impl Default for Options {
    fn default() -> Self {
        let contributions = decomposition::Options { steps: Steps::Fixed(NODES), ..Default::default() };
        Self { contributions, mark: Mark::Phrase, top: 5, least: 0.05 }
    }
}

/// Nodes at the default layer: what ranks tokens needs few.
pub const NODES: usize = 3;

impl Options {
    /// # Errors
    /// If a number is out of its range.
    fn check(&self) -> Result<()> {
        if !(0.0..=1.0).contains(&self.least) {
            let expected = "a share from 0 to 1".into();
            return Err(Error::Option { option: "least", expected, got: self.least.to_string() });
        }
        if self.contributions.unit == Unit::Sentence && self.mark == Mark::Phrase {
            let expected = "token or word where phrases are marked; sentences can be marked whole".into();
            return Err(Error::Option { option: "by", expected, got: self.contributions.unit.to_string() });
        }
        Ok(())
    }
}

/// What of a passage answers a query.
///
/// It derefs to a [`Record`]. Its serde form is the program's JSON format.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Highlight(pub(crate) Record);

sealed!(Highlight, Record);

impl Highlight {
    /// The same with what its JSON does not have: what the integration came to.
    #[must_use]
    pub fn made_with(self, convergence: Convergence) -> Self {
        Self(Record { convergence, ..self.0 })
    }
}

#[cfg(feature = "index")]
impl Highlight {
    /// The same without the passage, for where its text stands beside it: serialisation leaves it
    /// out.
    pub(crate) fn without_text(&self) -> Self {
        Self(Record { text: String::new(), ..self.0.clone() })
    }
}

/// What a [`Highlight`] holds. Positions are those in the whole passage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Record {
    /// The similarity of the query and the passage; of a passage with windows, that of the window
    /// that is most similar.
    pub score: f64,
    /// What to mark, strongest first. They do not overlap.
    pub spans: Vec<Span>,
    /// The passage as it was given.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub text: String,
    /// The rows of what was read, in order.
    pub tokens: Vec<Marked>,
    /// The share of the passage's reference in the score, see [`crate::relevance::Record`].
    pub reference: f64,
    /// Signed error of the sum of all relevance and `reference`.
    pub error: f64,
    /// A bound on |`error`|.
    pub bound: f64,
    /// Windows of a passage that is longer than what the model reads at once. Empty for others.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub windows: Vec<Window>,
    /// Which of the windows carried the score: all else is of this one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub window: Option<usize>,
    /// What the integration came to.
    #[serde(skip)]
    pub convergence: Convergence,
}

/// A piece of a passage to mark.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// First character, in Unicode code points.
    pub start: usize,
    /// One past the last character, in Unicode code points.
    pub end: usize,
    /// The same two in bytes of UTF-8.
    pub bytes: [usize; 2],
    /// The same two in units of UTF-16, as JavaScript, Java and C# count.
    pub utf16: [usize; 2],
    /// What is there.
    pub text: String,
    /// What it adds to the score by what it shares with the query: the sum of its tokens'
    /// strengths.
    pub score: f64,
    /// `score` divided by the sum of all strengths of the passage's words that are positive.
    pub share: f64,
}

/// A row of a passage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Marked {
    /// What it is, and what it adds to the score.
    #[serde(flatten)]
    pub row: Relevant,
    /// The cosine with the row of the query that is closest to it, beyond what the passage's rows
    /// have in common; None for special and prompt tokens, and where the query's rows are not
    /// known.
    #[serde(rename = "match", skip_serializing_if = "Option::is_none", default)]
    pub matched: Option<f32>,
}

impl Marked {
    /// What the row is worth marking for: its relevance as far as it matches a row of the query.
    pub fn strength(&self) -> f64 {
        f64::from(self.row.relevance) * self.matched.map_or(1.0, |matched| f64::from(matched.max(0.0)))
    }
}

/// A part of a passage that the model can read at once.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// First character, in Unicode code points.
    pub start: usize,
    /// One past the last character, in Unicode code points.
    pub end: usize,
    /// Its similarity to the query.
    pub score: f64,
}
