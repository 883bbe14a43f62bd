//! From pairs to a report.

use rand::SeedableRng;
use rand::seq::index;
use rand_chacha::ChaCha8Rng;

use super::accuracy::accuracy;
use super::agreement::agreement as agree;
use super::faithful::faithfulness;
use super::gold::alignment;
use super::pointing::pointing;
use super::predictive::{check_texts, predictive, similarities};
use super::sanity::sanity;
use super::settings::{Metric, Settings};
use crate::Encoder;
use crate::decomposition::Options;
use crate::error::{Error, Result};
use crate::pairs::Pair;
use crate::progress::Progress;
use crate::report::{Report, Setting};
use crate::similarity::Similarity;
use crate::text::Unit;

/// The most nodes to measure the completeness error at.
const MOST_NODES: usize = 1 << 12;

/// Evaluates a model on pairs; `against`: another model to compare it with.
///
/// The model is consumed, because [`Metric::Sanity`] randomises its weights.
///
/// # Errors
/// When a text is empty for the model, an option is out of its range, or `progress` says to stop.
pub fn evaluate(
    encoder: Encoder,
    against: Option<&Encoder>,
    pairs: &[Pair],
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<Report> {
    check(pairs, settings)?;
    let encoder = encoder.into_default()?;
    say_what_is_cut(&encoder, pairs, progress)?;
    let settings = &by_token(settings);
    let sample = sample(pairs, settings);
    let mut report = Report::new(setting(&encoder, pairs, &sample, settings)?);
    let similarity = report.setting.similarity;
    check_model(&encoder, similarity)?;
    let asked = |metrics: &[Metric]| metrics.iter().any(|metric| settings.metrics.contains(metric));
    let agreement = against.filter(|_| asked(&[Metric::Agreement]));
    if asked(&[Metric::Predictive]) || agreement.is_some() {
        let own = similarities(&encoder, pairs, progress)?;
        report.predictive = asked(&[Metric::Predictive]).then(|| predictive(&own, pairs, settings.seed));
        if let Some(other) = agreement {
            let all = [&own, &similarities(other, pairs, progress)?];
            report.agreement = Some(agree([&encoder, other], all, &sample, similarity, settings, progress)?);
        }
    }
    if asked(&[Metric::Accuracy]) {
        report.accuracy = Some(accuracy(&encoder, &sample, similarity, settings, progress)?);
    }
    if asked(&[Metric::Insertion, Metric::Coalitions, Metric::Differences]) {
        report.faithfulness = Some(faithfulness(&encoder, &sample, similarity, settings, progress)?);
    }
    if asked(&[Metric::Pointing]) {
        report.pointing = Some(pointing(&encoder, pairs, similarity, settings, progress)?);
    }
    let has_gold = asked(&[Metric::Alignment]) && !settings.gold.is_empty();
    report.alignment = has_gold.then(|| alignment(&encoder, similarity, settings, progress)).transpose()?;
    if asked(&[Metric::Sanity]) {
        report.sanity = Some(sanity(encoder, &sample, similarity, settings, progress)?);
    }
    Ok(report)
}

/// # Errors
/// When a text is empty for the model.
fn say_what_is_cut(encoder: &Encoder, pairs: &[Pair], progress: &dyn Progress) -> Result<()> {
    let cut = check_texts(encoder, pairs)?;
    if cut > 0 {
        let (all, limit) = (pairs.len(), encoder.limit());
        progress.note(&format!(
            "{cut} of {all} pairs have a text that is longer than the {limit} tokens that the model reads: the rest has no effect"
        ));
    }
    Ok(())
}

/// Games add up embeddings before any `Normalize`, so its length must be that of what they add up.
fn check_model(encoder: &Encoder, similarity: Similarity) -> Result<()> {
    if encoder.is_cut() && encoder.normalizes() && similarity == Similarity::Dot {
        let expected = "cos for a model whose dimensions are cut after `Normalize`".into();
        return Err(Error::Option { option: "similarity", expected, got: similarity.to_string() });
    }
    Ok(())
}

/// The settings that every part relies on: rows are tokens, and the prompt is the model's default.
fn by_token(settings: &Settings) -> Settings {
    let method = Options { unit: Unit::Token, prompt: None, ..settings.method.clone() };
    Settings { method, ..settings.clone() }
}

fn check(pairs: &[Pair], settings: &Settings) -> Result<()> {
    let wrong = |option, expected: &str, got: String| Err(Error::Option { option, expected: expected.into(), got });
    if pairs.len() < 2 && settings.metrics != [Metric::Alignment] {
        return wrong("pairs", "two pairs or more", pairs.len().to_string());
    }
    if settings.sample == 0 || settings.gold_sample == Some(0) {
        return wrong("sample", "1 or more", "0".into());
    }
    if let Some(nodes) = settings.nodes.iter().find(|nodes| !(1..=MOST_NODES).contains(*nodes)) {
        return wrong("nodes", &format!("1 to {MOST_NODES}"), nodes.to_string());
    }
    if settings.subsets < 2 {
        return wrong("subsets", "2 or more", settings.subsets.to_string());
    }
    Ok(())
}

/// Some of the pairs, in the order of the data.
fn sample(pairs: &[Pair], settings: &Settings) -> Vec<Pair> {
    let mut random = ChaCha8Rng::seed_from_u64(settings.seed);
    let mut drawn = index::sample(&mut random, pairs.len(), settings.sample.min(pairs.len())).into_vec();
    drawn.sort_unstable();
    drawn.into_iter().map(|i| pairs[i].clone()).collect()
}

fn setting(encoder: &Encoder, pairs: &[Pair], sample: &[Pair], settings: &Settings) -> Result<Setting> {
    let layer = match settings.method.layer {
        Some(layer) => encoder.layer(layer)?,
        None => encoder.default_layer(),
    };
    Ok(Setting {
        model: encoder.identity().name.clone(),
        fingerprint: encoder.identity().fingerprint.clone(),
        exact: encoder.identity().exact,
        layer,
        layers: encoder.layers(),
        similarity: encoder.similarity(settings.similarity)?,
        reference: settings.method.reference.to_string(),
        removal: settings.removal,
        value: settings.value,
        pairs: pairs.len(),
        sample: sample.len(),
        seed: settings.seed,
    })
}
