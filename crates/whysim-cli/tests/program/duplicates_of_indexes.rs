//! `whysim duplicates` of indexes.

use crate::{Machine, fixture};

const SIMILAR: &str = "The red cat sleeps on the table for 10 days.
The red cat sleeps on the table for 12 days.
Prices rose in March.
";

#[test]
fn duplicates_are_found_in_indexes() {
    let machine = Machine::with_model();
    machine.write("texts.txt", SIMILAR);
    machine.write("new.txt", "The red cat sleeps on the table for 11 days.\n");
    for (file, folder) in [("texts.txt", "it"), ("new.txt", "new")] {
        machine.run(&["index", file, "-o", folder]).out();
    }
    let find = |args: &[&str]| {
        let ran = machine.run(&[&["duplicates", "-t", "0.5", "-f", "json"], args].concat());
        assert!(ran.err.is_empty(), "{}", ran.err);
        ran.json()
    };
    let strongest = |json: &serde_json::Value| (json["pairs"][0]["summary"].clone(), json["texts"].clone());
    let of_files = find(&["texts.txt"]);
    assert_eq!(of_files["pairs"][0]["summary"], "differs in a number: 10 → 12");
    let of_index = find(&["--index", "it"]);
    assert_eq!(strongest(&of_index), strongest(&of_files));
    assert_eq!((&of_index["items"][0]["id"], &of_index["model"]), (&"texts.txt:1".into(), &of_files["model"]));
    let both = find(&["texts.txt", "--against", "new.txt"]);
    assert_eq!(both["texts"].as_array().unwrap().len(), 2);
    for args in [
        ["--index", "it", "--against", "new"],
        ["--index", "it", "--against", "new.txt"],
        ["texts.txt", "--against", "new", "-q"],
    ] {
        assert_eq!(strongest(&find(&args)), strongest(&both), "{args:?}");
    }
    machine.write("texts.txt", "Something else.\n");
    let ran = machine.run(&["duplicates", "--index", "it", "--explain", "0"]);
    assert!(ran.err.contains("texts.txt has changed since it was indexed") && ran.out().contains("3 texts"));
}

/// The model is the index's own, whatever WHYSIM_MODEL says, unless it is gone.
#[test]
fn duplicates_of_an_index_are_explained_by_its_model() {
    let machine = Machine::with_model();
    machine.write("texts.txt", SIMILAR);
    let (mine, other) = (machine.model("mine"), fixture("mpnet").to_string_lossy().into_owned());
    for (folder, model) in [("it", "mine"), ("others", &*other)] {
        machine.run(&["index", "texts.txt", "-o", folder, "-m", model]).out();
    }
    machine.run(&["index", "texts.txt", "-o", "cut", "-m", "mine", "--truncate-dim", "8"]).out();
    let find = |args: &[&str]| machine.run(&[&["duplicates", "-t", "0.5", "-f", "json", "--index"], args].concat());
    assert!(find(&["others"]).json()["model"].as_str().unwrap().ends_with("mpnet"));
    let cases: [(&[&str], i32, &str); 8] = [
        (&["it", "--model", &other], 1, "it was made with the model"),
        (&["it", "--against", "others"], 1, "others: it was made with the model"),
        (
            &["it", "--against", "cut"],
            1,
            "cut: its embeddings have 8 dimensions, not 32, and so cannot be compared with it",
        ),
        (&["it", "texts.txt"], 2, "cannot be used with"),
        (&["it", "--prompt", "query"], 2, "--prompt is settled by the index it"),
        (&["it", "--similarity", "dot"], 2, "--similarity is settled by the index it"),
        (&["mine"], 1, "mine: it is no index"),
        (&["it", "--against", "mine"], 1, "mine: it is no index"),
    ];
    for (args, code, expected) in cases {
        let message = find(args).problem(code);
        assert!(message.contains(expected), "{args:?}: {message}");
    }
    std::fs::rename(&mine, machine.path("elsewhere")).unwrap();
    // WHYSIM_MODEL is the same model by another name.
    assert!(find(&["it"]).json()["pairs"][0]["evidence"].is_object());
    let machine = machine.set("WHYSIM_MODEL", &other);
    let find = |args: &[&str]| machine.run(&[&["duplicates", "-t", "0.5", "-f", "json", "--index"], args].concat());
    let message = find(&["it"]).problem(1);
    assert!(message.contains("say with --model where it is now"), "{message}");
    assert!(find(&["it", "--model", "elsewhere"]).json()["pairs"][0]["evidence"].is_object());
    assert!(find(&["it", "--explain", "0"]).json()["pairs"][0]["evidence"].is_null());
}
