//! Relevance: agreement with the full explanation, its ledger, and the inputs it rejects.

use crate::common::{FAMILIES, encoder, exact, options};
use whysim::path::{Precision, Rule, Steps};
use whysim::text::{Reference, Unit};
use whysim::{Error, Options, Similarity};

const QUERY: &str = "A small kitten.";
const PASSAGES: [&str; 2] = ["The dog runs after the kitten in the garden. Nobody saw it.", "A dog."];

fn product(x: &[f32], y: &[f32]) -> f64 {
    x.iter().zip(y).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum()
}

#[test]
fn it_is_what_the_contributions_have_with_the_query() {
    for family in FAMILIES {
        for model in [encoder::<f32>(family, "mean"), exact::<f32>(family, "cls")] {
            for (layer, unit, reference) in [
                (0, Unit::Token, Reference::Pad),
                (1, Unit::Word, Reference::Zero),
                (2, Unit::Token, Reference::Pad),
                (2, Unit::Sentence, Reference::Pad),
                (3, Unit::Token, Reference::Pad),
            ] {
                let options = Options { unit, reference, ..options(layer, 4) };
                let query = model.decompose(QUERY, &options).unwrap();
                for similarity in [Similarity::Cos, Similarity::Dot] {
                    let all = model.relevance(QUERY, &PASSAGES, None, &options, similarity).unwrap();
                    for (one, passage) in all.iter().zip(PASSAGES) {
                        let d = model.decompose(passage, &options).unwrap();
                        let dot = |x: &[f32]| product(x, &query.embedding);
                        let length = |x: &[f32]| product(x, x).sqrt();
                        let cosine = similarity == Similarity::Cos || model.normalizes();
                        let n = if cosine { length(&query.embedding) * length(&d.embedding) } else { 1.0 };
                        let which = format!("{family}, layer {layer}, {unit:?}");
                        let expected: Vec<f64> =
                            d.contributions.chunks_exact(model.dim()).map(|v| dot(v) / n).collect();
                        let largest = expected.iter().fold(1e-3f64, |m, v| m.max(v.abs()));
                        assert_eq!(one.tokens.len(), expected.len(), "{which}");
                        for (row, (expected, token)) in one.tokens.iter().zip(expected.iter().zip(&d.tokens)) {
                            assert_eq!(&row.token, token, "{which}");
                            assert!((f64::from(row.relevance) - expected).abs() < 2e-5 * largest, "{which}");
                        }
                        assert!((one.score - dot(&d.embedding) / n).abs() < 1e-5 * one.score.abs().max(1.0), "{which}");
                        let sum: f64 = one.tokens.iter().map(|row| f64::from(row.relevance)).sum();
                        assert!((sum + one.reference - one.score - one.error).abs() < 1e-9, "{which}");
                        assert!(one.error.abs() <= one.bound, "{which}: {} {}", one.error, one.bound);
                        assert!(!model.identity().exact || options.reference != Reference::Pad || one.reference == 0.0);
                    }
                }
            }
        }
    }
}

#[test]
fn the_tolerance_is_reached_or_said_not_to_be() {
    let model = encoder::<f64>("bert", "mean");
    for (rule, tolerances) in [(Rule::GaussLegendre, [1e-2, 1e-6]), (Rule::Riemann, [1e-1, 1e-2])] {
        for tolerance in tolerances {
            let steps = Steps::Adaptive { tolerance, limit: 512 };
            let options = Options { layer: Some(0), rule, steps, ..Options::default() };
            let all = model.relevance_as(QUERY, &PASSAGES, None, &options, Similarity::Cos, &()).unwrap();
            assert!(
                all.iter().all(|one| one.convergence.gap <= tolerance * 1.001),
                "{rule}: {}",
                all[0].convergence.gap
            );
        }
    }
    let steps = Steps::Adaptive { tolerance: 1e-9, limit: 2 };
    let options = Options { layer: Some(0), steps, ..Options::default() };
    let one = model.relevance_as(QUERY, &PASSAGES, None, &options, Similarity::Cos, &()).unwrap().swap_remove(0);
    assert!(one.convergence.steps == 2 && one.convergence.gap > 1e-9 && one.error.abs() <= one.bound);
}

#[test]
fn bad_input_is_named() {
    let model = encoder::<f32>("bert", "mean");
    let ask = |query: &str, passages: &[&str], options: &Options| {
        model.relevance(query, passages, None, options, Similarity::Cos).unwrap_err()
    };
    let options = Options::default();
    assert!(matches!(ask("", &["A dog."], &options), Error::EmptyText { which } if which == "query"));
    assert!(matches!(ask("A dog.", &["A dog.", " "], &options), Error::EmptyText { which } if which == "number 2"));
    let rounded = Options { precision: Precision::BFloat16, ..Options::default() };
    assert!(ask("A dog.", &["A dog."], &rounded).to_string().starts_with("precision must be float32"));
    assert!(matches!(ask("A", &["A"], &Options { layer: Some(9), ..options }), Error::Layer { .. }));
    assert!(model.relevance("A dog.", &[] as &[&str], None, &Options::default(), Similarity::Cos).unwrap().is_empty());
}
