//! The straight line from the reference to the text.

use whysim_core::Real;

/// Hidden states [S, H] that enter one layer: the line's start, and its direction.
pub(crate) struct Line<T> {
    reference: Vec<T>,
    difference: Vec<T>,
    tokens: usize,
    hidden: usize,
}

impl<T: Real> Line<T> {
    /// From `reference` to `text`, both [S, H].
    pub(crate) fn new(text: &[T], reference: &[T], tokens: usize) -> Self {
        let difference = text.iter().zip(reference).map(|(&x, &r)| x - r).collect();
        Self { reference: reference.to_vec(), difference, tokens, hidden: text.len() / tokens }
    }

    /// `x - r`, [S, H].
    pub(crate) fn difference(&self) -> &[T] {
        &self.difference
    }

    /// S.
    pub(crate) fn tokens(&self) -> usize {
        self.tokens
    }

    /// Whether token s differs between the text and its reference.
    pub(crate) fn moves(&self, s: usize) -> bool {
        self.difference[s * self.hidden..(s + 1) * self.hidden].iter().any(|&d| d != T::default())
    }

    /// `x(a) = r + a (x - r)` of every node, [N, S, H].
    pub(crate) fn points(&self, nodes: &[f64]) -> Vec<T> {
        let mut points = Vec::with_capacity(nodes.len() * self.difference.len());
        for &a in nodes {
            let a = T::of(a);
            points.extend(self.reference.iter().zip(&self.difference).map(|(&r, &d)| r + a * d));
        }
        points
    }
}
