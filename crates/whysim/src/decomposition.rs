//! One text on its own: a contribution vector for every row, whose sum is the embedding minus the reference's.

mod file;
mod many;

use std::sync::Arc;

use candle_core::{DType, Tensor};

use crate::array::{Precision, Real};
use crate::encoder::{Context, Encoder, Identity};
use crate::error::Result;
use crate::explanation::Truncated;
use crate::path::{Line, Path, Quadrature, Rule, Steps, refine};
use crate::text::{Reference, Token, Tokens, Unit, group};

/// How to decompose a text. `Default` is what the program does without flags.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The layer whose input is attributed: 0 (embeddings) to L, or from the end, -1 = L. None: [`Encoder::default_layer`].
    pub layer: Option<i64>,
    /// The quadrature rule.
    pub rule: Rule,
    /// The number of nodes.
    pub steps: Steps,
    /// Where the path begins.
    pub reference: Reference,
    /// What a row stands for. A word or a sentence costs one tangent, not one for each token.
    pub unit: Unit,
    /// How tangents are multiplied with weights. It makes a difference before [`Encoder::default_layer`], where these products take the time.
    pub precision: Precision,
    /// Name of the model's prompt to put before the text. None: the model's default prompt, if it has one.
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
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Decomposition {
    /// How it was made.
    pub recipe: Recipe,
    /// The text as it was given.
    pub text: String,
    /// What each row stands for.
    pub tokens: Vec<Token>,
    /// Set when the model did not read the text to its end.
    pub truncated: Option<Truncated>,
    /// V, [rows, D] row-major.
    pub contributions: Vec<f32>,
    /// e, `[D]`: the model's own embedding before any normalisation: F(x), and of an exact model F(x) less F of the padded reference.
    pub embedding: Vec<f32>,
    /// q, `[D]`: the same of the reference r. Zero where an exact model is decomposed from its own reference.
    pub reference: Vec<f32>,
    /// Quadrature nodes used.
    pub steps: usize,
    /// |sum V - (e - q)|: the error of the quadrature, exactly.
    pub residual: f64,
    /// `residual` relative to |e - q| or, where these differ by less than 1e-4 of their length, to
    /// 1e-4 of it.
    pub gap: f64,
}

/// The length that a completeness gap is relative to: that of e - q, or 1e-4 of the embeddings' own where e and q differ by less;
/// single precision resolves no more.
fn gap_scale(difference: f64, length: f64) -> f64 {
    difference.max(1e-4 * length)
}

impl Encoder {
    /// The layer that is attributed when none is asked for: the input of the last layer, L - 1.
    ///
    /// Off the shelf, deeper layers agree best with exact attributions (Moeller, Nikolaev, Padó, EACL 2024); L itself is
    /// only the pooled share of each token, without any attention behind it. Exact models sum to the score at every layer;
    /// at L - 1 a handful of nodes is enough, and the two kinds of model are compared at one place.
    pub fn default_layer(&self) -> usize {
        self.layers() - 1
    }

    /// Decomposes a text.
    ///
    /// # Errors
    /// When the text is empty, an option is out of range, or the model lacks the layer, prompt or mask token asked for.
    pub fn decompose(&self, text: &str, options: &Options) -> Result<Decomposition> {
        self.decompose_named(text, options, "to decompose")
    }

    /// As [`Encoder::decompose`]; `which` names the text in errors, for example `A`.
    pub fn decompose_named(&self, text: &str, options: &Options, which: &str) -> Result<Decomposition> {
        match self.dtype() {
            DType::F64 => decompose::<f64>(self, text, options, which),
            _ => decompose::<f32>(self, text, options, which),
        }
    }
}

/// A text and its reference as the suffix sees them.
pub(crate) struct Ends<T> {
    pub tokens: Tokens,
    pub line: Line<T>,
    pub layer: usize,
    pub context: Context,
    /// e, `[D]`.
    pub embedding: Vec<f64>,
    /// q, `[D]`.
    pub reference: Vec<f64>,
}

/// Tokenizes a text and takes it and its reference to the layer.
pub(crate) fn ends<T: Real>(encoder: &Encoder, text: &str, options: &Options, which: &str) -> Result<Ends<T>> {
    options.steps.check()?;
    let layer = match options.layer {
        Some(layer) => encoder.layer(layer)?,
        None => encoder.default_layer(),
    };
    let prompt = encoder.prompt(options.prompt.as_deref())?;
    let tokens = encoder.tokenize(prompt, text, which)?;
    let context = encoder.context(&[&tokens.ids], encoder.left_out(prompt)?)?;
    // Text and reference go together as one batch: every weight is read once for both.
    let both = match options.reference.ids(&tokens, &encoder.tokenizer)? {
        Some(ids) => encoder.prefix(&[&tokens.ids, &ids], layer)?,
        None => {
            let x = encoder.prefix(&[&tokens.ids], layer)?;
            Tensor::cat(&[&x, &x.zeros_like()?], 0)?
        }
    };
    let line = Line::new(&both)?;
    let embeddings = encoder.suffix(both, layer, &context.repeat(2)?)?.to_dtype(DType::F64)?.to_vec2()?;
    let [mut embedding, mut reference] = <[Vec<f64>; 2]>::try_from(embeddings)
        .map_err(|_| candle_core::Error::Msg("a batch of two gave another number of embeddings".into()))?;
    if encoder.identity().exact {
        let shift = match options.reference {
            Reference::Pad => reference.clone(),
            _ => own_reference(encoder, &tokens, &context)?,
        };
        [&mut embedding, &mut reference].into_iter().for_each(|e| e.iter_mut().zip(&shift).for_each(|(e, s)| *e -= s));
    }
    Ok(Ends { line, tokens, layer, context, embedding, reference })
}

/// F of the padded reference: what an exact model takes off its embedding, whatever else a text is compared with.
fn own_reference(encoder: &Encoder, tokens: &Tokens, context: &Context) -> Result<Vec<f64>> {
    let ids = Reference::Pad.ids(tokens, &encoder.tokenizer)?.unwrap_or_default();
    let states = encoder.prefix(&[&ids], encoder.layers())?;
    Ok(encoder.suffix(states, encoder.layers(), context)?.flatten_all()?.to_dtype(DType::F64)?.to_vec1()?)
}

fn decompose<T: Real>(encoder: &Encoder, text: &str, options: &Options, which: &str) -> Result<Decomposition> {
    let ends = ends::<T>(encoder, text, options, which)?;
    let (tokens, members) = members(text, &ends, options);
    let path = ends.path(encoder);
    let quadrature = quadrature(&path, &ends, options)?;
    let path = Path { precision: options.precision, ..path };
    let contributions = path.integrate(&members, &quadrature)?.iter().map(|&v| v as f32).collect();
    Ok(Decomposition::new(encoder, text, options, ends, tokens, contributions, quadrature.nodes.len()))
}

/// The rows that the options ask for: their names, and the tokens that each is made of.
pub(crate) fn members<T>(text: &str, ends: &Ends<T>, options: &Options) -> (Vec<Token>, Vec<Vec<usize>>) {
    let groups = group(text, &ends.tokens.tokens, options.unit);
    let mut members = vec![Vec::new(); groups.tokens.len()];
    groups.of.iter().enumerate().for_each(|(token, &row)| members[row].push(token));
    (groups.tokens, members)
}

impl Decomposition {
    /// A decomposition of the given contributions, with its residual.
    pub(crate) fn new<T: Real>(
        encoder: &Encoder,
        text: &str,
        options: &Options,
        ends: Ends<T>,
        tokens: Vec<Token>,
        contributions: Vec<f32>,
        steps: usize,
    ) -> Self {
        let (residual, gap) = ends.gap(contributions.iter().map(|&v| f64::from(v)));
        let recipe = Recipe {
            model: encoder.identity().clone(),
            layers: encoder.layers(),
            layer: ends.layer,
            rule: options.rule,
            reference: options.reference.clone(),
            unit: options.unit,
            precision: options.precision,
            normalizes: encoder.normalizes(),
        };
        let narrow = |x: &[f64]| x.iter().map(|&v| v as f32).collect();
        Self {
            recipe,
            text: text.to_owned(),
            tokens,
            truncated: ends.tokens.truncated,
            contributions,
            embedding: narrow(&ends.embedding),
            reference: narrow(&ends.reference),
            steps,
            residual,
            gap,
        }
    }
}

impl<T: Real> Ends<T> {
    /// The line through the encoder's suffix.
    pub(crate) fn path<'a>(&'a self, encoder: &'a Encoder) -> Path<'a, T> {
        let precision = Precision::default();
        Path { encoder, line: &self.line, layer: self.layer, context: &self.context, precision }
    }

    /// What a relative gap is relative to (see [`gap_scale`]), and the mean length of the embeddings.
    fn scale(&self) -> (f64, f64) {
        let length = 0.5 * (norm(&self.embedding) + norm(&self.reference));
        let difference: Vec<f64> = self.embedding.iter().zip(&self.reference).map(|(e, q)| e - q).collect();
        (gap_scale(norm(&difference), length), length)
    }

    /// Residual and relative gap of contributions [rows, D].
    fn gap(&self, contributions: impl Iterator<Item = f64>) -> (f64, f64) {
        let dim = self.embedding.len();
        let mut rest: Vec<f64> = self.reference.iter().zip(&self.embedding).map(|(q, e)| q - e).collect();
        contributions.enumerate().for_each(|(i, v)| rest[i % dim] += v);
        let residual = norm(&rest);
        (residual, if residual == 0.0 { 0.0 } else { residual / self.scale().0 })
    }
}

/// Euclidean length.
pub(crate) fn norm(x: &[f64]) -> f64 {
    x.iter().map(|v| v * v).sum::<f64>().sqrt()
}

/// The rule and its nodes, adapted to the path where the options ask for it.
pub(crate) fn quadrature<T: Real>(path: &Path<T>, ends: &Ends<T>, options: &Options) -> Result<Quadrature> {
    let (tolerance, limit) = match options.steps {
        Steps::Fixed(steps) => return Ok(Quadrature::new(options.rule, steps)),
        Steps::Adaptive { tolerance, limit } => (tolerance, limit),
    };
    let (scale, length) = ends.scale();
    match options.rule {
        Rule::GaussLegendre => refine(path, tolerance * scale, ROUNDING * length, limit),
        Rule::Riemann => uniform(path, ends, tolerance, limit),
    }
}

/// What rounding in f32 leaves of an embedding's length, generously.
const ROUNDING: f64 = 1e-6;

/// Doubles the nodes of the right Riemann sum until the gap is under the tolerance.
fn uniform<T: Real>(path: &Path<T>, ends: &Ends<T>, tolerance: f64, limit: usize) -> Result<Quadrature> {
    let all = [(0..ends.tokens.ids.len()).collect()];
    let mut steps = 1;
    loop {
        let quadrature = Quadrature::new(Rule::Riemann, steps);
        let total = path.integrate(&all, &quadrature)?;
        if steps >= limit || ends.gap(total.into_iter()).1 <= tolerance {
            return Ok(quadrature);
        }
        steps = (steps * 2).min(limit);
    }
}
