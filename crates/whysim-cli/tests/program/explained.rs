//! `whysim explain --pairs`.

use serde_json::Value;

use crate::{A, B, Machine};

const CSV: &str = "sentence1,sentence2,score\n\
    a red dog,a red cat,0.5\n\
    the dog runs,the cat runs,0.25\n\
    it rained,the wine is red,0.0\n";

fn machine() -> Machine {
    let machine = Machine::with_model();
    machine.write("pairs.csv", CSV);
    machine
}

fn written(machine: &Machine, name: &str) -> String {
    std::fs::read_to_string(machine.path(name)).unwrap()
}

#[test]
fn a_page_a_list_and_lines_have_the_same_pairs() {
    let machine = machine();
    for name in ["page.html", "pairs.jsonl", "list.txt"] {
        assert_eq!(machine.run(&["explain", "--pairs", "pairs.csv", "--output", name]).out(), "");
    }
    let lines: Vec<Value> =
        written(&machine, "pairs.jsonl").lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines.iter().map(|line| line["gold"].as_f64().unwrap()).collect::<Vec<_>>(), [0.5, 0.25, 0.0]);
    let single = machine.run(&["explain", "the dog runs", "the cat runs", "-f", "json"]).json();
    assert_eq!((&lines[1]["score"], &lines[1]["pair"]), (&single["score"], &2.into()));
    assert_eq!(lines[1]["b"]["text"], "the cat runs");
    let page = written(&machine, "page.html");
    assert!(page.matches("<template>").count() == 3 && page.contains("<title>pairs.csv</title>"));
    let list = written(&machine, "list.txt");
    for part in ["3 pairs: cosine by", "against 3 gold scores", "the wine is red", "gold 0.2500"] {
        assert!(list.contains(part), "{part}\n{list}");
    }
    assert_eq!(machine.run(&["explain", "--pairs", "pairs.csv"]).out(), list);
}

#[test]
fn columns_are_named_and_bad_rows_skipped() {
    let machine = Machine::with_model();
    machine.write("mine.tsv", "q\tp\nred wine\tthe wine is red\n\tnothing\nred dog\tred cat\n");
    let run = |more: &[&str]| {
        machine.run(&[&["explain", "--pairs", "mine.tsv", "-f", "jsonl", "--columns", "q,p"], more].concat())
    };
    assert!(run(&[]).problem(1).contains("line 3: its first text is empty"));
    let ran = run(&["--skip-bad-rows"]);
    assert!(ran.err.contains("1 of 3 rows were skipped"), "{}", ran.err);
    assert_eq!(ran.out().lines().count(), 2);
}

#[test]
fn what_is_for_one_pair_is_refused() {
    let machine = machine();
    machine.write("texts.txt", "one text\nanother\n");
    for (more, code, part) in [
        (&["-f", "json"][..], 2, "many pairs are a page"),
        (&["-o", "x.svg"], 2, "many pairs are a page"),
        (&["-o", "x.pdf"], 2, "many pairs are a page"),
        (&["-o", "x.y"], 2, "no known extension"),
        (&["--align"], 2, "--align is for one pair"),
        (&[A, B], 2, "cannot be used with"),
        (&["-f", "jsonl", "--view", "attribution"], 2, "leave it out"),
    ] {
        let problem = machine.run(&[&["explain", "--pairs", "pairs.csv"], more].concat()).problem(code);
        assert!(problem.contains(part), "{problem}");
    }
    let alone = machine.run(&["explain", "--pairs", "texts.txt"]).problem(1);
    assert!(alone.contains("row 1 has no second text"), "{alone}");
    assert!(!machine.path("x.svg").exists());
}

#[test]
fn one_pair_can_be_a_line_too() {
    let text = Machine::with_model().run(&["explain", A, B, "-f", "jsonl"]).out();
    let single = Machine::with_model().run(&["explain", A, B, "-f", "json"]).json();
    assert_eq!((text.lines().count(), serde_json::from_str::<Value>(&text).unwrap()), (1, single));
}
