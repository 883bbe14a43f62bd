//! Hub models that are not sentence transformers.

use std::fs;

use whysim::source::{cached, locate};

use super::files;
use super::hub::{weights, world};

#[test]
fn a_transformers_model_needs_no_modules() {
    let config = br#"{"model_type": "bert"}"#.to_vec();
    let world = world("org/bare", &[("model.safetensors", weights(100)), ("config.json", config)]);
    world.server.state().repos.get_mut("org/bare").unwrap().remove("modules.json");
    let folder = world.locate("org/bare");
    assert_eq!(files(&folder), ["config.json", "model.safetensors", "sentence_bert_config.json", "tokenizer.json"]);
    assert_eq!(locate("org/bare", &world.without_network()).unwrap(), folder, "whole without modules.json");
    let models = cached(&world.settings()).unwrap();
    assert_eq!((models[0].name.as_str(), models[0].model_type.as_deref()), ("org/bare", Some("bert")));
    fs::remove_file(folder.join("model.safetensors")).unwrap();
    assert!(cached(&world.settings()).unwrap().is_empty());
}

#[test]
fn a_model_of_a_kind_that_cannot_be_loaded_is_refused_before_its_weights_come() {
    let config = br#"{"model_type": "llama"}"#.to_vec();
    let world = world("org/chat", &[("model.safetensors", weights(100)), ("config.json", config)]);
    for _ in 0..2 {
        let message = world.problem("org/chat");
        assert!(message.contains("`llama`") && message.contains("bert"), "{message}");
    }
    assert!(!world.server.asked().iter().any(|path| path.contains("safetensors")));
}
