//! How alike two models see pairs: their similarities, and their attributions at each layer.

use super::accuracy::layers;
use super::interval::{estimate, mean};
use super::predictive::Similarities;
use super::run::Settings;
use super::scores::explain;
use super::watch::{Watch, steps};
use crate::Encoder;
use crate::decomposition::Options;
use crate::error::{Error, Result};
use crate::explanation::Similarity;
use crate::pairs::Pair;
use crate::rank::spearman;
use crate::report::{Agreement, LayerAgreement};

/// Compares the similarities of all pairs and the matrices of the sample.
pub(super) fn agreement(
    encoders: [&Encoder; 2],
    similarities: [&Similarities; 2],
    sample: &[Pair],
    similarity: Similarity,
    settings: &Settings,
    watch: &dyn Watch,
) -> Result<Agreement> {
    let [x, y] = similarities.map(|all| all.of(similarity));
    let rank = |drawn: &[usize]| {
        let drawn = |v: &[f64]| drawn.iter().map(|&i| v[i]).collect::<Vec<_>>();
        spearman(&drawn(x), &drawn(y))
    };
    let differences = x.iter().zip(y).map(|(x, y)| Some((x - y).abs()));
    let mut by_layer = Vec::new();
    for layer in layers(encoders[0], settings)? {
        let part = format!("agreement, layer {layer}");
        let all = steps(watch, &part, sample.iter(), |pair| matrices(encoders, pair, layer, similarity, settings))?;
        by_layer.push(LayerAgreement { layer, spearman: mean(all, settings.seed) });
    }
    Ok(Agreement {
        against: encoders[1].identity().name.clone(),
        spearman: estimate(x.len(), settings.seed, rank),
        difference: mean(differences, settings.seed),
        layers: by_layer,
    })
}

/// Spearman's correlation of the two models' matrices of one pair.
fn matrices(
    encoders: [&Encoder; 2],
    pair: &Pair,
    layer: usize,
    similarity: Similarity,
    settings: &Settings,
) -> Result<Option<f64>> {
    let options = Options { layer: Some(layer as i64), ..settings.method.clone() };
    let of = |encoder| explain(encoder, [&pair.a, &pair.b], &options, similarity);
    let [(_, one), (_, other)] = [of(encoders[0])?, of(encoders[1])?];
    if one.a.tokens != other.a.tokens || one.b.tokens != other.b.tokens {
        let problem = format!(
            "the models `{}` and `{}` read texts as different tokens, so that their attributions cannot be compared one by one",
            one.model, other.model
        );
        return Err(Error::Tokenizer(problem));
    }
    let flat = |matrix: &[Vec<f32>]| matrix.iter().flatten().map(|&v| f64::from(v)).collect::<Vec<_>>();
    Ok(spearman(&flat(&one.matrix), &flat(&other.matrix)))
}
