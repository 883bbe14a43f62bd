//! The weights of a linear map and of a normalisation.

use crate::kernel::NormKind;
use crate::real::Real;
use crate::tensor::Tensor;

/// `x W^T + b`.
#[derive(Clone, Debug)]
pub struct Linear<T> {
    /// W, [O, I].
    pub weight: Tensor<T>,
    /// b, `[O]`.
    pub bias: Option<Tensor<T>>,
    /// Whether training drops elements of the result.
    pub drops: bool,
}

impl<T: Real> Linear<T> {
    /// I.
    pub fn inputs(&self) -> usize {
        self.weight.columns()
    }

    /// O.
    pub fn outputs(&self) -> usize {
        self.weight.rows()
    }

    /// The bias's values.
    pub fn bias(&self) -> Option<&[T]> {
        self.bias.as_deref()
    }

    /// Calls `f` with every weight, in a fixed order.
    pub fn each<'a>(&'a mut self, f: &mut dyn FnMut(&'a mut Tensor<T>)) {
        f(&mut self.weight);
        self.bias.iter_mut().for_each(f);
    }
}

/// `gamma x̂ + beta`, with x̂ the normalised row (or each of its segments with gamma's
/// length: the heads).
#[derive(Clone, Debug)]
pub struct Norm<T> {
    /// What is divided by.
    pub kind: NormKind,
    /// gamma, `[C]`.
    pub gamma: Tensor<T>,
    /// beta, `[C]`.
    pub beta: Option<Tensor<T>>,
    /// What is added to the variance.
    pub epsilon: f64,
}

impl<T: Real> Norm<T> {
    /// As [`Linear::each`].
    pub fn each<'a>(&'a mut self, f: &mut dyn FnMut(&'a mut Tensor<T>)) {
        f(&mut self.gamma);
        self.beta.iter_mut().for_each(f);
    }
}
