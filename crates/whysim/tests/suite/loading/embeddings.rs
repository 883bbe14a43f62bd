//! Poolings, the Dense module and complete embeddings, against PyTorch and sentence-transformers.

use serde_json::{Value, json};
use whysim::Encoder;

use crate::common::{Copy, FAMILIES, Golden, decompose, encoder, poolings, wide};

const TEXTS: [&str; 3] = ["a", "b", "c"];

fn module(path: &str, kind: &str) -> Value {
    json!({"idx": 0, "name": path, "path": path, "type": format!("sentence_transformers.models.{kind}")})
}

/// The bert fixture with another Pooling config, without Normalize.
fn pooled(pooling: &Value) -> Encoder {
    let copy = Copy::of("bert");
    copy.write("modules.json", json!([module("", "Transformer"), module("1_Pooling", "Pooling")]).to_string());
    copy.write("1_Pooling/config.json", pooling.to_string());
    copy.load().unwrap()
}

fn check(model: &Encoder, golden: &Golden, name: &str) {
    for t in TEXTS {
        let text = golden.text(t);
        let embedded = model.embed(&[text], None).unwrap().swap_remove(0);
        golden.compare("bert", &format!("{name}.{t}"), &wide(&embedded), 2e-5);
        let d = decompose(model, text, 2, 1);
        golden.compare("bert", &format!("{name}.{t}"), &wide(&d.embedding), 2e-5);
    }
}

#[test]
fn every_pooling_mode_by_its_new_and_its_old_name() {
    let golden = Golden::of("bert");
    let modes = [
        ("max", "pooling_mode_max_tokens"),
        ("mean_sqrt_len_tokens", "pooling_mode_mean_sqrt_len_tokens"),
        ("weightedmean", "pooling_mode_weightedmean_tokens"),
        ("lasttoken", "pooling_mode_lasttoken"),
    ];
    for (mode, old) in modes {
        let name = format!("pooled.{mode}");
        check(&pooled(&json!({"embedding_dimension": 32, "pooling_mode": mode})), &golden, &name);
        check(&pooled(&json!({"embedding_dimension": 32, "pooling_mode": [mode]})), &golden, &name);
        check(&pooled(&json!({"word_embedding_dimension": 32, old: true})), &golden, &name);
    }
}

#[test]
fn several_modes_are_put_side_by_side() {
    let golden = Golden::of("bert");
    let name = "pooled.cls_max_mean";
    let list = pooled(&json!({"embedding_dimension": 32, "pooling_mode": ["cls", "max", "mean"]}));
    assert_eq!(list.dim(), 96);
    check(&list, &golden, name);
    let keys = json!({
        "word_embedding_dimension": 32,
        "pooling_mode_mean_tokens": true,
        "pooling_mode_cls_token": true,
        "pooling_mode_max_tokens": true,
        "pooling_mode_lasttoken": false,
    });
    check(&pooled(&keys), &golden, name);
}

#[test]
fn new_names_win_over_old_ones_and_no_name_is_the_mean() {
    let golden = Golden::of("bert");
    let both = pooled(&json!({"pooling_mode": "max", "pooling_mode_mean_tokens": true}));
    check(&both, &golden, "pooled.max");
    for none in [json!({}), json!({"pooling_mode_mean_tokens": false}), json!({"pooling_mode": null})] {
        check(&pooled(&none), &golden, "embedding.mean");
    }
}

#[test]
fn contributions_under_max_pooling() {
    let golden = Golden::of("bert");
    let model = pooled(&json!({"embedding_dimension": 32, "pooling_mode": "max"}));
    for t in TEXTS {
        let d = decompose(&model, golden.text(t), 1, 12);
        golden.compare("bert", &format!("contributions.max.{t}.1"), &wide(&d.contributions), 2e-5);
    }
}

#[test]
fn the_dense_module() {
    let (golden, copy) = (Golden::of("bert"), Copy::of("bert"));
    let modules = json!([module("", "Transformer"), module("1_Pooling", "Pooling"), module("dense", "Dense")]);
    copy.write("modules.json", modules.to_string());
    let model = copy.load().unwrap();
    assert_eq!((model.dim(), model.hidden()), (16, 32));
    check(&model, &golden, "dense_embedding.mean");
    for t in TEXTS {
        let d = decompose(&model, golden.text(t), 1, 12);
        golden.compare("bert", &format!("dense_reference.mean.{t}"), &wide(&d.reference), 2e-5);
        golden.compare("bert", &format!("dense_contributions.mean.{t}.1"), &wide(&d.contributions), 2e-5);
    }
}

#[test]
fn the_folder_as_sentence_transformers_reads_it() {
    for family in FAMILIES {
        let (golden, model) = (Golden::of(family), Copy::of(family).load().unwrap());
        let texts = ["a", "b", "c", "long"];
        // One batch with all lengths, whose order has to be restored, and each text alone.
        let batch = model.embed(&texts.map(|t| golden.text(t)), None).unwrap();
        for (t, together) in texts.iter().zip(batch) {
            let alone = model.embed(&[golden.text(t)], None).unwrap().swap_remove(0);
            for embedding in [alone, together] {
                golden.compare(family, &format!("sentence_transformers.{t}"), &wide(&embedding), 2e-5);
            }
        }
    }
}

#[test]
fn a_batch() {
    for family in FAMILIES {
        let golden = Golden::of(family);
        for pooling in poolings(family) {
            let model = encoder::<f32>(family, pooling);
            let ids = TEXTS.map(|t| golden.ids(&format!("ids.{t}")));
            let rows: Vec<&[u32]> = ids.iter().map(Vec::as_slice).collect();
            let x = model.prefix(&rows, 3);
            let e = model.suffix(x, 3, &model.context(rows.iter().map(|row| row.len()), 0));
            golden.compare(family, &format!("padded_embedding.{pooling}"), &crate::common::flat(&e), 2e-5);
        }
    }
}
