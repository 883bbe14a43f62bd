//! `whysim margin`.

use crate::Machine;

const TEXTS: [&str; 4] = ["margin", "a red cat", "a red dog", "it rained"];

#[test]
fn the_same_margin_in_every_form() {
    let machine = Machine::with_model();
    let run = |more: &[&str]| machine.run(&[&TEXTS[..], more].concat());
    let json = run(&["-f", "json"]).json();
    let scores = ["better", "worse"].map(|side| json[side]["score"].as_f64().unwrap());
    assert!((json["margin"].as_f64().unwrap() - (scores[0] - scores[1])).abs() < 1e-12);
    assert_eq!((&json["better"]["by"], &json["worse"]["b"]["text"]), (&"word".into(), &"it rained".into()));
    let text = run(&["--top", "2"]).out();
    for part in ["why the first text outranks the second text", "words of the query", "others)", "at most"] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert_eq!(run(&["-o", "why.html"]).out(), "");
    let page = std::fs::read_to_string(machine.path("why.html")).unwrap();
    for part in ["ws-why", "In the first text", "it rained", "class=\"ws-data\""] {
        assert!(page.contains(part), "{part}");
    }
    // The other way round, everything has the other sign.
    let other = machine.run(&["margin", TEXTS[1], TEXTS[3], TEXTS[2], "-f", "json"]).json();
    assert!((other["margin"].as_f64().unwrap() + json["margin"].as_f64().unwrap()).abs() < 1e-12);
}

#[test]
fn what_cannot_be_is_said() {
    let machine = Machine::with_model();
    let empty = machine.run(&["margin", "a red cat", "", "it rained"]).problem(1);
    assert!(empty.contains("text FIRST is empty"), "{empty}");
    assert!(machine.run(&[&TEXTS[..], &["-o", "x.svg"]].concat()).problem(2).contains("no known extension"));
}
