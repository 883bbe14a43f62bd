//! Options out of range, and decompositions that do not belong together.

use serde_json::json;
use whysim::decomposition::Decomposition;
use whysim::path::{Precision, Rule, Steps};
use whysim::text::{Reference, Unit};
use whysim::{Error, Options, Similarity};

use super::says;
use crate::common::{Copy, FAMILIES, make_exact};

const TEXT: &str = "The cat sleeps.";

fn refused(options: &Options) -> Error {
    Copy::of("bert").load().unwrap().decompose(TEXT, options).unwrap_err()
}

#[test]
fn layers() {
    for layer in [4, -5, i64::MAX, i64::MIN] {
        let error = refused(&Options { layer: Some(layer), ..Options::default() });
        assert!(matches!(error, Error::Layer { got, last: 3 } if got == layer), "{error}");
        says(&error, &[&format!("no layer {layer}:"), "0 (embeddings) to 3", "or -4 to -1"]);
    }
    let model = Copy::of("bert").load().unwrap();
    assert_eq!([-4, -1, 0, 3].map(|layer| model.layer(layer).unwrap()), [0, 3, 0, 3]);
}

#[test]
fn steps() {
    let adaptive = |tolerance, limit| Steps::Adaptive { tolerance, limit };
    let wrong = [
        (Steps::Fixed(0), "steps must be 1 to 65536, not 0"),
        (Steps::Fixed(usize::MAX), "steps must be 1 to 65536, not 18446744073709551615"),
        (adaptive(1e-3, 0), "limit of steps must be 1 to 65536, not 0"),
        (adaptive(1e-3, 1 << 40), "limit of steps must be 1 to 65536, not 1099511627776"),
        (adaptive(0.0, 8), "tolerance must be a positive number, not 0"),
        (adaptive(-1.0, 8), "tolerance must be a positive number, not -1"),
        (adaptive(f64::NAN, 8), "tolerance must be a positive number, not NaN"),
        (adaptive(f64::INFINITY, 8), "tolerance must be a positive number, not inf"),
    ];
    for (steps, message) in wrong {
        let error = refused(&Options { steps, ..Options::default() });
        assert!(matches!(error, Error::Option { .. }), "{error}");
        says(&error, &[message]);
    }
}

#[test]
fn an_unknown_prompt() {
    let error = refused(&Options { prompt: Some("query".into()), ..Options::default() });
    super::unsupported(&error, &["prompt `query`", "this model has no prompts"]);
}

#[test]
fn a_mask_reference_without_a_mask_token() {
    let copy = Copy::of("bert");
    copy.edit("tokenizer.json", |t| {
        t["added_tokens"].as_array_mut().unwrap().retain(|token| token["content"] != "[MASK]");
        let vocabulary = t["model"]["vocab"].as_object_mut().unwrap();
        let id = vocabulary.remove("[MASK]").unwrap();
        vocabulary.insert("[unused]".into(), id);
    });
    let model = copy.load().unwrap();
    let error = model.decompose(TEXT, &Options { reference: Reference::Mask, ..Options::default() }).unwrap_err();
    assert!(matches!(error, Error::Tokenizer(_)), "{error}");
    says(&error, &["no mask token", "use pad or zero"]);
    for reference in [Reference::Pad, Reference::Zero, Reference::Text("a dog".into())] {
        assert!(model.decompose(TEXT, &Options { reference, ..Options::default() }).is_ok());
    }
}

#[test]
fn decompositions_of_different_kinds_are_not_paired() {
    let model = Copy::of("bert").load().unwrap();
    let own = model.decompose(TEXT, &Options::default()).unwrap();
    let of = |options: Options| model.decompose(TEXT, &options).unwrap();
    let exact = Copy::of("bert");
    make_exact(&exact, "mean");
    let others = [
        ("models", Copy::of("distilbert").load().unwrap().decompose(TEXT, &Options::default()).unwrap()),
        ("models", exact.load().unwrap().decompose(TEXT, &Options::default()).unwrap()),
        ("layers", of(Options { layer: Some(0), ..Options::default() })),
        ("quadrature rules", of(Options { rule: Rule::Riemann, ..Options::default() })),
        ("references", of(Options { reference: Reference::Zero, ..Options::default() })),
        ("rows", of(Options { unit: Unit::Word, ..Options::default() })),
        ("precisions", of(Options { precision: Precision::BFloat16, ..Options::default() })),
    ];
    for (what, other) in others {
        let pairs = [(&own, &other), (&other, &own)];
        for error in pairs.map(|(a, b)| a.explain(b, Similarity::Cos).unwrap_err()) {
            assert!(matches!(error, Error::Recipe(_)), "{error}");
            let said = format!("their {what} differ");
            says(&error, &["cannot be paired", &said, "decompose both texts with the same model and options"]);
        }
    }
    // Numbers of nodes may differ, since each text has its own gap.
    assert!(own.explain(&of(Options { steps: Steps::Fixed(3), ..Options::default() }), Similarity::Cos).is_ok());
}

#[test]
fn decompositions_that_are_not_whole_or_claim_too_much_are_not_read() {
    let own = Copy::of("bert").load().unwrap().decompose(TEXT, &Options::default()).unwrap();
    // As a file may hold them.
    let value = serde_json::to_value(&own).unwrap();
    let cut = |names: &[&str], length: usize| {
        let mut other = value.clone();
        names.iter().for_each(|name| other[name].as_array_mut().unwrap().truncate(length));
        serde_json::from_value::<Decomposition>(other)
    };
    let broken = [
        cut(&["embedding"], 7),
        cut(&["reference"], 0),
        cut(&["contributions"], 33),
        cut(&["tokens"], own.tokens.len() - 1),
        cut(&["embedding", "reference", "contributions"], 0),
    ];
    for other in broken {
        let error = other.unwrap_err().to_string();
        assert!(error.contains("rows or of dimensions do not fit"), "{error}");
    }
    let claims = |key: &str, claim: serde_json::Value| {
        let mut other = value.clone();
        other[key] = claim;
        serde_json::from_value::<Decomposition>(other).unwrap_err().to_string()
    };
    assert!(claims("residual", 0.0.into()).contains("the bound that it gives would be wrong"));
    assert!(claims("residual", (-1.0).into()).contains("negative"));
    assert!(claims("embedding", vec![1.0; own.embedding.len()].into()).contains("claims a residual"));
}

#[test]
fn a_text_that_is_its_reference_has_no_gap_and_no_attribution() {
    // With the text as its own reference there is nothing to attribute: the whole score belongs to
    // the reference.
    for family in FAMILIES {
        let copy = Copy::of(family);
        make_exact(&copy, "mean");
        let model = copy.load().unwrap();
        let d =
            model.decompose(TEXT, &Options { reference: Reference::Text(TEXT.into()), ..Options::default() }).unwrap();
        assert_eq!((d.gap, d.residual), (0.0, 0.0), "{family}");
        let e = d.explain(&d, Similarity::Cos).unwrap();
        assert!(e.matrix.iter().flatten().all(|&v| v == 0.0) && (e.border.corner - e.score).abs() < 1e-12, "{family}");
    }
}

#[test]
fn a_model_without_modules_it_names() {
    let copy = Copy::of("bert");
    copy.edit("modules.json", |m| m[2] = json!({"path": "9_Dense", "type": "sentence_transformers.models.Dense"}));
    super::missing(&super::refused(&copy), &["9_Dense", "config.json"]);
}
