//! How closely two models agree on pairs: their similarities, and their attributions at each layer.

use super::accuracy::layers;
use super::interval::{estimate, mean};
use super::predictive::Similarities;
use super::scores::explain;
use super::settings::Settings;
use crate::Encoder;
use crate::decomposition::Options;
use crate::error::{Error, Result};
use crate::explanation::{Explanation, Side};
use crate::pairs::Pair;
use crate::progress::{Progress, steps};
use crate::rank::{pearson, spearman};
use crate::report::{Agreement, LayerAgreement};
use crate::similarity::Similarity;
use crate::text::Origin;

/// Compares the similarities of all pairs, and the attribution matrices of the sample.
pub(super) fn agreement(
    encoders: [&Encoder; 2],
    similarities: [&Similarities; 2],
    sample: &[Pair],
    similarity: Similarity,
    settings: &Settings,
    progress: &dyn Progress,
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
        let all = steps(progress, &part, sample.iter(), |pair| matrices(encoders, pair, layer, similarity, settings))?;
        let of = |kind: usize| mean(all.iter().map(|pair| pair[kind]), settings.seed);
        by_layer.push(LayerAgreement { layer, spearman: of(0), pearson: of(1), centred: of(2) });
    }
    Ok(Agreement {
        against: encoders[1].identity().name.clone(),
        spearman: estimate(x.len(), settings.seed, &rank),
        difference: mean(differences, settings.seed),
        layers: by_layer,
    })
}

/// Correlations between the two models' matrices for one pair: Spearman's, Pearson's, and Pearson's
/// of the centred matrices.
fn matrices(
    encoders: [&Encoder; 2],
    pair: &Pair,
    layer: usize,
    similarity: Similarity,
    settings: &Settings,
) -> Result<[Option<f64>; 3]> {
    let options = Options { layer: Some(layer as i64), ..settings.method.clone() };
    let of = |encoder| explain(encoder, [&pair.a, &pair.b], &options, similarity);
    let [(_, one), (_, other)] = [of(encoders[0])?, of(encoders[1])?];
    if one.a.tokens != other.a.tokens || one.b.tokens != other.b.tokens {
        let problem = format!(
            "the models `{}` and `{}` tokenize texts differently, so their attributions cannot be compared",
            one.model, other.model
        );
        return Err(Error::Tokenizer(problem));
    }
    let [x, y] = [between_texts(&one), between_texts(&other)];
    let [flat_x, flat_y] = [x.concat(), y.concat()];
    let alone = pearson(&centred(x).concat(), &centred(y).concat());
    Ok([spearman(&flat_x, &flat_y), pearson(&flat_x, &flat_y), alone])
}

/// The attributions between text tokens, without special tokens, whose references differ between
/// models. [tokens of A][tokens of B]
fn between_texts(e: &Explanation) -> Vec<Vec<f64>> {
    let kept = |side: &Side, i: usize| side.tokens[i].origin == Origin::Text;
    let row = |row: &Vec<f32>| (0..row.len()).filter(|&j| kept(&e.b, j)).map(|j| f64::from(row[j])).collect();
    (0..e.matrix.len()).filter(|&i| kept(&e.a, i)).map(|i| row(&e.matrix[i])).collect()
}

/// `M_ij - mean of row i - mean of column j + mean`: removes what a token has in common with the
/// other text as a whole. Padding is much the same in every position, so a reference that the model
/// does not treat as neutral adds mostly to rows and columns. matrix: [rows][columns].
pub(super) fn centred(mut matrix: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let average = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    for row in &mut matrix {
        let mean = average(row);
        row.iter_mut().for_each(|v| *v -= mean);
    }
    for j in 0..matrix.first().map_or(0, Vec::len) {
        let mean = average(&matrix.iter().map(|row| row[j]).collect::<Vec<_>>());
        matrix.iter_mut().for_each(|row| row[j] -= mean);
    }
    matrix
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_token_has_with_the_whole_other_text_is_centred_away() {
        let pairs = [[2.0, -1.0, -1.0], [-2.0, 1.0, 1.0]];
        let (a, b) = ([5.0, -3.0], [0.5, 7.0, -2.0]);
        let matrix = (0..2).map(|i| (0..3).map(|j| pairs[i][j] + a[i] + b[j]).collect()).collect();
        let alone = centred(matrix).concat();
        assert!(alone.iter().zip(pairs.concat()).all(|(x, y)| (x - y).abs() < 1e-12), "{alone:?}");
    }
}
