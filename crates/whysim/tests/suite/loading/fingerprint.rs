//! A fingerprint identifies the function: equal functions have equal ones, and anything that
//! changes an embedding changes it.

use serde_json::json;

use crate::common::arrays::Array;
use crate::common::weights::with_weights;
use crate::common::{Copy, FAMILIES, make_exact};

fn of(copy: &Copy) -> String {
    copy.load().unwrap().identity().fingerprint.clone()
}

#[test]
fn two_loads_give_one_fingerprint() {
    let mut all: Vec<String> = FAMILIES.map(|family| of(&Copy::of(family))).to_vec();
    assert_eq!(all, FAMILIES.map(|family| of(&Copy::of(family))));
    all.dedup();
    assert_eq!(all.len(), FAMILIES.len());
}

#[test]
fn whatever_changes_an_embedding_changes_it() {
    let own = of(&Copy::of("bert"));
    let changed = |change: &dyn Fn(&Copy)| {
        let copy = Copy::of("bert");
        change(&copy);
        of(&copy)
    };
    let others = [
        of(&with_weights("bert", |w| {
            let bias = w.get_mut("encoder.layer.2.output.dense.bias").unwrap();
            let mut values: Vec<f32> = bias.values().iter().map(|&v| v as f32).collect();
            values[7] += 1e-6;
            *bias = Array::new(&[32], values);
        })),
        changed(&|c| c.write("1_Pooling/config.json", r#"{"pooling_mode": "cls"}"#)),
        changed(&|c| c.write("1_Pooling/config.json", r#"{"pooling_mode": "mean", "include_prompt": false}"#)),
        changed(&|c| c.edit("config.json", |j| j["hidden_act"] = json!("relu"))),
        changed(&|c| c.edit("config.json", |j| j["layer_norm_eps"] = json!(1e-3))),
        changed(&|c| c.edit("modules.json", |m| drop(m.as_array_mut().unwrap().pop()))),
        changed(&|c| make_exact(c, "mean")),
        changed(&|c| c.edit("sentence_bert_config.json", |j| j["max_seq_length"] = json!(12))),
        changed(&|c| c.edit("tokenizer.json", |t| t["normalizer"]["lowercase"] = json!(false))),
        changed(&|c| c.edit("modules.json", |m| m[2] = json!({"path": "dense", "type": "models.Dense"}))),
    ];
    for (i, other) in others.iter().enumerate() {
        assert_ne!(*other, own, "change {i}");
        assert!(!others[..i].contains(other), "change {i}");
    }
}

#[test]
fn what_changes_no_embedding_does_not() {
    let own = of(&Copy::of("bert"));
    let copy = Copy::of("bert");
    copy.edit("config.json", |j| j["architectures"] = json!(["Another"]));
    copy.edit("config_sentence_transformers.json", |j| j["similarity_fn_name"] = json!("dot"));
    assert_eq!(of(&copy), own);
}
