//! Randomises the weights of layers, to test whether attributions depend on what a model has
//! learned.

use std::sync::Arc;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;
use whysim_core::{Linear, Norm, Real};

use super::references::References;
use super::{Encoder, Identity};
use crate::error::{Error, Result};

/// Standard deviation of the new weights, as for BERT before training (Devlin et al., NAACL 2019).
const DEVIATION: f32 = 0.02;

impl<T: Real> Encoder<T> {
    /// Resets layer `layer` to an untrained state: normally distributed weights, no biases, plain
    /// normalisation.
    ///
    /// # Errors
    /// If there is no such layer.
    pub(crate) fn randomize_layer(&mut self, layer: usize, seed: u64) -> Result<()> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(layer as u64);
        let last = self.layers();
        let own = self.transformer.layer_mut(layer).ok_or(Error::Layer { got: layer as i64, last })?;
        let (attention, feed_forward) = (&mut own.attention, &mut own.feed_forward);
        let gate = feed_forward.gate.iter_mut();
        let linears = [&mut attention.query, &mut attention.key, &mut attention.value, &mut attention.output];
        let linears = linears.into_iter().chain(gate).chain([&mut feed_forward.up, &mut feed_forward.down]);
        linears.for_each(|linear| randomize(linear, &mut random));
        own.norms_mut().for_each(reset);
        // Discard anything computed from the old weights.
        own.each(&mut |_| ());
        self.references = References::default();
        // The fingerprint must change: results from before and after must never be paired.
        let Identity { name, fingerprint, exact } = self.identity.as_ref();
        let fingerprint = format!("{fingerprint} randomized {layer} {seed}");
        self.identity = Arc::new(Identity { name: name.clone(), fingerprint, exact: *exact });
        Ok(())
    }
}

fn randomize<T: Real>(linear: &mut Linear<T>, random: &mut ChaCha8Rng) {
    let mut normal = || T::of(f64::from(DEVIATION * random.sample::<f32, _>(StandardNormal)));
    linear.weight.values_mut().iter_mut().for_each(|weight| *weight = normal());
    linear.bias.iter_mut().for_each(|bias| bias.values_mut().fill(T::default()));
}

fn reset<T: Real>(norm: &mut Norm<T>) {
    norm.gamma.values_mut().fill(T::ONE);
    norm.beta.iter_mut().for_each(|beta| beta.values_mut().fill(T::default()));
}
