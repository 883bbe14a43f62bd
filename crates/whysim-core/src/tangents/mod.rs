//! Forward mode: values and K tangents that go through the encoder together.
//!
//! For y = f(x), the tangents of y are `J_f(x)` times the tangents of x, so K Jacobian-vector
//! products share one pass of values. This is what eq. (1) of the method needs: one tangent for
//! every token (or group of tokens), zero outside its rows.

mod array;
mod pool;
mod structured;
pub(crate) mod tail;

use std::sync::Arc;

use crate::kernel::Inputs;
use crate::layer::Layer;
use crate::precision::Precision;
use crate::real::Real;
use crate::texts::Texts;

/// Where the tangents are not zero, and how they are stored.
#[derive(Clone, Debug)]
pub enum Support {
    /// Tangent k is zero outside the rows `members[k]` of each text, and no row belongs to two
    /// tangents. All K are stored together in [T, C], or in [S, C] if all texts (nodes of a path)
    /// share them.
    Grouped(Arc<Vec<Vec<usize>>>),
    /// This many, anywhere: [B, K, S, C].
    Dense(usize),
}

/// Values [T, C] of B texts of S tokens each (after pooling [B, C]) with K tangents each.
#[derive(Clone, Debug)]
pub struct Tangents<T> {
    texts: Texts,
    width: usize,
    primal: Vec<T>,
    support: Support,
    tangents: Vec<T>,
    precision: Precision,
}

impl<T: Real> Tangents<T> {
    /// Values [T, C] and row-wise tangents, [T, C] or, the same for all texts, [S, C]; tangent k is
    /// made of the rows `members[k]`.
    ///
    /// # Panics
    /// If the texts' lengths differ or the sizes do not match.
    pub fn grouped(texts: Texts, primal: Vec<T>, tangents: Vec<T>, members: Arc<Vec<Vec<usize>>>) -> Self {
        let width = primal.len() / texts.tokens();
        let sizes = [texts.tokens() * width, texts.each() * width];
        assert!(primal.len() == sizes[0] && sizes.contains(&tangents.len()), "tangents do not fit their texts");
        Self { texts, width, primal, support: Support::Grouped(members), tangents, precision: Precision::default() }
    }

    /// The same with products of tangents and weights in `precision`, wherever they are many:
    /// between the first attention and the pooling.
    pub fn in_precision(self, precision: Precision) -> Self {
        Self { precision, ..self }
    }

    /// The values, row-major [T, C] or [B, C].
    pub fn primal(&self) -> &[T] {
        &self.primal
    }

    /// The tangents: [B, K, S, C] or [B, K, C] after pooling; before the first attention [T, C] or
    /// [S, C].
    pub fn tangents(&self) -> &[T] {
        &self.tangents
    }

    /// Values and tangents, taken out.
    pub fn into_parts(self) -> (Vec<T>, Vec<T>) {
        (self.primal, self.tangents)
    }

    /// C.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The texts.
    pub fn texts(&self) -> &Texts {
        &self.texts
    }

    /// K.
    pub fn count(&self) -> usize {
        match &self.support {
            Support::Grouped(members) => members.len(),
            Support::Dense(count) => *count,
        }
    }

    /// Stores tangents that texts share once for each text: [T, C].
    fn unshare(&mut self) {
        if self.is_shared() {
            self.tangents = self.tangents.repeat(self.texts.count());
        }
    }

    fn is_shared(&self) -> bool {
        matches!(self.support, Support::Grouped(_)) && self.tangents.len() < self.primal.len()
    }

    /// The row of the values that a stored, unshared row of the tangents belongs to.
    fn primal_row(&self) -> impl Fn(usize) -> usize + Sync + use<T> {
        let copies = match self.support {
            Support::Grouped(_) => 1,
            Support::Dense(count) => count,
        };
        let tokens = self.texts.each();
        move |row| row / (tokens * copies) * tokens + row % tokens
    }

    /// This array with other values and tangents of width `width`.
    fn with(&self, width: usize, primal: Vec<T>, tangents: Vec<T>) -> Self {
        Self { texts: self.texts.clone(), width, primal, tangents, support: self.support.clone(), ..*self }
    }

    /// The same with K dense tangents.
    fn dense(&self, width: usize, primal: Vec<T>, tangents: Vec<T>) -> Self {
        Self { support: Support::Dense(self.count()), ..self.with(width, primal, tangents) }
    }

    /// A pooled array: values [B, C] from one [S, C] block of values, tangents likewise.
    fn pooled(&self, width: usize, primal: Vec<T>, tangents: Vec<T>) -> Self {
        let texts = Texts::uniform(self.texts.count(), 1);
        // Few are left, so rounding them would gain nothing.
        Self { texts, precision: Precision::default(), ..self.dense(width, primal, tangents) }
    }

    /// The inputs of an attention: values, and tangents.
    pub(crate) fn inputs<'a>(q: &'a Self, k: &'a Self, v: &'a Self) -> [Inputs<'a, T>; 2] {
        [
            Inputs { queries: &q.primal, keys: &k.primal, values: &v.primal },
            Inputs { queries: &q.tangents, keys: &k.tangents, values: &v.tangents },
        ]
    }

    /// Whether tangents that enter `layer` in the rows of their own groups are carried through its
    /// first half by their structure. Where a linear pooling follows the layer, none is then stored
    /// for all tokens.
    pub fn is_structured(layer: &Layer<T>, members: &[Vec<usize>], tokens: usize) -> bool {
        layer.between().is_some() && structured::is_worthwhile(layer, members, tokens)
    }
}
