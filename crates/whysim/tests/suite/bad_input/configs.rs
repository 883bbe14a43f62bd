//! Missing, malformed and impossible configs.

use serde_json::{Value, json};
use whysim::{Encoder, Error};

use super::{malformed, missing, refused, setting, unsupported};
use crate::common::weights::with_weights;
use crate::common::{Copy, FAMILIES};

fn config(change: impl FnOnce(&mut Value)) -> Error {
    let copy = Copy::of("bert");
    copy.edit("config.json", change);
    refused(&copy)
}

#[test]
fn missing_files() {
    let nowhere = Encoder::load("/no/such/folder".as_ref(), "x").map(|_| ()).unwrap_err();
    missing(&nowhere, &["/no/such/folder is missing", "a model's folder"]);
    let copy = Copy::of("bert");
    let file = Encoder::load(&copy.path().join("config.json"), "x").map(|_| ()).unwrap_err();
    missing(&file, &["config.json is missing", "should be a model's folder"]);
    let parts: [(&str, &[&str]); 4] = [
        ("config.json", &["is this the model's folder?"]),
        ("tokenizer.json", &["tokenizer.json, or vocab.txt, or vocab.json with merges.txt"]),
        (
            "model.safetensors",
            &["model.safetensors or pytorch_model.bin, or the .index.json of either with its shards"],
        ),
        ("1_Pooling/config.json", &["1_Pooling"]),
    ];
    for (file, words) in parts {
        let copy = Copy::of("bert");
        copy.remove(file);
        missing(&refused(&copy), &[&[&*format!("{file} is missing")], words].concat());
    }
}

#[test]
fn malformed_json() {
    let files = [
        "config.json",
        "modules.json",
        "1_Pooling/config.json",
        "sentence_bert_config.json",
        "config_sentence_transformers.json",
        "tokenizer_config.json",
        "special_tokens_map.json",
        "tokenizer.json",
        "dense/config.json",
    ];
    let deep = "[".repeat(100_000);
    for file in files {
        for content in ["", "{", "{\"a\": 1,}", "[1, 2", "nonsense", "\u{feff}{}", "\"text\"", "{\"a\": NaN}", &deep] {
            let copy = Copy::of("bert");
            copy.edit("modules.json", |m| m[2] = json!({"path": "dense", "type": "models.Dense"}));
            copy.write(file, content);
            malformed(&refused(&copy), &[file, "is not usable"]);
        }
    }
}

#[test]
fn missing_keys() {
    let keys = ["hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "vocab_size"];
    for key in keys.into_iter().chain(["max_position_embeddings", "model_type"]) {
        let error = config(|c| drop(c.as_object_mut().unwrap().remove(key)));
        malformed(&error, &["config.json", "missing field", key]);
    }
}

#[test]
fn what_is_not_supported_says_what_is() {
    let supported = "supported: bert, mpnet, roberta, xlm-roberta, camembert, distilbert, modernbert, ";
    unsupported(&config(|c| c["model_type"] = json!("gpt2")), &["model_type `gpt2`", supported]);
    unsupported(&config(|c| c["hidden_act"] = json!("mish")), &["hidden_act `mish`", "gelu, gelu_new"]);
    let alibi = config(|c| c["position_embedding_type"] = json!("alibi"));
    unsupported(&alibi, &["position_embedding_type `alibi`", "absolute"]);
    unsupported(&config(|c| c["is_decoder"] = json!(true)), &["is_decoder `true`", "encoders"]);
    let copy = Copy::of("bert");
    copy.edit("modules.json", |m| m[2]["type"] = json!("sentence_transformers.models.CNN"));
    setting(
        &refused(&copy),
        &["modules.json", "`type` is \"sentence_transformers.models.CNN\"", "StaticEmbedding, Pooling"],
    );
}

#[test]
fn sizes_that_cannot_be() {
    let keys = ["hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "vocab_size"];
    for key in keys.into_iter().chain(["max_position_embeddings"]) {
        malformed(&config(|c| c[key] = json!(0)), &[key, "is 0; it must be at least 1"]);
        malformed(&config(|c| c[key] = json!(null)), &["missing field", key]);
        for wrong in [json!(-1), json!(1.5), json!("32"), json!(1e30)] {
            setting(&config(|c| c[key] = wrong), &["config.json", &format!("`{key}`")]);
        }
    }
    let heads = config(|c| c["num_attention_heads"] = json!(5));
    malformed(&heads, &["hidden_size 32 is not a multiple of num_attention_heads 5"]);
    malformed(&config(|c| c["layer_norm_eps"] = json!(-1e-5)), &["epsilon", "is -0.00001", "positive"]);
    for buckets in [0, 3, 512, usize::MAX] {
        let copy = Copy::of("mpnet");
        copy.edit("config.json", |c| c["relative_attention_num_buckets"] = json!(buckets));
        malformed(&refused(&copy), &["relative_attention_num_buckets", "4 to 511"]);
    }
}

#[test]
fn sizes_that_the_weights_do_not_have() {
    let expected = [
        ("hidden_size", 64, "word_embeddings", "[134, 64]"),
        ("vocab_size", 200, "word_embeddings", "[200, 32]"),
        ("intermediate_size", 50, "intermediate.dense", "[50, 32]"),
        ("max_position_embeddings", 512, "position_embeddings", "[512, 32]"),
        ("type_vocab_size", 3, "token_type_embeddings", "[3, 32]"),
    ];
    for (key, size, name, shape) in expected {
        for size in [size, 1usize << 50] {
            let error = config(|c| c[key] = json!(size));
            assert!(matches!(error, Error::Shape { .. }), "{error}");
            let shape = if size == 1usize << 50 { "asks for" } else { shape };
            super::says(&error, &[name, "but the model's config asks for", shape, "not from the same model"]);
        }
    }
    let error = config(|c| c["num_hidden_layers"] = json!(4));
    malformed(&error, &["model.safetensors", "no weight `encoder.layer.3.", "different kinds of model"]);
    let error = config(|c| c["num_hidden_layers"] = json!(usize::MAX));
    malformed(&error, &["config.json", "num_hidden_layers is", "at most 1000"]);
}

#[test]
fn no_room_for_a_token() {
    for family in FAMILIES {
        let special = if ["qwen3", "t5"].contains(&family) { 1 } else { 2 };
        for length in 0..=special {
            let copy = Copy::of(family);
            copy.write("sentence_bert_config.json", format!(r#"{{"max_seq_length": {length}}}"#));
            let said = format!("limit of {length} tokens leaves no room for a text beside {special} special tokens");
            let least = format!("must be at least {}", special + 1);
            malformed(&refused(&copy), &[&said, "max_seq_length (sentence_bert_config.json)", &least]);
        }
        let copy = Copy::of(family);
        copy.write("sentence_bert_config.json", r#"{"max_seq_length": 3}"#);
        let d = copy.load().unwrap().decompose("The cat sleeps", &Default::default()).unwrap();
        assert_eq!(d.tokens.len(), 3, "{family}");
    }
    for length in [json!(0), json!(2), json!(-5)] {
        let copy = Copy::of("bert");
        copy.write("sentence_bert_config.json", "{}");
        copy.edit("tokenizer_config.json", |c| c["model_max_length"] = length);
        malformed(&refused(&copy), &["leaves no room", "model_max_length (tokenizer_config.json)"]);
    }
    for (family, rows) in [("bert", 1), ("bert", 2), ("roberta", 1), ("roberta", 4)] {
        let copy = with_weights(family, |w| {
            let name = w.keys().find(|name| name.ends_with("position_embeddings.weight")).unwrap().clone();
            let table = w.get_mut(&name).unwrap();
            let row = table.bytes.len() / table.shape[0];
            table.bytes.truncate(rows * row);
            table.shape[0] = rows;
        });
        copy.edit("config.json", |c| c["max_position_embeddings"] = json!(rows));
        malformed(&refused(&copy), &["leaves no room", "max_position_embeddings (config.json)"]);
    }
}

#[test]
fn padding_beyond_the_tables() {
    for id in [48_u32, 350, u32::MAX] {
        let copy = Copy::of("roberta");
        copy.edit("config.json", |c| c["pad_token_id"] = json!(id));
        malformed(&refused(&copy), &["limit of 0 tokens leaves no room"]);
    }
    let copy = Copy::of("bert");
    copy.edit("config.json", |c| c["pad_token_id"] = json!(134));
    for file in ["tokenizer_config.json", "special_tokens_map.json"] {
        copy.edit(file, |c| c["pad_token"] = json!(null));
    }
    let error = refused(&copy);
    assert!(matches!(error, Error::Tokenizer(_)), "{error}");
    super::says(&error, &["ids up to 134, but the word table has 134 rows"]);
    copy.edit("config.json", |c| c["pad_token_id"] = json!(null));
    super::says(&refused(&copy), &["no padding token", "name `pad_token` in tokenizer_config.json"]);
}

#[test]
fn poolings() {
    let pooling = |config: Value| {
        let copy = Copy::of("bert");
        copy.write("1_Pooling/config.json", config.to_string());
        refused(&copy)
    };
    let modes = "cls, max, mean, mean_sqrt_len_tokens, weightedmean, lasttoken";
    for mode in [json!("sum"), json!(["mean", "sum"]), json!("mean+sum")] {
        unsupported(&pooling(json!({"pooling_mode": mode})), &["pooling_mode `sum`", modes]);
    }
    for mode in [json!(3), json!([3]), json!({"a": 1}), json!("")] {
        unsupported(&pooling(json!({"pooling_mode": mode})), &["pooling_mode", modes]);
    }
    unsupported(&pooling(json!({"pooling_mode_sum_tokens": true})), &["`pooling_mode_sum_tokens`", modes]);
    malformed(&pooling(json!({"pooling_mode_max_tokens": "yes"})), &["is \"yes\"; it must be true or false"]);
    malformed(&pooling(json!({"include_prompt": 0})), &["include_prompt is 0; it must be true or false"]);
    for width in [json!(64), json!("32"), json!(-1)] {
        malformed(&pooling(json!({"embedding_dimension": width})), &["embedding_dimension is", "hidden size is 32"]);
    }
}

#[test]
fn dense_modules() {
    let dense = |change: &dyn Fn(&mut Value)| {
        let copy = Copy::of("bert");
        copy.edit("modules.json", |m| m[2] = json!({"path": "dense", "type": "models.Dense"}));
        copy.edit("dense/config.json", change);
        refused(&copy)
    };
    malformed(&dense(&|d| d["in_features"] = json!(33)), &["in_features is 33, but the module before gives 32"]);
    malformed(&dense(&|d| d["out_features"] = json!(0)), &["out_features is 0; it must be at least 1"]);
    malformed(&dense(&|d| d["in_features"] = json!(-1)), &["dense/config.json"]);
    let shape = dense(&|d| d["out_features"] = json!(17));
    assert!(matches!(shape, Error::Shape { .. }), "{shape}");
    let act = dense(&|d| d["activation_function"] = json!("torch.nn.modules.activation.Mish"));
    unsupported(&act, &["activation_function `torch.nn.modules.activation.Mish`", "tanh"]);
    malformed(&dense(&|d| d["use_residual"] = json!(true)), &["no weight `residual.weight`"]);
    setting(
        &dense(&|d| d["module_input_name"] = json!("token_embeddings")),
        &["dense/config.json", "module_input_name"],
    );
}

#[test]
fn module_folders_outside_the_model() {
    for path in ["../1_Pooling", "/etc", "1_Pooling/../../x", "."] {
        let copy = Copy::of("bert");
        copy.edit("modules.json", |m| m[1]["path"] = json!(path));
        malformed(&refused(&copy), &["modules.json", path, "not inside the model's"]);
    }
}
