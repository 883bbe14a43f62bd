//! How two embeddings are compared: one rule for pairs, margins, relevance, embeddings, evaluation
//! and training.

use serde::{Deserialize, Serialize};
use whysim_core::kernel::vectorised;

use crate::names::named;

/// How two embeddings are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Similarity {
    /// Cosine of the angle between the embeddings.
    #[default]
    Cos,
    /// Dot product.
    Dot,
}

named!(Similarity, "similarity", [("cos", Cos), ("dot", Dot)]);

impl Similarity {
    /// What an embedding is divided by. `own`: its length; `normalized`: what the model's last
    /// `Normalize` divides it by, if there is one.
    pub(crate) fn divisor(self, own: f64, normalized: Option<f64>) -> f64 {
        match self {
            Self::Cos => own,
            Self::Dot => normalized.unwrap_or(1.0),
        }
    }

    /// What it amounts to under a model: where the last module is `Normalize`, the dot product is
    /// the cosine.
    pub(crate) fn under(self, normalizes: bool) -> Self {
        if normalizes { Self::Cos } else { self }
    }

    /// What the dot product of two embeddings of these lengths is divided by.
    pub(crate) fn norm(self, lengths: [f64; 2]) -> f64 {
        product(lengths.map(|length| self.divisor(length, None)))
    }

    /// The similarity of two embeddings; 0 if one of them is 0. a, b: `[D]`.
    pub fn of(self, a: &[f64], b: &[f64]) -> f64 {
        dot(a, b) / self.norm([norm(a), norm(b)])
    }
}

/// n of the method's formulas: the product of two embeddings' divisors.
///
/// A vector of length 0 has no direction, and an exact model gives one to a text that equals its
/// reference. Its dot products are all 0; divided by 1, so are its similarities and attributions.
pub(crate) fn product(divisors: [f64; 2]) -> f64 {
    let n = divisors[0] * divisors[1];
    if n > 0.0 { n } else { 1.0 }
}

/// Dot product.
pub(crate) fn dot(x: &[f64], y: &[f64]) -> f64 {
    vectorised(
        #[inline(always)]
        || whysim_core::kernel::dot(x, y),
    )
}

/// Euclidean length.
pub(crate) fn norm(x: &[f64]) -> f64 {
    dot(x, x).sqrt()
}

/// The same numbers in f64, in which everything that a ledger adds up is computed.
pub(crate) fn wide(x: &[f32]) -> Vec<f64> {
    vectorised(
        #[inline(always)]
        || x.iter().map(|&v| f64::from(v)).collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_without_direction_is_similar_to_nothing() {
        let (zero, one) = ([0.0; 2], [3.0, 4.0]);
        assert_eq!(Similarity::Cos.of(&one, &[6.0, 8.0]), 1.0);
        assert_eq!(Similarity::Dot.of(&one, &[6.0, 8.0]), 50.0);
        for similarity in [Similarity::Cos, Similarity::Dot] {
            assert_eq!([similarity.of(&zero, &one), similarity.of(&zero, &zero)], [0.0; 2]);
        }
        assert_eq!(Similarity::Dot.under(true), Similarity::Cos);
    }
}
