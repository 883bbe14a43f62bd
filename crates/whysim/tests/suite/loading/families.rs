//! What the configs of modern families may say, in the words of their authors' code too.

use serde_json::{Value, json};
use whysim::Error;

use crate::common::Copy;

const TEXT: &str = "The cat sleeps on the warm roof.";

fn embedding(copy: &Copy) -> Vec<f32> {
    copy.load().unwrap().embed(&[TEXT], None).unwrap().swap_remove(0)
}

/// Replaces keys of config.json; those that are null go.
fn config(family: &str, keys: Value) -> Copy {
    let copy = Copy::of(family);
    copy.edit("config.json", |config| {
        for (key, value) in keys.as_object().unwrap() {
            match value {
                Value::Null => drop(config.as_object_mut().unwrap().remove(key)),
                value => config[key] = value.clone(),
            }
        }
    });
    copy
}

#[test]
fn nomic_berts_own_keys() {
    let own = json!({
        "hidden_size": null, "n_embd": 32, "num_hidden_layers": null, "n_layer": 3, "num_attention_heads": null, "n_head": 4,
        "intermediate_size": null, "n_inner": 48, "max_position_embeddings": null, "n_positions": 256, "hidden_act": null,
        "activation_function": "swiglu", "layer_norm_eps": null, "layer_norm_epsilon": 1e-12, "rope_parameters": null,
        "rotary_emb_base": 1000, "rotary_emb_fraction": 1.0, "rotary_emb_interleaved": false, "prenorm": false, "causal": false,
        "mlp_fc1_bias": false, "mlp_fc2_bias": false, "qkv_proj_bias": false, "use_rms_norm": false, "rotary_scaling_factor": null,
        "head_dim": null, "auto_map": {"AutoModel": "nomic-ai/nomic-bert-2048--modeling_hf_nomic_bert.NomicBertModel"},
    });
    let copy = config("nomic", own);
    assert_eq!(embedding(&copy), embedding(&Copy::of("nomic")));
    // The one note says that this code is not run.
    let model = copy.load().unwrap();
    assert!(matches!(model.notes(), [note] if note.contains("code of its own")), "{:?}", model.notes());
}

#[test]
fn gtes_name_on_the_hub_and_its_scaling() {
    let (theta, factor, width) = (500.0, 2.0f64, 8.0);
    let ntk = config(
        "gte",
        json!({"model_type": "new", "rope_parameters": null, "rope_theta": theta, "rope_scaling": {"type": "ntk", "factor": factor},
               "position_embedding_type": "rope", "layer_norm_type": "layer_norm", "pack_qkv": true,
               "auto_map": {"AutoModel": "Alibaba-NLP/new-impl--modeling.NewModel"}}),
    );
    // The base times the factor, and all frequencies divided alike.
    let same = json!({"rope_type": "linear", "rope_theta": theta * factor, "factor": factor.powf(2.0 / width)});
    let (got, expected) = (embedding(&ntk), embedding(&config("gte", json!({"rope_parameters": same}))));
    assert!(got.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-6));
    assert_ne!(got, embedding(&Copy::of("gte")));
}

#[test]
fn what_cannot_be_honoured_is_refused_by_its_key() {
    let cases = [
        ("nomic", json!({"moe_every_n_layers": 2}), "moe_every_n_layers", "mixtures of experts"),
        ("nomic", json!({"prenorm": true}), "prenorm", "structure"),
        ("gte", json!({"logn_attention_scale": true}), "logn_attention_scale", "length"),
        ("gemma3", json!({"attn_logit_softcapping": 50.0}), "attn_logit_softcapping", "capped"),
        ("qwen3", json!({"rope_parameters": {"rope_type": "longrope"}}), "rope_parameters", "longrope"),
        ("qwen3", json!({"rope_parameters": {"rope_type": "yarn", "factor": 0.5}}), "rope_parameters", "factor is 0.5"),
        ("qwen3", json!({"rope_parameters": {"rope_type": "linear"}}), "rope_parameters", "factor is missing"),
        ("qwen3", json!({"rope_parameters": {"rope_theta": -1.0}}), "rope_parameters", "rope_theta is -1"),
        ("eurobert", json!({"rope_parameters": {"rope_theta": "x"}}), "rope_parameters", "invalid type"),
        ("eurobert", json!({"rope_parameters": null, "rope_theta": "x"}), "rope_theta", "number"),
        ("modernbert", json!({"layer_types": ["full_attention"]}), "layer_types", "one for each of 3 layers"),
        (
            "modernbert",
            json!({"layer_types": ["full_attention", "chunked", "full_attention"]}),
            "layer_types",
            "a list of",
        ),
        ("t5", json!({"is_decoder": true}), "is_decoder", "encoder"),
        ("t5", json!({"d_model": "wide"}), "d_model", "invalid type"),
    ];
    for (family, keys, key, problem) in cases {
        let error = config(family, keys.clone()).load().map(|_| ()).unwrap_err();
        assert!(matches!(error, Error::Setting { .. }), "{family} {keys}: {error:?}");
        let message = error.to_string();
        assert!(message.contains(&format!("`{key}`")) && message.contains(problem), "{family} {keys}: {message}");
    }
}

#[test]
fn sizes_that_do_not_go_together_are_named() {
    let cases = [
        (
            "qwen3",
            json!({"num_key_value_heads": 3}),
            "num_attention_heads 4 is not a multiple of num_key_value_heads 3",
        ),
        ("qwen3", json!({"num_key_value_heads": 0}), "num_key_value_heads 0"),
        ("gemma3", json!({"head_dim": 0}), "head_dim is 0"),
        ("modernbert", json!({"num_attention_heads": 5}), "hidden_size 32 is not a multiple"),
        ("gemma3", json!({"rms_norm_eps": -1.0}), "epsilon"),
        ("albert", json!({"num_hidden_groups": 0}), "num_hidden_groups is 0"),
        ("t5", json!({"relative_attention_num_buckets": 3}), "relative_attention_num_buckets is 3"),
        ("t5", json!({"relative_attention_max_distance": 1}), "relative_attention_num_buckets"),
        ("qwen3", json!({"head_dim": 15}), "15 features of a head cannot be rotated"),
    ];
    for (family, keys, problem) in cases {
        let message = config(family, keys.clone()).load().map(|_| ()).unwrap_err().to_string();
        assert!(message.contains("config.json") && message.contains(problem), "{family} {keys}: {message}");
    }
    for (family, key) in
        [("modernbert", "hidden_size"), ("nomic", "intermediate_size"), ("t5", "d_ff"), ("albert", "embedding_size")]
    {
        let error = config(family, json!({ key: 64 })).load().map(|_| ()).unwrap_err();
        assert!(matches!(error, Error::Shape { .. }), "{family} {key}: {error:?}");
    }
}
