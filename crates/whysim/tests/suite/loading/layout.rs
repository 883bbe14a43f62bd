//! Folders of every layout: modules, spellings, prefixes, kinds of weight files.

use serde_json::{Value, json};
use whysim::{Encoder, Error, Similarity};

use crate::common::weights::with_weights;
use crate::common::{Copy, FAMILIES, Golden, make_exact, wide};

fn modules(copy: &Copy, all: &[(&str, &str)]) {
    let all: Vec<Value> =
        all.iter().map(|(path, class)| json!({"idx": 0, "name": "0", "path": path, "type": class})).collect();
    copy.write("modules.json", Value::from(all).to_string());
}

fn embedding(model: &Encoder) -> Vec<f32> {
    model.embed(&["The cat sleeps on the warm roof."], None).unwrap().swap_remove(0)
}

const POOLING: &str = "sentence_transformers.models.Pooling";

#[test]
fn the_similarity_of_the_config() {
    let names = [("cosine", Similarity::Cos), ("cos", Similarity::Cos), ("dot", Similarity::Dot)];
    for (name, expected) in names {
        let copy = Copy::of("bert");
        copy.edit("config_sentence_transformers.json", |c| c["similarity_fn_name"] = json!(name));
        assert_eq!(copy.load().unwrap().similarity(None).unwrap(), expected);
    }
    let copy = Copy::of("bert");
    assert_eq!(copy.load().unwrap().similarity(None).unwrap(), Similarity::Cos);
    // The published exact checkpoints show theirs only in their names.
    assert_eq!(Encoder::load(copy.path(), "mpnet_dot").unwrap().similarity(None).unwrap(), Similarity::Dot);
    assert_eq!(Encoder::load(copy.path(), "mpnet_cos").unwrap().similarity(None).unwrap(), Similarity::Cos);
    copy.edit("config_sentence_transformers.json", |c| c["similarity_fn_name"] = json!("euclidean"));
    let model = copy.load().unwrap();
    assert_eq!(model.similarity(Some(Similarity::Dot)).unwrap(), Similarity::Dot);
    let error = model.similarity(None).unwrap_err().to_string();
    assert!(error.contains("`euclidean`; supported: cosine and dot, as a distance is no sum"), "{error}");
    copy.edit("config_sentence_transformers.json", |c| c["similarity_fn_name"] = json!("hamming"));
    let error = copy.load().map(|_| ()).unwrap_err();
    assert_eq!(error.to_string(), "unsupported similarity_fn_name `hamming`; supported: cosine, dot");
}

#[test]
fn exact_checkpoints_by_every_spelling() {
    let shifted = [
        "xsbert.models.ShiftingReferenceTransformer",
        "xsbert.models.ShiftingReferenceTransformer.ShiftingReferenceTransformer",
        "models.ShiftingReferenceTransformer",
        "ShiftingReferenceTransformer",
    ];
    let plain = [
        "xsbert.models.ReferenceTransformer",
        "xsbert.models.ReferenceTransformer.ReferenceTransformer",
        "sentence_transformers.models.Transformer",
        "sentence_transformers.base.modules.transformer.Transformer",
    ];
    for (class, exact) in shifted.map(|c| (c, true)).into_iter().chain(plain.map(|c| (c, false))) {
        let copy = Copy::of("mpnet");
        modules(&copy, &[("", class), ("1_Pooling", POOLING)]);
        let model = copy.load().unwrap();
        assert_eq!(model.identity().exact, exact, "{class}");
        let golden = Golden::of("mpnet");
        let expected: Vec<f64> = if exact {
            let (e, q) = (golden.values("embedding.mean.a"), golden.values("reference.mean.a"));
            e.iter().zip(q).map(|(e, q)| e - q).collect()
        } else {
            golden.values("embedding.mean.a")
        };
        for (got, expected) in wide(&embedding(&model)).iter().zip(expected) {
            assert!((got - expected).abs() < 2e-4, "{class}: {got} {expected}");
        }
    }
}

#[test]
fn an_exact_model_needs_a_linear_head() {
    let copy = Copy::of("bert");
    make_exact(&copy, "mean");
    let shifted = "xsbert.models.ShiftingReferenceTransformer";
    let dense = [("", shifted), ("1_Pooling", POOLING), ("dense", "sentence_transformers.models.Dense")];
    let refused = |copy: &Copy| {
        let error = copy.load().map(|_| ()).unwrap_err();
        assert!(matches!(&error, Error::Malformed { .. }), "{error}");
        assert!(error.to_string().contains("linear pooling (not max) and no Dense module with a bias"), "{error}");
    };
    modules(&copy, &dense);
    refused(&copy);
    copy.edit("dense/config.json", |c| c["activation_function"] = json!("torch.nn.modules.linear.Identity"));
    refused(&copy);
    // Without bias and activation the shift passes through.
    copy.edit("dense/config.json", |c| c["bias"] = json!(false));
    assert_eq!(copy.load().unwrap().dim(), 16);
    make_exact(&copy, "max");
    refused(&copy);
}

#[test]
fn a_bare_transformers_folder_gets_the_mean_and_a_note() {
    for family in FAMILIES {
        let copy = Copy::of(family);
        copy.remove("modules.json");
        copy.remove("1_Pooling/config.json");
        let model = copy.load().unwrap();
        assert!(model.notes().iter().any(|n| n.contains("specifies no pooling")), "{:?}", model.notes());
        assert!(!model.normalizes());
        Golden::of(family).compare(family, "embedding.mean.a", &wide(&embedding(&model)), 2e-5);
        assert!(Copy::of(family).load().unwrap().notes().is_empty());
    }
}

#[test]
fn modules_in_another_order_are_refused() {
    let [transformer, normalize, dense] =
        ["Transformer", "Normalize", "Dense"].map(|m| format!("sentence_transformers.models.{m}"));
    let (t, p) = (("", transformer.as_str()), ("1_Pooling", POOLING));
    let (n, d) = (("2_Normalize", normalize.as_str()), ("dense", dense.as_str()));
    let wrong: [&[(&str, &str)]; 7] = [&[], &[p], &[p, t], &[t, d], &[t, n], &[t, n, p], &[t, p, p]];
    for order in wrong {
        let copy = Copy::of("bert");
        modules(&copy, order);
        let error = copy.load().map(|_| ()).unwrap_err();
        assert!(matches!(error, Error::Unsupported { .. }), "{order:?}: {error}");
        assert!(error.to_string().contains("supported: Transformer, Pooling (or StaticEmbedding alone)"), "{error}");
    }
    let copy = Copy::of("bert");
    modules(&copy, &[t, p, d, n]);
    assert!(copy.load().unwrap().normalizes());
}

#[test]
fn the_transformer_in_a_folder_of_its_own() {
    let (copy, whole) = (Copy::of("bert"), Copy::of("bert").load().unwrap());
    for file in
        ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "sentence_bert_config.json"]
    {
        let content = std::fs::read(copy.path().join(file)).unwrap();
        copy.write(&format!("0_Transformer/{file}"), content);
        copy.remove(file);
    }
    copy.edit("modules.json", |m| m[0]["path"] = json!("0_Transformer"));
    assert_eq!(embedding(&copy.load().unwrap()), embedding(&whole));
}

#[test]
fn prefixes_of_weight_names() {
    let plain = Copy::of("bert").load().unwrap();
    for prefix in ["bert.", "0.auto_model.", "model.", "0.auto_model.bert."] {
        let copy = with_weights("bert", |w| *w = w.drain().map(|(name, t)| (format!("{prefix}{name}"), t)).collect());
        let model = copy.load().unwrap();
        assert_eq!(embedding(&model), embedding(&plain), "{prefix}");
        assert_eq!(model.identity().fingerprint, plain.identity().fingerprint, "{prefix}");
    }
}

#[test]
fn old_names_of_layer_norms() {
    let plain = Copy::of("bert").load().unwrap();
    let old = |name: String| {
        let name = name.replace("LayerNorm.weight", "LayerNorm.gamma");
        name.replace("LayerNorm.bias", "LayerNorm.beta")
    };
    let copy = with_weights("bert", |w| *w = w.drain().map(|(name, t)| (old(name), t)).collect());
    assert_eq!(embedding(&copy.load().unwrap()), embedding(&plain));
}

#[test]
fn a_number_of_spellings_of_one_config() {
    let copy = Copy::of("distilbert");
    copy.edit("config.json", |c| {
        let keys = [
            ("dim", "hidden_size"),
            ("n_layers", "num_hidden_layers"),
            ("n_heads", "num_attention_heads"),
            ("hidden_dim", "intermediate_size"),
            ("activation", "hidden_act"),
        ];
        for (old, new) in keys {
            let value = c.as_object_mut().unwrap().remove(old).unwrap();
            c[new] = value;
        }
    });
    assert_eq!(embedding(&copy.load().unwrap()), embedding(&Copy::of("distilbert").load().unwrap()));
}

#[test]
fn modules_of_the_models_own_code_are_refused() {
    for class in ["custom_st.Transformer", "modeling.pooling.Pooling", "pylate.models.Dense"] {
        let copy = Copy::of("bert");
        let at = if class.ends_with("Transformer") { 0 } else { 1 };
        copy.edit("modules.json", |m| m[at]["type"] = json!(class));
        let error = copy.load().map(|_| ()).unwrap_err();
        assert!(matches!(error, Error::Setting { .. }), "{error}");
        assert!(error.to_string().contains(class) && error.to_string().contains("code of its own"), "{error}");
    }
}
