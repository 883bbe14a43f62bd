//! Replacing any value in any config gives an error or a model, never a panic.

use serde_json::{Value, json};

use super::says;
use crate::common::{Copy, folder};

/// The replacement values.
fn others() -> [Value; 11] {
    [
        json!(null),
        json!(true),
        json!(-1),
        json!(0),
        json!(1),
        json!(1e300),
        json!(u64::MAX),
        json!(""),
        json!("[CLS]"),
        json!([]),
        json!({}),
    ]
}

/// Paths to all values; only the first few in long lists and maps, such as vocabularies.
fn paths(value: &Value, at: &str, out: &mut Vec<String>) {
    out.push(at.to_owned());
    match value {
        Value::Object(map) => map.iter().take(8).for_each(|(key, v)| {
            let key = key.replace('~', "~0").replace('/', "~1");
            paths(v, &format!("{at}/{key}"), out);
        }),
        Value::Array(list) => list.iter().enumerate().take(3).for_each(|(i, v)| paths(v, &format!("{at}/{i}"), out)),
        _ => {}
    }
}

/// Loads a copy for each value of `file` changed or removed, and embeds texts with every model that
/// loads.
fn mutate(family: &str, file: &str) {
    let copy = Copy::of(family);
    let own: Value = serde_json::from_slice(&std::fs::read(folder(family).join(file)).unwrap()).unwrap();
    let mut places = Vec::new();
    paths(&own, "", &mut places);
    for place in places {
        for other in others() {
            let mut changed = own.clone();
            *changed.pointer_mut(&place).unwrap() = other;
            attempt(&copy, file, &changed);
        }
        let mut changed = own.clone();
        if let Some((parent, key)) = place.rsplit_once('/')
            && let Some(map) = changed.pointer_mut(parent).and_then(Value::as_object_mut)
        {
            map.remove(&key.replace("~1", "/").replace("~0", "~"));
            attempt(&copy, file, &changed);
        }
    }
}

fn attempt(copy: &Copy, file: &str, content: &Value) {
    copy.write(file, content.to_string());
    let result = copy.load().and_then(|model| model.embed(&["The cat [SEP] naps at Zoé's café. 日本", "a"], None));
    if let Err(error) = result {
        says(&error, &[]);
    }
}

#[test]
fn configs() {
    let files = ["config.json", "modules.json", "1_Pooling/config.json", "sentence_bert_config.json"];
    for file in files.into_iter().chain(["config_sentence_transformers.json", "tokenizer_config.json"]) {
        mutate("bert", file);
    }
    mutate("mpnet", "config.json");
    mutate("bert", "special_tokens_map.json");
    mutate("distilbert", "config.json");
    mutate("roberta", "config.json");
}

#[test]
fn tokenizers() {
    for family in ["bert", "roberta", "camembert"] {
        mutate(family, "tokenizer.json");
    }
}
