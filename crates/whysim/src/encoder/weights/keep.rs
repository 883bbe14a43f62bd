//! What becomes of a weight that was read: a constant, a variable to train, or another view of a variable.

use std::collections::HashMap;

use candle_core::{Tensor, Var};

use super::Weights;
use crate::error::Result;

/// A weight that is trained.
#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    /// Folder of the module that it belongs to, within the model's; empty for the model's own.
    pub module: String,
    /// Its name in the module's weights, without the prefix that some checkpoints have.
    pub name: String,
    /// Its value. f32.
    pub var: Var,
}

/// What becomes of the weights of an encoder.
#[derive(Default)]
pub(crate) enum Keep {
    /// Constants: inference.
    #[default]
    Constant,
    /// Each becomes a variable; the module is that of the weights being read.
    Variables { module: String, all: Vec<Parameter> },
    /// Each is a constant view of the variable of the same module and name, whose memory it shares: what the variable becomes is
    /// seen at once, and no tape is kept.
    Views { module: String, of: HashMap<(String, String), Tensor> },
}

impl Keep {
    /// Variables.
    pub(crate) fn variables() -> Self {
        Self::Variables { module: String::new(), all: Vec::new() }
    }

    /// The variables that were made.
    pub(crate) fn into_parameters(self) -> Vec<Parameter> {
        match self {
            Self::Variables { all, .. } => all,
            Self::Constant | Self::Views { .. } => Vec::new(),
        }
    }

    /// Views of these parameters.
    pub(crate) fn views(parameters: &[Parameter]) -> Self {
        let view = |p: &Parameter| ((p.module.clone(), p.name.clone()), p.var.as_detached_tensor());
        Self::Views { module: String::new(), of: parameters.iter().map(view).collect() }
    }

    /// Reads weights of the module in `folder` by `read`, keeping them this way.
    pub(crate) fn during<T>(
        &mut self,
        folder: &str,
        weights: &mut Weights,
        read: impl FnOnce(&mut Weights) -> Result<T>,
    ) -> Result<T> {
        match self {
            Self::Constant => {}
            Self::Variables { module, .. } | Self::Views { module, .. } => *module = folder.to_owned(),
        }
        std::mem::swap(&mut weights.keep, self);
        let done = read(weights);
        std::mem::swap(&mut weights.keep, self);
        done
    }

    /// What the encoder gets for the weight `name`, read as `tensor`.
    pub(super) fn tensor(&mut self, name: &str, tensor: Tensor) -> Result<Tensor> {
        Ok(match self {
            Self::Constant => tensor,
            Self::Variables { module, all } => {
                let var = Var::from_tensor(&tensor)?;
                all.push(Parameter { module: module.clone(), name: name.to_owned(), var: var.clone() });
                var.as_tensor().clone()
            }
            Self::Views { module, of } => of.get(&(module.clone(), name.to_owned())).cloned().unwrap_or(tensor),
        })
    }
}
