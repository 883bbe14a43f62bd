//! Folders with something special, with the values by sentence-transformers 6.2.
//!
//! Each has a README that says what is special about it, and in `expected.json` either texts with
//! their tokens and embeddings, or words of the error.

use std::path::{Path, PathBuf};

use serde_json::Value;
use whysim::Encoder;

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/cases")
}

/// Compares the models of a case with their expected values; the number of models.
fn check(case: &str) -> usize {
    let folder = cases().join(case);
    let file: Value = serde_json::from_slice(&std::fs::read(folder.join("expected.json")).unwrap()).unwrap();
    let all = file["expected"].as_array().unwrap();
    for expected in all {
        let model = folder.join(expected["model"].as_str().unwrap());
        // An adapter without its base finds it under its name, here beside it.
        let base = folder.join("model-beside-base");
        let encoder = match model.ends_with("model-adapter-only") {
            true => Encoder::load_adapted(&model, &base, case).unwrap(),
            false => Encoder::load(&model, case).unwrap(),
        };
        let texts: Vec<&str> = expected["texts"].as_array().unwrap().iter().map(|t| t.as_str().unwrap()).collect();
        for (text, tokens) in texts.iter().zip(expected["tokens"].as_array().unwrap()) {
            let ids = encoder.tokenize("", text, "it").unwrap().ids;
            assert_eq!(ids.len(), tokens.as_array().unwrap().len(), "{}: {text}", model.display());
        }
        let got = encoder.embed(&texts, None).unwrap();
        for (got, expected) in got.iter().zip(expected["embeddings"].as_array().unwrap()) {
            let expected: Vec<f64> = expected.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
            assert_eq!(got.len(), expected.len(), "{}", model.display());
            let far = got.iter().zip(&expected).find(|(g, e)| (f64::from(**g) - *e).abs() > 2e-6);
            assert!(far.is_none(), "{}: {far:?}", model.display());
        }
        if let [a, b] = texts[..] {
            let similarity = encoder.compare(a, b, encoder.similarity(None).unwrap()).unwrap();
            assert!((similarity - expected["similarity"].as_f64().unwrap()).abs() < 2e-6, "{similarity}");
        }
    }
    all.len()
}

/// The error of a folder.
fn refused(folder: &str) -> String {
    let error = Encoder::load(&cases().join(folder), folder).map(|_| ()).unwrap_err().to_string();
    assert!(!error.contains('\n'), "{error}");
    error
}

fn says(error: &str, words: &[&str]) {
    words.iter().for_each(|word| assert!(error.contains(word), "no `{word}` in: {error}"));
}

#[test]
fn tokens_that_were_added_to_an_old_vocabulary() {
    assert_eq!(check("added-tokens-with-old-vocabulary"), 4);
}

#[test]
fn flags_that_differ_from_the_saved_normalizer() {
    assert_eq!(check("lower-case-flag"), 3);
}

#[test]
fn herberts_byte_pairs() {
    assert_eq!(check("herbert-bpe"), 1);
}

#[test]
fn tokenizers_that_exist_in_python_only() {
    let copy = crate::common::Copy::of("bert");
    copy.remove("tokenizer.json");
    copy.edit("tokenizer_config.json", |c| drop(c.as_object_mut().unwrap().remove("tokenizer_class")));
    copy.edit("config.json", |c| c["tokenizer_class"] = "PhobertTokenizer".into());
    let error = copy.load().map(|_| ()).unwrap_err().to_string();
    says(&error, &["/config.json: `tokenizer_class`", "PhobertTokenizer"]);
    for folder in ["ja-mecab/model", "ja-mecab/model-character"] {
        says(
            &refused(folder),
            &["tokenizer_config.json", "`tokenizer_class`", "BertJapaneseTokenizer", "in Python only"],
        );
    }
    says(
        &refused("phobert/model"),
        &["tokenizer_config.json", "`tokenizer_class`", "PhobertTokenizer", "fast tokenizer"],
    );
}

#[test]
fn padding_of_a_billion_tokens_is_not_made() {
    let encoder = Encoder::load(&cases().join("padding-fixed"), "it").unwrap();
    assert!(encoder.tokenize("", "the cat", "it").unwrap().ids.len() < 10);
}

#[test]
fn dimensions_that_the_config_cuts() {
    assert_eq!(check("truncate-dim"), 1);
}

#[test]
fn code_of_the_models_own() {
    let error = refused("custom-code-without-model-type/model");
    says(&error, &["modules.json", "custom_st.Transformer", "runs code of its own, which is not supported"]);
    let copy = crate::common::Copy::of("bert");
    copy.edit("config.json", |c| {
        c.as_object_mut().unwrap().remove("model_type");
        c["auto_map"] = serde_json::json!({"AutoModel": "org/code--modeling.Model"});
    });
    let error = copy.load().map(|_| ()).unwrap_err().to_string();
    says(&error, &["config.json", "`auto_map`", "runs code of its own, which is not supported"]);
}

#[test]
fn checkpoints_from_before_pytorch_1_6() {
    assert_eq!(check("legacy-pytorch"), 1);
}

#[test]
fn a_pickle_that_multiplies_its_strings() {
    says(&refused("pickle-memory"), &["pytorch_model.bin", "more than a state dict can take"]);
}

#[test]
fn adapters_on_their_base() {
    assert_eq!(check("peft-adapter"), 2);
    says(
        &refused("peft-adapter/model-adapter-only"),
        &["adapter_config.json", "`base_model_name_or_path`", "base-model"],
    );
}

#[test]
fn activations_that_overflow_are_an_error_and_no_number() {
    let encoder = Encoder::load(&cases().join("nonfinite-model"), "it").unwrap();
    for layer in 0..=3 {
        let options = whysim::Options { layer: Some(layer), ..whysim::Options::default() };
        let error = encoder.decompose("The cat", &options).unwrap_err();
        assert!(matches!(error, whysim::Error::Overflow { .. }), "{error}");
        says(
            &error.to_string(),
            &["NaN or infinite", "the reference of text to decompose", "too large for single precision"],
        );
        let pair = encoder.explain(["The cat", "A dog"], [&options; 2], encoder.similarity(None).unwrap()).unwrap_err();
        says(&pair.to_string(), &["the reference of text A"]);
    }
    let relevance =
        encoder.relevance("The cat", &["A dog"], None, &whysim::Options::default(), encoder.similarity(None).unwrap());
    assert!(matches!(relevance, Err(whysim::Error::Overflow { .. })));
}
