//! `whysim relevance`: its two forms, and what it refuses.

use crate::{A, B, Machine};

const QUERY: &str = "A small kitten.";

#[test]
fn json_adds_up_to_the_score_that_the_program_prints() {
    let machine = Machine::with_model();
    let all = machine.run(&["relevance", QUERY, A, B, "--format", "json"]).json();
    let all = all.as_array().unwrap();
    assert_eq!(all.len(), 2);
    for (one, passage) in all.iter().zip([A, B]) {
        let [score, reference, error, bound] =
            ["score", "reference", "error", "bound"].map(|key| one[key].as_f64().unwrap());
        let tokens = one["tokens"].as_array().unwrap();
        let sum: f64 = tokens.iter().map(|token| token["relevance"].as_f64().unwrap()).sum();
        assert!((sum + reference - score - error).abs() < 1e-6 && error.abs() <= bound, "{one}");
        let printed = machine.run(&["similarity", QUERY, passage, "--format", "json"]).json();
        assert!((printed["score"].as_f64().unwrap() - score).abs() < 1e-5);
        let content: Vec<&str> =
            tokens.iter().filter(|t| t["special"] == false).map(|t| t["text"].as_str().unwrap()).collect();
        assert_eq!(content.concat().to_lowercase(), passage.replace(' ', "").to_lowercase());
    }
}

#[test]
fn text_lists_the_strongest_of_every_passage() {
    let machine = Machine::with_model();
    let out =
        machine.run_with(&["relevance", QUERY, "-", "--top", "2", "--by", "word"], format!("{A}\n{B}\n").as_bytes());
    let text = out.out();
    assert!(text.contains("passage 1  cosine ") && text.contains("passage 2  cosine "), "{text}");
    assert_eq!(text.lines().filter(|line| line.contains('#') || line.ends_with('-')).count(), 4, "{text}");
    assert!(text.contains("the passage's reference") && text.contains("at most"), "{text}");
}

#[test]
fn a_tolerance_that_was_missed_is_said() {
    let machine = Machine::with_model();
    let ran = machine.run(&["relevance", QUERY, A, "--layer", "0", "--tolerance", "1e-9", "--max-steps", "2"]);
    assert!(ran.err.contains("warning: the completeness gap of passage 1"), "{}", ran.err);
}

#[test]
fn bad_input_is_named() {
    let machine = Machine::with_model();
    assert!(machine.run(&["relevance", QUERY, A, ""]).problem(1).contains("text number 2 is empty"));
    assert!(machine.run(&["relevance", "", A]).problem(1).contains("text query is empty"));
    let ran = machine.run(&["relevance", QUERY, A, "--precision", "bfloat16"]);
    assert!(ran.code == Some(2) && ran.err.contains("--precision"), "{}", ran.err);
    assert_eq!(machine.run(&["relevance", QUERY]).code, Some(2));
}
