//! The older tokenizer files give the same result as tokenizer.json.

use serde_json::{Value, json};
use whysim::{Encoder, Options};

use crate::common::{Copy, Golden};

fn tokenizer(copy: &Copy) -> Value {
    serde_json::from_slice(&std::fs::read(copy.path().join("tokenizer.json")).unwrap()).unwrap()
}

/// The vocabulary in id order.
fn vocabulary(tokenizer: &Value) -> Vec<String> {
    let map = tokenizer["model"]["vocab"].as_object().unwrap();
    let mut all: Vec<_> = map.iter().map(|(token, id)| (id.as_u64().unwrap(), token.clone())).collect();
    all.sort_unstable();
    all.into_iter().map(|(_, token)| token).collect()
}

const ODD: [&str; 6] = [
    "Zoé's CAFÉ 日本語 x\u{301}",
    "a [SEP] b </s> c <mask> d [MASK] e",
    "  spaces   inside\tand\nlines  ",
    "1,000.5 don't!? (yes)",
    "unfathomable qqqq",
    "👩\u{200d}👩\u{200d}👧 ok",
];

fn same(family: &str, one: &Encoder, other: &Encoder) {
    let golden = Golden::of(family);
    let texts = ["a", "b", "c", "long"].map(|t| golden.text(t));
    for text in texts.into_iter().chain(ODD) {
        let (one, other) = (one.tokenize("", text, "A").unwrap(), other.tokenize("", text, "A").unwrap());
        assert_eq!(one.ids, other.ids, "{family}: {text:?}");
        assert_eq!(one.tokens, other.tokens, "{family}: {text:?}");
        assert_eq!(one.truncated, other.truncated, "{family}: {text:?}");
    }
}

#[test]
fn vocab_txt() {
    for family in ["bert", "mpnet", "distilbert"] {
        let copy = Copy::of(family);
        copy.write("vocab.txt", vocabulary(&tokenizer(&copy)).join("\n") + "\n");
        copy.remove("tokenizer.json");
        same(family, &copy.load().unwrap(), &Copy::of(family).load().unwrap());
    }
}

#[test]
fn vocab_txt_obeys_the_tokenizer_config() {
    let copy = Copy::of("bert");
    copy.write("vocab.txt", vocabulary(&tokenizer(&copy)).join("\n"));
    copy.remove("tokenizer.json");
    copy.edit("tokenizer_config.json", |c| c["do_lower_case"] = json!(false));
    let cased = copy.load().unwrap();
    let unknown = cased.tokenize("", "CAT cat", "A").unwrap().ids;
    assert_eq!((unknown.len(), unknown[1]), (4, 1));
}

#[test]
fn vocab_json_with_merges_txt() {
    let copy = Copy::of("roberta");
    let model = tokenizer(&copy)["model"].clone();
    let merges = model["merges"].as_array().unwrap().iter();
    let merges: Vec<String> =
        merges.map(|m| format!("{} {}", m[0].as_str().unwrap(), m[1].as_str().unwrap())).collect();
    copy.write("vocab.json", model["vocab"].to_string());
    copy.write("merges.txt", format!("#version: 0.2\n{}\n", merges.join("\n")));
    copy.remove("tokenizer.json");
    let whole = Copy::of("roberta");
    // The mask of special_tokens_map.json includes the space before it; tokenizer.json overrides
    // that.
    whole.edit("tokenizer.json", |t| {
        for token in t["added_tokens"].as_array_mut().unwrap() {
            token["lstrip"] = json!(token["content"] == "<mask>");
        }
    });
    same("roberta", &copy.load().unwrap(), &whole.load().unwrap());
}

#[test]
fn special_tokens_by_every_file_that_may_name_them() {
    let mask = Options { reference: whysim::text::Reference::Mask, ..Options::default() };
    let text = "The cat sleeps";
    for family in ["bert", "roberta", "mpnet"] {
        let expected = Copy::of(family).load().unwrap().decompose(text, &mask).unwrap();
        // As an object, only in special_tokens_map.json, and nowhere, in which case the usual names
        // apply.
        for map in [json!({"mask_token": {"content": if family == "bert" { "[MASK]" } else { "<mask>" }}}), json!({})] {
            let copy = Copy::of(family);
            copy.edit("tokenizer_config.json", |c| {
                c.as_object_mut().unwrap().retain(|key, _| !key.ends_with("_token"));
            });
            copy.write("special_tokens_map.json", map.to_string());
            let got = copy.load().unwrap().decompose(text, &mask).unwrap();
            assert_eq!(got.contributions, expected.contributions, "{family} {map}");
        }
    }
}
