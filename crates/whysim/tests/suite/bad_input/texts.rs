//! Texts with nothing to attribute to.

use serde_json::json;
use whysim::text::Reference;
use whysim::{Error, Options, Similarity};

use super::says;
use crate::common::{Copy, FAMILIES};

const EMPTY: [&str; 8] =
    ["", " ", "\t\r\n", "\u{a0}\u{2003}\u{3000}", "\0", "\u{1}\u{1b}\u{7f}", " \0 \n", "\u{85}\u{2028}"];

#[test]
fn empty_texts() {
    for family in FAMILIES {
        let model = Copy::of(family).load().unwrap();
        for text in EMPTY {
            let error = model.decompose(text, &Options::default()).unwrap_err();
            assert!(matches!(error, Error::EmptyText { .. }), "{family} {text:?}: {error}");
            says(&error, &["is empty", "give at least one word"]);
            let error = model.embed(&["the cat", text, "a dog"], None).unwrap_err();
            assert!(matches!(&error, Error::EmptyText { which } if which == "number 2"), "{family} {text:?}: {error}");
            assert!(matches!(model.compare("the cat", text, Similarity::Cos), Err(Error::EmptyText { .. })));
        }
        let named = model.decompose_named("", &Options::default(), "A").unwrap_err();
        assert_eq!(named.to_string(), "text A is empty: the model finds no token in it; give at least one word");
        assert!(model.embed::<&str>(&[], None).unwrap().is_empty());
    }
}

#[test]
fn an_empty_text_after_a_prompt_is_empty() {
    let copy = Copy::of("roberta");
    copy.write("config_sentence_transformers.json", json!({"prompts": {"query": "in the garden: "}}).to_string());
    let options = Options { prompt: Some("query".into()), ..Options::default() };
    for text in EMPTY {
        let error = copy.load().unwrap().decompose(text, &options).unwrap_err();
        assert!(matches!(error, Error::EmptyText { .. }), "{text:?}: {error}");
    }
}

#[test]
fn a_prompt_that_leaves_no_room() {
    for family in FAMILIES {
        let copy = Copy::of(family);
        let prompt = "the dog runs ".repeat(20);
        copy.write("config_sentence_transformers.json", json!({"prompts": {"query": prompt}}).to_string());
        let model = copy.load().unwrap();
        let options = Options { prompt: Some("query".into()), ..Options::default() };
        let error = model.decompose("the cat", &options).unwrap_err();
        assert!(matches!(error, Error::Tokenizer(_)), "{family}: {error}");
        says(&error, &["the prompt alone fills all 24 tokens", "no token of the text is left", "shorten it"]);
    }
}

#[test]
fn an_empty_reference() {
    for text in EMPTY {
        let options = Options { reference: Reference::Text(text.into()), ..Options::default() };
        let error = Copy::of("bert").load().unwrap().decompose("the cat", &options).unwrap_err();
        assert!(matches!(error, Error::EmptyText { .. }), "{error}");
        says(&error, &["text reference is empty"]);
    }
}
