//! The error of the numerical integration by layer, rule and number of nodes: the distribution over a sample of pairs.
//!
//! The ledger's error is the same whatever its rows stand for, because tangents are linear; so texts are decomposed by sentences, which
//! costs a few tangents and not one a token.

use super::interval::{mean, quantile};
use super::pairs::Pair;
use super::run::Settings;
use super::scores::explain;
use super::watch::{Watch, steps};
use crate::Encoder;
use crate::decomposition::Options;
use crate::error::Result;
use crate::explanation::{Explanation, Similarity};
use crate::path::{Rule, Steps};
use crate::report::Completeness;
use crate::text::Unit;

/// Most layers that are looked at when none are named.
const LAYERS: usize = 5;

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
    watch: &dyn Watch,
) -> Result<Vec<Completeness>> {
    let mut kinds = vec![(Rule::GaussLegendre, Steps::default())];
    for rule in [Rule::GaussLegendre, Rule::Riemann] {
        kinds.extend(settings.nodes.iter().map(|&nodes| (rule, Steps::Fixed(nodes))));
    }
    let mut rows = Vec::new();
    for layer in layers(encoder, settings)? {
        let part = format!("completeness errors, layer {layer}");
        let all = steps(watch, &part, sample.iter(), |pair| {
            let of = |&(rule, nodes): &(Rule, Steps)| {
                let method = settings.method.clone();
                let options = Options { layer: Some(layer as i64), rule, steps: nodes, unit: Unit::Sentence, ..method };
                Ok(explain(encoder, [&pair.a, &pair.b], &options, similarity)?.1)
            };
            kinds.iter().map(of).collect::<Result<Vec<_>>>()
        })?;
        for (k, &(_, nodes)) in kinds.iter().enumerate() {
            rows.push(row(nodes, all.iter().map(|pair| &pair[k]).collect(), settings.seed));
        }
    }
    Ok(rows)
}

fn row(nodes: Steps, all: Vec<&Explanation>, seed: u64) -> Completeness {
    let errors: Vec<f64> = all.iter().map(|e| e.error.abs()).collect();
    let mut sorted = errors.clone();
    sorted.sort_by(f64::total_cmp);
    let mean_nodes = all.iter().flat_map(|e| e.steps).map(|n| n as f64).sum::<f64>() / (2 * all.len()) as f64;
    let rule = all.first().map_or(String::new(), |e| e.rule.clone());
    Completeness {
        layer: all.first().map_or(0, |e| e.layer),
        rule: if matches!(nodes, Steps::Fixed(_)) { rule } else { "adaptive".into() },
        nodes: mean_nodes,
        quantiles: [0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0].map(|share| quantile(&sorted, share)),
        mean: mean(errors.into_iter().map(Some), seed),
        within_bound: all.iter().filter(|e| e.error.abs() <= e.bound).count(),
    }
}
