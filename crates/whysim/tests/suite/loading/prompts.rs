//! Prompts in the model's config.

use serde_json::json;
use whysim::text::{Origin, Unit};
use whysim::{Encoder, Error, Options};

use super::{assert_complete, prompted};
use crate::common::{Copy, FAMILIES};

const TEXT: &str = "the cat sleeps";

/// Families whose tokenizers make a token of a space.
const BYTE_LEVEL: [&str; 5] = ["roberta", "modernbert", "qwen3", "eurobert", "gemma3"];

fn copy(family: &str, default: Option<&str>) -> Copy {
    let copy = Copy::of(family);
    let prompts = json!({"query": "in the garden: ", "nothing": ""});
    let config = json!({"prompts": prompts, "default_prompt_name": default});
    copy.write("config_sentence_transformers.json", config.to_string());
    copy
}

fn origins(model: &Encoder, options: &Options) -> Vec<Origin> {
    model.decompose(TEXT, options).unwrap().tokens.iter().map(|t| t.origin).collect()
}

#[test]
fn a_prompt_is_read_before_the_text_and_its_rows_say_so() {
    for family in FAMILIES {
        let model = copy(family, None).load().unwrap();
        let d = model.decompose(TEXT, &prompted("query")).unwrap();
        let prompt = d.tokens.iter().filter(|t| t.origin == Origin::Prompt).count();
        assert!(prompt >= 4, "{family}: {:?}", d.tokens);
        assert!(d.tokens.iter().all(|t| t.origin != Origin::Prompt || (t.start, t.end) == (0, 0)), "{family}");
        let first = d.tokens.iter().find(|t| t.origin == Origin::Text && t.end > 0).unwrap();
        assert_eq!((first.start, first.text.as_str()), (0, "the"), "{family}");
        assert_eq!(d.text, TEXT);
        assert_complete(&d);
        // The matrix includes rows for the prompt, so that it adds up.
        let e = d.explain(&d, model.similarity(None).unwrap()).unwrap();
        assert_eq!(e.matrix.len(), d.tokens.len());
        assert!(e.error.abs() <= e.bound, "{family}: {} {}", e.error, e.bound);
        let words = model.decompose(TEXT, &Options { unit: Unit::Word, ..prompted("query") }).unwrap();
        assert_eq!(words.tokens.iter().filter(|t| t.origin == Origin::Prompt).count(), prompt, "{family}");
    }
}

#[test]
fn a_prompt_is_the_same_as_the_text_with_the_prompt_in_it() {
    for family in FAMILIES {
        let model = copy(family, None).load().unwrap();
        let together = model.embed(&[format!("in the garden: {TEXT}")], None).unwrap();
        assert_eq!(model.embed(&[TEXT], Some("query")).unwrap(), together, "{family}");
        assert_ne!(model.embed(&[TEXT], None).unwrap(), together, "{family}");
        assert_eq!(model.embed(&[TEXT], Some("nothing")).unwrap(), model.embed(&[TEXT], None).unwrap(), "{family}");
    }
}

#[test]
fn the_default_prompt_is_used_without_a_name() {
    let model = copy("bert", Some("query")).load().unwrap();
    assert_eq!(model.prompt(None).unwrap(), "in the garden: ");
    assert_eq!(origins(&model, &Options::default()), origins(&model, &prompted("query")));
    assert_eq!(model.embed(&[TEXT], None).unwrap(), model.embed(&[TEXT], Some("query")).unwrap());
    assert!(!origins(&model, &prompted("nothing")).contains(&Origin::Prompt));
}

#[test]
fn an_unknown_prompt_is_an_error_that_names_the_known_ones() {
    let model = copy("bert", None).load().unwrap();
    for error in [
        model.decompose(TEXT, &prompted("passage")).unwrap_err(),
        model.embed(&[TEXT], Some("passage")).unwrap_err(),
        copy("bert", Some("passage")).load().map(|_| ()).unwrap_err(),
    ] {
        assert!(matches!(error, Error::Unsupported { what: "prompt", .. }));
        assert_eq!(error.to_string(), "unsupported prompt `passage`; supported: nothing, query");
    }
    let none = Copy::of("bert").load().unwrap().prompt(Some("query")).unwrap_err();
    assert_eq!(none.to_string(), "unsupported prompt `query`; supported: none: this model has no prompts");
}

#[test]
fn a_prompt_that_is_added_is_read_as_one_of_the_models_own() {
    let own = copy("bert", None).load().unwrap();
    let bare = Copy::of("bert").load().unwrap();
    let model = bare.with_prompt("garden", "in the garden: ").unwrap();
    assert_eq!(model.prompt_names(), ["garden"]);
    assert_eq!(model.embed(&[TEXT], Some("garden")).unwrap(), own.embed(&[TEXT], Some("query")).unwrap());
    assert_eq!(model.embed(&[TEXT], None).unwrap(), bare.embed(&[TEXT], None).unwrap());
    // What the two make can be paired.
    let prompted = model.decompose(TEXT, &prompted("garden")).unwrap();
    assert!(
        prompted.explain(&bare.decompose(TEXT, &Options::default()).unwrap(), bare.similarity(None).unwrap()).is_ok()
    );
    let error = own.with_prompt("query", "at home: ").map(drop).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the name of a new prompt must be a name that is none of the model's: nothing, query, not `query`"
    );
}

#[test]
fn a_pooling_without_the_prompt() {
    for family in FAMILIES {
        let copy = copy(family, None);
        let pooling = json!({"embedding_dimension": 32, "pooling_mode": "mean", "include_prompt": false});
        copy.write("1_Pooling/config.json", pooling.to_string());
        let model = copy.load().unwrap();
        // At the last layer a row is its token's share of the pooling: zero for tokens that are not
        // pooled.
        let last = model.layers();
        let options = Options { layer: Some(last as i64), ..prompted("query") };
        let d = model.decompose(TEXT, &options).unwrap();
        let pooled: Vec<bool> = d.contributions.chunks(model.dim()).map(|row| row.iter().any(|&v| v != 0.0)).collect();
        // A byte-level tokenizer makes a token of the space that ends the prompt if no word
        // follows. sentence-transformers counts the prompt's tokens that way, so there the text's
        // first token is left out too.
        let first =
            d.tokens.iter().position(|t| t.origin == Origin::Text).unwrap() + usize::from(BYTE_LEVEL.contains(&family));
        assert!(pooled[..first].iter().all(|&p| !p), "{family}: {pooled:?} {:?}", d.tokens);
        assert!(pooled[first..].iter().all(|&p| p), "{family}: {pooled:?} {:?}", d.tokens);
        assert_complete(&d);
        // By hand: the mean over the tokens after the prompt.
        let ids = model.tokenize("in the garden: ", TEXT, "A").unwrap().ids;
        if crate::common::FINAL_NORM.contains(&family) {
            continue;
        }
        let x = crate::common::flat(&model.prefix(&[&ids], last));
        let kept = &x[first * 32..];
        for (i, &e) in d.embedding.iter().enumerate() {
            let mean = kept.iter().skip(i).step_by(32).sum::<f64>() / (kept.len() / 32) as f64;
            assert!((f64::from(e) - mean).abs() < 1e-5, "{family}");
        }
        // Without a prompt nothing is left out.
        let plain = crate::common::encoder::<f32>(family, "mean");
        let bare = Options { layer: Some(2), ..Options::default() };
        assert_eq!(model.decompose(TEXT, &bare).unwrap().embedding, plain.decompose(TEXT, &bare).unwrap().embedding);
    }
}

#[test]
fn a_pooling_without_the_prompt_is_that_of_sentence_transformers() {
    let copy = copy("roberta", None);
    copy.write("1_Pooling/config.json", r#"{"pooling_mode": "mean", "include_prompt": false}"#);
    let got = copy.load().unwrap().embed(&[TEXT], Some("query")).unwrap().swap_remove(0);
    // SentenceTransformer(copy).encode(TEXT, prompt="in the garden: ")[:4], version 6.2
    for (got, expected) in got.iter().zip([0.07543558, -0.01566745, -0.12311535, -0.0336019]) {
        assert!((got - expected).abs() < 1e-6, "{got} {expected}");
    }
}

#[test]
fn cls_without_the_prompt_is_the_first_token_after_it() {
    let copy = copy("bert", None);
    let pooling = json!({"embedding_dimension": 32, "pooling_mode": "cls", "include_prompt": false});
    copy.write("1_Pooling/config.json", pooling.to_string());
    let model = copy.load().unwrap();
    let options = Options { layer: Some(-1), ..prompted("query") };
    let d = model.decompose(TEXT, &options).unwrap();
    let rows: Vec<usize> =
        (0..d.tokens.len()).filter(|i| d.contributions[i * 32..][..32].iter().any(|&v| v != 0.0)).collect();
    let first = d.tokens.iter().position(|t| t.origin == Origin::Text).unwrap();
    assert_eq!(rows, [first]);
}
