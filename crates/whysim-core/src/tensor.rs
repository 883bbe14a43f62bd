//! Weights: a shape, and values shared between clones.

use std::ops::Deref;
use std::sync::Arc;

use crate::real::Real;

/// A row-major array of numbers. A clone shares the values until either is changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor<T> {
    shape: Vec<usize>,
    values: Arc<Vec<T>>,
}

impl<T: Real> Tensor<T> {
    /// Values of this shape, row-major.
    ///
    /// # Panics
    /// If their number does not match the shape.
    pub fn new(shape: &[usize], values: Vec<T>) -> Self {
        assert_eq!(shape.iter().product::<usize>(), values.len(), "values do not fill the shape {shape:?}");
        Self { shape: shape.to_vec(), values: Arc::new(values) }
    }

    /// The extent of every axis.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Extent of the first axis; 1 for a number.
    pub fn rows(&self) -> usize {
        self.shape.first().copied().unwrap_or(1)
    }

    /// Values in a row: the product of all axes but the first.
    pub fn columns(&self) -> usize {
        self.shape.iter().skip(1).product()
    }

    /// Row i of the first axis.
    pub fn row(&self, i: usize) -> &[T] {
        &self[i * self.columns()..(i + 1) * self.columns()]
    }

    /// The values, mutable. Clones keep the old ones.
    pub fn values_mut(&mut self) -> &mut [T] {
        Arc::<Vec<T>>::make_mut(&mut self.values).as_mut_slice()
    }

    /// An id that this tensor shares only with its clones, valid as long as one of them exists.
    pub fn id(&self) -> usize {
        Arc::as_ptr(&self.values) as usize
    }
}

impl<T> Deref for Tensor<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clone_keeps_its_values() {
        let mut a = Tensor::new(&[2, 3], vec![1f32, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let b = a.clone();
        assert_eq!(a.id(), b.id());
        a.values_mut()[0] = 9.0;
        assert_eq!((a.row(0), b.row(0), b.columns()), (&[9.0, 2.0, 3.0][..], &[1.0, 2.0, 3.0][..], 3));
        assert_ne!(a.id(), b.id());
    }
}
