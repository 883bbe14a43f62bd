//! One text on its own: a contribution vector for every row, whose sum is the embedding minus the
//! reference's.

pub(crate) mod ends;
mod file;
mod many;

use std::sync::Arc;

use whysim_core::{Precision, Real};

use crate::encoder::{Encoder, Identity};
use crate::error::{Error, Result};
use crate::explanation::Truncated;
use crate::path::{Rule, Steps};
use crate::sealed::sealed;
use crate::similarity::{norm, wide};
use crate::text::{Reference, Token, Unit};
use ends::Ends;

/// How to decompose a text. `Default` is what the program does without options.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The layer whose input is attributed: 0 (embeddings) to L, or from the end, -1 = L. None:
    /// [`Encoder::default_layer`].
    pub layer: Option<i64>,
    /// The quadrature rule.
    pub rule: Rule,
    /// The number of nodes.
    pub steps: Steps,
    /// Where the path begins.
    pub reference: Reference,
    /// What a row stands for. A word or a sentence costs one tangent, not one for each token.
    pub unit: Unit,
    /// How tangents are multiplied with weights. It makes a difference before
    /// [`Encoder::default_layer`], where these products take the time.
    pub precision: Precision,
    /// Name of the model's prompt to put before the text. None: the model's default prompt, if it
    /// has one.
    pub prompt: Option<String>,
}

/// What two decompositions must share to be paired.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Recipe {
    /// The model.
    pub model: Arc<Identity>,
    /// L.
    pub layers: usize,
    /// The layer whose input is attributed.
    pub layer: usize,
    /// The quadrature rule.
    pub rule: Rule,
    /// Where the path begins.
    pub reference: Reference,
    /// What a row stands for.
    pub unit: Unit,
    /// How tangents were multiplied with weights.
    #[serde(default)]
    pub precision: Precision,
    /// Whether the model's last module is `Normalize`, so that its dot product is a cosine.
    pub normalizes: bool,
}

/// A text's contributions V, and what is needed to pair it with any other text.
///
/// It derefs to a [`Record`] and cannot be changed, so that its residual stays the one measured.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "Record", into = "Record")]
pub struct Decomposition(pub(crate) Record);

sealed!(Decomposition, Record);

/// What a [`Decomposition`] holds.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct Record {
    /// How it was made.
    pub recipe: Recipe,
    /// The text as it was given.
    pub text: String,
    /// What each row stands for.
    pub tokens: Vec<Token>,
    /// Set if the model did not read the whole text.
    pub truncated: Option<Truncated>,
    /// V, [rows, D] row-major.
    pub contributions: Vec<f32>,
    /// e, `[D]`: the model's own embedding before any normalisation: F(x), or for an exact model
    /// F(x) minus F of the padded reference.
    pub embedding: Vec<f32>,
    /// q, `[D]`: the same for the reference r. Zero if an exact model is decomposed from its own
    /// reference.
    pub reference: Vec<f32>,
    /// What the model's last `Normalize` divides the embedding by: its length before dimensions
    /// were cut. None without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<f64>,
    /// Quadrature nodes used.
    pub steps: usize,
    /// |sum V - (e - q)|: the error of the quadrature, exactly.
    pub residual: f64,
    /// `residual` relative to |e - q|, or to 1e-4 of their length if they differ by less than that.
    pub gap: f64,
}

/// `|sum V - (e - q)|` of stored numbers, so that it includes their rounding.
fn residual(contributions: &[f32], embedding: &[f32], reference: &[f32]) -> f64 {
    let mut rest: Vec<f64> = reference.iter().zip(embedding).map(|(&q, &e)| f64::from(q) - f64::from(e)).collect();
    for row in contributions.chunks_exact(rest.len().max(1)) {
        rest.iter_mut().zip(row).for_each(|(rest, &v)| *rest += f64::from(v));
    }
    norm(&rest)
}

impl TryFrom<Record> for Decomposition {
    type Error = String;

    /// A record from outside, if its numbers are finite, fit together, and hold what they claim.
    fn try_from(record: Record) -> std::result::Result<Self, String> {
        let dim = record.embedding.len();
        if record.reference.len() != dim || record.contributions.len() != dim * record.tokens.len() || dim == 0 {
            return Err("its numbers of rows or of dimensions do not fit together".into());
        }
        let arrays = [&record.contributions, &record.embedding, &record.reference];
        let scalars = [record.residual, record.gap, record.length.unwrap_or(0.0)];
        let finite = arrays.into_iter().flatten().all(|v| v.is_finite()) && scalars.iter().all(|v| v.is_finite());
        if !finite || scalars.iter().any(|&v| v < 0.0) {
            return Err("it holds NaN, infinite or negative values where there are none".into());
        }
        let residual = residual(&record.contributions, &record.embedding, &record.reference);
        // The order of the sum may differ.
        let lengths = norm(&wide(&record.embedding)) + norm(&wide(&record.reference));
        if (residual - record.residual).abs() > 1e-12 * lengths + 1e-9 * residual {
            return Err(format!(
                "it claims a residual of {:e}, but that of its numbers is {residual:e}: the bound that it gives would be wrong",
                record.residual
            ));
        }
        Ok(Self(record))
    }
}

impl From<Decomposition> for Record {
    fn from(decomposition: Decomposition) -> Self {
        decomposition.0
    }
}

impl Encoder {
    /// Decomposes a text.
    ///
    /// # Errors
    /// When the text is empty, an option is out of range, or the model lacks the layer, prompt or
    /// mask token asked for.
    pub fn decompose(&self, text: &str, options: &Options) -> Result<Decomposition> {
        self.decompose_named(text, options, "to decompose")
    }

    /// As [`Encoder::decompose`]; `which` names the text in errors, for example `A`.
    pub fn decompose_named(&self, text: &str, options: &Options, which: &str) -> Result<Decomposition> {
        self.decompose_as(text, options, which)
    }
}

impl<T: Real> Encoder<T> {
    /// The layer that is attributed when none is asked for: the input of the last layer, L - 1.
    ///
    /// Off the shelf, deeper layers agree best with exact attributions (Moeller, Nikolaev, Padó,
    /// EACL 2024); L itself is only the pooled share of each token, without any attention behind
    /// it. Exact models sum to the score at every layer. At L - 1 a handful of nodes is enough, and
    /// both kinds of model are compared at the same place.
    pub fn default_layer(&self) -> usize {
        self.layers().saturating_sub(1).min(self.deepest())
    }

    /// [`Encoder::decompose_named`] with any number type.
    #[doc(hidden)]
    pub fn decompose_as(&self, text: &str, options: &Options, which: &str) -> Result<Decomposition> {
        Ends::of(self, text, options, which)?.decompose(self, text, options, which)
    }
}

impl<T: Real> Ends<T> {
    /// The decomposition of the text between these ends. `which` names the text in errors.
    pub(crate) fn decompose(
        &self,
        encoder: &Encoder<T>,
        text: &str,
        options: &Options,
        which: &str,
    ) -> Result<Decomposition> {
        let (tokens, members) = self.members(text, options.unit);
        let suffix = self.suffix(encoder);
        let path = self.path(&suffix);
        let done = path.contributions(&members, options.rule, options.steps, self.limits(options), options.precision);
        let contributions = done.rows.iter().map(|&v| v as f32).collect();
        let recipe = self.recipe(encoder, options);
        let steps = done.quadrature.nodes.len();
        Decomposition::new(recipe, text, self, tokens, contributions, steps).finite(which)
    }

    /// How a text is decomposed.
    pub(crate) fn recipe(&self, encoder: &Encoder<T>, options: &Options) -> Recipe {
        Recipe {
            model: encoder.identity().clone(),
            layers: encoder.layers(),
            layer: self.layer,
            rule: options.rule,
            reference: options.reference.clone(),
            unit: options.unit,
            precision: options.precision,
            normalizes: encoder.normalizes(),
        }
    }
}

impl Decomposition {
    /// What the model's last `Normalize` divides the embedding by; None without one.
    pub(crate) fn normalized(&self) -> Option<f64> {
        let own = || norm(&wide(&self.embedding));
        self.recipe.normalizes.then(|| self.length.unwrap_or_else(own))
    }

    /// The decomposition, unless its path had numbers that are not finite.
    pub(crate) fn finite(self, which: &str) -> Result<Self> {
        Error::check_finite([&self.residual], || format!("the path to text {which}"))?;
        Ok(self)
    }

    /// A decomposition of the given contributions, with its residual.
    pub(crate) fn new<T: Real>(
        recipe: Recipe,
        text: &str,
        ends: &Ends<T>,
        tokens: Vec<Token>,
        contributions: Vec<f32>,
        steps: usize,
    ) -> Self {
        let narrow = |x: &[f64]| x.iter().map(|&v| v as f32).collect::<Vec<f32>>();
        let (embedding, reference) = (narrow(&ends.embedding), narrow(&ends.reference));
        let residual = residual(&contributions, &embedding, &reference);
        let gap = ends.relative(residual);
        Self(Record {
            recipe,
            text: text.to_owned(),
            tokens,
            truncated: ends.tokens.truncated,
            contributions,
            embedding,
            reference,
            length: ends.length,
            steps,
            residual,
            gap,
        })
    }
}
