//! The transformer: embeddings, then L layers. It can be cut at any layer.

use std::ops::Range;
use std::sync::Arc;

use whysim_core::{
    Array, Compiled, Cotangents, Into, Layer, Mask, Norm, Pooled, Rates, Real, RelativeBias, Table, Tape, Tensor,
    Texts, Values,
};

use super::embeddings::Embeddings;
use super::family::{Family, RelativeBuckets};
use super::layers::{self, Reader};
use super::weights::Weights;
use crate::error::Result;

/// The embeddings and layers of an encoder.
#[derive(Clone)]
pub(crate) struct Transformer<T> {
    embeddings: Embeddings<T>,
    /// The layers that have weights of their own.
    layers: Vec<Layer<T>>,
    /// Which of them are applied, in order.
    order: Vec<usize>,
    relative: Option<(Tensor<T>, RelativeBuckets)>,
    /// The normalisation after all layers. What it returns is pooled, but does not enter any layer.
    norm: Option<Norm<T>>,
    /// Dropout rates in training.
    pub rates: Rates,
}

impl<T: Real> Transformer<T> {
    /// Reads all the weights of an encoder, for texts of up to `longest` tokens.
    pub(crate) fn load(family: &Family, weights: &mut Weights, longest: usize) -> Result<Self> {
        weights.strip_prefix(&format!("{}.weight", family.embeddings.words))?;
        let embeddings = Embeddings::load(family, weights)?;
        let rotations = family.rotations.iter().map(|rotary| Arc::new(rotary.rotation(longest))).collect();
        let mut reader = Reader { family, weights: &mut *weights, rotations };
        let layers: Vec<_> = family.layers.iter().map(|place| reader.layer(place)).collect::<Result<_>>()?;
        let norm = family.final_norm.map(|name| layers::norm(weights, name, family.hidden, family.norm)).transpose()?;
        let table = |relative: RelativeBuckets| {
            let heads = family.layers.first().map_or(0, |place| place.heads.count);
            Ok((weights.get(relative.name, &[relative.buckets, heads])?, relative))
        };
        let relative = family.relative.map(table).transpose()?;
        let order = if family.order.is_empty() { (0..layers.len()).collect() } else { family.order.clone() };
        Ok(Self { embeddings, layers, order, relative, norm, rates: family.rates })
    }

    /// A table of word vectors, without any layers.
    pub(crate) fn of_words(words: Tensor<T>) -> Self {
        Self {
            embeddings: Embeddings::of_words(words),
            layers: Vec::new(),
            order: Vec::new(),
            relative: None,
            norm: None,
            rates: Rates { hidden: 0.0, attention: 0.0 },
        }
    }

    /// L.
    pub(crate) fn depth(&self) -> usize {
        self.order.len()
    }

    /// The layers `from`.., in order.
    pub(crate) fn layers(&self, from: usize) -> impl ExactSizeIterator<Item = &Layer<T>> + DoubleEndedIterator {
        self.order[from.min(self.depth())..].iter().map(|&at| &self.layers[at])
    }

    /// A mutable layer; others that share its weights change with it.
    pub(crate) fn layer_mut(&mut self, layer: usize) -> Option<&mut Layer<T>> {
        self.layers.get_mut(*self.order.get(layer)?)
    }

    /// The most tokens that the position table covers; None: there is no such table.
    pub(crate) fn longest(&self) -> Option<usize> {
        self.embeddings.longest()
    }

    /// Rows of the word table.
    pub(crate) fn vocabulary(&self) -> usize {
        self.embeddings.vocabulary()
    }

    /// Calls `f` with every weight, in a fixed order.
    pub(crate) fn each<'a>(&'a mut self, f: &mut dyn FnMut(&'a mut Tensor<T>)) {
        let Self { embeddings, layers, relative, norm, .. } = self;
        embeddings.each(f);
        relative.iter_mut().for_each(|(table, _)| f(table));
        layers.iter_mut().for_each(|layer| layer.each(f));
        norm.iter_mut().for_each(|norm| norm.each(f));
    }

    /// What attention adds to its scores in these texts.
    pub(crate) fn mask(&self, texts: &Texts) -> Mask<T> {
        let of = |(table, relative): &(Tensor<T>, RelativeBuckets)| {
            let bucket = |i, j| bucket(i, j, relative.buckets, relative.farthest);
            Arc::new(RelativeBias::new(table, texts.longest(), bucket))
        };
        Mask { bias: self.relative.as_ref().map(of), hidden: None }
    }

    /// What enters layer 0, for texts given by their ids: [T, H].
    pub(crate) fn embed(&self, rows: &[&[u32]]) -> Compiled<Values<T>> {
        let (texts, tables) = self.embeddings.look_up(rows);
        self.embeddings.finish(Compiled(Values::new(texts, Table::sum(&tables))), |x| x)
    }

    /// The same on a training tape.
    pub(crate) fn embed_on(&self, tape: &Tape<T>, rows: &[&[u32]]) -> Compiled<Cotangents<T>> {
        let (texts, tables) = self.embeddings.look_up(rows);
        self.embeddings.finish(Compiled(tape.look_up(texts, tables)), |x| Compiled(x.0.dropped()))
    }

    /// Layers `range` of the encoder. x: [T, H] -> [T, H].
    pub(crate) fn forward<A: Array<Real = T>>(&self, x: A, range: Range<usize>, mask: &Mask<T>) -> A {
        self.layers(range.start).take(range.len()).fold(x, |x, layer| x.layer(layer, mask, Into::States))
    }

    /// The states that are pooled, from those that leave the last layer.
    pub(crate) fn finish<A: Array<Real = T>>(&self, x: A) -> A {
        match &self.norm {
            Some(norm) => x.normalise(norm),
            None => x,
        }
    }

    /// The layers from `layer` on, and linear pooling with weights `[T]`. x: [T, H] -> [B, H].
    pub(crate) fn forward_pooled<A: Array<Real = T>>(&self, x: A, layer: usize, mask: &Mask<T>, weights: &[T]) -> A {
        let pooled = Pooled { norm: self.norm.as_ref(), weights };
        let mut layers = self.layers(layer);
        match layers.next_back() {
            Some(last) => {
                let x = layers.fold(x, |x, layer| x.layer(layer, mask, Into::States));
                x.layer(last, mask, Into::Pooled(pooled))
            }
            None => pooled.of(x),
        }
    }
}

/// The bucket for query i and key j (Raffel et al., JMLR 2020). One half of the buckets is for keys
/// at or before the query, the other for keys after it. In each half, near distances have a bucket
/// each; others share buckets on a logarithmic scale up to `farthest`.
fn bucket(i: usize, j: usize, buckets: usize, farthest: usize) -> u32 {
    let half = buckets / 2;
    let near = half / 2;
    let distance = i.abs_diff(j);
    let side = if j > i { half } else { 0 };
    let within = if distance < near {
        distance
    } else {
        let share = (distance as f32 / near as f32).ln() / (farthest as f32 / near as f32).ln();
        (near + (share * (half - near) as f32) as usize).min(half - 1)
    };
    (side + within) as u32
}
