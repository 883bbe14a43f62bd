//! What a family says of an encoder: plain data, from which the layers are read.

use whysim_core::{Activation, Heads, NormKind, Rates};

use super::Positions;
use crate::encoder::rotary::Rotary;

/// An encoder: its sizes and rules, and what its weights are called.
#[derive(Clone, Debug)]
pub(crate) struct Family {
    pub embeddings: Embeddings,
    /// H.
    pub hidden: usize,
    /// I.
    pub inner: usize,
    pub activation: Activation,
    pub norm: NormRule,
    pub biases: Biases,
    pub names: Names,
    /// The layers that have weights of their own.
    pub layers: Vec<Place>,
    /// Which of them are applied, in order; empty: each once.
    pub order: Vec<usize>,
    pub rotations: Vec<Rotary>,
    pub relative: Option<RelativeBuckets>,
    /// The normalisation after all layers.
    pub final_norm: Option<&'static str>,
    /// The number of positions that the config names.
    pub positions: usize,
    /// Dropout rates in training.
    pub rates: Rates,
    /// Whether training applies dropout to the attention's output.
    pub drops_attention: bool,
    /// The row of the word table that training leaves as it is.
    pub padding: Option<u32>,
}

impl Family {
    /// Without what matters in training only.
    pub(crate) fn untrained(&self) -> Self {
        Self { rates: Rates { hidden: 0.0, attention: 0.0 }, ..self.clone() }
    }
}

/// What turns ids into states.
#[derive(Clone, Debug)]
pub(crate) struct Embeddings {
    /// The word table.
    pub words: &'static str,
    pub rows: usize,
    /// E, the width of all tables.
    pub width: usize,
    /// What word vectors are multiplied by.
    pub scale: f64,
    /// The position table, and how tokens are numbered.
    pub positions: Option<(&'static str, Positions)>,
    /// The token-type table, of which row 0 is used, and its rows.
    pub types: Option<(&'static str, usize)>,
    pub norm: Option<&'static str>,
    /// A linear map from E to H.
    pub projection: Option<&'static str>,
}

impl Embeddings {
    /// Word vectors alone.
    pub(crate) fn words(words: &'static str, rows: usize, width: usize) -> Self {
        Self { words, rows, width, scale: 1.0, positions: None, types: None, norm: None, projection: None }
    }
}

/// How normalisations are computed and stored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NormRule {
    pub kind: NormKind,
    pub epsilon: f64,
    /// Whether they have a beta.
    pub bias: bool,
    /// What is added to a stored gamma.
    pub offset: f64,
}

/// Which linear maps have a bias.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Biases {
    /// Those of queries, keys and values.
    pub inputs: bool,
    pub output: bool,
    pub expansions: bool,
    pub down: bool,
}

impl Biases {
    /// The same for all.
    pub(crate) fn all(bias: bool) -> Self {
        Self { inputs: bias, output: bias, expansions: bias, down: bias }
    }
}

/// Names within a layer, behind its prefix.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Names {
    pub inputs: Inputs,
    pub output: &'static str,
    pub attention: HalfNorms,
    /// Of the queries and keys of every head.
    pub heads: Option<[&'static str; 2]>,
    pub expansions: Expansions,
    pub down: &'static str,
    pub feed_forward: HalfNorms,
}

/// Queries, keys and values.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Inputs {
    Separate([&'static str; 3]),
    /// One above the other in one matrix.
    Fused(&'static str),
}

/// What a feed-forward half reads.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Expansions {
    Plain(&'static str),
    Gated {
        gate: &'static str,
        up: &'static str,
    },
    /// One above the other in one matrix.
    Fused {
        name: &'static str,
        gate_first: bool,
    },
}

/// The normalisations of a half of a layer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct HalfNorms {
    pub before: Option<&'static str>,
    pub output: Option<&'static str>,
    pub after: Option<&'static str>,
}

impl HalfNorms {
    /// After the sum alone.
    pub(crate) const fn after(name: &'static str) -> Self {
        Self { before: None, output: None, after: Some(name) }
    }

    /// Before the half alone.
    pub(crate) const fn before(name: &'static str) -> Self {
        Self { before: Some(name), output: None, after: None }
    }
}

/// Layers `prefix.0.`, `prefix.1.`, … with heads of one kind, all turned by the first rotation if
/// there is one.
pub(crate) fn layers(prefix: &str, count: usize, heads: Heads, rotates: bool) -> Vec<Place> {
    let place =
        |i| Place { prefix: format!("{prefix}.{i}."), heads, rotation: rotates.then_some(0), reads_normalised: false };
    (0..count).map(place).collect()
}

/// A layer with weights of its own.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// Before the names of its weights.
    pub prefix: String,
    pub heads: Heads,
    /// Which of the rotations applies.
    pub rotation: Option<usize>,
    /// Whether its attention lacks the normalisation before it.
    pub reads_normalised: bool,
}

/// A table of attention biases by distance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RelativeBuckets {
    pub name: &'static str,
    pub buckets: usize,
    /// The distance from which all share a bucket.
    pub farthest: usize,
}

impl RelativeBuckets {
    /// # Errors
    /// If the number of buckets makes no sense: half of them are for keys on either side, and half
    /// of those for near distances, one each, which must be fewer than `farthest`.
    pub(crate) fn new(name: &'static str, buckets: usize, farthest: usize) -> Result<Self, String> {
        if buckets < 4 || buckets / 4 >= farthest {
            return Err(format!("relative_attention_num_buckets is {buckets}; it must be 4 to {}", 4 * farthest - 1));
        }
        Ok(Self { name, buckets, farthest })
    }
}
