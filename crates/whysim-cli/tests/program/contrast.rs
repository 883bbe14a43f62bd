//! `whysim test`.

use serde_json::Value;

use crate::Machine;

/// Two tests that any model passes, since a text is nowhere closer than to itself, and one that
/// none does.
const TESTS: &str = r#"{"category": "same", "anchor": "a red dog", "closer": "a red dog", "farther": "the wine"}
{"category": "same", "anchor": "it rained", "closer": "it rained", "farther": "it is red"}
{"category": "other way round", "anchor": "a cat", "closer": "the cat runs", "farther": "a cat", "note": "cannot pass"}
"#;

fn machine() -> Machine {
    let machine = Machine::with_model();
    machine.write("tests.jsonl", TESTS);
    machine
}

#[test]
fn what_passes_is_counted_and_what_fails_is_taken_apart() {
    let ran = machine().run(&["test", "tests.jsonl"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.ends_with("error: 1 of 3 tests failed\n"), "{}", ran.err);
    for part in ["2 of 3 tests pass", "same", "other way round", "test 3", "the cat runs", "tipped by `", "cannot pass"]
    {
        assert!(ran.out.contains(part), "{part}\n{}", ran.out);
    }
}

#[test]
fn as_many_as_asked_for_are_enough() {
    let machine = machine();
    let code = |more: &[&str]| machine.run(&[&["test", "tests.jsonl"], more].concat()).code;
    assert_eq!(code(&["--allow", "1"]), Some(0));
    assert_eq!(code(&["--at-least", "0.66"]), Some(0));
    let ran = machine.run(&["test", "tests.jsonl", "--at-least", "0.67"]);
    assert!(ran.code == Some(1) && ran.err.contains("66.7 % passed, and --at-least asks for 67.0 %"), "{}", ran.err);
    assert_eq!(code(&["--at-least", "2"]), Some(2));
    assert_eq!(code(&["--at-least", "1", "--allow", "1"]), Some(2));
}

#[test]
fn the_built_in_tests_are_listed_and_run() {
    let machine = machine();
    let listed = machine.run(&["test", "--list"]).out();
    assert_eq!(listed.lines().count(), 60);
    machine.write("own.jsonl", &listed);
    let json =
        |args: &[&str]| machine.run(&[&["test", "--allow", "60", "-f", "json", "--top", "1"], args].concat()).json();
    let (own, builtin) = (json(&["own.jsonl"]), json(&[]));
    assert_eq!(own, builtin);
    assert_eq!(own["tests"].as_array().unwrap().len(), 60);
    assert_eq!(own["categories"].as_array().unwrap().len(), 8);
    machine.run(&["test", "--allow", "60", "--output", "report.json", "--top", "0"]).out();
    let saved: Value = serde_json::from_str(&std::fs::read_to_string(machine.path("report.json")).unwrap()).unwrap();
    assert_eq!((&saved["passed"], &saved["failures"]), (&own["passed"], &Value::Array(vec![])));
}

#[test]
fn malformed_files_get_one_error() {
    let machine = machine();
    machine.write("bad.jsonl", "{\"anchor\": \"a\", \"closer\": \"b\", \"farther\": \"c\"}\n{\"anchor\": \"a\"}\n");
    machine.write("bad.csv", "anchor,closer\na,b\n");
    for (file, expected) in [
        ("bad.jsonl", "line 2: it has no `closer`"),
        ("bad.csv", "no column `farther`"),
        ("absent.jsonl", "cannot read absent.jsonl"),
        ("tests.doc", ".jsonl, .csv or .tsv"),
    ] {
        let message = machine.run(&["test", file]).problem(1);
        assert!(message.contains(expected), "{message}");
    }
}
