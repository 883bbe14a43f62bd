//! Which model is used, and `whysim models`.

use std::fs;

use serde_json::json;

use crate::{A, B, Machine, fixture};

#[test]
#[cfg(feature = "bundled")]
fn without_a_model_the_one_inside_is_used() {
    let machine = Machine::new();
    let json = machine.run(&["explain", A, B, "-f", "json"]).json();
    assert_eq!((&json["model"], &json["exact"]), (&json!("minilm-exact"), &json!(true)));
    let (score, sum) = (json["score"].as_f64().unwrap(), json["sum"].as_f64().unwrap());
    assert!(score > 0.3 && (score - sum).abs() <= json["bound"].as_f64().unwrap());
    let named = machine.run(&["similarity", A, B, "-m", "minilm-exact", "-f", "json"]).json();
    assert!((named["score"].as_f64().unwrap() - score).abs() < 1e-9);
    machine.model("minilm-exact");
    let folder = machine.run(&["similarity", A, B, "-m", "minilm-exact", "-f", "json"]).json();
    assert_ne!(folder["score"], json["score"]);
}

#[test]
#[cfg(not(feature = "bundled"))]
fn without_a_model_it_says_how_to_get_one() {
    let message = Machine::new().run(&["explain", A, B]).problem(1);
    for part in ["--model", "WHYSIM_MODEL", "mpnet_cos"] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn the_environment_names_the_default() {
    let machine = Machine::new();
    let other = machine.set("WHYSIM_MODEL", &fixture("mpnet").to_string_lossy());
    assert!(other.run(&["similarity", A, B, "-f", "json"]).json()["model"].as_str().unwrap().ends_with("mpnet"));
}

#[test]
fn a_bad_name_or_folder_is_explained() {
    let machine = Machine::new();
    let problem = |model: &str| machine.run(&["explain", A, B, "--model", model]).problem(1);
    assert!(problem("two words").contains("org/name"));
    machine.model("models/org/mine");
    let offline = Machine { home: machine.home, variables: Vec::new() }.set("HF_HUB_OFFLINE", "1");
    let message = offline.run(&["explain", A, B, "--model", "org/mine"]).problem(1);
    assert!(message.contains("the folder models/org/mine is here"), "{message}");
    let problem = |model: &str| offline.run(&["explain", A, B, "--model", model]).problem(1);
    assert!(problem("./nowhere").contains("no such folder"));
    assert!(problem(".").contains("config.json"));
    let message = offline.run(&["explain", A, B, "-m", "./nowhere", "--revision", "x"]).problem(1);
    assert!(message.contains("nowhere"), "{message}");
}

#[test]
fn a_model_without_pooling_is_used_with_a_note() {
    let machine = Machine::new();
    let folder = machine.model("bare");
    fs::remove_file(folder.join("modules.json")).unwrap();
    let ran = machine.run(&["similarity", A, B, "-m", "bare"]);
    assert!(ran.err.starts_with("note: ") && ran.err.contains("pooling"), "{}", ran.err);
    assert_eq!(machine.run(&["similarity", A, B, "-m", "bare", "-q"]).err, "");
    assert_eq!(ran.code, Some(0));
}

#[test]
fn what_is_here_is_listed() {
    let machine = Machine::new();
    assert!(machine.run(&["models"]).out().starts_with("On this machine:\n  none\n"));
    machine.model("models/mine");
    let broken = machine.model("models/broken");
    fs::remove_file(broken.join("model.safetensors")).unwrap();
    let listed = machine.set("WHYSIM_MODEL", "models/mine").run(&["models"]).out();
    let line = |name: &str| listed.lines().find(|line| line.contains(name)).unwrap().to_owned();
    assert!(line("models/mine").contains("bert, folder") && line("models/broken").ends_with("incomplete"), "{listed}");
    assert!(listed.contains("Without --model: models/mine (WHYSIM_MODEL)"));
    for name in ["mpnet_cos", "droberta_dot", "distilbert", ".cache/huggingface/hub", ".cache/whysim"] {
        assert!(listed.contains(name), "{name}: {listed}");
    }
}

#[test]
fn the_poolings_that_are_listed_load() {
    let machine = Machine::new();
    let listed = machine.run(&["models"]).out();
    let line = listed.lines().find_map(|line| line.trim().strip_prefix("poolings")).unwrap();
    let names: Vec<&str> = line.split(", ").map(str::trim).filter(|name| !name.contains(' ')).collect();
    assert!(names.len() >= 6);
    let folder = machine.model("model");
    for name in names {
        let config = json!({"pooling_mode": name}).to_string();
        fs::write(folder.join("1_Pooling/config.json"), config).unwrap();
        machine.run(&["embed", A, "-m", "model"]).out();
    }
}
