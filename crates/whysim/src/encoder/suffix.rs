//! F of one text as the path integral sees it: a differentiable function.
//!
//! This is where the way to evaluate the encoder is chosen. An evaluation on another device would
//! go here, next to the existing ones.

use std::sync::Arc;

use whysim_core::{Compiled, Layer, Precision, Real, Tangents, Tape, Values};

use super::costs::costs;
use super::{Context, Encoder};
use crate::error::Result;
use crate::path::Function;

/// Layers `layer`.., pooling and Dense modules, for states of one text.
pub(crate) struct Suffix<'a, T: Real> {
    encoder: &'a Encoder<T>,
    layer: usize,
    /// The context of that one text.
    context: &'a Context<T>,
}

impl<'a, T: Real> Suffix<'a, T> {
    /// F from `layer` on.
    pub(crate) fn new(encoder: &'a Encoder<T>, layer: usize, context: &'a Context<T>) -> Self {
        Self { encoder, layer, context }
    }

    /// The layer that the states enter, if it is the last one and linear pooling follows.
    fn only_layer(&self) -> Option<&Layer<T>> {
        let mut layers = self.encoder.transformer.layers(self.layer);
        let layer = layers.next().filter(|_| layers.len() == 0)?;
        self.shares().map(|_| layer)
    }

    /// What each token counts, if linear pooling of the last layer follows.
    fn shares(&self) -> Option<Vec<T>> {
        match self.encoder.mixture {
            Some(_) => None,
            None => self.encoder.pooling.as_weighted_sum(&self.context.texts, &self.context.pooled),
        }
    }

    /// Whether a single token is pooled, so that the last layer computes no other.
    fn pools_one(&self) -> bool {
        self.shares().is_some_and(|shares| shares.iter().filter(|&&share| share != T::default()).count() == 1)
    }
}

impl<T: Real> Function for Suffix<'_, T> {
    type Real = T;

    fn dim(&self) -> usize {
        self.encoder.dim
    }

    fn values(&self, nodes: usize, points: Vec<T>) -> Vec<T> {
        let context = self.context.repeat(nodes);
        let x = Values::new(context.texts.clone(), points);
        self.encoder.suffix(Compiled(x), self.layer, &context).0.into_values()
    }

    fn tangents(
        &self,
        nodes: usize,
        points: Vec<T>,
        directions: Vec<T>,
        members: &Arc<Vec<Vec<usize>>>,
        precision: Precision,
    ) -> Vec<T> {
        let context = self.context.repeat(nodes);
        let x = Tangents::grouped(context.texts.clone(), points, directions, members.clone()).in_precision(precision);
        self.encoder.suffix(Compiled(x), self.layer, &context).0.into_parts().1
    }

    fn along(&self, nodes: usize, points: Vec<T>, directions: Vec<T>, cotangents: &[T]) -> Vec<T> {
        let context = self.context.repeat(nodes);
        let tape = Tape::new();
        let x = tape.along(context.texts.clone(), points, directions);
        let y = self.encoder.suffix(Compiled(x), self.layer, &context).0;
        let dim = self.dim();
        // The same cotangents at every node.
        let all = cotangents.chunks_exact(dim).flat_map(|c| c.repeat(nodes)).collect();
        tape.back_along(&y, all)
    }

    fn jacobian(&self, point: Vec<T>, block: usize, mut add: impl FnMut(usize, Vec<T>) -> Result<()>) -> Result<()> {
        let tape = Tape::new();
        let x = tape.input(self.context.texts.clone(), point);
        let y = self.encoder.suffix(Compiled(x.clone()), self.layer, self.context).0;
        let dim = self.dim();
        for first in (0..dim).step_by(block) {
            let outputs = block.min(dim - first);
            let mut cotangents = vec![T::default(); outputs * dim];
            (0..outputs).for_each(|i| cotangents[i * dim + first + i] = T::ONE);
            add(first, tape.back_to(&x, &y, cotangents))?;
        }
        Ok(())
    }

    fn contracts(&self, members: &[Vec<usize>]) -> bool {
        let tokens = self.context.texts.tokens();
        self.only_layer().is_some_and(|layer| self.pools_one() || Tangents::is_structured(layer, members, tokens))
    }

    fn costs(&self, members: &[Vec<usize>], cotangents: usize) -> [f64; 2] {
        let layers: Vec<_> = self.encoder.transformer.layers(self.layer).collect();
        costs(&layers, self.context.texts.tokens(), members, cotangents, self.pools_one())
    }
}
