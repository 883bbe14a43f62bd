//! The error of the numerical integration by layer, rule and number of nodes: the distribution over
//! a sample of pairs.
//!
//! With d = sum V - (e - q) of each text, the ledger's error is
//!
//! ```text
//! error = (d_a . e_b + e_a . d_b + d_a . d_b) / n
//! ```
//!
//! Tangents are linear, so d needs a single tangent for all tokens together, and the values at all
//! rules' nodes are computed once. The adaptive rule is measured the way users see it: on whole
//! explanations, with the bounds that they state.

use super::interval::{mean, quantile};
use super::scores::explain;
use super::settings::Settings;
use crate::Encoder;
use crate::decomposition::Options;
use crate::decomposition::ends::Ends;
use crate::error::Result;
use crate::pairs::Pair;
use crate::path::{Quadrature, Rule, Steps};
use crate::progress::{Progress, steps};
use crate::report::Completeness;
use crate::similarity::{Similarity, dot, norm};
use crate::text::Unit;

/// The most layers that are measured if none are named.
const LAYERS: usize = 3;

/// The layers that the settings ask for.
pub(super) fn layers(encoder: &Encoder, settings: &Settings) -> Result<Vec<usize>> {
    let last = encoder.default_layer();
    let mut layers = match &settings.layers {
        Some(named) => named.iter().map(|&layer| encoder.layer(layer)).collect::<Result<Vec<_>>>()?,
        None => (0..LAYERS).map(|i| (i * last + (LAYERS - 1) / 2) / (LAYERS - 1)).collect(),
    };
    layers.sort_unstable();
    layers.dedup();
    Ok(layers)
}

/// Completeness errors of the sample, a row for every layer, rule and number of nodes.
pub(super) fn accuracy(
    encoder: &Encoder,
    sample: &[Pair],
    similarity: Similarity,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<Vec<Completeness>> {
    let kinds = [Rule::GaussLegendre, Rule::Riemann].map(|rule| settings.nodes.iter().map(move |&nodes| (rule, nodes)));
    let kinds: Vec<(Rule, usize)> = kinds.into_iter().flatten().collect();
    let rules: Vec<Quadrature> = kinds.iter().map(|&(rule, nodes)| Quadrature::new(rule, nodes)).collect();
    let similarity = similarity.under(encoder.normalizes());
    let mut rows = Vec::new();
    let mut layers = layers(encoder, settings)?;
    if settings.layers.is_none() {
        // Tangents through all layers at dozens of nodes take longer than everything else.
        layers.retain(|&layer| layer > 0 || encoder.default_layer() == 0);
    }
    for layer in layers {
        let options = Options { layer: Some(layer as i64), unit: Unit::Sentence, ..settings.method.clone() };
        let part = format!("completeness errors, layer {layer}");
        let all = steps(progress, &part, sample.iter(), |pair| {
            let adaptive = Options { rule: Rule::GaussLegendre, steps: Steps::default(), ..options.clone() };
            let (_, e) = explain(encoder, [&pair.a, &pair.b], &adaptive, similarity)?;
            let [a, b] =
                [residuals(encoder, &pair.a, &options, &rules)?, residuals(encoder, &pair.b, &options, &rules)?];
            let fixed = (0..rules.len()).map(|k| error(&a, &b, k, similarity).abs()).collect::<Vec<_>>();
            Ok((e.steps.map(|n| n as f64), e.error.abs(), e.bound, fixed))
        })?;
        let nodes = all.iter().flat_map(|pair| pair.0).sum::<f64>() / (2 * all.len()) as f64;
        let within = all.iter().filter(|pair| pair.1 <= pair.2).count();
        let adaptive = row(layer, "adaptive", nodes, all.iter().map(|pair| pair.1).collect(), settings.seed);
        rows.push(Completeness { within_bound: Some(within), ..adaptive });
        rows.extend(kinds.iter().enumerate().map(|(k, &(rule, nodes))| {
            row(layer, &rule.to_string(), nodes as f64, all.iter().map(|pair| pair.3[k]).collect(), settings.seed)
        }));
    }
    Ok(rows)
}

/// A text's embedding e, and d = sum V - (e - q) by every rule.
struct Residuals {
    embedding: Vec<f64>,
    /// `[rules][D]`.
    residuals: Vec<Vec<f64>>,
}

fn residuals(encoder: &Encoder, text: &str, options: &Options, rules: &[Quadrature]) -> Result<Residuals> {
    let ends = Ends::of(encoder, text, options, "of the sample")?;
    let mut nodes: Vec<f64> = rules.iter().flat_map(|rule| rule.nodes.iter().copied()).collect();
    nodes.sort_by(f64::total_cmp);
    nodes.dedup();
    let suffix = ends.suffix(encoder);
    let slopes = ends.path(&suffix, &()).slopes(&nodes)?;
    let dim = encoder.dim();
    let slope = |node: f64| &slopes[nodes.partition_point(|&other| other < node) * dim..][..dim];
    let residual = |rule: &Quadrature| {
        let mut rest: Vec<f64> = ends.reference.iter().zip(&ends.embedding).map(|(q, e)| q - e).collect();
        for (&node, weight) in rule.nodes.iter().zip(&rule.weights) {
            rest.iter_mut().zip(slope(node)).for_each(|(rest, g)| *rest += weight * g);
        }
        rest
    };
    Ok(Residuals { residuals: rules.iter().map(residual).collect(), embedding: ends.embedding.clone() })
}

/// The ledger's error by rule k.
fn error(a: &Residuals, b: &Residuals, k: usize, similarity: Similarity) -> f64 {
    let (da, db) = (&a.residuals[k], &b.residuals[k]);
    let n = similarity.norm([norm(&a.embedding), norm(&b.embedding)]);
    (dot(da, &b.embedding) + dot(&a.embedding, db) + dot(da, db)) / n
}

fn row(layer: usize, rule: &str, nodes: f64, errors: Vec<f64>, seed: u64) -> Completeness {
    let mut sorted = errors.clone();
    sorted.sort_by(f64::total_cmp);
    let quantiles = [0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0].map(|share| quantile(&sorted, share));
    let mean = mean(errors.into_iter().map(Some), seed);
    Completeness { layer, rule: rule.into(), nodes, quantiles, mean, within_bound: None }
}
