//! Sanity: compares the attributions of the trained model with those after randomising its weights,
//! layer by layer from the top (Adebayo et al., "Sanity Checks for Saliency Maps", NeurIPS 2018).
//!
//! The difference x - r that multiplies the Jacobian depends only on the layers below the
//! attributed one, and can keep structure by itself. So the Jacobian's part is also measured alone:
//!
//! ```text
//! G_ij = | (J^a_i)^T J^b_j |_F / n,      J_i = integral of the Jacobian block of token i, [D, H]
//! ```
//!
//! With independent random signs u, w: E (J_i u . J_j w)^2 = | J_i^T J_j |_F^2. A few probes
//! estimate this without forming J.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::interval::mean;
use super::scores::explain;
use super::settings::Settings;
use crate::Encoder;
use crate::decomposition::Options;
use crate::decomposition::ends::Ends;
use crate::error::Result;
use crate::pairs::Pair;
use crate::path::{Line, Path, Quadrature, Rule};
use crate::progress::{Progress, steps};
use crate::rank::spearman;
use crate::report::Randomized;
use crate::similarity::Similarity;

/// Random sign vectors per text. The estimate for two texts uses one square for every pair of their
/// vectors.
const PROBES: usize = 4;
/// Gauss-Legendre nodes for the Jacobian's part: enough for a rank correlation.
const NODES: usize = 2;

/// Both kinds of attributions for every pair, flattened.
type Both = [Vec<f64>; 2];

/// Randomises the model's layers from last to first.
pub(super) fn sanity(
    mut encoder: Encoder,
    sample: &[Pair],
    similarity: Similarity,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<Vec<Randomized>> {
    let original = all(&encoder, "sanity, as trained", sample, similarity, settings, progress)?;
    let layers = encoder.layers();
    let mut rows = vec![row(layers, &original, &original, settings.seed)];
    for from in (0..layers).rev() {
        encoder.randomize_layer(from, settings.seed)?;
        // The one layer that tangents pass through by default, half of the layers, and all of them.
        if ![layers - 1, layers / 2, 0].contains(&from) {
            continue;
        }
        let part = format!("sanity, randomised from layer {from}");
        let now = all(&encoder, &part, sample, similarity, settings, progress)?;
        rows.push(row(from, &original, &now, settings.seed));
    }
    Ok(rows)
}

fn row(from: usize, original: &[Both], now: &[Both], seed: u64) -> Randomized {
    let of = |kind: usize| mean(original.iter().zip(now).map(|(x, y)| spearman(&x[kind], &y[kind])), seed);
    Randomized { from, attribution: of(0), jacobian: of(1) }
}

fn all(
    encoder: &Encoder,
    part: &str,
    sample: &[Pair],
    similarity: Similarity,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<Vec<Both>> {
    steps(progress, part, sample.iter().enumerate(), |&(i, pair)| {
        let (_, e) = explain(encoder, [&pair.a, &pair.b], &settings.method, similarity)?;
        let attributions = e.matrix.iter().flatten().map(|&v| f64::from(v)).collect();
        // Use the same signs at every step, so that only the weights change.
        let seed = settings.seed.wrapping_add(i as u64);
        let a = probes(encoder, &pair.a, &settings.method, seed, 0)?;
        let b = probes(encoder, &pair.b, &settings.method, seed, 1)?;
        Ok([attributions, jacobians(&a, &b)])
    })
}

/// Estimates |J_i^T J_j|_F for every pair of tokens, row by row. The norm n is omitted, since it
/// changes no rank. a, b: `[probes]` of [rows, D].
fn jacobians(a: &[Probe], b: &[Probe]) -> Vec<f64> {
    let (Some(first), Some(second)) = (a.first(), b.first()) else { return Vec::new() };
    let mut squares = vec![0.0; first.rows() * second.rows()];
    for u in a {
        for w in b {
            let entries =
                u.tokens().flat_map(|x| w.tokens().map(move |y| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>()));
            squares.iter_mut().zip(entries).for_each(|(square, entry)| *square += entry * entry);
        }
    }
    squares.into_iter().map(f64::sqrt).collect()
}

/// J_i u for every token i, [rows, D].
struct Probe {
    values: Vec<f64>,
    dim: usize,
}

impl Probe {
    fn rows(&self) -> usize {
        self.values.len() / self.dim
    }

    fn tokens(&self) -> std::slice::ChunksExact<'_, f64> {
        self.values.chunks_exact(self.dim)
    }
}

/// J_i u of every token for several random sign vectors u.
fn probes(encoder: &Encoder, text: &str, method: &Options, seed: u64, side: u64) -> Result<Vec<Probe>> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(side);
    let ends = Ends::of(encoder, text, method, "to probe")?;
    let (tokens, hidden) = (ends.line.tokens(), encoder.hidden());
    let rule = Quadrature::new(Rule::GaussLegendre, NODES);
    let mut probe = || {
        let signs: Vec<f32> = (0..hidden).map(|_| if random.random::<bool>() { 1.0 } else { -1.0 }).collect();
        let mut values = vec![0.0; tokens * encoder.dim()];
        for (&a, &weight) in rule.nodes.iter().zip(&rule.weights) {
            let at = tangents(encoder, &ends, &ends.line.points(&[a]), &signs)?;
            values.iter_mut().zip(at).for_each(|(sum, v)| *sum += weight * v);
        }
        Ok(Probe { values, dim: encoder.dim() })
    };
    (0..PROBES).map(|_| probe()).collect()
}

/// J_i u of every token at a point x, [S, D]. point: [S, H], u: `[H]`.
///
/// A tangent u at x is the tangent of the line from x to x + u, taken at its start.
fn tangents(encoder: &Encoder, ends: &Ends<f32>, point: &[f32], u: &[f32]) -> Result<Vec<f64>> {
    let moved: Vec<f32> = point.iter().zip(u.iter().cycle()).map(|(&x, &u)| x + u).collect();
    let tokens = ends.line.tokens();
    let line = Line::new(&moved, point, tokens);
    let suffix = ends.suffix(encoder);
    let path = Path { line: &line, ..ends.path(&suffix, &()) };
    let members: Vec<Vec<usize>> = (0..tokens).map(|i| vec![i]).collect();
    path.integrate(&members, &Quadrature { nodes: vec![0.0], weights: vec![1.0] })
}
