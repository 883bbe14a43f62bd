//! The pooled tail in reverse: the second half of a last layer and a linear pooling.
//!
//! The cotangent c of a text's pooled output enters the normalisation of every token in the same
//! way, apart from its weight. With ¯ for cotangents, the symbols of `tangents::tail`, and `g = gamma o c -
//! mean(gamma o c)`:
//!
//! ```text
//! l_s  = <x̂_s, gamma o c> / H
//! r¯_s = (w_s / sigma_s) (g - l_s x̂_s)
//! h¯_s = (w_s / sigma_s) f'(h_s) o ( W^T g - l_s W^T x̂_s )
//! ```
//!
//! so W^T is applied to K + S vectors for each text instead of K S.

use super::Cotangents;
use super::tape::Back;
use crate::array::Array;
use crate::heads::Mask;
use crate::kernel;
use crate::layer::Layer;
use crate::real::Real;
use crate::tangents::tail::{Point, Tail};
use crate::tensor::Tensor;
use crate::texts::Texts;

/// A last layer, with its first half by the formula: [T, H] -> [B, H].
pub(super) fn layer<T: Real>(
    x: &Cotangents<T>,
    layer: &Layer<T>,
    tail: Tail<T>,
    mask: &Mask<T>,
    weights: &[T],
) -> Cotangents<T> {
    let residual = layer.attention_half(x, mask);
    let expanded = residual.linear(&layer.feed_forward.up).on_tape();
    let residual = residual.on_tape();
    let texts = expanded.texts.clone();
    let (point, pooled) = tail.point(&texts, expanded.values.to_vec(), &residual.values, weights);
    let way = Way {
        point,
        gamma: tail.gamma().clone(),
        down: layer.feed_forward.down.weight.clone(),
        texts: texts.clone(),
        places: [residual.place, expanded.place],
    };
    let step = move |cotangents: Vec<T>, back: &mut Back<T>| way.back(cotangents, back);
    x.taped(x.tape.push(Texts::uniform(texts.count(), 1), residual.width, pooled, Some(Box::new(step))))
}

/// What the backward pass needs.
struct Way<T> {
    point: Point<T>,
    gamma: Tensor<T>,
    /// W, [H, I].
    down: Tensor<T>,
    texts: Texts,
    /// Of the residual and of what the activation reads.
    places: [usize; 2],
}

impl<T: Real> Way<T> {
    /// cotangents: c, [K, B, H].
    fn back(&self, mut cotangents: Vec<T>, back: &mut Back<T>) {
        self.centre(&mut cotangents);
        let (residual, along) = self.residual(&cotangents);
        let expanded = self.expanded(&cotangents, &along);
        back.add(self.places[0], residual);
        back.add(self.places[1], expanded);
    }

    /// c to g, in place. l can be computed from g as well, since `<x̂_s, 1>` is 0.
    fn centre(&self, cotangents: &mut [T]) {
        let hidden = self.gamma.len();
        kernel::for_rows(
            cotangents,
            hidden,
            #[inline(always)]
            |_, row| {
                kernel::multiply(row, &self.gamma);
                let mean = kernel::sum(row) / T::of(hidden as f64);
                row.iter_mut().for_each(|v| *v -= mean);
            },
        );
    }

    /// For row k T + t: its token t, and its text's row in [K, B].
    fn places_of(&self) -> impl Fn(usize) -> (usize, usize) + Sync + use<T> {
        let (texts, tokens) = (self.texts.count(), self.texts.tokens());
        let text: Vec<usize> = self.texts.iter().enumerate().flat_map(|(b, rows)| rows.map(move |_| b)).collect();
        move |row| (row % tokens, row / tokens * texts + text[row % tokens])
    }

    /// r¯, [K, T, H], and l, [K, T]. g: [K, B, H].
    fn residual(&self, g: &[T]) -> (Vec<T>, Vec<T>) {
        let (hidden, places) = (self.gamma.len(), self.places_of());
        let rows = g.len() / (self.texts.count() * hidden) * self.texts.tokens();
        let mut residual = vec![T::default(); rows * hidden];
        let mut along = vec![T::default(); rows];
        kernel::for_rows_with(
            &mut residual,
            hidden,
            &mut along,
            #[inline(always)]
            |row, residual, along| {
                let (t, c) = places(row);
                let (x, g) = (&self.point.normalised[t * hidden..][..hidden], &g[c * hidden..][..hidden]);
                *along = kernel::dot(x, g) / T::of(hidden as f64);
                for ((out, &g), &x) in residual.iter_mut().zip(g).zip(x) {
                    *out = self.point.shares[t] * (g - *along * x);
                }
            },
        );
        (residual, along)
    }

    /// h¯, [K, T, I]. g: [K, B, H]; along: l, [K, T].
    fn expanded(&self, g: &[T], along: &[T]) -> Vec<T> {
        let (inner, places) = (self.down.columns(), self.places_of());
        let pulled = kernel::pull(g, self.gamma.len(), &self.down);
        let mut expanded = vec![T::default(); along.len() * inner];
        kernel::for_rows(
            &mut expanded,
            inner,
            #[inline(always)]
            |row, out| {
                let (t, c) = places(row);
                let at = t * inner..(t + 1) * inner;
                let own = self.point.pulled[at.clone()].iter().zip(&self.point.slopes[at]);
                let (share, along) = (self.point.shares[t], along[row]);
                for ((out, &g), (&x, &slope)) in out.iter_mut().zip(&pulled[c * inner..][..inner]).zip(own) {
                    *out = share * slope * (g - along * x);
                }
            },
        );
        expanded
    }
}
