//! Relevance: what each token of a passage adds to its similarity to a query.
//!
//! With e_a the query's embedding, and V_j, e and q the passage's contributions, embedding and
//! reference embedding:
//!
//! ```text
//! score = e_a . e / n = sum_j V_j . e_a / n  +  q . e_a / n
//! ```
//!
//! A single cotangent, e_a, is carried back through the encoder instead of one tangent per token
//! (eq. 6 of the method), so each node takes about two passes, however long the passage is.

mod removed;

use serde::{Deserialize, Serialize};
use whysim_core::{Precision, Real, parallel};

use crate::convergence::Convergence;
use crate::decomposition::Options;
use crate::decomposition::ends::Ends;
use crate::encoder::Encoder;
use crate::error::{Error, Result};
use crate::explanation::Truncated;
use crate::progress::{Part, Piece, Progress};
use crate::sealed::sealed;
use crate::similarity::{Similarity, norm, product};
use crate::text::Token;

/// What each row of a passage adds to its similarity to a query. The rows and `reference` add up to
/// the score, apart from `error`.
///
/// It derefs to a [`Record`]. Its serde form is the program's JSON format.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Relevance(pub(crate) Record);

sealed!(Relevance, Record);

/// What a [`Relevance`] holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Record {
    /// The similarity of the query and the passage.
    pub score: f64,
    /// The rows of the passage, in order.
    pub tokens: Vec<Relevant>,
    /// The share of the passage's reference: `q . e_a / n`. Zero for an exact model.
    pub reference: f64,
    /// Signed error of the sum: rows + `reference` - `score`.
    pub error: f64,
    /// A bound on |`error`|: the quadrature's error in `(e - q) . e_a / n`, which is measured, plus
    /// the rounding of the rows.
    pub bound: f64,
    /// Set if the model did not read the whole passage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truncated: Option<Truncated>,
    /// What the integration came to; its gap is the quadrature's error relative to `|e - q| |e_a| /
    /// n`.
    #[serde(skip)]
    pub convergence: Convergence,
}

/// A row of a passage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Relevant {
    /// What it is.
    #[serde(flatten)]
    pub token: Token,
    /// `V_j . e_a / n`: what it adds to the score.
    pub relevance: f32,
    /// How far sampling may have moved it; None for contributions by a path.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub standard_error: Option<f32>,
}

/// What a relevance is made of beside its rows.
struct Parts {
    score: f64,
    reference: f64,
    /// A bound on the error without the rounding of the rows.
    left: f64,
    truncated: Option<Truncated>,
    convergence: Convergence,
}

impl Parts {
    fn with(self, tokens: Vec<Relevant>) -> Relevance {
        let Self { score, reference, left, truncated, convergence } = self;
        let values = || tokens.iter().map(|row| f64::from(row.relevance));
        let error = values().sum::<f64>() + reference - score;
        let bound = left + f64::from(f32::EPSILON) * values().map(f64::abs).sum::<f64>();
        Relevance(Record { score, tokens, reference, error, bound, truncated, convergence })
    }
}

impl Encoder {
    /// What each token of every passage adds to its similarity to the query. `prompt`: the name of
    /// the prompt to put before the query. The passages' prompt is in `options`, together with the
    /// layer, the reference, the nodes, and what a row stands for.
    ///
    /// # Errors
    /// As [`Encoder::decompose`]; a passage is named by its number, from 1.
    pub fn relevance<P: AsRef<str> + Sync>(
        &self,
        query: &str,
        passages: &[P],
        prompt: Option<&str>,
        options: &Options,
        similarity: Similarity,
    ) -> Result<Vec<Relevance>> {
        self.relevance_with_progress(query, passages, prompt, options, similarity, &())
    }

    /// As [`Encoder::relevance`]. `progress` is informed of every finished passage and asked before
    /// each one whether to stop.
    ///
    /// # Errors
    /// As there, and [`Error::Interrupted`] when `progress` says to stop.
    pub fn relevance_with_progress<P: AsRef<str> + Sync>(
        &self,
        query: &str,
        passages: &[P],
        prompt: Option<&str>,
        options: &Options,
        similarity: Similarity,
        progress: &dyn Progress,
    ) -> Result<Vec<Relevance>> {
        let passages: Vec<&str> = passages.iter().map(AsRef::as_ref).collect();
        if options.removal.is_some() {
            return self.removed_relevance(query, &passages, prompt, options, similarity, progress);
        }
        self.relevance_as(query, &passages, prompt, options, similarity, progress)
    }
}

impl<T: Real> Encoder<T> {
    /// [`Encoder::relevance_with_progress`] with any number type.
    #[doc(hidden)]
    pub fn relevance_as(
        &self,
        query: &str,
        passages: &[&str],
        prompt: Option<&str>,
        options: &Options,
        similarity: Similarity,
        progress: &dyn Progress,
    ) -> Result<Vec<Relevance>> {
        if options.precision != Precision::Float32 {
            let expected = "float32 for relevance, which carries no tangents".into();
            return Err(Error::Option { option: "precision", expected, got: options.precision.to_string() });
        }
        let query = self.query(query, prompt, options)?;
        let part = Part::of_steps(progress, "relevance", passages.len());
        parallel::try_map(passages.len(), |i| {
            part.check()?;
            let which = format!("number {}", i + 1);
            let one = self.relevant(&query, passages[i], options, similarity, &which, &Piece(progress))?;
            part.advance(1);
            Ok(one)
        })
    }

    /// The query's embedding before any `Normalize`, and what that divides it by.
    pub(crate) fn query(
        &self,
        query: &str,
        prompt: Option<&str>,
        options: &Options,
    ) -> Result<(Vec<f64>, Option<f64>)> {
        // For a text that is only embedded, starting from the last layer's output is the least
        // work.
        let layer = Some(self.deepest() as i64);
        let options = Options { layer, prompt: prompt.map(str::to_owned), ..options.clone() };
        let ends = Ends::of(self, query, &options, "query")?;
        Ok((ends.embedding, ends.length))
    }

    fn relevant(
        &self,
        (query, length): &(Vec<f64>, Option<f64>),
        passage: &str,
        options: &Options,
        similarity: Similarity,
        which: &str,
        progress: &dyn Progress,
    ) -> Result<Relevance> {
        let ends = Ends::of(self, passage, options, which)?;
        let cotangent: Vec<T> = query.iter().map(|&v| T::of(v)).collect();
        let size = norm(query);
        let suffix = ends.suffix(self);
        let limits = ends.limits(options).times(size);
        let done = ends.path(&suffix, progress).product(&cotangent, options.rule, options.steps, limits)?;

        Error::check_finite(&done.rows, || format!("the path to text {which}"))?;
        let n = product([similarity.divisor(size, *length), similarity.divisor(norm(&ends.embedding), ends.length)]);
        let with_query = |e: &[f64]| e.iter().zip(query).map(|(e, q)| e * q).sum::<f64>() / n;
        let (score, reference) = (with_query(&ends.embedding), with_query(&ends.reference));
        let left = (done.rows.iter().sum::<f64>() / n - (score - reference)).abs();
        let convergence = Convergence {
            gap: if size == 0.0 { 0.0 } else { ends.relative(left * n / size) },
            steps: done.quadrature.nodes.len(),
            tolerance: options.steps.tolerance(),
            precision: options.precision,
            late: ends.layer + 1 >= self.layers(),
        };
        let (tokens, members) = ends.members(passage, options.unit);
        let row = |(token, group): (Token, Vec<usize>)| Relevant {
            token,
            relevance: (group.iter().map(|&s| done.rows[s]).sum::<f64>() / n) as f32,
            standard_error: None,
        };
        let tokens: Vec<Relevant> = tokens.into_iter().zip(members).map(row).collect();
        Ok(Parts { score, reference, left, truncated: ends.tokens.truncated, convergence }.with(tokens))
    }
}
