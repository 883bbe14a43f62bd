//! The tables of docs/models.md, key by key.

use std::path::Path;

use serde_json::{Value, json};
use whysim::encoder::{KEYS, Treatment, of_family};
use whysim::{Encoder, Error};

use crate::common::{Copy, FAMILIES};

/// What a user could notice of a folder.
fn outcome(copy: &Copy) -> Result<String, Error> {
    let model = copy.load()?;
    let prompt = model.prompt(Some("q")).map(str::to_owned).ok();
    let embedding = model.embed(&["The cat sleeps on [MASK]"], None)?;
    let (fingerprint, similarity, notes) = (&model.identity().fingerprint, model.similarity(None).ok(), model.notes());
    Ok(format!("{fingerprint} {similarity:?} {prompt:?} {notes:?} {embedding:?}"))
}

/// A row of the tables: its file, key, example and what happens.
struct Row {
    file: String,
    key: String,
    example: Option<Value>,
    happens: String,
}

/// The rows, and the keys without effect, by file.
fn documented() -> (Vec<Row>, Vec<(String, String)>) {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/models.md")).unwrap();
    let (mut rows, mut ignored) = (Vec::new(), Vec::new());
    for section in text.split("\n### ").skip(1) {
        let (file, body) = section.split_once('\n').unwrap();
        let code = |cell: &str| cell.trim().strip_prefix('`').and_then(|c| c.strip_suffix('`')).map(str::to_owned);
        for line in body.lines().filter(|line| line.starts_with("| `")) {
            let cells: Vec<&str> = line.trim_matches('|').splitn(3, '|').collect();
            let example = code(cells[1]).map(|json| serde_json::from_str(&json).unwrap());
            let (key, happens) = (code(cells[0]).unwrap(), cells[2].trim().to_owned());
            rows.push(Row { file: file.to_owned(), key, example, happens });
        }
        if let Some((_, list)) = body.split_once("Without effect on embeddings: ") {
            ignored.extend(list.split('`').skip(1).step_by(2).map(|key| (file.to_owned(), key.to_owned())));
        }
    }
    (rows, ignored)
}

/// A folder in which `file` matters: one with an adapter for the adapter's.
fn folder(file: &str) -> Copy {
    // Tables of one family's keys are named after its fixture.
    let (file, family) = file.split_once(": ").unwrap_or((file, "bert"));
    let copy = Copy::of(family);
    if family != "bert" {
        return copy;
    }
    // It would override tokenizer_config.json.
    copy.remove("special_tokens_map.json");
    if file == "config.json" {
        // It would override the class there.
        copy.edit("tokenizer_config.json", |config| drop(config.as_object_mut().unwrap().remove("tokenizer_class")));
    }
    if file == "adapter_config.json" {
        let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/cases/peft-adapter/model-beside-base");
        for name in
            ["adapter_config.json", "adapter_model.safetensors", "config.json", "model.safetensors", "vocab.txt"]
        {
            copy.write(name, std::fs::read(case.join(name)).unwrap());
        }
        copy.remove("tokenizer.json");
        copy.remove("modules.json");
    }
    copy
}

fn with(file: &str, key: &str, value: Value) -> Copy {
    let copy = folder(file);
    copy.edit(file.split(':').next().unwrap(), |f| f[key] = value);
    copy
}

#[test]
fn every_key_does_what_the_table_says() {
    let (rows, ignored) = documented();
    assert!(rows.len() > 80 && ignored.len() > 100, "{} {}", rows.len(), ignored.len());
    let mut wrong = Vec::new();
    for Row { file, key, example, happens } in rows {
        let Some(example) = example else { continue };
        let plain = outcome(&folder(&file)).unwrap();
        let got = outcome(&with(&file, &key, example.clone()));
        if happens.starts_with("refused") {
            let error = got.expect_err(&format!("{file}: {key}"));
            assert!(matches!(error, Error::Setting { .. }), "{file}, {key}: {error}");
            let message = error.to_string();
            let file = file.split(':').next().unwrap();
            assert!(message.contains(file) && message.contains(&format!("`{key}`")), "{message}");
        } else {
            if got.ok() == Some(plain) {
                wrong.push(format!("{file}, {key}: {example} makes no difference"));
            }
        }
    }
    for (file, key) in ignored {
        let plain = outcome(&folder(&file)).unwrap();
        if outcome(&with(&file, &key, json!(7))).ok() != Some(plain) {
            wrong.push(format!("{file}, {key} makes a difference"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every table that there must be: its heading and keys.
fn tables() -> Vec<(String, Vec<(&'static str, Treatment)>)> {
    let files = KEYS.iter().map(|(file, keys)| ((*file).to_owned(), keys.to_vec()));
    let of = |family: &str| {
        let config: Value =
            serde_json::from_slice(&std::fs::read(crate::common::folder(family).join("config.json")).unwrap()).unwrap();
        let model_type = config["model_type"].as_str().unwrap();
        (format!("config.json: {family}"), of_family(model_type).copied().collect())
    };
    // Families with one table have one list of keys.
    let own = FAMILIES.iter().filter(|family| !["xlm-roberta", "camembert"].contains(family)).map(|family| of(family));
    files.chain(own).collect()
}

#[test]
fn the_table_is_whole() {
    let (rows, ignored) = documented();
    let tables = tables();
    for (file, keys) in &tables {
        for (key, treatment) in keys {
            let row = rows.iter().find(|row| row.file == *file && row.key == *key).map(|row| row.happens.as_str());
            let listed = ignored.iter().any(|(f, k)| f == file && k == key);
            let right = match treatment {
                Treatment::Read => row.is_some_and(|happens| happens.starts_with("read")) && !listed,
                Treatment::Only(json, _) => {
                    row.is_some_and(|happens| happens.contains(&format!("`{json}`"))) && !listed
                }
                Treatment::Ignored => row.is_none() && listed,
            };
            assert!(right, "{file}, {key}: {treatment:?}, documented: {row:?} {listed}");
        }
    }
    let all: usize = tables.iter().map(|(_, keys)| keys.len()).sum();
    assert_eq!(rows.len() + ignored.len(), all);
}

#[test]
fn a_key_that_nobody_knows_gets_a_note() {
    let model: Encoder = with("config.json", "rope_theta", json!(5)).load().unwrap();
    assert!(model.notes().iter().any(|note| note.contains("config.json") && note.contains("`rope_theta`")));
    assert!(Copy::of("bert").load().unwrap().notes().is_empty());
}
