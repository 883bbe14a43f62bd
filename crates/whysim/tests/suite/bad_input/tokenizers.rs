//! Tokenizers that are broken or belong to another model.

use serde_json::json;
use whysim::Error;

use super::{malformed, missing, refused, says};
use crate::common::Copy;

/// A class's own settings are not those of tokenizer.json; this one takes the file as it is.
fn as_saved(copy: &Copy) {
    copy.edit("tokenizer_config.json", |c| c["tokenizer_class"] = json!("PreTrainedTokenizerFast"));
}

#[test]
fn ids_beyond_the_word_table() {
    let words = ["ids up to 134, but the word table has 134 rows", "tokenizer's files from another model?"];
    let added = Copy::of("bert");
    added.edit("tokenizer.json", |t| {
        t["added_tokens"].as_array_mut().unwrap().push(json!({"id": 134, "content": "[NEW]", "single_word": false,
            "lstrip": false, "rstrip": false, "normalized": false, "special": true}));
    });
    let vocabulary = Copy::of("bert");
    vocabulary.edit("tokenizer.json", |t| t["model"]["vocab"]["zebra"] = json!(134));
    for copy in [added, vocabulary] {
        let error = refused(&copy);
        assert!(matches!(error, Error::Tokenizer(_)), "{error}");
        says(&error, &words);
    }
    let other = Copy::of("bert");
    let tokenizer = std::fs::read(crate::common::folder("roberta").join("tokenizer.json")).unwrap();
    other.write("tokenizer.json", tokenizer);
    malformed(&refused(&other), &["BertTokenizer needs WordPiece, but it holds BPE", "PreTrainedTokenizerFast"]);
    as_saved(&other);
    says(&refused(&other), &["ids up to 355, but the word table has 134 rows"]);
    let largest = Copy::of("bert");
    largest.edit("tokenizer.json", |t| t["model"]["vocab"]["zebra"] = json!(u32::MAX));
    says(&refused(&largest), &["ids up to 4294967295"]);
}

#[test]
fn special_tokens_that_cannot_be_added() {
    let processor = |change: &dyn Fn(&mut serde_json::Value)| {
        let copy = Copy::of("bert");
        as_saved(&copy);
        copy.edit("tokenizer.json", |t| change(&mut t["post_processor"]));
        refused(&copy)
    };
    let gone = processor(&|p| drop(p["special_tokens"].as_object_mut().unwrap().remove("[CLS]")));
    malformed(&gone, &["tokenizer.json", "the tokenizer library fails on it"]);
    let unnamed = processor(&|p| p["special_tokens"]["[CLS]"]["tokens"] = json!([]));
    malformed(&unnamed, &["tokenizer.json", "different numbers of names and ids"]);
    let pair = processor(&|p| p["single"] = p["pair"].clone());
    malformed(&pair, &["tokenizer.json", "the tokenizer library fails on it"]);
    let beyond = processor(&|p| p["special_tokens"]["[SEP]"]["ids"] = json!([9999]));
    says(&beyond, &["ids up to 9999, but the word table has 134 rows"]);
}

#[test]
fn old_vocabularies() {
    let with = |files: &[(&str, &str)]| {
        let copy = Copy::of("bert");
        copy.remove("tokenizer.json");
        files.iter().for_each(|(name, content)| copy.write(name, content));
        refused(&copy)
    };
    malformed(&with(&[("vocab.txt", "")]), &["vocab.txt", "lacks `[UNK]`, its unk_token", "tokenizer_config.json"]);
    malformed(&with(&[("vocab.txt", "[PAD]\n[UNK]\n[SEP]\n")]), &["vocab.txt", "lacks `[CLS]`, its cls_token"]);
    missing(&with(&[("vocab.json", "{}"), ("merges.txt", "")]), &["tokenizer.json"]);
    missing(
        &with(&[("sentencepiece.bpe.model", "x")]),
        &["a SentencePiece model alone is not read", "writes tokenizer.json"],
    );
    let copy = Copy::of("bert");
    copy.remove("tokenizer.json");
    copy.write("vocab.txt", b"[CLS]\n\xff\xfe\n");
    malformed(&refused(&copy), &["vocab.txt"]);
}

#[test]
fn old_byte_pairs() {
    let with = |files: &[(&str, &str)]| {
        let copy = Copy::of("roberta");
        copy.remove("tokenizer.json");
        files.iter().for_each(|(name, content)| copy.write(name, content));
        refused(&copy)
    };
    malformed(&with(&[("vocab.json", "{}"), ("merges.txt", "")]), &["vocab.json", "lacks `<s>`, its cls_token"]);
    malformed(&with(&[("vocab.json", "[1]"), ("merges.txt", "")]), &["vocab.json"]);
    malformed(&with(&[("vocab.json", "{"), ("merges.txt", "")]), &["vocab.json"]);
    malformed(&with(&[("vocab.json", r#"{"<s>": 0, "</s>": 2}"#), ("merges.txt", "a b\n")]), &["vocab.json"]);
    malformed(&with(&[("vocab.json", "{}"), ("merges.txt", "a b c\n")]), &["merges.txt", "line 1 is not two pieces"]);
    missing(&with(&[("vocab.json", "{}")]), &["vocab.json with merges.txt"]);
}

#[test]
fn a_tokenizer_without_its_unknown_token_fails_on_the_text_only() {
    let copy = Copy::of("bert");
    as_saved(&copy);
    copy.edit("tokenizer.json", |t| t["model"]["unk_token"] = json!("[NOWHERE]"));
    let model = copy.load().unwrap();
    assert!(model.decompose("the cat", &Default::default()).is_ok());
    let error = model.decompose("the 日本", &Default::default()).unwrap_err();
    assert!(matches!(error, Error::Tokenizer(_)), "{error}");
    says(&error, &["[UNK]"]);
}
