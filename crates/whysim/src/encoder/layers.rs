//! Reads layers from a checkpoint.

use std::sync::Arc;

use whysim_core::{Attention, FeedForward, Layer, Linear, Norm, Norms, Real, Rotation, Tensor};

use super::family::{Expansions, Family, HalfNorms, Inputs, NormRule, Place};
use super::weights::Weights;
use crate::error::Result;

/// Reads `name.weight` and, if there is one, `name.bias`.
pub(crate) fn linear<T: Real>(
    weights: &mut Weights,
    name: &str,
    [outputs, inputs]: [usize; 2],
    bias: bool,
) -> Result<Linear<T>> {
    let weight = weights.get(&format!("{name}.weight"), &[outputs, inputs])?;
    let bias = if bias { Some(weights.get(&format!("{name}.bias"), &[outputs])?) } else { None };
    Ok(Linear { weight, bias, drops: false })
}

/// Reads linear maps that are stored as one, one above the other.
fn fused<T: Real, const N: usize>(
    weights: &mut Weights,
    name: &str,
    outputs: [usize; N],
    inputs: usize,
    bias: bool,
) -> Result<[Linear<T>; N]> {
    let all = weights.get_parts(&format!("{name}.weight"), outputs, Some(inputs))?;
    let biases: [Option<Tensor<T>>; N] = match bias {
        true => weights.get_parts(&format!("{name}.bias"), outputs, None)?.map(Some),
        false => [const { None }; N],
    };
    let mut biases = biases.into_iter();
    Ok(all.map(|weight| Linear { weight, bias: biases.next().flatten(), drops: false }))
}

/// Reads `name.weight` and, if there is one, `name.bias`, or their old names `name.gamma` and
/// `name.beta`.
pub(crate) fn norm<T: Real>(weights: &mut Weights, name: &str, width: usize, rule: NormRule) -> Result<Norm<T>> {
    let old = weights.has(&format!("{name}.gamma"));
    let (gamma, beta) = if old { ("gamma", "beta") } else { ("weight", "bias") };
    let gamma = weights.get_shifted(&format!("{name}.{gamma}"), &[width], rule.offset)?;
    let beta = if rule.bias { Some(weights.get(&format!("{name}.{beta}"), &[width])?) } else { None };
    Ok(Norm { kind: rule.kind, gamma, beta, epsilon: rule.epsilon })
}

/// Reads layers of a family.
pub(super) struct Reader<'a, T: Real> {
    pub family: &'a Family,
    pub weights: &'a mut Weights,
    pub rotations: Vec<Arc<Rotation<T>>>,
}

impl<T: Real> Reader<'_, T> {
    /// Reads one layer.
    pub(super) fn layer(&mut self, place: &Place) -> Result<Layer<T>> {
        let Family { names, biases, hidden, inner, .. } = *self.family;
        let attention = self.attention(place)?;
        let (gate, up) = self.expansions(place)?;
        let down = linear(self.weights, &format!("{}{}", place.prefix, names.down), [hidden, inner], biases.down)?;
        let norms = self.norms(place, names.feed_forward)?;
        let activation = self.family.activation;
        let down = Linear { drops: true, ..down };
        Ok(Layer::new(attention, FeedForward { norms, gate, up, activation, down }))
    }

    fn attention(&mut self, place: &Place) -> Result<Attention<T>> {
        let Family { names, biases, hidden, .. } = *self.family;
        let (heads, width) = (place.heads, place.heads.count * place.heads.width);
        let named = |name: &str| format!("{}{name}", place.prefix);
        let outputs = [heads.count, heads.keys, heads.keys].map(|heads| heads * place.heads.width);
        let [query, key, value] = match names.inputs {
            Inputs::Separate([q, k, v]) => {
                let mut read = |name, outputs| linear(self.weights, &named(name), [outputs, hidden], biases.inputs);
                [read(q, outputs[0])?, read(k, outputs[1])?, read(v, outputs[2])?]
            }
            Inputs::Fused(name) => fused(self.weights, &named(name), outputs, hidden, biases.inputs)?,
        };
        let output = linear(self.weights, &named(names.output), [hidden, width], biases.output)?;
        let mut norms = names.attention;
        if place.reads_normalised {
            norms.before = None;
        }
        let rule = self.family.norm;
        let mut of_heads = |name: &str| norm(self.weights, &named(name), heads.width, rule);
        let head_norms = match names.heads {
            Some([q, k]) => Some([of_heads(q)?, of_heads(k)?]),
            None => None,
        };
        Ok(Attention {
            norms: self.norms(place, norms)?,
            query,
            key,
            value,
            head_norms,
            rotation: place.rotation.map(|at| self.rotations[at].clone()),
            heads,
            output: Linear { drops: self.family.drops_attention, ..output },
        })
    }

    /// The gate, if there is one, and the map beside it.
    fn expansions(&mut self, place: &Place) -> Result<(Option<Linear<T>>, Linear<T>)> {
        let Family { names, biases, hidden, inner, .. } = *self.family;
        let named = |name: &str| format!("{}{name}", place.prefix);
        let mut read = |name| linear(self.weights, &named(name), [inner, hidden], biases.expansions);
        Ok(match names.expansions {
            Expansions::Plain(up) => (None, read(up)?),
            Expansions::Gated { gate, up } => (Some(read(gate)?), read(up)?),
            Expansions::Fused { name, gate_first } => {
                let [one, two] = fused(self.weights, &named(name), [inner; 2], hidden, biases.expansions)?;
                if gate_first { (Some(one), two) } else { (Some(two), one) }
            }
        })
    }

    fn norms(&mut self, place: &Place, names: HalfNorms) -> Result<Norms<T>> {
        let mut read = |name: Option<&str>| {
            name.map(|name| {
                norm(self.weights, &format!("{}{name}", place.prefix), self.family.hidden, self.family.norm)
            })
            .transpose()
        };
        Ok(Norms { before: read(names.before)?, output: read(names.output)?, after: read(names.after)? })
    }
}
