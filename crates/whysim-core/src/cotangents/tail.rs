//! The pooled tail in reverse: the second half of a last layer and a linear pooling.
//!
//! The cotangent c of a text's pooled output enters the normalisation of every token alike, but for its weight. With ¯ for cotangents, the symbols
//! of `tangents::tail`, and `g = gamma o c - mean(gamma o c)`:
//!
//! ```text
//! l_s  = <x̂_s, gamma o c> / H
//! r¯_s = (w_s / sigma_s) (g - l_s x̂_s)
//! h¯_s = (w_s / sigma_s) f'(h_s) o ( W^T g - l_s W^T x̂_s )
//! ```
//!
//! so that W^T is applied to K vectors for each text and S besides, and not to K S.

use super::tape::Back;
use super::{Cotangents, State};
use crate::array::Array;
use crate::heads::Mask;
use crate::kernel;
use crate::layer::Layer;
use crate::real::Real;
use crate::tangents::tail::{Point, Tail};
use crate::tensor::Tensor;
use crate::texts::Texts;

/// A last layer, its first half as it reads: [T, H] -> [B, H].
pub(super) fn layer<T: Real>(
    x: &Cotangents<T>,
    layer: &Layer<T>,
    tail: Tail<T>,
    mask: &Mask<T>,
    weights: &[T],
) -> Cotangents<T> {
    let residual = layer.attention_half(x, mask);
    let State::Taped(expanded) = residual.linear(&layer.feed_forward.up).state else {
        unreachable!("behind an attention everything is on the tape");
    };
    let residual_place = residual.on_tape();
    let texts = expanded.texts.clone();
    let (point, pooled) = tail.point(&texts, expanded.values.to_vec(), residual.values(), weights);
    let way = Way {
        point,
        gamma: tail.gamma().clone(),
        down: layer.feed_forward.down.weight.clone(),
        texts: texts.clone(),
        places: [residual_place.place, expanded.place],
    };
    let width = residual_place.width;
    let step = move |cotangents: Vec<T>, back: &mut Back<T>| way.back(&cotangents, back);
    x.taped(x.tape.push(Texts::uniform(texts.count(), 1), width, pooled, Some(Box::new(step))))
}

/// What the way back needs.
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
    /// cotangents: [K, B, H].
    fn back(&self, cotangents: &[T], back: &mut Back<T>) {
        let (hidden, tokens) = (self.gamma.len(), self.texts.tokens());
        let mut gained = cotangents.to_vec();
        kernel::scale_rows(&mut gained, &self.gamma, None);
        // <x̂_s, 1> is 0, so that l may as well be made of g.
        kernel::for_rows(
            &mut gained,
            hidden,
            #[inline(always)]
            |_, row| {
                let mean = kernel::sum(row) / T::of(hidden as f64);
                row.iter_mut().for_each(|v| *v -= mean);
            },
        );
        let pulled = kernel::pull(&gained, hidden, &self.down);
        let text: Vec<usize> = self.texts.iter().enumerate().flat_map(|(b, rows)| rows.map(move |_| b)).collect();
        let count = cotangents.len() / (self.texts.count() * hidden);
        let of = |row: usize| (row % tokens, row / tokens * self.texts.count() + text[row % tokens]);

        let mut residual = vec![T::default(); count * tokens * hidden];
        let mut along = vec![T::default(); count * tokens];
        kernel::for_rows_with(
            &mut residual,
            hidden,
            &mut along,
            #[inline(always)]
            |row, residual, along| {
                let (t, c) = of(row);
                let (x, g) = (&self.point.normalised[t * hidden..][..hidden], &gained[c * hidden..][..hidden]);
                *along = kernel::dot(x, g) / T::of(hidden as f64);
                for ((out, &g), &x) in residual.iter_mut().zip(g).zip(x) {
                    *out = self.point.shares[t] * (g - *along * x);
                }
            },
        );
        let inner = self.down.columns();
        let mut expanded = vec![T::default(); count * tokens * inner];
        kernel::for_rows(
            &mut expanded,
            inner,
            #[inline(always)]
            |row, out| {
                let (t, c) = of(row);
                let at = t * inner..(t + 1) * inner;
                let own = self.point.pulled[at.clone()].iter().zip(&self.point.slopes[at]);
                let (share, along) = (self.point.shares[t], along[row]);
                for ((out, &g), (&x, &slope)) in out.iter_mut().zip(&pulled[c * inner..][..inner]).zip(own) {
                    *out = share * slope * (g - along * x);
                }
            },
        );
        back.add(self.places[0], residual);
        back.add(self.places[1], expanded);
    }
}
