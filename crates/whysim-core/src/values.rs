//! Inference: values alone.

use crate::activation::Activation;
use crate::array::{Array, Into, Pooled, Pooling};
use crate::heads::{Heads, Mask};
use crate::kernel::{self, Attend};
use crate::layer::Layer;
use crate::real::Real;
use crate::rotation::Rotation;
use crate::texts::Texts;
use crate::weights::{Linear, Norm};

/// Values [T, C] of concatenated texts; after pooling [B, C], one row per text.
#[derive(Clone, Debug)]
pub struct Values<T> {
    pub(crate) texts: Texts,
    pub(crate) width: usize,
    pub(crate) values: Vec<T>,
}

impl<T: Real> Values<T> {
    /// values: [T, C].
    ///
    /// # Panics
    /// If the number of values is not a multiple of the number of tokens.
    pub fn new(texts: Texts, values: Vec<T>) -> Self {
        let width = values.len().checked_div(texts.tokens()).unwrap_or(0);
        assert_eq!(values.len(), texts.tokens() * width, "values do not fill their texts");
        Self { texts, width, values }
    }

    /// The values, row-major.
    pub fn values(&self) -> &[T] {
        &self.values
    }

    /// The values, taken out.
    pub fn into_values(self) -> Vec<T> {
        self.values
    }

    /// C.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The texts that the rows are of.
    pub fn texts(&self) -> &Texts {
        &self.texts
    }

    fn with(&self, width: usize, values: Vec<T>) -> Self {
        Self { texts: self.texts.clone(), width, values }
    }
}

impl<T: Real> Array for Values<T> {
    type Real = T;

    fn linear(&self, linear: &Linear<T>) -> Self {
        let out = kernel::linear(&self.values, linear.inputs(), &linear.weight, linear.bias());
        self.with(linear.outputs(), out)
    }

    fn add(mut self, other: &Self) -> Self {
        kernel::add(&mut self.values, &other.values);
        self
    }

    fn multiply(mut self, other: &Self) -> Self {
        kernel::multiply_rows(&mut self.values, self.width, &other.values, |i| i);
        self
    }

    fn normalise(mut self, norm: &Norm<T>) -> Self {
        kernel::normalise_rows(norm.kind, &mut self.values, norm.gamma.len(), T::of(norm.epsilon));
        kernel::scale_rows(&mut self.values, &norm.gamma, norm.beta.as_deref());
        self
    }

    fn activate(mut self, activation: Activation) -> Self {
        kernel::activate(&mut self.values, activation);
        self
    }

    fn rotate(mut self, rotation: &Rotation<T>) -> Self {
        rotation.turn(&mut self.values, self.width, &self.texts, T::ONE);
        self
    }

    fn attend(queries: Self, keys: Self, values: Self, heads: Heads, mask: &Mask<T>) -> Self {
        let attend = Attend { texts: &keys.texts, queries: &queries.texts, heads, mask };
        let p = attend.probabilities(&queries.values, &keys.values);
        queries.with(queries.width, attend.context(&p, &values.values))
    }

    fn pool(&self, pooling: Pooling<T>) -> Self {
        let mut out = vec![T::default(); self.texts.count() * self.width];
        for (out, rows) in out.chunks_exact_mut(self.width.max(1)).zip(self.texts.iter()) {
            match pooling {
                Pooling::Sum(weights) => {
                    rows.for_each(|t| {
                        kernel::add_scaled(out, weights[t], &self.values[t * self.width..][..self.width])
                    });
                }
                Pooling::Max(read) => {
                    let winners = kernel::winners(&self.values, self.width, rows, read);
                    out.iter_mut().enumerate().for_each(|(c, out)| *out = self.values[winners[c] * self.width + c]);
                }
            }
        }
        Self { texts: Texts::uniform(self.texts.count(), 1), width: self.width, values: out }
    }

    fn concatenate(parts: &[Self]) -> Self {
        let width = parts.iter().map(|part| part.width).sum();
        let rows = parts.iter().map(|part| (part.values.as_slice(), part.width));
        parts[0].with(width, kernel::side_by_side(&rows.collect::<Vec<_>>()))
    }

    fn only(&self, positions: &[usize]) -> Self {
        let texts = self.texts.only(positions);
        Self { values: kernel::rows_of(&self.values, self.width, &self.texts, positions), texts, width: self.width }
    }

    fn first(&self, columns: usize) -> Self {
        self.with(columns, kernel::first_columns(&self.values, self.width, columns))
    }

    /// Where only one row of every text is pooled, the last layer computes only that row.
    fn layer(&self, layer: &Layer<T>, mask: &Mask<T>, into: Into<T>) -> Self {
        match into {
            Into::Pooled(pooled) => match pooled.only(&self.texts) {
                Some(positions) => {
                    let weights = pooled.chosen(&self.texts, &positions);
                    layer.forward_only(self, &positions, mask, Pooled { weights: &weights, ..pooled })
                }
                None => layer.forward(self, mask, into),
            },
            Into::States => layer.forward(self, mask, into),
        }
    }
}
