//! WeightedLayerPooling: what is pooled is a weighted mean of the outputs of several layers.

use serde::Deserialize;
use whysim_core::{Real, Tensor};

use super::modules::Kind;
use super::weights::Weights;
use crate::error::{Error, Result};
use crate::folder::Folder;

/// The layers' shares.
#[derive(Clone, Debug)]
pub(crate) struct Mixture {
    /// The first layer whose input counts. The embedding is a function of the states that enter it,
    /// but not of those that enter a later one alone.
    pub first: usize,
    /// Of the states that enter the layers from `first` on, and of the last layer's output; their
    /// sum is 1.
    shares: Vec<f64>,
}

/// `config.json` of the module.
#[derive(Deserialize)]
struct Config {
    layer_start: usize,
    num_hidden_layers: usize,
}

impl Mixture {
    /// Reads the module in the folder `module` of a model with `layers` layers.
    pub(crate) fn load<T: Real>(model: &Folder, module: &str, layers: usize, weights: &mut Weights) -> Result<Self> {
        let folder = model.join(module);
        let config: Config = folder.json("config.json")?;
        let wrong = |problem: String| Error::malformed(&folder.file("config.json"), problem);
        if config.num_hidden_layers != layers {
            return Err(wrong(format!(
                "num_hidden_layers is {}, but the encoder has {layers}",
                config.num_hidden_layers
            )));
        }
        if config.layer_start > layers {
            return Err(wrong(format!(
                "layer_start is {}, but there are layers 0 to {layers} only",
                config.layer_start
            )));
        }
        let mut own = Weights::open(&folder, module)?;
        let values: Tensor<T> = own.get("layer_weights", &[layers + 1 - config.layer_start])?;
        weights.hash_text(&format!("{:?} {} {}", Kind::WeightedLayers, config.layer_start, own.fingerprint()));
        let values: Vec<f64> = values.iter().map(|v| v.to_f64()).collect();
        let total: f64 = values.iter().sum();
        if total == 0.0 {
            return Err(Error::malformed(folder.path(), "its layer_weights add up to 0"));
        }
        Ok(Self { first: config.layer_start, shares: values.into_iter().map(|v| v / total).collect() })
    }

    /// The share of the states that enter `layer`; None: they do not count.
    pub(crate) fn share(&self, layer: usize) -> Option<f64> {
        self.shares.get(layer.checked_sub(self.first)?).copied()
    }
}
