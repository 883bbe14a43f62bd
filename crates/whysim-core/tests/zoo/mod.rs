//! Tiny encoders with layers of every kind.
#![allow(missing_docs)]

use std::sync::Arc;

use whysim_core::{
    Activation, Array, Attention, FeedForward, Heads, Into, Layer, Linear, Mask, Norm, NormKind, Norms, Pairing,
    Pooled, Pooling, RelativeBias, Rotation, Tensor, Texts,
};

/// Numbers between -1 and 1 in no pattern.
pub fn numbers(count: usize, seed: usize) -> Vec<f64> {
    let mut state = 0x9E37_79B9_7F4A_7C15u64.wrapping_mul(seed as u64 + 1);
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / (1u64 << 30) as f64 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// An encoder, and how it pools.
#[derive(Clone)]
pub struct Model {
    pub name: String,
    pub hidden: usize,
    pub layers: Vec<Layer<f64>>,
    pub table: Tensor<f64>,
    /// Of what is pooled.
    pub norm: Option<Norm<f64>>,
    /// [buckets, heads].
    pub bias: Option<Tensor<f64>>,
    pub pools: Pools,
    /// Whether tangents are of groups of tokens.
    pub grouped: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pools {
    Mean,
    /// The first token (0) or the last one (1).
    One(usize),
    /// The mean and the maximum side by side.
    MeanAndMax,
}

impl Model {
    /// What each token counts in the mean, `[T]`.
    pub fn weights(&self, texts: &Texts) -> Vec<f64> {
        if let Pools::One(place) = self.pools {
            let only = |rows: std::ops::Range<usize>| rows.len().saturating_sub(1) * place;
            return texts
                .iter()
                .flat_map(|rows| {
                    rows.clone().map(move |t| if t - rows.start == only(rows.clone()) { 0.7 } else { 0.0 })
                })
                .collect();
        }
        texts.iter().flat_map(|rows| rows.clone().map(move |t| (1 + t - rows.start) as f64 * 0.3)).collect()
    }

    pub fn pooled<'a>(&'a self, weights: &'a [f64]) -> Pooled<'a, f64> {
        Pooled { norm: self.norm.as_ref(), weights }
    }

    pub fn mask(&self, texts: &Texts) -> Mask<f64> {
        let bucket = |i: usize, j: usize| (i.abs_diff(j).min(2) + if j > i { 2 } else { 0 }) as u32;
        let bias = self.bias.as_ref().map(|table| Arc::new(RelativeBias::new(table, texts.longest(), bucket)));
        Mask { bias, hidden: None }
    }

    pub fn forward<A: Array<Real = f64>>(&self, x: A, weights: &[f64]) -> A {
        // Equal texts all have this mask; uneven ones take the first rows of the longest one's.
        let texts = Texts::new([weights.len()]);
        let mask = self.mask(&texts);
        let (last, before) = self.layers.split_last().unwrap();
        let x = before.iter().fold(x, |x, layer| x.layer(layer, &mask, Into::States));
        match self.pools {
            Pools::Mean | Pools::One(_) => x.layer(last, &mask, Into::Pooled(self.pooled(weights))),
            Pools::MeanAndMax => {
                let x = x.layer(last, &mask, Into::States);
                let read = vec![true; weights.len()];
                A::concatenate(&[x.pool(Pooling::Sum(weights)), x.pool(Pooling::Max(&read))]).first(2 * self.hidden - 1)
            }
        }
    }

    /// Every weight in a fixed order.
    pub fn each<'a>(&'a mut self, f: &mut dyn FnMut(&'a mut Tensor<f64>)) {
        f(&mut self.table);
        self.norm.iter_mut().for_each(|norm| norm.each(f));
        self.bias.iter_mut().for_each(&mut *f);
        self.layers.iter_mut().for_each(|layer| layer.each(f));
    }
}

struct Maker {
    seed: usize,
}

impl Maker {
    fn tensor(&mut self, shape: &[usize], size: f64, around: f64) -> Tensor<f64> {
        self.seed += 1;
        let values = numbers(shape.iter().product(), 100 + self.seed);
        Tensor::new(shape, values.into_iter().map(|v| around + size * v).collect())
    }

    fn linear(&mut self, outputs: usize, inputs: usize, bias: bool) -> Linear<f64> {
        let weight = self.tensor(&[outputs, inputs], 0.6, 0.0);
        Linear { weight, bias: bias.then(|| self.tensor(&[outputs], 0.3, 0.0)), drops: outputs < inputs }
    }

    fn norm(&mut self, kind: NormKind, width: usize) -> Norm<f64> {
        let gamma = self.tensor(&[width], 0.3, 1.0);
        let beta = (kind == NormKind::Layer).then(|| self.tensor(&[width], 0.3, 0.0));
        Norm { kind, gamma, beta, epsilon: 1e-3 }
    }
}

/// What sets a model apart.
#[derive(Clone, Copy)]
struct Kind {
    norm: NormKind,
    place: Place,
    gated: bool,
    biases: bool,
    keys: usize,
    head_norms: bool,
    rotation: Option<Pairing>,
    causal: bool,
    window: Option<usize>,
    relative: bool,
    activation: Activation,
}

#[derive(Clone, Copy)]
enum Place {
    After,
    Before,
    BothSides,
}

/// BERT.
const POST: Kind = Kind {
    norm: NormKind::Layer,
    place: Place::After,
    gated: false,
    biases: true,
    keys: 4,
    head_norms: false,
    rotation: None,
    causal: false,
    window: None,
    relative: false,
    activation: Activation::Gelu,
};

/// Qwen3.
const DECODER: Kind = Kind {
    norm: NormKind::Rms,
    place: Place::Before,
    gated: true,
    biases: false,
    keys: 2,
    head_norms: true,
    rotation: Some(Pairing::Halves),
    causal: true,
    activation: Activation::Silu,
    ..POST
};

const HIDDEN: usize = 32;
const INNER: usize = 40;
const HEADS: usize = 4;

fn norms(maker: &mut Maker, kind: Kind) -> Norms<f64> {
    match kind.place {
        Place::After => Norms::after(maker.norm(kind.norm, HIDDEN)),
        Place::Before => Norms::before(Some(maker.norm(kind.norm, HIDDEN))),
        Place::BothSides => {
            Norms { output: Some(maker.norm(kind.norm, HIDDEN)), ..Norms::before(Some(maker.norm(kind.norm, HIDDEN))) }
        }
    }
}

fn layer(maker: &mut Maker, kind: Kind, first: bool) -> Layer<f64> {
    // Of a width that is not the model's, where the heads need not add up to it.
    let width = if kind.keys < HEADS { 8 } else { HIDDEN / HEADS };
    let mut heads = Heads::plain(HEADS, HEADS * width);
    (heads.keys, heads.causal, heads.window) = (kind.keys, kind.causal, kind.window);
    let (all, keys) = (HEADS * width, kind.keys * width);
    let rotation = kind.rotation.map(|pairing| Arc::new(Rotation::new(&[1.0, 0.1], 1.3, 64, width, pairing)));
    let mut attention_norms = norms(maker, kind);
    if first && matches!(kind.place, Place::Before) && kind.norm == NormKind::Layer {
        // ModernBERT's first layer reads embeddings that are normalised already.
        attention_norms.before = None;
    }
    let attention = Attention {
        norms: attention_norms,
        query: maker.linear(all, HIDDEN, kind.biases),
        key: maker.linear(keys, HIDDEN, kind.biases),
        value: maker.linear(keys, HIDDEN, kind.biases),
        head_norms: kind.head_norms.then(|| [maker.norm(kind.norm, width), maker.norm(kind.norm, width)]),
        rotation,
        heads,
        output: maker.linear(HIDDEN, all, kind.biases),
    };
    let feed_forward = FeedForward {
        norms: norms(maker, kind),
        gate: kind.gated.then(|| maker.linear(INNER, HIDDEN, kind.biases)),
        up: maker.linear(INNER, HIDDEN, kind.biases),
        activation: kind.activation,
        down: maker.linear(HIDDEN, INNER, kind.biases),
    };
    Layer::new(attention, feed_forward)
}

/// One encoder of every kind.
pub fn zoo() -> Vec<Model> {
    let window = Some(1);
    let kinds = [
        ("post-norm", POST),
        ("post-norm with a relative bias", Kind { relative: true, activation: Activation::GeluTanh, ..POST }),
        (
            "post-norm without biases, gated",
            Kind { biases: false, gated: true, rotation: Some(Pairing::Neighbours), ..POST },
        ),
        (
            "pre-norm, windows",
            Kind { place: Place::Before, rotation: Some(Pairing::Halves), window, gated: true, ..POST },
        ),
        ("pre-norm, relu", Kind { place: Place::Before, activation: Activation::Silu, ..POST }),
        ("decoder", DECODER),
        (
            "both sides",
            Kind { place: Place::BothSides, causal: false, window, activation: Activation::GeluTanh, ..DECODER },
        ),
        ("post-norm, one key head", Kind { keys: 1, ..POST }),
        ("post-norm, RMSNorm", Kind { norm: NormKind::Rms, ..POST }),
    ];
    let mut models = Vec::new();
    for (name, kind) in kinds {
        let pools = [
            (1, Pools::Mean, false),
            (2, Pools::Mean, true),
            (2, Pools::MeanAndMax, false),
            (1, Pools::One(0), true),
            (2, Pools::One(1), false),
            (1, Pools::One(1), false),
        ];
        for (count, pools, grouped) in pools {
            let mut maker = Maker { seed: models.len() * 1000 };
            models.push(Model {
                name: format!("{name}, {count} layers, pooled {pools:?}"),
                hidden: HIDDEN,
                layers: (0..count).map(|i| layer(&mut maker, kind, i == 0)).collect(),
                table: maker.tensor(&[4, HIDDEN], 1.0, 0.0),
                norm: (!matches!(kind.place, Place::After)).then(|| maker.norm(kind.norm, HIDDEN)),
                bias: kind.relative.then(|| maker.tensor(&[5, HEADS], 0.7, 0.0)),
                pools,
                grouped,
            });
        }
    }
    models
}
