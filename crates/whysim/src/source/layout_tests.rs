use super::*;

const LINES: &str = r#"[
    {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
    {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
    {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}]"#;

fn wanted(all: &[&str]) -> Result<Vec<String>, String> {
    needed(&all.iter().map(|name| (*name).to_owned()).collect(), &modules(Some(LINES))?)
}

#[test]
fn only_what_is_read_is_wanted_and_weights_come_last() {
    let all = [
        "README.md",
        "1_Pooling/config.json",
        "config.json",
        "model.safetensors",
        "modules.json",
        "onnx/model.onnx",
        "openvino/openvino_model.bin",
        "pytorch_model.bin",
        "rust_model.ot",
        "sentence_bert_config.json",
        "tf_model.h5",
        "tokenizer.json",
        "train_script.py",
        "vocab.txt",
    ];
    let expected = [
        "1_Pooling/config.json",
        "config.json",
        "modules.json",
        "sentence_bert_config.json",
        "tokenizer.json",
        "vocab.txt",
        "model.safetensors",
    ];
    assert_eq!(wanted(&all), Ok(expected.map(str::to_owned).to_vec()));
}

#[test]
fn weights_are_taken_in_their_order() {
    let rest = ["1_Pooling/config.json", "config.json", "vocab.txt", "pytorch_model.bin"];
    let last = |all: &[&str]| wanted(all).ok().and_then(|files| files.last().cloned());
    assert_eq!(last(&rest).as_deref(), Some("pytorch_model.bin"));
    assert_eq!(
        last(&[&rest[..], &["model.safetensors.index.json"]].concat()).as_deref(),
        Some("model.safetensors.index.json")
    );
}

#[test]
fn what_is_lacking_is_said() {
    let problem = wanted(&["1_Pooling/config.json", "config.json", "vocab.txt", "model.onnx"]).unwrap_err();
    assert!(problem.contains("model.safetensors"), "{problem}");
    let problem = wanted(&["config.json", "vocab.txt", "model.safetensors"]).unwrap_err();
    assert!(problem.contains("1_Pooling"), "{problem}");
}

#[test]
fn without_modules_it_is_one_transformer() -> Result<(), String> {
    let wanted = |all: &[&str]| needed(&all.iter().map(|name| (*name).to_owned()).collect(), &modules(None)?);
    let all = ["config.json", "model.safetensors", "tf_model.h5", "tokenizer.json", "vocab.txt"];
    assert_eq!(wanted(&all)?, ["config.json", "tokenizer.json", "vocab.txt", "model.safetensors"]);
    assert!(wanted(&all[1..]).unwrap_err().contains("config.json"));
    Ok(())
}

#[test]
fn nothing_leaves_the_folder() {
    assert!(modules(Some(r#"[{"path": "../x", "type": "Transformer"}]"#)).is_err());
    assert!(modules(Some(r#"[{"path": "/x", "type": "Transformer"}]"#)).is_err());
    assert!(shards("model.safetensors.index.json", r#"{"weight_map": {"a": "../../x.safetensors"}}"#).is_err());
    let inner = shards("0_T/model.safetensors.index.json", r#"{"weight_map": {"a": "x", "b": "x"}}"#);
    assert_eq!(inner, Ok(BTreeSet::from(["0_T/x".to_owned()])));
}
