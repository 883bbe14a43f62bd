//! The two ends of a path: a text and its reference, as the suffix sees them.

use std::sync::Arc;

use whysim_core::{Compiled, Real, Values};

use super::Options;
use crate::encoder::{Context, Encoder, Key, Known, Suffix};
use crate::error::{Error, Result};
use crate::path::{Limits, Line, Path, Steps};
use crate::progress::Progress;
use crate::similarity::norm;
use crate::text::{Reference, Token, Tokens, Unit, group};

/// A text and its reference at a layer.
pub(crate) struct Ends<T: Real> {
    /// The model with the adapter of the text's task, if that is another one.
    adapted: Option<Arc<Encoder<T>>>,
    pub tokens: Tokens,
    pub line: Line<T>,
    pub layer: usize,
    context: Context<T>,
    /// F at the reference and at the text, `[D]`.
    ends: [Vec<f64>; 2],
    /// e, `[D]`: F of the text, minus the shift of an exact model.
    pub embedding: Vec<f64>,
    /// q, `[D]`: the same for the reference.
    pub reference: Vec<f64>,
    /// The length of the embedding before dimensions were cut, which is what the model's last
    /// `Normalize` divides by; None without one.
    pub length: Option<f64>,
}

impl<T: Real> Ends<T> {
    /// Tokenizes a text and computes its states and its reference's at the layer. `which` names the
    /// text in errors.
    ///
    /// # Errors
    /// If the text is empty, an option is out of range, or the model lacks the requested layer,
    /// prompt or mask token.
    pub(crate) fn of(encoder: &Encoder<T>, text: &str, options: &Options, which: &str) -> Result<Self> {
        options.steps.check()?;
        let adapted = encoder.for_prompt(options.prompt.as_deref())?;
        let encoder = adapted.as_deref().unwrap_or(encoder);
        let layer = match options.layer {
            Some(layer) => encoder.layer(layer)?,
            None => encoder.default_layer(),
        };
        let prompt = encoder.prompt(options.prompt.as_deref())?;
        let tokens = encoder.tokenize(prompt, text, which)?;
        let left_out = encoder.left_out(prompt)?;
        let context = encoder.context([tokens.ids.len()], left_out);

        let states = encoder.states(&[&tokens.ids], layer, context.mask()).into_values();
        let known = reference(encoder, options.reference.ids(&tokens, &encoder.tokenizer)?, layer, &context, left_out);
        let line = Line::new(&states, &known.states, tokens.ids.len());
        let of_text = wide(&encoder.whole(Compiled(Values::new(context.texts().clone(), states)), layer, &context).0);
        let shift = match (encoder.identity().exact, &options.reference) {
            (false, _) => vec![0.0; of_text.len()],
            (true, Reference::Pad) => known.embedding.clone(),
            (true, _) => shift(encoder, &tokens, &context, left_out)?,
        };
        let less = |e: &[f64]| e.iter().zip(&shift).map(|(e, s)| e - s).collect::<Vec<f64>>();
        let embedding = less(&of_text);
        Error::check_finite(&embedding, || format!("text {which}"))?;
        Error::check_finite(&known.embedding, || format!("the reference of text {which}"))?;
        let cut = |e: &[f64]| e[..encoder.dim()].to_vec();
        Ok(Self {
            length: encoder.normalizes().then(|| norm(&embedding)),
            embedding: cut(&embedding),
            reference: cut(&less(&known.embedding)),
            ends: [cut(&known.embedding), cut(&of_text)],
            line,
            tokens,
            layer,
            context,
            adapted: adapted.clone(),
        })
    }

    /// F from the layer on.
    pub(crate) fn suffix<'a>(&'a self, encoder: &'a Encoder<T>) -> Suffix<'a, T> {
        Suffix::new(self.adapted.as_deref().unwrap_or(encoder), self.layer, &self.context)
    }

    /// The path from the reference to the text.
    pub(crate) fn path<'a>(&'a self, suffix: &'a Suffix<'a, T>, progress: &'a dyn Progress) -> Path<'a, Suffix<'a, T>> {
        Path { function: suffix, line: &self.line, ends: [&self.ends[0], &self.ends[1]], progress }
    }

    /// The requested rows: their names, and the tokens that make up each.
    pub(crate) fn members(&self, text: &str, unit: Unit) -> (Vec<Token>, Vec<Vec<usize>>) {
        let groups = group(text, &self.tokens.tokens, unit);
        let members = groups.members();
        (groups.tokens, members)
    }

    /// The limits for choosing nodes.
    pub(crate) fn limits(&self, options: &Options) -> Limits {
        let (scale, length) = self.scale();
        match options.steps {
            Steps::Fixed(nodes) => Limits { tolerance: 0.0, noise: 0.0, nodes },
            Steps::Adaptive { tolerance, limit } => {
                Limits { tolerance: tolerance * scale, noise: ROUNDING * length, nodes: limit }
            }
        }
    }

    /// The denominator of a relative gap (see [`gap_scale`]), and the mean length of the
    /// embeddings.
    fn scale(&self) -> (f64, f64) {
        scale(&self.embedding, &self.reference)
    }

    /// A residual relative to the integral's length.
    pub(crate) fn relative(&self, residual: f64) -> f64 {
        relative(residual, &self.embedding, &self.reference)
    }
}

/// A residual relative to the difference of the embeddings e and q.
pub(crate) fn relative(residual: f64, e: &[f64], q: &[f64]) -> f64 {
    if residual == 0.0 { 0.0 } else { residual / scale(e, q).0 }
}

/// The denominator of a relative gap (see [`gap_scale`]), and the mean length of the embeddings.
fn scale(e: &[f64], q: &[f64]) -> (f64, f64) {
    let length = 0.5 * (norm(e) + norm(q));
    let difference: Vec<f64> = e.iter().zip(q).map(|(e, q)| e - q).collect();
    (gap_scale(norm(&difference), length), length)
}

/// What an exact model subtracts from the text's embedding, whatever reference was chosen, `[D]`.
fn shift<T: Real>(encoder: &Encoder<T>, tokens: &Tokens, context: &Context<T>, left_out: usize) -> Result<Vec<f64>> {
    let ids = Reference::Pad.ids(tokens, &encoder.tokenizer)?;
    Ok(reference(encoder, ids, encoder.deepest(), context, left_out).embedding.clone())
}

/// A generous bound on f32 rounding, relative to an embedding's length.
const ROUNDING: f64 = 1e-6;

/// The denominator of a completeness gap: the length of e - q, but at least 1e-4 of the embeddings'
/// length, since single precision resolves no more.
fn gap_scale(difference: f64, length: f64) -> f64 {
    difference.max(1e-4 * length)
}

/// A reference for the context's single text. Without ids, states of zero.
fn reference<T: Real>(
    encoder: &Encoder<T>,
    ids: Option<Vec<u32>>,
    layer: usize,
    context: &Context<T>,
    left_out: usize,
) -> Arc<Known<T>> {
    let tokens = context.texts().tokens();
    let key = Key { ids: ids.clone(), tokens, layer, left_out };
    encoder.references().get(key, || {
        let states = match &ids {
            Some(ids) => encoder.states(&[ids], layer, context.mask()),
            None => Values::new(context.texts().clone(), vec![T::default(); tokens * encoder.hidden()]),
        };
        let embedding = wide(&encoder.whole(Compiled(states.clone()), layer, context).0);
        Known { states: states.into_values(), embedding }
    })
}

fn wide<T: Real>(values: &Values<T>) -> Vec<f64> {
    values.values().iter().map(|v| v.to_f64()).collect()
}
