//! A model of the hub, from its name to an explanation.

use std::fs;

use crate::server::serve;
use crate::{A, B, Machine, fixture};

#[test]
fn it_is_downloaded_explained_and_then_used_without_network() {
    let online = Machine::new().set("HF_ENDPOINT", &serve(fixture("bert")));
    let args = ["explain", A, B, "--model", "org/tiny", "--format", "json"];
    let ran = online.run(&args);
    assert_eq!(ran.err, "", "no bars where there is no terminal");
    let first = ran.json();
    assert_eq!(first["model"], "org/tiny");
    let listed = online.run(&["models"]).out();
    assert!(listed.contains("org/tiny") && listed.contains("bert, hub, commit 0123456"), "{listed}");

    let mut later = online;
    later.variables = vec![("HF_ENDPOINT".to_owned(), "http://127.0.0.1:1".to_owned())];
    let ran = later.run(&args);
    assert!(ran.err.starts_with("note: ") && ran.err.contains("Using the copy in the cache"), "{}", ran.err);
    assert_eq!(ran.json(), first);
    assert_eq!(later.run(&[&args[..], &["--quiet"]].concat()).err, "");
    later.variables = vec![("HF_HUB_OFFLINE".to_owned(), "1".to_owned())];
    let ran = later.run(&args);
    assert_eq!(ran.err, "");
    assert_eq!(ran.json(), first);
    assert!(later.run(&["explain", A, B, "-m", "org/other"]).problem(1).contains("HF_HUB_OFFLINE"));
}

#[test]
fn a_transformers_model_gets_mean_pooling() {
    let machine = Machine::new();
    let folder = machine.model("served");
    fs::remove_file(folder.join("modules.json")).unwrap();
    fs::remove_dir_all(folder.join("1_Pooling")).unwrap();
    let machine = machine.set("HF_ENDPOINT", &serve(folder));
    let ran = machine.run(&["similarity", A, B, "--model", "org/tiny"]);
    assert!(ran.err.contains("using the mean over all tokens"), "{}", ran.err);
    ran.out();
    assert!(machine.run(&["models"]).out().contains("org/tiny"));
}

#[test]
fn what_is_not_there_is_said() {
    let machine = Machine::new().set("HF_ENDPOINT", &serve(fixture("bert")));
    let message = machine.run(&["explain", A, B, "-m", "org/none"]).problem(1);
    assert!(message.contains("there is no model org/none on the hub"), "{message}");
}
