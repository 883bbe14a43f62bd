//! One text on its own: a contribution vector for every row, whose sum is the embedding minus the
//! reference's.

pub(crate) mod ends;
mod file;
mod many;
mod parts;
mod removed;
#[cfg(feature = "index")]
mod set;

use std::sync::Arc;

use whysim_core::{Precision, Real};

use crate::convergence::Convergence;
use crate::encoder::{Encoder, Identity};
use crate::error::{Error, Result};
use crate::explanation::Truncated;
use crate::path::{Rule, Steps};
use crate::progress::{Counted, Part, Progress};
use crate::removal::{self, Game};
use crate::sealed::sealed;
use crate::similarity::{norm, wide};
use crate::text::{Reference, Token, Unit};
use ends::Ends;
pub(crate) use parts::Parts;
use parts::residual;
pub(crate) use removed::check as check_removal;
#[cfg(feature = "index")]
pub use set::Stored;

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
    /// Compute contributions by removal, from embeddings of parts of the text, instead of by a
    /// path. Layer, rule, nodes, reference and precision belong to the path, and must be left at
    /// their defaults. None: by a path.
    pub removal: Option<removal::Options>,
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
    /// What was computed, if contributions were made by removal. There is no path then, so that
    /// `layer` and `layers` are 0, and the other settings of the path are their defaults.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removal: Option<Game>,
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
    /// D, [groups, rows, D] row-major: `sum_b (D_b . u)^2` is the squared standard error of any `V
    /// . u`. Empty for contributions by a path, or from all subsets, which have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deviations: Vec<f32>,
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
    /// Quadrature nodes used, or texts embedded.
    pub steps: usize,
    /// |sum V - (e - q)|: the error of the quadrature, exactly.
    pub residual: f64,
    /// `residual` relative to |e - q|, or to 1e-4 of their length if they differ by less than that.
    pub gap: f64,
    /// The largest gap that was acceptable; None where none was asked for: with a fixed number of
    /// nodes, and by removal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<f64>,
}

impl TryFrom<Record> for Decomposition {
    type Error = String;

    /// A record from outside, if its numbers are finite, fit together, and hold what they claim.
    fn try_from(record: Record) -> std::result::Result<Self, String> {
        let dim = record.embedding.len();
        let values = dim * record.tokens.len();
        let whole_groups = record.deviations.len().is_multiple_of(values.max(1));
        if !whole_groups || record.reference.len() != dim || record.contributions.len() != values || dim == 0 {
            return Err("its numbers of rows or of dimensions do not fit together".into());
        }
        let arrays = [&record.contributions, &record.deviations, &record.embedding, &record.reference];
        let scalars = [record.residual, record.gap, record.length.unwrap_or(0.0), record.tolerance.unwrap_or(0.0)];
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

impl Decomposition {
    /// What the integration came to.
    pub fn convergence(&self) -> Convergence {
        Convergence {
            gap: self.gap,
            steps: self.steps,
            tolerance: self.tolerance,
            precision: self.recipe.precision,
            late: self.recipe.layer + 1 >= self.recipe.layers,
        }
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
        self.decompose_with_progress(text, options, which, &())
    }

    /// As [`Encoder::decompose_named`], with `progress` told of every tangent at a node, or of
    /// every part of the text that is embedded, and asked between them whether to stop.
    ///
    /// # Errors
    /// As there, and [`Error::Interrupted`] when `progress` says to stop.
    pub fn decompose_with_progress(
        &self,
        text: &str,
        options: &Options,
        which: &str,
        progress: &dyn Progress,
    ) -> Result<Decomposition> {
        match &options.removal {
            Some(removal) => self.remove(text, options, removal, which, progress),
            None => {
                let _part = Part::begin(progress, "decomposing", None, Counted::Steps);
                Ends::of(self, text, options, which)?.decompose(self, text, options, which, progress)
            }
        }
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
        Ends::of(self, text, options, which)?.decompose(self, text, options, which, &())
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
        progress: &dyn Progress,
    ) -> Result<Decomposition> {
        let (tokens, members) = self.members(text, options.unit);
        let suffix = self.suffix(encoder);
        let path = self.path(&suffix, progress);
        let done =
            path.contributions(&members, options.rule, options.steps, self.limits(options), options.precision)?;
        let recipe = self.recipe(encoder, options);
        let parts = self.parts(recipe, text, tokens, &done.rows, (done.quadrature.nodes.len(), options.steps));
        Decomposition::new(parts).finite(which)
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
            removal: None,
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
}
