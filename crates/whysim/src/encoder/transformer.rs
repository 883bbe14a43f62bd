//! The transformer: embeddings, then L layers. It can be cut at any layer.

use std::ops::Range;
use std::sync::Arc;

use whysim_core::{
    Array, Compiled, Cotangents, Into, Layer, Mask, Norm, Real, RelativeBias, Table, Tape, Tensor, Texts, Values,
};

use super::config::Config;
use super::family::{self, Positions};
use super::layers;
use super::weights::Weights;
use crate::error::Result;

/// The embeddings and layers of an encoder.
#[derive(Clone)]
pub(crate) struct Transformer<T> {
    words: Tensor<T>,
    /// And how tokens are numbered; None: positions do not matter.
    positions: Option<(Tensor<T>, Positions)>,
    token_types: Option<Tensor<T>>,
    norm: Option<Norm<T>>,
    layers: Vec<Layer<T>>,
    relative_bias: Option<Tensor<T>>,
    /// The config's padding id. Training leaves its row of the word table unchanged.
    padding: Option<u32>,
}

impl<T: Real> Transformer<T> {
    /// Reads all the weights of the encoder that `config` describes.
    pub(crate) fn load(config: &Config, weights: &mut Weights) -> Result<Self> {
        let family = family::of(config)?;
        let hidden = config.hidden_size;
        weights.strip_prefix("embeddings.word_embeddings.weight")?;
        let mut table = |name: &str, rows| weights.get(&format!("embeddings.{name}.weight"), &[rows, hidden]);
        let words = table("word_embeddings", config.vocab_size)?;
        let positions = table("position_embeddings", config.max_position_embeddings)?;
        let token_types = match family.token_types {
            0 => None,
            rows => Some(table("token_type_embeddings", rows)?),
        };
        let norm = layers::layer_norm(weights, "embeddings.LayerNorm", hidden, family.epsilon)?;
        let layers =
            (0..config.num_hidden_layers).map(|i| layers::layer(config, &family, weights, i)).collect::<Result<_>>()?;
        let relative_bias = family
            .relative_bias
            .map(|(name, buckets)| weights.get(name, &[buckets, config.num_attention_heads]))
            .transpose()?;
        let numbering = family.positions;
        let padding = Some(config.pad_token_id.unwrap_or(numbering.padding().unwrap_or(0)));
        let (positions, norm) = (Some((positions, numbering)), Some(norm));
        Ok(Self { words, positions, token_types, norm, layers, relative_bias, padding })
    }

    /// A table of word vectors, without any layers.
    pub(crate) fn of_words(words: Tensor<T>) -> Self {
        Self {
            words,
            positions: None,
            token_types: None,
            norm: None,
            layers: Vec::new(),
            relative_bias: None,
            padding: None,
        }
    }

    /// The layers, in order.
    pub(crate) fn layers(&self) -> &[Layer<T>] {
        &self.layers
    }

    /// A mutable layer.
    pub(crate) fn layer_mut(&mut self, layer: usize) -> Option<&mut Layer<T>> {
        self.layers.get_mut(layer)
    }

    /// The number of tokens that the position table covers.
    pub(crate) fn longest(&self) -> usize {
        match &self.positions {
            Some((table, numbering)) => table.rows().saturating_sub(numbering.offset()),
            None => usize::MAX,
        }
    }

    /// Rows of the word table.
    pub(crate) fn vocabulary(&self) -> usize {
        self.words.rows()
    }

    /// Calls `f` with every weight, in a fixed order.
    pub(crate) fn each<'a>(&'a mut self, f: &mut dyn FnMut(&'a mut Tensor<T>)) {
        let Self { words, positions, token_types, norm, layers, relative_bias, .. } = self;
        f(words);
        positions.iter_mut().map(|(table, _)| table).chain(token_types).chain(relative_bias).for_each(&mut *f);
        norm.iter_mut().for_each(|norm| norm.each(f));
        layers.iter_mut().for_each(|layer| layer.each(f));
    }

    /// What attention adds to its scores in these texts.
    pub(crate) fn mask(&self, texts: &Texts) -> Mask<T> {
        let of = |table: &Tensor<T>| {
            let buckets = table.rows();
            Arc::new(RelativeBias::new(table, texts.longest(), |i, j| bucket(i, j, buckets)))
        };
        Mask { bias: self.relative_bias.as_ref().map(of), hidden: None }
    }

    /// Word, position and token-type (0) embeddings of texts given by their ids, summed and
    /// normalised: [T, H].
    pub(crate) fn embed(&self, rows: &[&[u32]]) -> Compiled<Values<T>> {
        let (texts, tables) = self.look_up(rows);
        self.normalised(Compiled(Values::new(texts, Table::sum(&tables))))
    }

    /// The same on a training tape.
    pub(crate) fn embed_on(&self, tape: &Tape<T>, rows: &[&[u32]]) -> Compiled<Cotangents<T>> {
        let (texts, tables) = self.look_up(rows);
        Compiled(self.normalised(Compiled(tape.look_up(texts, tables))).0.dropped())
    }

    fn normalised<A: Array<Real = T>>(&self, x: A) -> A {
        match &self.norm {
            Some(norm) => x.normalise(norm),
            None => x,
        }
    }

    fn look_up(&self, rows: &[&[u32]]) -> (Texts, Vec<Table<T>>) {
        let texts = Texts::new(rows.iter().map(|row| row.len()));
        let table = |weight: &Tensor<T>, rows, fixed| Table { weight: weight.clone(), rows, fixed };
        let mut tables = vec![table(&self.words, rows.concat(), self.padding)];
        tables.extend(self.positions.iter().map(|(positions, numbering)| {
            let numbers = rows.iter().flat_map(|row| numbering.of(row)).collect();
            table(positions, numbers, numbering.padding())
        }));
        tables.extend(self.token_types.iter().map(|types| table(types, vec![0; texts.tokens()], None)));
        (texts, tables)
    }

    /// Layers `range` of the encoder. x: [T, H] -> [T, H].
    pub(crate) fn forward<A: Array<Real = T>>(&self, x: A, range: Range<usize>, mask: &Mask<T>) -> A {
        self.layers[range].iter().fold(x, |x, layer| x.layer(layer, mask, Into::States))
    }

    /// The layers from `layer` on, and linear pooling with weights `[T]`. x: [T, H] -> [B, H].
    pub(crate) fn forward_pooled<A: Array<Real = T>>(&self, x: A, layer: usize, mask: &Mask<T>, weights: &[T]) -> A {
        match self.layers[layer..].split_last() {
            Some((last, before)) => {
                let x = before.iter().fold(x, |x, layer| x.layer(layer, mask, Into::States));
                x.layer(last, mask, Into::Pooled(weights))
            }
            None => x.pool(whysim_core::Pooling::Sum(weights)),
        }
    }
}

/// The bucket for query i and key j (Raffel et al., JMLR 2020, as used in MPNet). One half of the
/// buckets is for keys at or before the query, the other for keys after it. In each half, near
/// distances have a bucket each; far ones share buckets on a logarithmic scale up to 128.
fn bucket(i: usize, j: usize, buckets: usize) -> u32 {
    const FARTHEST: f32 = 128.0;
    let half = buckets / 2;
    let near = half / 2;
    let distance = i.abs_diff(j);
    let side = if j > i { half } else { 0 };
    let within = if distance < near {
        distance
    } else {
        let share = (distance as f32 / near as f32).ln() / (FARTHEST / near as f32).ln();
        (near + (share * (half - near) as f32) as usize).min(half - 1)
    };
    (side + within) as u32
}
