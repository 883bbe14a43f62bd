//! From ids to the states that enter a layer, and from there to the embedding.

use whysim_core::{Array, Compiled, Mask, Real, Texts, Values};

use super::mixture::Mixture;
use super::{Context, Encoder};

impl<T: Real> Encoder<T> {
    /// The hidden states that enter layer `layer`, for texts given by their ids. -> [T, H].
    #[doc(hidden)]
    pub fn prefix(&self, rows: &[&[u32]], layer: usize) -> Values<T> {
        let texts = Texts::new(rows.iter().map(|row| row.len()));
        self.states(rows, layer, &self.transformer.mask(&texts))
    }

    /// The same, with an existing mask.
    pub(crate) fn states(&self, rows: &[&[u32]], layer: usize, mask: &Mask<T>) -> Values<T> {
        self.transformer.forward(self.transformer.embed(rows), 0..layer, mask).0
    }

    /// The context of texts given by their ids. `left_out`: the number of prompt tokens at the
    /// start of every text.
    #[doc(hidden)]
    pub fn context(&self, lengths: impl IntoIterator<Item = usize>, left_out: usize) -> Context<T> {
        let texts = Texts::new(lengths);
        let left_out = if self.pooling.includes_prompt { 0 } else { left_out };
        let pooled = texts.iter().flat_map(|rows| (0..rows.len()).map(|s| s >= left_out)).collect();
        Context { mask: self.transformer.mask(&texts), texts, pooled }
    }

    /// F of texts in which some tokens are hidden: they keep their place, but nothing attends to
    /// them and they are not pooled. `[B][D]`. visible: for every text, whether each token is seen.
    pub(crate) fn embed_visible(&self, rows: &[&[u32]], visible: &[&[bool]], left_out: usize) -> Vec<Vec<f32>> {
        let mut context = self.context(rows.iter().map(|row| row.len()), left_out);
        let visible = visible.concat();
        context.pooled.iter_mut().zip(&visible).for_each(|(pooled, &seen)| *pooled &= seen);
        context.mask.hidden = Some(visible.iter().map(|seen| !seen).collect());
        let mut rows = self.embed_rows(rows, &context);
        rows.iter_mut().for_each(|row| row.truncate(self.dim));
        rows
    }

    /// F of texts given by their ids before dimensions are cut, `[B][width]`.
    pub(crate) fn embed_rows(&self, rows: &[&[u32]], context: &Context<T>) -> Vec<Vec<f32>> {
        let layer = self.deepest();
        let states = self.states(rows, layer, &context.mask);
        let out = self.whole(Compiled(states), layer, context).0.into_values();
        out.chunks_exact(self.width).map(|row| row.iter().map(|v| v.to_f32()).collect()).collect()
    }

    /// F: the layers from `layer` on, pooling, the modules behind it, and the cut to the first
    /// dimensions. x: [T, H] -> [B, D].
    #[doc(hidden)]
    pub fn suffix<A: Array<Real = T>>(&self, x: A, layer: usize, context: &Context<T>) -> A {
        let whole = self.whole(x, layer, context);
        if self.is_cut() { whole.first(self.dim) } else { whole }
    }

    /// F before dimensions are cut. x: [T, H] -> [B, width].
    pub(crate) fn whole<A: Array<Real = T>>(&self, x: A, layer: usize, context: &Context<T>) -> A {
        let Context { texts, mask, pooled } = context;
        let pooled = match (&self.mixture, self.pooling.as_weighted_sum(texts, pooled)) {
            (Some(mixture), _) => self.mixed(x, layer, context, mixture),
            (None, Some(weights)) => self.transformer.forward_pooled(x, layer, mask, &weights),
            (None, None) => {
                let x = self.transformer.forward(x, layer..self.layers(), mask);
                self.pooling.forward(&self.transformer.finish(x), texts, pooled)
            }
        };
        self.head.forward(pooled)
    }

    /// The layers from `layer` on, and the pooled weighted mean of their inputs and of the last
    /// output. Pooling is linear, so it goes before the mean.
    fn mixed<A: Array<Real = T>>(&self, mut x: A, layer: usize, context: &Context<T>, mixture: &Mixture) -> A {
        let pool = |x: &A, share| self.pooling.scaled(x, &context.texts, &context.pooled, share);
        let mut sum: Option<A> = None;
        for at in layer..=self.layers() {
            if at == self.layers() {
                x = self.transformer.finish(x);
            }
            if let Some(share) = mixture.share(at) {
                let own = pool(&x, share);
                sum = Some(match sum {
                    Some(sum) => sum.add(&own),
                    None => own,
                });
            }
            if at < self.layers() {
                x = self.transformer.forward(x, at..at + 1, &context.mask);
            }
        }
        sum.unwrap_or_else(|| pool(&x, 0.0))
    }
}
