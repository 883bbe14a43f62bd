//! `whysim evaluate`.

use crate::{Machine, fixture};

const CSV: &str = "sentence1,sentence2,score
The dog runs after the kitten.,A cat is chased by the dog.,0.8
Red wine is on the table.,There is wine on a table.,0.9
She plays the piano well.,Prices rose in March.,0.1
It rained all night.,\"All night long, it rained.\",0.7
";

fn machine() -> Machine {
    let machine = Machine::with_model();
    machine.write("pairs.csv", CSV);
    machine
}

const QUICK: [&str; 8] = ["--sample", "2", "--nodes", "2,4", "--subsets", "10", "--layers", "-3"];

#[test]
fn one_report_in_three_forms() {
    let machine = machine();
    let run = |more: &[&str]| machine.run(&[&["evaluate", "--data", "pairs.csv"], &QUICK[..], more].concat());
    let json = run(&["--format", "json"]).json();
    assert_eq!(json["setting"]["model"], *fixture("bert").to_string_lossy());
    assert_eq!((json["setting"]["pairs"].as_u64(), json["setting"]["sample"].as_u64()), (Some(4), Some(2)));
    assert_eq!(json["accuracy"].as_array().unwrap().len(), 5);
    assert!(json["agreement"].is_null() && json["sanity"].is_array());
    let text = run(&[]).out();
    for part in
        ["removal delete", "Predictive", "Accuracy", "Insertion", "Subsets", "Pointing", "Sanity", "leave one out"]
    {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert_eq!(run(&["--output", "report.html"]).out(), "");
    let page = std::fs::read_to_string(machine.path("report.html")).unwrap();
    assert!(page.starts_with("<!doctype html>") && page.contains("<svg") && !page.contains("http"));
}

#[test]
fn the_model_and_the_one_it_is_held_against_are_named() {
    let machine = Machine::new();
    machine
        .write("x.jsonl", "{\"q\":\"a dog\",\"p\":\"the dog\",\"y\":-1}\n{\"q\":\"wine\",\"p\":\"a cat\",\"y\":3}\n");
    let (one, other) = (fixture("bert"), fixture("bert"));
    let (one, other) = (one.to_string_lossy(), other.to_string_lossy());
    let data =
        ["--data", "x.jsonl", "--columns", "q,p,y", "--score-range", "-1,3", "--metrics", "predictive,agreement"];
    let json = machine.run(&[&["evaluate", &one, "--against", &other, "-f", "json"], &data[..]].concat()).json();
    assert_eq!(json["agreement"]["against"], *other);
    assert!(json["agreement"]["spearman"]["value"].as_f64().unwrap() > 1.0 - 1e-9);
    assert!(json["predictive"].is_object() && json["faithfulness"].is_null());
}

#[test]
fn each_mistake_gets_one_error() {
    let machine = machine();
    machine.write("bad.csv", "sentence1,sentence2,score\na,b,7\n");
    let cases: [(&[&str], i32, &str); 8] = [
        (&["--data", "absent.csv"], 1, "cannot read absent.csv"),
        (&["--data", "bad.csv"], 1, "line 2: its score 7 is not from 0 to 1"),
        (&["--data", "bad.csv"], 1, "hint: the file's scores fit --score-range 0,10"),
        (&["--data", "pairs.csv", "--metrics", "agreement"], 2, "--against"),
        (&["--data", "pairs.csv", "--columns", "a,b"], 2, "columns must be three names"),
        (&["--data", "pairs.csv", "--score-range", "1"], 2, "two numbers"),
        (&["--data", "pairs.csv", "--output", "report.png"], 2, ".html"),
        (&["--data", "pairs.csv", "--layer", "9"], 1, "there is no layer 9"),
    ];
    for (args, code, expected) in cases {
        let message = machine.run(&[&["evaluate"], args].concat()).problem(code);
        assert!(message.contains(expected), "{message}");
    }
    let message = machine.run(&["evaluate", "--data", "pairs.csv", "--metrics", "beauty"]);
    assert!(message.code == Some(2) && message.err.contains("insertion"), "{}", message.err);
}

const WORDS: &str = "0\tThe dog runs .\t\tA dog ran .\t\t1\t1\t0-0 1-1 2-2 3-3\t\n\
                     1\tred wine\t\twhite wine\t\t1\t1\t1-1\t0-0\n";
const CHUNKS: &str = "<sentence id=\"1\" status=\"\">\n<source>\n1 a :\n2 dog :\n</source>\n<translation>\n1 the :\n2 dog :\n\
                      </translation>\n<alignment>\n1 2 <==> 1 2 // EQUI // 5 // a dog <==> the dog\n</alignment>\n</sentence>\n";

#[test]
fn gold_alignments_need_no_pairs_and_go_with_them() {
    let machine = machine();
    machine.write("words.tsv", WORDS);
    machine.write("chunks.wa", CHUNKS);
    let gold = ["evaluate", "--gold", "words.tsv", "--gold", "chunks.wa"];
    let json = machine.run(&[&gold[..], &["--format", "json", "--layers", "0,-1"]].concat()).json();
    let files = json["alignment"].as_array().unwrap();
    assert_eq!((files[0]["gold"].as_str(), files[0]["pairs"].as_u64()), (Some("words.tsv"), Some(2)));
    assert_eq!((files[1]["gold"].as_str(), files[1]["pairs"].as_u64()), (Some("chunks.wa"), Some(1)));
    assert_eq!(files[1]["methods"][0]["precision"]["value"].as_f64(), Some(1.0), "there is one pair of chunks");
    assert_eq!(files[0]["methods"].as_array().unwrap().len(), 2 * 2 + 2 + 2 * 2 + 2);
    assert!(json["predictive"].is_null() && json["accuracy"].is_null());
    let text = machine.run(&gold).out();
    assert!(text.contains("Alignment") && text.contains("interaction") && !text.contains(" 0 pairs"), "{text}");
    let both = ["--data", "pairs.csv", "--metrics", "predictive,alignment", "--sample", "1", "-f", "json"];
    let json = machine.run(&[&gold[..], &both[..]].concat()).json();
    assert!(json["predictive"].is_object() && json["alignment"][0]["pairs"].as_u64() == Some(1));
}

#[test]
fn each_mistake_with_gold_alignments_gets_one_error() {
    let machine = machine();
    machine.write("words.tsv", WORDS);
    machine.write("bad.tsv", WORDS.replace("2-2", "2-9"));
    let cases: [(&[&str], i32, &str); 7] = [
        (&["--gold", "absent.wa"], 1, "cannot read absent.wa"),
        (&["--gold", "bad.tsv"], 1, "bad.tsv is not usable: line 1: field 8: `2-9` names word 9 of the second text"),
        (&["--gold", "pairs.csv"], 1, "no known kind of gold alignments"),
        (&["--gold", "words.tsv", "--metrics", "predictive"], 2, "--gold is for the metric alignment"),
        (&["--gold", "words.tsv", "--metrics", "alignment,sanity"], 2, "sanity needs text pairs"),
        (&["--data", "pairs.csv", "--metrics", "alignment"], 2, "alignment needs gold alignments"),
        (&[], 2, "--data <FILE>"),
    ];
    for (args, code, expected) in cases {
        let message = machine.run(&[&["evaluate"], args].concat()).problem(code);
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn bad_rows_are_left_out_where_that_is_asked_for() {
    let machine = machine();
    machine.write("bad.csv", format!("{CSV}a,b,7\n"));
    let args = ["evaluate", "--data", "bad.csv", "--skip-bad-rows", "--metrics", "predictive", "--format", "json"];
    let ran = machine.run(&args);
    assert!(ran.err.contains("1 of 5 rows were skipped"), "{}", ran.err);
    assert_eq!(ran.json()["setting"]["pairs"].as_u64(), Some(4));
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_is_data_for_measuring_and_for_training() {
    let machine = machine();
    let data = fixture("parquet").join("float32.parquet");
    let data = data.to_string_lossy();
    let json = machine.run(&["evaluate", "--data", &data, "--metrics", "predictive", "--format", "json"]).json();
    assert_eq!(json["setting"]["pairs"].as_u64(), Some(6));
    let base = fixture("bert");
    let train = ["train", "--base", &base.to_string_lossy(), "--data", &data, "--epochs", "1", "--output", "mine"];
    machine.run(&train).out();
    assert!(machine.path("mine/model.safetensors").exists());
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_nothing_behind() {
    let machine = machine();
    let args = ["evaluate", "--data", "pairs.csv", "--subsets", "200000", "--output", "report.json"];
    let mut child = machine.command(&args).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1500));
    let id = child.id().to_string();
    let interrupt = || assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    interrupt();
    // The step in hand is long here; the second one does not wait for it.
    std::thread::sleep(std::time::Duration::from_millis(300));
    if child.try_wait().unwrap().is_none() {
        interrupt();
    }
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(130));
    let left: Vec<_> = std::fs::read_dir(machine.home.path()).unwrap().flatten().map(|e| e.file_name()).collect();
    assert_eq!(left, ["pairs.csv"]);
}
