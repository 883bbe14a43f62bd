//! Forward mode: a value and K tangents that go through the encoder together.
//!
//! For y = f(x), the tangents of y are `J_f(x)` times the tangents of x, so K Jacobian-vector products share one pass of
//! values. This is what eq. (1) of the method needs: one tangent for every token (or group of tokens), zero outside its rows.

mod pool;

use std::sync::Arc;

use candle_core::Tensor;

use super::activation::Activation;
use super::attention::{self, Inputs, Shape};
use super::ending::{self, Parts};
use super::first;
use super::kernel;
use super::layer::Layer;
use super::precision::Precision;
use super::real::Real;
use super::tensor::with_bias;
use super::values::Values;
use super::{Array, conclude_in_steps};
use crate::error::Result;

/// How the tangents are stored.
#[derive(Clone, Debug)]
pub enum Spread {
    /// Tangent k is zero outside the rows listed in `members[k]`, and no row belongs to two tangents. All K are stored in
    /// one [B, S, C].
    Rows(Arc<Vec<Vec<usize>>>),
    /// Tangents are dense: [B, K, S, C], with this K.
    Full(usize),
}

/// Values [B, S, C] (after pooling [B, 1, C]) with K tangents each.
#[derive(Clone, Debug)]
pub struct Dual<T> {
    batch: usize,
    tokens: usize,
    width: usize,
    primal: Vec<T>,
    spread: Spread,
    tangents: Vec<T>,
    precision: Precision,
}

impl<T: Real> Dual<T> {
    /// Values and row-wise tangents, both [B, S, C]; tangent k is made of the rows `members[k]` of `tangents`.
    pub fn from_rows(
        (batch, tokens, width): (usize, usize, usize),
        primal: Vec<T>,
        tangents: Vec<T>,
        members: Arc<Vec<Vec<usize>>>,
    ) -> Self {
        let precision = Precision::default();
        Self { batch, tokens, width, primal, spread: Spread::Rows(members), tangents, precision }
    }

    /// The same with products of tangents and weights in `precision`, wherever they are many: between the first attention and the pooling.
    pub fn in_precision(self, precision: Precision) -> Self {
        Self { precision, ..self }
    }

    /// The values, row-major [B, S, C] or [B, C].
    pub fn primal(&self) -> &[T] {
        &self.primal
    }

    /// The tangents: [B, K, S, C] or [B, K, C] after pooling, and by rows [B, S, C] before the first attention.
    pub fn tangents(&self) -> &[T] {
        &self.tangents
    }

    /// As [`Dual::tangents`], taken out.
    pub fn into_tangents(self) -> Vec<T> {
        self.tangents
    }

    /// K.
    pub fn count(&self) -> usize {
        match &self.spread {
            Spread::Rows(members) => members.len(),
            Spread::Full(count) => *count,
        }
    }

    /// Values in one block of tangents that share the primal's row: 1 while by rows, K when dense.
    fn copies(&self) -> usize {
        match self.spread {
            Spread::Rows(_) => 1,
            Spread::Full(count) => count,
        }
    }

    /// Calls `f(tangent row, primal row index)` for every stored row of the tangents.
    fn for_tangent_rows(&mut self, f: impl Fn(&mut [T], usize) + Sync) {
        let (tokens, copies) = (self.tokens, self.copies());
        let primal_row = move |row: usize| row / (tokens * copies) * tokens + row % tokens;
        kernel::for_rows(
            &mut self.tangents,
            self.width,
            #[inline(always)]
            |i, row| f(row, primal_row(i)),
        );
    }

    /// This array with other values and tangents of width `width`.
    fn with(&self, width: usize, primal: Vec<T>, tangents: Vec<T>) -> Self {
        Self { width, primal, tangents, spread: self.spread.clone(), ..*self }
    }

    /// A pooled array: values [B, C] from one [S, C] block of values, tangents likewise.
    fn pooled(&self, primal: Vec<T>, tangents: Vec<T>) -> Self {
        let spread = Spread::Full(self.count());
        // Few are left, and nothing would be gained by rounding them.
        let precision = Precision::default();
        Self { batch: self.batch, tokens: 1, width: self.width, primal, spread, tangents, precision }
    }

    /// What enters a suffix's first layer, if its tangents' structure makes it cheaper.
    fn entry(&self, layer: &Layer) -> Option<(Shape, first::Entry<'_, T>)> {
        let shape = self.attention_shape(layer.heads);
        match &self.spread {
            Spread::Rows(members) if first::worthwhile(shape, members) => {
                Some((shape, first::Entry { primal: &self.primal, tangents: &self.tangents, members }))
            }
            _ => None,
        }
    }

    fn attention_shape(&self, heads: usize) -> Shape {
        Shape { batch: self.batch, tokens: self.tokens, width: self.width, heads }
    }
}

impl<T: Real> Array for Dual<T> {
    fn linear(&self, weight: &Tensor, bias: Option<&Tensor>) -> Result<Self> {
        let (outputs, inputs) = weight.dims2()?;
        let w = Values::<T>::of(weight)?;
        let b = bias.map(Values::<T>::of).transpose()?;
        let primal = kernel::linear(&self.primal, inputs, &w, b.as_deref());
        let tangents = match (&self.spread, self.precision) {
            (Spread::Full(_), Precision::BFloat16) => kernel::linear_bfloat16(&self.tangents, inputs, &w),
            _ => kernel::linear(&self.tangents, inputs, &w, None),
        };
        Ok(self.with(outputs, primal, tangents))
    }

    fn add(mut self, other: &Self) -> Result<Self> {
        match (&self.spread, &other.spread) {
            (Spread::Full(_), Spread::Rows(members)) => add_rows(&mut self.tangents, other, members),
            (Spread::Rows(_), Spread::Full(_)) => return other.clone().add(&self),
            _ => kernel::add(&mut self.tangents, &other.tangents),
        }
        kernel::add(&mut self.primal, &other.primal);
        Ok(self)
    }

    /// `y = gamma x̂ + beta`, `y' = gamma (x' - mean(x') - x̂ mean(x̂ x')) / sigma`.
    fn layer_norm(mut self, gamma: &Tensor, beta: &Tensor, epsilon: f64) -> Result<Self> {
        let (gamma, beta) = (Values::<T>::of(gamma)?, Values::<T>::of(beta)?);
        let (gamma, beta): (&[T], &[T]) = (&gamma, &beta);
        let mut normalised = std::mem::take(&mut self.primal);
        let inverse = kernel::normalise_rows(&mut normalised, self.width, T::of(epsilon));
        let width = self.width;
        self.for_tangent_rows(
            #[inline(always)]
            |row, i| {
                kernel::normalise_jacobian(row, &normalised[i * width..(i + 1) * width], inverse[i]);
                kernel::multiply(row, gamma);
            },
        );
        kernel::for_rows(
            &mut normalised,
            width,
            #[inline(always)]
            |_, row| {
                kernel::multiply(row, gamma);
                kernel::add_scaled(row, T::ONE, beta);
            },
        );
        self.primal = normalised;
        Ok(self)
    }

    /// `y = f(x)`, `y' = f'(x) x'`.
    fn activate(mut self, activation: Activation) -> Result<Self> {
        if activation == Activation::Identity {
            return Ok(self);
        }
        let width = self.width;
        let slopes = kernel::activate_with_slopes(&mut self.primal, activation);
        self.for_tangent_rows(
            #[inline(always)]
            |row, i| kernel::multiply(row, &slopes[i * width..(i + 1) * width]),
        );
        Ok(self)
    }

    fn attend(queries: &Self, keys: &Self, values: &Self, bias: Option<&Tensor>, heads: usize) -> Result<Self> {
        let shape = queries.attention_shape(heads);
        let x = Inputs { queries: &queries.primal, keys: &keys.primal, values: &values.primal };
        let dx = Inputs { queries: &queries.tangents, keys: &keys.tangents, values: &values.tangents };
        let p = with_bias(bias, |bias| Ok(attention::probabilities(shape, x, bias)))?;
        let primal = attention::context(shape, &p, x.values);
        let tangents = match &queries.spread {
            Spread::Rows(members) => attention::row_tangents(shape, members, x, dx, &p),
            Spread::Full(count) => attention::tangents(shape, *count, x, dx, &p),
        };
        Ok(Self { spread: Spread::Full(queries.count()), primal, tangents, ..*queries })
    }

    fn weighted_sum(&self, weights: &Tensor) -> Result<Self> {
        let weights = weights.to_dtype(T::DTYPE)?.contiguous()?;
        let weights = Values::<T>::of(&weights)?;
        Ok(self.pool(|out, x, batch, rows| {
            for &s in rows {
                kernel::add_scaled(out, weights[batch * self.tokens + s], &x[s * self.width..(s + 1) * self.width]);
            }
        }))
    }

    fn conclude(self, residual: &Self, layer: &Layer, pooling: &Tensor) -> Result<Self> {
        let (Spread::Full(count), Spread::Full(_)) = (&self.spread, &residual.spread) else {
            return conclude_in_steps(self, residual, layer, pooling);
        };
        let shape = ending::Shape { batch: self.batch, tokens: self.tokens, count: *count };
        let expanded = Parts { primal: self.primal, tangents: self.tangents };
        let pooling = pooling.to_dtype(T::DTYPE)?.contiguous()?;
        let pooling = Values::<T>::of(&pooling)?;
        let out = ending::conclude(shape, expanded, (&residual.primal, &residual.tangents), layer, &pooling)?;
        Ok(residual.pooled(out.primal, out.tangents))
    }

    fn first_half(&self, layer: &Layer, bias: Option<&Tensor>) -> Result<Option<[Self; 2]>> {
        let Some((shape, entry)) = self.entry(layer) else { return Ok(None) };
        let halves = with_bias(bias, |bias| first::first_half(shape, entry, layer, bias))?;
        let dense = |Parts { primal, tangents }: Parts<T>| Self {
            width: primal.len() / (self.batch * self.tokens),
            primal,
            tangents,
            spread: Spread::Full(self.count()),
            ..*self
        };
        Ok(Some(halves.map(dense)))
    }

    fn last_layer(&self, layer: &Layer, bias: Option<&Tensor>, pooling: &Tensor) -> Result<Option<Self>> {
        let Some((shape, entry)) = self.entry(layer) else { return Ok(None) };
        let pooling = pooling.to_dtype(T::DTYPE)?.contiguous()?;
        let pooling = Values::<T>::of(&pooling)?;
        let out = with_bias(bias, |bias| first::last_layer(shape, entry, layer, bias, &pooling))?;
        Ok(Some(self.pooled(out.primal, out.tangents)))
    }

    /// The tangent follows the token that holds the maximum (the first one where several do).
    fn max(&self, mask: &Tensor) -> Result<Self> {
        let mask = mask.to_dtype(T::DTYPE)?.contiguous()?;
        let mask = Values::<T>::of(&mask)?;
        let winners = self.winners(&mask);
        Ok(self.pool(|out, x, batch, rows| {
            let mut here = vec![false; self.tokens];
            rows.iter().for_each(|&s| here[s] = true);
            for (c, out) in out.iter_mut().enumerate() {
                let s = winners[batch * self.width + c];
                if here[s] {
                    *out = x[s * self.width + c];
                }
            }
        }))
    }

    fn concatenate(parts: &[Self]) -> Result<Self> {
        let width = parts.iter().map(|p| p.width).sum();
        let beside = |of: fn(&Self) -> &[T]| {
            let rows = parts.first().map_or(0, |p| of(p).len() / p.width);
            (0..rows)
                .flat_map(|r| parts.iter().flat_map(move |p| &of(p)[r * p.width..(r + 1) * p.width]))
                .copied()
                .collect()
        };
        let first = parts.first().ok_or_else(|| candle_core::Error::Msg("nothing to concatenate".into()))?;
        Ok(first.with(width, beside(Self::primal), beside(Self::tangents)))
    }
}

/// Adds row-wise tangents to dense ones: the rows of group k to tangent k.
fn add_rows<T: Real>(dense: &mut [T], rows: &Dual<T>, members: &[Vec<usize>]) {
    let (tokens, width, count) = (rows.tokens, rows.width, members.len());
    for (i, block) in dense.chunks_exact_mut(tokens * width).enumerate() {
        let (b, group) = (i / count, &members[i % count]);
        for &s in group {
            let from = (b * tokens + s) * width;
            kernel::add_scaled(&mut block[s * width..(s + 1) * width], T::ONE, &rows.tangents[from..from + width]);
        }
    }
}
