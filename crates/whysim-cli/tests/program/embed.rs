//! `whysim embed` and `whysim similarity`.

use serde_json::Value;

use crate::{A, B, Machine, fixture};

#[test]
fn text_and_json_hold_the_same_numbers() {
    let machine = Machine::with_model();
    let text = machine.run(&["embed", A, B]).out();
    let lines: Vec<Vec<f32>> =
        text.lines().map(|line| line.split(' ').map(|value| value.parse().unwrap()).collect()).collect();
    let json = machine.run(&["embed", A, B, "--format", "json"]).json();
    let rows: Vec<Vec<f32>> = serde_json::from_value(json["embeddings"].clone()).unwrap();
    assert_eq!(lines, rows);
    assert_eq!((rows.len(), json["dim"].as_u64()), (2, Some(rows[0].len() as u64)));
    assert_eq!(json["model"], *fixture("bert").to_string_lossy());
}

#[test]
fn lines_of_standard_input_are_texts() {
    let machine = Machine::with_model();
    let lines = machine.run_with(&["embed", "-"], format!("{A}\r\n{B}\n").as_bytes()).out();
    assert_eq!(lines, machine.run(&["embed", A, B]).out());
    let mixed = machine.run_with(&["embed", A, "-"], B.as_bytes()).out();
    assert_eq!(lines, mixed);
    let message = machine.run_with(&["embed", "-"], b"dog\n\ncat\n").problem(1);
    assert!(message.contains("text number 2 is empty"), "{message}");
    let long = machine.run(&["embed", A, &"dog ".repeat(50)]);
    assert!(long.err.contains("text number 2 is too long"), "{}", long.err);
}

#[test]
fn the_similarity_is_that_of_the_embeddings_and_of_the_explanation() {
    let machine = Machine::with_model();
    let printed: f64 = machine.run(&["similarity", A, B]).out().trim().parse().unwrap();
    for similarity in ["cos", "dot"] {
        let json = machine.run(&["similarity", A, B, "-s", similarity, "-f", "json"]).json();
        let keys: Vec<&String> = json.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["model", "score", "similarity"]);
        assert_eq!(json["similarity"], similarity);
        let explained = machine.run(&["explain", A, B, "-s", similarity, "-f", "json"]).json();
        let score = |value: &Value| value["score"].as_f64().unwrap();
        assert!((score(&json) - score(&explained)).abs() < 1e-5 * score(&json).abs().max(1.0), "{similarity}");
        assert!(similarity == "dot" || (score(&json) - printed).abs() < 1e-6);
    }
}
