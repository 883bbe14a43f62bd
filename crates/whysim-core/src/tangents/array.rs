//! The operations on values with their tangents.

use std::sync::Arc;

use super::structured::Structured;
use super::tail::{self, Tail};
use super::{Support, Tangents, pool};
use crate::activation::Activation;
use crate::array::{Array, Into, Pooled, Pooling};
use crate::heads::{Heads, Mask};
use crate::kernel::{self, Attend};
use crate::layer::Layer;
use crate::precision::Precision;
use crate::real::Real;
use crate::rotation::Rotation;
use crate::texts::Texts;
use crate::weights::{Linear, Norm};

impl<T: Real> Array for Tangents<T> {
    type Real = T;

    fn linear(&self, linear: &Linear<T>) -> Self {
        let inputs = linear.inputs();
        let primal = kernel::linear(&self.primal, inputs, &linear.weight, linear.bias());
        let tangents = match (&self.support, self.precision) {
            (Support::Dense(_), Precision::BFloat16) => kernel::linear_bfloat16(&self.tangents, inputs, &linear.weight),
            _ => kernel::linear(&self.tangents, inputs, &linear.weight, None),
        };
        self.with(linear.outputs(), primal, tangents)
    }

    fn add(mut self, other: &Self) -> Self {
        match (&self.support, &other.support) {
            (Support::Dense(_), Support::Grouped(members)) => add_grouped(&mut self.tangents, other, members),
            (Support::Grouped(_), Support::Dense(_)) => return other.clone().add(&self),
            _ if self.is_shared() && !other.is_shared() => return other.clone().add(&self),
            _ if other.is_shared() && !self.is_shared() => {
                let block = other.tangents.len();
                self.tangents.chunks_exact_mut(block).for_each(|own| kernel::add(own, &other.tangents));
            }
            _ => kernel::add(&mut self.tangents, &other.tangents),
        }
        kernel::add(&mut self.primal, &other.primal);
        self
    }

    /// `(x y)' = x' y + x y'`.
    fn multiply(mut self, other: &Self) -> Self {
        let mut theirs = other.clone();
        self.unshare();
        theirs.unshare();
        let (row, their_row) = (self.primal_row(), theirs.primal_row());
        kernel::multiply_rows(&mut self.tangents, self.width, &other.primal, row);
        kernel::multiply_rows(&mut theirs.tangents, self.width, &self.primal, their_row);
        kernel::multiply_rows(&mut self.primal, self.width, &other.primal, |i| i);
        // The sum of products is the tangents' alone.
        theirs.primal.fill(T::default());
        self.add(&theirs)
    }

    /// `y = gamma x̂ + beta`, `y' = gamma (x' - mean(x') - x̂ mean(x̂ x')) / sigma`, of RMSNorm
    /// without the means of x'.
    fn normalise(mut self, norm: &Norm<T>) -> Self {
        self.unshare();
        let (size, gamma) = (norm.gamma.len(), &norm.gamma);
        let pieces = self.width / size;
        let inverse = kernel::normalise_rows(norm.kind, &mut self.primal, size, T::of(norm.epsilon));
        let row = self.primal_row();
        kernel::normalise_jacobian_rows(
            norm.kind,
            &mut self.tangents,
            size,
            (&self.primal, &inverse),
            move |i| row(i / pieces) * pieces + i % pieces,
            #[inline(always)]
            |_| (),
            #[inline(always)]
            |u| kernel::multiply(u, gamma),
        );
        kernel::scale_rows(&mut self.primal, gamma, norm.beta.as_deref());
        self
    }

    /// `y = f(x)`, `y' = f'(x) x'`.
    fn activate(mut self, activation: Activation) -> Self {
        if activation == Activation::Identity {
            return self;
        }
        self.unshare();
        let slopes = kernel::activate_with_slopes(&mut self.primal, activation);
        let row = self.primal_row();
        kernel::multiply_rows(&mut self.tangents, self.width, &slopes, row);
        self
    }

    fn rotate(mut self, rotation: &Rotation<T>) -> Self {
        let texts = self.texts.first();
        for x in [&mut self.primal, &mut self.tangents] {
            rotation.turn(x, self.width, &texts, T::ONE);
        }
        self
    }

    fn attend(queries: Self, keys: Self, values: Self, heads: Heads, mask: &Mask<T>) -> Self {
        let attend = Attend { texts: &keys.texts, queries: &queries.texts, heads, mask };
        let [x, dx] = Self::inputs(&queries, &keys, &values);
        let p = attend.probabilities(x.queries, x.keys);
        let primal = attend.context(&p, x.values);
        let tangents = match &keys.support {
            Support::Grouped(members) => attend.row_tangents(members, x, dx, &p),
            Support::Dense(count) => attend.tangents(*count, x, dx, &p),
        };
        queries.dense(queries.width, primal, tangents)
    }

    fn pool(&self, pooling: Pooling<T>) -> Self {
        pool::pool(self, pooling)
    }

    fn concatenate(parts: &[Self]) -> Self {
        let width = parts.iter().map(|p| p.width).sum();
        let beside = |of: fn(&Self) -> &[T]| {
            let rows: Vec<_> = parts.iter().map(|part| (of(part), part.width)).collect();
            kernel::side_by_side(&rows)
        };
        parts[0].with(width, beside(Self::primal), beside(Self::tangents))
    }

    fn only(&self, positions: &[usize]) -> Self {
        let (texts, position) = (self.texts.only(positions), positions[0]);
        assert!(positions.iter().all(|&own| own == position), "all texts are nodes of one path");
        let primal = kernel::rows_of(&self.primal, self.width, &self.texts, positions);
        let (blocks, support) = match &self.support {
            Support::Grouped(members) => {
                let only = |group: &Vec<usize>| if group.contains(&position) { vec![0] } else { Vec::new() };
                (1, Support::Grouped(Arc::new(members.iter().map(only).collect())))
            }
            Support::Dense(count) => (*count, self.support.clone()),
        };
        // One text after the other, each with its tangents; or those that all texts share.
        let each = Texts::uniform(1, self.texts.each());
        let rows = kernel::rows_of(&self.tangents, self.width, &each, &[position]);
        debug_assert!(rows.len() == self.width || rows.len() == texts.count() * blocks * self.width);
        Self { texts, primal, support, tangents: rows, ..*self }
    }

    fn first(&self, columns: usize) -> Self {
        let cut = |x: &[T]| kernel::first_columns(x, self.width, columns);
        self.with(columns, cut(&self.primal), cut(&self.tangents))
    }

    /// Tangents that enter a layer in their own rows go through its attention by their structure,
    /// if the layer's structure is known and this takes fewer operations. Those that leave a last
    /// layer are pooled before its largest product; where only one row is pooled, no other is
    /// computed.
    fn layer(&self, layer: &Layer<T>, mask: &Mask<T>, into: Into<T>) -> Self {
        let Into::Pooled(pooled) = into else {
            return match Structured::of(self, layer, mask) {
                Some(structured) => structured.states(),
                None => layer.forward(self, mask, into),
            };
        };
        if let Some(positions) = pooled.only(&self.texts) {
            let weights = pooled.chosen(&self.texts, &positions);
            let pooled = Pooled { weights: &weights, ..pooled };
            return match Tail::of(layer, pooled) {
                Some(tail) => tail::pooled(&layer.attention_half_only(self, &positions, mask), tail),
                None => layer.forward_only(self, &positions, mask, pooled),
            };
        }
        match (Tail::of(layer, pooled), Structured::of(self, layer, mask)) {
            (Some(tail), Some(structured)) => structured.pooled(tail),
            (Some(tail), None) => tail::pooled(&layer.attention_half(self, mask), tail),
            (None, _) => layer.forward(self, mask, into),
        }
    }
}

/// Adds row-wise tangents to dense ones: the rows of group k to tangent k.
fn add_grouped<T: Real>(dense: &mut [T], rows: &Tangents<T>, members: &[Vec<usize>]) {
    let (tokens, width, count) = (rows.texts.each(), rows.width, members.len());
    for (i, block) in dense.chunks_exact_mut(tokens * width).enumerate() {
        let (b, group) = (i / count, &members[i % count]);
        for &s in group {
            let from = (b * tokens + s) * width % rows.tangents.len();
            kernel::add_scaled(&mut block[s * width..(s + 1) * width], T::ONE, &rows.tangents[from..from + width]);
        }
    }
}
