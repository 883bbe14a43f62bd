//! Counts the multiplications that forward and reverse mode need at one node of the path, to choose
//! between them.

use whysim_core::{Layer, Linear, Real, Tangents};

use super::Encoder;

/// The products of the structured first half sum over few terms, and run at about half the rate of
/// other products.
const SHORT_SUMS: f64 = 2.0;

/// The number of weights in a layer, and its multiplications per pair of tokens.
struct Sizes {
    /// Of W_q, W_k and W_v.
    projections: f64,
    /// Of W_o.
    output: f64,
    /// Of W_up and W_gate.
    up: f64,
    /// Of W_down.
    down: f64,
    /// A score and its part of a context, over all heads.
    pair: f64,
    /// The structured first half's cost per pair of tokens, for each output.
    structured_pair: f64,
    /// H, and I of all expansions.
    widths: [f64; 2],
}

impl Sizes {
    fn of<T: Real>(layer: &Layer<T>) -> Self {
        let (attention, half) = (&layer.attention, &layer.feed_forward);
        let expansions = if half.gate.is_some() { 2 } else { 1 };
        let size = |linear: &Linear<T>| linear.weight.len() as f64;
        Self {
            projections: size(&attention.query) + size(&attention.key) + size(&attention.value),
            output: size(&attention.output),
            up: size(&half.up) + half.gate.as_ref().map_or(0.0, size),
            down: size(&half.down),
            widths: [attention.output.outputs() as f64, (expansions * half.up.outputs()) as f64],
            pair: 2.0 * attention.output.inputs() as f64,
            structured_pair: SHORT_SUMS * 3.0 * attention.heads.count as f64,
        }
    }
}

/// Multiplications at one node of a text of S tokens: in forward mode with the given tangents, and
/// in reverse mode with C cotangents. The search for nodes takes one tangent. It is counted
/// everywhere except in forward mode through a single layer that is structured, or of which one row
/// is pooled, where it comes for free. pools_one: whether a single token is pooled.
pub(super) fn costs<T: Real>(
    layers: &[&Layer<T>],
    tokens: usize,
    members: &[Vec<usize>],
    cotangents: usize,
    pools_one: bool,
) -> [f64; 2] {
    let [s, k, c] = [tokens, members.len(), cotangents].map(|n| n as f64);
    let [mut values, mut forward, mut reverse] = [0.0; 3];
    let structured = layers.first().is_some_and(|layer| Tangents::is_structured(layer, members, tokens));
    for (i, layer) in layers.iter().enumerate() {
        let (first, last) = (i == 0, i + 1 == layers.len());
        let Sizes { projections, output, up, down, pair, structured_pair, widths: [hidden, inner] } = Sizes::of(layer);
        // Rows that are computed behind the attention.
        let rows = if last && pools_one { 1.0 } else { s };
        let behind = output + up;
        values += s * projections + rows * (behind + down) + rows * s * pair;
        // The last layer is pooled before W_down.
        let rows_of_down = if last { k } else { k * s };
        let structured = first && structured && rows > 1.0;
        forward += rows_of_down * down
            + match (first, structured) {
                (true, true) if last => s * 4.0 * behind + k * output + k * s * structured_pair * inner,
                (true, true) => s * 3.0 * behind + k * s * structured_pair * (hidden + inner),
                (true, false) => s * projections + k * rows * behind + k * rows * s * pair,
                _ => k * s * projections + k * rows * behind + 2.0 * k * rows * s * pair,
            };
        // Cotangents stop at the attention of the first layer.
        let rows_of_projections = if first { 0.0 } else { c * s };
        reverse += rows_of_projections * projections
            + c * rows * behind
            + if last { rows + c } else { c * s } * down
            + if first { 1.0 } else { 2.0 } * c * rows * s * pair;
    }
    let searched = 2.0 * values;
    let contracted = layers.len() == 1 && (structured || pools_one);
    [values + forward + if contracted { 0.0 } else { searched }, values + reverse + searched]
}

impl<T: Real> Encoder<T> {
    /// Multiplications of an embedding of a text.
    pub(crate) fn multiplications(&self, tokens: usize) -> f64 {
        let s = tokens as f64;
        let of_layer = |layer| {
            let Sizes { projections, output, up, down, pair, .. } = Sizes::of(layer);
            s * (projections + output + up + down) + s * s * pair
        };
        self.transformer.layers(0).map(of_layer).sum()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::Encoder;

    #[test]
    fn the_shorter_side_decides() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/bert");
        let encoder = Encoder::load(&folder, "bert").unwrap();
        let each: Vec<Vec<usize>> = (0..40).map(|s| vec![s]).collect();
        for first in 0..encoder.layers() {
            let cheaper = |cotangents| {
                let [forward, reverse] =
                    costs(&encoder.transformer.layers(first).collect::<Vec<_>>(), 40, &each, cotangents, false);
                reverse < forward
            };
            assert!(cheaper(2), "layer {first}: two cotangents against forty tangents");
            assert!(!cheaper(200), "layer {first}: two hundred cotangents against forty tangents");
        }
    }
}
