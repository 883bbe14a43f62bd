//! `whysim highlight`: its forms, and what it refuses.

use crate::{A, B, Machine};

const QUERY: &str = "A small kitten.";

#[test]
fn json_has_spans_that_lie_where_they_say() {
    let machine = Machine::with_model();
    let all = machine.run(&["highlight", QUERY, A, B, "--format", "json", "--least", "0", "--spans", "9"]).json();
    let all = all.as_array().unwrap();
    assert_eq!(all.len(), 2);
    for (one, passage) in all.iter().zip([A, B]) {
        let printed = machine.run(&["similarity", QUERY, passage, "--format", "json"]).json();
        assert!((printed["score"].as_f64().unwrap() - one["score"].as_f64().unwrap()).abs() < 1e-5);
        for span in one["spans"].as_array().unwrap() {
            let [start, end] = [0, 1].map(|i| span["bytes"][i].as_u64().unwrap() as usize);
            assert_eq!(span["text"], passage[start..end]);
            assert!(span["share"].as_f64().unwrap() > 0.0 && span["score"].as_f64().unwrap() > 0.0);
        }
    }
}

#[test]
fn text_and_pages_mark_what_json_lists() {
    let machine = Machine::with_model();
    let lines = format!("{A}\n{B}\n");
    let whole = |format: &[&str]| {
        let args = [&["highlight", QUERY, "-", "--sentences"], format].concat();
        machine.run_with(&args, lines.as_bytes())
    };
    let json = whole(&["--format", "json"]).json();
    let found =
        |passage: usize| json[passage]["spans"].as_array().unwrap().iter().map(|span| span["text"].as_str().unwrap());
    let spans: Vec<&str> = found(0).chain(found(1)).collect();
    assert!(!spans.is_empty());
    let text = whole(&[]).out();
    assert!(text.contains("passage 1  cosine ") && text.contains("passage 2  cosine "), "{text}");
    assert_eq!(text.matches("**").count(), 2 * spans.len(), "{text}");
    assert!(whole(&["--color", "always"]).out().matches("\u{1b}[48;5;").count() >= spans.len());
    let page = machine.path("marked.html");
    assert!(whole(&["--output", page.to_str().unwrap()]).out().is_empty());
    assert_eq!(std::fs::read_to_string(page).unwrap().matches("<mark ").count(), spans.len());
}

#[test]
fn bad_input_is_named() {
    let machine = Machine::with_model();
    assert!(machine.run(&["highlight", QUERY, A, ""]).problem(1).contains("text number 2 is empty"));
    assert!(machine.run(&["highlight", "", A]).problem(1).contains("text query is empty"));
    assert!(machine.run(&["highlight", QUERY, A, "--by", "sentence"]).problem(1).contains("by must be token or word"));
    let skipped =
        machine.run_with(&["highlight", QUERY, "-", "--skip-empty", "-f", "json"], format!("{A}\n\n{B}\n").as_bytes());
    assert!(skipped.err.contains("one passage is empty and left out"), "{}", skipped.err);
    let json = skipped.json();
    assert!(json[1].is_null() && json[2]["text"] == B, "{json}");
    machine.write("passages.txt", A);
    assert!(machine.run(&["highlight", QUERY, "passages.txt"]).err.contains("- < passages.txt"));
    assert!(machine.run(&["highlight", QUERY, A, "--least", "-1"]).err.contains("a share from 0 to 1"));
    let ran = machine.run(&["highlight", QUERY, A, "--least", "2"]);
    assert!(ran.code == Some(2) && ran.err.contains("a share from 0 to 1"), "{}", ran.err);
    let ran = machine.run(&["highlight", QUERY, A, "--output", "marked.pdf"]);
    assert!(ran.code == Some(2) && ran.err.contains("no known extension"), "{}", ran.err);
}
