//! What belongs to one training step: where gradients go, and which elements are dropped.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{Tensor, TensorId, Var};

use super::dropout::{Dropout, drop};
use crate::array::Values;
use crate::error::Result;

/// The gradient of every parameter, added up over a step.
pub(crate) struct Gradients {
    places: HashMap<TensorId, usize>,
    sums: Vec<Mutex<Vec<f32>>>,
}

impl Gradients {
    /// Zeros for these parameters.
    pub(crate) fn of<'a>(parameters: impl IntoIterator<Item = &'a Var>) -> Self {
        let (mut places, mut sums) = (HashMap::new(), Vec::new());
        for parameter in parameters {
            places.insert(parameter.as_tensor().id(), sums.len());
            sums.push(Mutex::new(vec![0f32; parameter.as_tensor().elem_count()]));
        }
        Self { places, sums }
    }

    /// Calls `add` with the sum of the parameter that `tensor` is; does nothing for one that is not trained.
    pub(super) fn add(&self, tensor: &Tensor, add: impl FnOnce(&mut [f32])) {
        if let Some(&place) = self.places.get(&tensor.id()) {
            add(&mut self.sums[place].lock().unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// Adds what reached a parameter by candle's own operations.
    pub(crate) fn add_tensor(&self, parameter: &Var, gradient: &Tensor) -> Result<()> {
        let gradient = gradient.contiguous()?;
        let values = Values::<f32>::of(&gradient)?;
        self.add(parameter.as_tensor(), |sum| sum.iter_mut().zip(values.iter()).for_each(|(s, g)| *s += g));
        Ok(())
    }

    /// Calls `read` with every sum, in the order of the parameters.
    pub(crate) fn each(&self, mut read: impl FnMut(usize, &mut [f32])) {
        for (place, sum) in self.sums.iter().enumerate() {
            read(place, &mut sum.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }
}

/// The state that all operations of one step share.
pub(crate) struct Tape {
    pub(super) gradients: Arc<Gradients>,
    dropout: Option<Dropout>,
}

impl Tape {
    /// A step that adds to `gradients`, with dropout or without.
    pub(crate) fn new(gradients: Arc<Gradients>, dropout: Option<Dropout>) -> Arc<Self> {
        Arc::new(Self { gradients, dropout })
    }

    pub(super) fn drop_hidden(&self, x: &Tensor) -> Result<Tensor> {
        self.drop_at(x, |dropout| dropout.rates.hidden)
    }

    pub(super) fn drop_attention(&self, x: &Tensor) -> Result<Tensor> {
        self.drop_at(x, |dropout| dropout.rates.attention)
    }

    fn drop_at(&self, x: &Tensor, rate: impl Fn(&Dropout) -> f64) -> Result<Tensor> {
        match &self.dropout {
            Some(dropout) if rate(dropout) > 0.0 => drop(x, rate(dropout), dropout.next()),
            _ => Ok(x.clone()),
        }
    }
}
