//! Embeddings cut to their first dimensions, and everything that follows from them.

use serde_json::json;
use whysim::{Encoder, Error, Options, Similarity};

use crate::common::{Copy, exact};

const A: &str = "The cat sleeps on the warm roof.";
const B: &str = "A kitten naps.";
const D: usize = 5;

/// The first D of every row.
fn cut(rows: &[f32], width: usize) -> Vec<f32> {
    rows.chunks(width).flat_map(|row| &row[..D]).copied().collect()
}

fn near(got: &[f32], expected: &[f32]) {
    assert_eq!(got.len(), expected.len());
    let largest = expected.iter().fold(0f32, |m, v| m.max(v.abs()));
    got.iter().zip(expected).for_each(|(g, e)| assert!((g - e).abs() <= 2e-6 * largest.max(1.0), "{g} {e}"));
}

#[test]
fn contributions_and_references_are_cut_with_the_embedding() {
    // The nodes are fixed: which are chosen depends on the dimensions that count.
    let options = Options { layer: Some(0), steps: whysim::path::Steps::Fixed(6), ..Options::default() };
    for (whole, name) in [(Copy::of("bert").load().unwrap(), "bert"), (exact("mpnet", "mean"), "exact mpnet")] {
        let width = whole.dim();
        let short = whole.truncated(D).unwrap();
        assert_eq!((short.dim(), width > D), (D, true));
        let [all, few] = [&whole, &short].map(|model| model.decompose(A, &options).unwrap());
        near(&few.contributions, &cut(&all.contributions, width));
        near(&few.embedding, &all.embedding[..D]);
        near(&few.reference, &all.reference[..D]);
        let [all, few] = [&whole, &short].map(|model| model.features(A, &options).unwrap());
        assert_eq!(few.factors.len() * width, all.factors.len() * D, "{name}");
        assert_ne!(whole.identity().fingerprint, short.identity().fingerprint);
        assert_eq!(short.truncated(width).unwrap().identity(), whole.identity());
    }
}

/// Every way to a score gives that of the embeddings, with a ledger that closes.
fn scores(model: &Encoder) {
    let options = Options::default();
    for similarity in [Similarity::Cos, Similarity::Dot] {
        let score = model.compare(A, B, similarity).unwrap();
        let closes = |got: f64, error: f64, bound: f64| {
            assert!((got - score).abs() < 1e-5, "{similarity}: {got} {score}");
            assert!(error.abs() <= bound, "{error} {bound}");
        };
        let [a, b] = [A, B].map(|text| model.decompose(text, &options).unwrap());
        let pair = a.explain(&b, similarity).unwrap();
        closes(pair.score, pair.error, pair.bound);
        let early = Options { layer: Some(0), ..Options::default() };
        let across = model.explain([A, "kitten"], [&early; 2], similarity).unwrap();
        let expected = model.compare(A, "kitten", similarity).unwrap();
        assert!((across.score - expected).abs() < 1e-5 && across.error.abs() <= across.bound);
        let relevance = &model.relevance(A, &[B], None, &options, similarity).unwrap()[0];
        closes(relevance.score, relevance.error, relevance.bound);
        let margin = a.margin(&b, &a, similarity).unwrap();
        closes(margin.better.score, margin.error, margin.bound);
    }
}

#[test]
fn normalize_comes_before_the_cut() {
    let copy = Copy::of("bert");
    let whole = copy.load().unwrap();
    assert!(whole.normalizes());
    copy.edit("config_sentence_transformers.json", |c| c["truncate_dim"] = json!(D));
    let short = copy.load().unwrap();
    let [all, few] = [&whole, &short].map(|model| model.embed(&[A], None).unwrap().remove(0));
    near(&few, &all[..D]);
    let dot = short.compare(A, B, Similarity::Dot).unwrap();
    assert!((dot - short.compare(A, B, Similarity::Cos).unwrap()).abs() > 0.01, "lengths are not 1 after the cut");
    scores(&short);
    scores(&whole);
    copy.edit("modules.json", |m| drop(m.as_array_mut().unwrap().pop()));
    scores(&copy.load().unwrap());
}

#[test]
fn numbers_of_dimensions_that_are_impossible() {
    let copy = Copy::of("bert");
    let model = copy.load().unwrap();
    for wrong in [0, 33, usize::MAX] {
        let error = model.truncated(wrong).map(|_| ()).unwrap_err();
        assert!(matches!(error, Error::Option { option: "truncate_dim", .. }), "{error}");
    }
    for (wrong, word) in [(json!(0), "1 or more"), (json!(-3), "1 or more"), (json!("x"), "config_sentence")] {
        copy.edit("config_sentence_transformers.json", |c| c["truncate_dim"] = wrong);
        let error = copy.load().map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
    // As sentence-transformers: more than there are changes nothing.
    copy.edit("config_sentence_transformers.json", |c| c["truncate_dim"] = json!(99));
    assert_eq!(copy.load().unwrap().identity(), model.identity());
}
