//! The pooled tail in reverse: the second half of a last layer and a linear pooling.
//!
//! The cotangent c of a text's pooled output enters the normalisation of every token in the same
//! way, apart from its weight. With ¯ for cotangents, the symbols of `tangents::tail`, and
//! `g = gamma o c - mean(gamma o c)`, of RMSNorm without the mean:
//!
//! ```text
//! l_s  = <x̂_s, gamma o c> / H
//! r¯_s = (w_s / sigma_s) (g - l_s x̂_s)
//! z¯_s = (w_s / sigma_s) ( W^T g - l_s W^T x̂_s )
//! ```
//!
//! so W^T is applied to K + S vectors for each text instead of K S; h¯ is z¯ times its slopes.

use super::Cotangents;
use super::tape::Back;
use crate::array::Array;
use crate::kernel;
use crate::layer::FeedForward;
use crate::real::Real;
use crate::tangents::tail::{Point, Tail};
use crate::tensor::Tensor;
use crate::texts::Texts;

/// What follows a last layer's first half, [T, H]: [B, H].
pub(super) fn pooled<T: Real>(x: &Cotangents<T>, half: &FeedForward<T>, tail: Tail<T>) -> Cotangents<T> {
    let entering = half.norms.entering(x);
    let expanded: Vec<_> = half.expansions().map(|linear| entering.linear(linear).on_tape()).collect();
    let residual = x.on_tape();
    let texts = residual.texts.clone();
    let values = expanded.iter().map(|expanded| expanded.values.to_vec()).collect();
    let (point, pooled) = tail.point(&texts, values, &residual.values);
    let way = Way {
        point,
        gamma: tail.gamma().clone(),
        centres: tail.centres(),
        down: half.down.weight.clone(),
        texts: texts.clone(),
        residual: residual.place,
        expanded: expanded.iter().map(|expanded| expanded.place).collect(),
    };
    let step = move |cotangents: Vec<T>, back: &mut Back<T>| way.back(cotangents, back);
    x.taped(x.tape.push(Texts::uniform(texts.count(), 1), residual.width, pooled, Some(Box::new(step))))
}

/// What the backward pass needs.
struct Way<T> {
    point: Point<T>,
    gamma: Tensor<T>,
    /// Whether the normalisation subtracts means.
    centres: bool,
    /// W, [H, I].
    down: Tensor<T>,
    texts: Texts,
    /// The residual's place.
    residual: usize,
    /// Those of the expansions.
    expanded: Vec<usize>,
}

impl<T: Real> Way<T> {
    /// cotangents: c, [K, B, H].
    fn back(&self, mut cotangents: Vec<T>, back: &mut Back<T>) {
        self.centre(&mut cotangents);
        let (residual, along) = self.residual(&cotangents);
        let pulled = kernel::pull(&cotangents, self.gamma.len(), &self.down);
        back.add(self.residual, residual);
        for (&place, slopes) in self.expanded.iter().zip(&self.point.slopes) {
            back.add(place, self.expanded(&pulled, slopes, &along));
        }
    }

    /// c to g, in place. l can be computed from g as well, since `<x̂_s, 1>` is 0.
    fn centre(&self, cotangents: &mut [T]) {
        let (hidden, centres) = (self.gamma.len(), self.centres);
        kernel::for_rows(
            cotangents,
            hidden,
            #[inline(always)]
            |_, row| {
                kernel::multiply(row, &self.gamma);
                if centres {
                    let mean = kernel::sum(row) / T::of(hidden as f64);
                    row.iter_mut().for_each(|v| *v -= mean);
                }
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

    /// h¯ of one expansion, [K, T, I]. pulled: `W^T g`, [K, B, I]; slopes: [T, I]; along: l,
    /// [K, T].
    fn expanded(&self, pulled: &[T], slopes: &[T], along: &[T]) -> Vec<T> {
        let (inner, places) = (self.down.columns(), self.places_of());
        let mut expanded = vec![T::default(); along.len() * inner];
        kernel::for_rows(
            &mut expanded,
            inner,
            #[inline(always)]
            |row, out| {
                let (t, c) = places(row);
                let at = t * inner..(t + 1) * inner;
                let own = self.point.pulled[at.clone()].iter().zip(&slopes[at]);
                let (share, along) = (self.point.shares[t], along[row]);
                for ((out, &g), (&x, &slope)) in out.iter_mut().zip(&pulled[c * inner..][..inner]).zip(own) {
                    *out = share * slope * (g - along * x);
                }
            },
        );
        expanded
    }
}
