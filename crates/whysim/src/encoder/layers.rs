//! Reads layers from a checkpoint.

use whysim_core::{Attention, FeedForward, Heads, Layer, Linear, Norm, NormKind, Norms, Real};

use super::config::Config;
use super::family::Family;
use super::weights::Weights;
use crate::error::Result;

/// Reads `name.weight` and `name.bias`.
pub(crate) fn linear<T: Real>(weights: &mut Weights, name: &str, inputs: usize, outputs: usize) -> Result<Linear<T>> {
    let weight = weights.get(&format!("{name}.weight"), &[outputs, inputs])?;
    let bias = Some(weights.get(&format!("{name}.bias"), &[outputs])?);
    Ok(Linear { weight, bias, drops: false })
}

/// Reads `name.weight` and `name.bias`, or their old names `name.gamma` and `name.beta`.
pub(crate) fn layer_norm<T: Real>(weights: &mut Weights, name: &str, width: usize, epsilon: f64) -> Result<Norm<T>> {
    let old = weights.has(&format!("{name}.gamma"));
    let (gamma, beta) = if old { ("gamma", "beta") } else { ("weight", "bias") };
    Ok(Norm {
        kind: NormKind::Layer,
        gamma: weights.get(&format!("{name}.{gamma}"), &[width])?,
        beta: Some(weights.get(&format!("{name}.{beta}"), &[width])?),
        epsilon,
    })
}

/// Reads layer `i`.
pub(crate) fn layer<T: Real>(config: &Config, family: &Family, weights: &mut Weights, i: usize) -> Result<Layer<T>> {
    let (hidden, inner, names) = (config.hidden_size, config.intermediate_size, &family.names);
    let prefix = format!("{}.{i}.", names.layer);
    let mut read = |name, inputs, outputs| linear(weights, &format!("{prefix}{name}"), inputs, outputs);
    let [query, key, value] = [names.query, names.key, names.value].map(|name| read(name, hidden, hidden));
    let output = Linear { drops: family.drops_attention, ..read(names.output, hidden, hidden)? };
    let up = read(names.up, hidden, inner)?;
    let down = Linear { drops: true, ..read(names.down, inner, hidden)? };
    let mut norm = |name| layer_norm(weights, &format!("{prefix}{name}"), hidden, family.epsilon);
    let attention = Attention {
        norms: Norms::after(norm(names.attention_norm)?),
        query: query?,
        key: key?,
        value: value?,
        head_norms: None,
        rotation: None,
        heads: Heads::plain(config.num_attention_heads, hidden),
        output,
    };
    let norms = Norms::after(norm(names.norm)?);
    Ok(Layer::new(attention, FeedForward { norms, gate: None, up, activation: config.activation()?, down }))
}
