//! Layers whose weights are forgotten: for tests of whether attributions depend on what a model has learned.

use std::sync::{Arc, OnceLock};

use candle_core::{Device, Tensor};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

use super::layers::{LayerNorm, Linear};
use super::{Encoder, Identity};
use crate::error::{Error, Result};

/// Standard deviation of a new weight, as BERT's before training (Devlin et al., NAACL 2019).
const DEVIATION: f32 = 0.02;

impl Encoder {
    /// Gives layer `layer` the weights that it would have before any training: normal ones, no biases, plain normalisation.
    ///
    /// # Errors
    /// When there is no such layer.
    pub(crate) fn randomize_layer(&mut self, layer: usize, seed: u64) -> Result<()> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(layer as u64);
        let last = self.layers();
        let block = self.transformer.block_mut(layer).ok_or(Error::Layer { got: layer as i64, last })?;
        let attention = &mut block.attention;
        for linear in [&mut attention.query, &mut attention.key, &mut attention.value, &mut attention.output] {
            linear.randomize(&mut random)?;
        }
        block.expand.randomize(&mut random)?;
        block.contract.randomize(&mut random)?;
        block.attention_norm.reset()?;
        block.norm.reset()?;
        block.prepared = OnceLock::new();
        // No longer the model of this fingerprint: nothing of it may be paired with what the model gave before.
        let Identity { name, fingerprint, exact } = self.identity.as_ref();
        let fingerprint = format!("{fingerprint} randomized {layer} {seed}");
        self.identity = Arc::new(Identity { name: name.clone(), fingerprint, exact: *exact });
        Ok(())
    }
}

impl Linear {
    fn randomize(&mut self, random: &mut ChaCha8Rng) -> Result<()> {
        let mut normal = || DEVIATION * random.sample::<f32, _>(StandardNormal);
        let values: Vec<f32> = (0..self.weight.elem_count()).map(|_| normal()).collect();
        let new = Tensor::from_vec(values, self.weight.shape(), &Device::Cpu)?;
        self.weight = new.to_dtype(self.weight.dtype())?;
        self.bias = self.bias.as_ref().map(Tensor::zeros_like).transpose()?;
        Ok(())
    }
}

impl LayerNorm {
    fn reset(&mut self) -> Result<()> {
        (self.gamma, self.beta) = (self.gamma.ones_like()?, self.beta.zeros_like()?);
        Ok(())
    }
}
