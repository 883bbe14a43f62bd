//! The texts of a suffix.

use whysim_core::{Mask, Real, Texts};

/// What the suffix needs to know about its texts in addition to their hidden states.
#[derive(Clone)]
pub struct Context<T> {
    pub(super) texts: Texts,
    pub(super) mask: Mask<T>,
    /// The tokens to pool, `[T]`.
    pub(super) pooled: Vec<bool>,
}

impl<T: Real> Context<T> {
    /// The same context for `nodes` copies of its single text.
    #[doc(hidden)]
    pub fn repeat(&self, nodes: usize) -> Self {
        let texts = Texts::uniform(nodes, self.texts.tokens());
        let hidden = self.mask.hidden.as_ref().map(|hidden| hidden.repeat(nodes).into());
        let mask = Mask { bias: self.mask.bias.clone(), hidden };
        Self { texts, mask, pooled: self.pooled.repeat(nodes) }
    }

    /// The texts.
    pub(crate) fn texts(&self) -> &Texts {
        &self.texts
    }

    /// What attention adds to its scores.
    pub(crate) fn mask(&self) -> &Mask<T> {
        &self.mask
    }
}
