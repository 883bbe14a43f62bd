//! `whysim index` and `whysim search`.

use std::time::{Duration, Instant};

use crate::{Machine, fixture};

const CSV: &str = "id,text,author
1,The dog runs after the kitten.,Ann
2,Red wine is on the table.,Bo
3,She plays the piano well.,Cy
4,It rained all night.,
";

fn names(json: &serde_json::Value) -> Vec<&str> {
    json["hits"].as_array().unwrap().iter().map(|hit| hit["id"].as_str().unwrap()).collect()
}

#[test]
fn files_are_indexed_and_searched() {
    let machine = Machine::with_model();
    for command in ["index", "search"] {
        let (long, short) = (machine.run(&[command, "--help"]).out(), machine.run(&[command, "-h"]).out());
        assert!(long.contains("Examples:") && long.len() > short.len(), "{long}");
    }
    machine.write("a.csv", CSV);
    assert_eq!(machine.run(&["index", "a.csv", "--output", "it"]).out(), "4 texts: 4 embedded\n");
    let search =
        |more: &[&str]| machine.run(&[&["search", "Red wine is on the table.", "--index", "it"], more].concat());
    let json = search(&["--format", "json", "--top", "3", "--margin"]).json();
    assert_eq!((json["hits"].as_array().unwrap().len(), names(&json)[0]), (3, "2"));
    assert_eq!((&json["hits"][0]["metadata"]["author"], &json["hits"][0]["line"]), (&"Bo".into(), &3.into()));
    assert!((json["hits"][0]["score"].as_f64().unwrap() - 1.0).abs() < 1e-5);
    let margin = json["hits"][0]["score"].as_f64().unwrap() - json["hits"][1]["score"].as_f64().unwrap();
    assert!((json["margin"]["margin"].as_f64().unwrap() - margin).abs() < 1e-4);
    let text = search(&["--margin", "--spans", "0"]).out();
    for part in [
        "4 of 4 texts, by cosine",
        "2  Red wine is on the table.",
        "author: Bo",
        "why 2 outranks",
        "words of the query",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    search(&["--margin", "--output", "why.html"]).out();
    let page = std::fs::read_to_string(machine.path("why.html")).unwrap();
    for part in
        ["<h1 dir=\"auto\">Red wine", "Why 2 outranks", "ws-above", "class=\"whysim\"", "<dt>author</dt><dd>Bo</dd>"]
    {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("http://") && !page.contains("https://"), "the page needs a network");
}

/// In every form as `whysim highlight` does it.
#[test]
fn what_answers_the_query_is_marked() {
    let machine = Machine::with_model();
    machine.write("a.csv", CSV);
    machine.run(&["index", "a.csv", "-o", "it"]).out();
    let query = "The dog runs.";
    let search = |more: &[&str]| machine.run(&[&["search", query, "-i", "it", "-k", "3"], more].concat());
    let json = search(&["-f", "json", "--least", "0.05"]).json();
    let hits = json["hits"].as_array().unwrap();
    let mut texts: Vec<&str> = hits.iter().map(|hit| hit["text"].as_str().unwrap()).collect();
    texts.splice(0..0, ["highlight", query]);
    let alone = machine.run(&[&texts[..], &["-f", "json", "--least", "0.05"]].concat()).json();
    let mut spans = 0;
    for (hit, alone) in hits.iter().zip(alone.as_array().unwrap()) {
        assert_eq!((&hit["highlight"]["spans"], &hit["highlight"]["score"]), (&alone["spans"], &alone["score"]));
        spans += alone["spans"].as_array().unwrap().len();
    }
    assert!(spans > 2);
    let marked = search(&["--least", "0.05"]);
    assert!(marked.err.is_empty(), "{}", marked.err);
    assert_eq!(marked.out().matches("**").count(), 2 * spans);
    let coloured = search(&["--least", "0.05", "--color", "always"]).out();
    assert!(coloured.contains("\u{1b}[48;5;") && !coloured.contains("**"), "{coloured:?}");
    search(&["--least", "0.05", "-o", "marked.html"]).out();
    assert_eq!(std::fs::read_to_string(machine.path("marked.html")).unwrap().matches("<mark ").count(), spans);
    let sentences = search(&["--sentences"]).out();
    assert!(sentences.contains("**The dog runs after the kitten.**"), "{sentences}");
    let without = search(&["--spans", "0", "-f", "json"]).json();
    assert!(without["hits"][0]["highlight"].is_null() && names(&without) == names(&json));
}

#[test]
fn an_update_embeds_what_is_new_and_search_says_what_has_changed() {
    let machine = Machine::with_model();
    machine.write("a.csv", CSV);
    machine.run(&["index", "a.csv", "-o", "it", "--f16"]).out();
    machine.write(
        "a.csv",
        CSV.replace("It rained all night.", "A new text.").replace("3,She plays the piano well.,Cy\n", ""),
    );
    let ran = machine.run(&["search", "rain", "-i", "it", "-f", "json"]);
    assert!(ran.err.contains("a.csv has changed since it was indexed"), "{}", ran.err);
    assert_eq!(names(&ran.json()).len(), 4);
    assert!(machine.run(&["search", "rain", "-i", "it", "--quiet"]).err.is_empty());
    assert_eq!(
        machine.run(&["index", "a.csv", "-o", "it", "--f16"]).out(),
        "3 texts: 2 as before, 1 embedded, 2 removed\n"
    );
    let ran = machine.run(&["search", "rain", "-i", "it", "-f", "json"]);
    assert!(ran.err.is_empty(), "{}", ran.err);
    let found = ran.json();
    let mut names = names(&found);
    names.sort_unstable();
    assert_eq!(names, ["1", "2", "4"]);
}

/// Kills the program when its first part is on the disk, and goes on.
#[test]
fn a_killed_run_goes_on_where_it_was() {
    let machine = Machine::with_model();
    let lines: Vec<String> =
        (0..20_000).map(|i| format!("the dog runs after kitten number {i} of {}", i % 97)).collect();
    machine.write("a.txt", lines.join("\n"));
    let mut child = machine.command(&["index", "a.txt", "-o", "it"]).spawn().unwrap();
    let begun = Instant::now();
    let first = machine.path("it/part-000001.texts.arrow");
    while !first.exists() {
        assert!(
            begun.elapsed() < Duration::from_secs(100) && child.try_wait().unwrap().is_none(),
            "it was done before"
        );
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let message = machine.run(&["search", "a dog", "-i", "it"]).problem(1);
    assert!(message.contains("not finished: run the command that makes it again"), "{message}");
    let before = std::fs::read(&first).unwrap();
    let summary = machine.run(&["index", "a.txt", "-o", "it"]).out();
    assert!(summary.starts_with("20,000 texts: ") && summary.contains("of the run that was stopped"), "{summary}");
    assert_eq!(std::fs::read(&first).unwrap(), before, "what was done is taken over");
    let json = machine.run(&["search", &lines[12_345], "-i", "it", "-k", "1", "-f", "json"]).json();
    assert_eq!(json["texts"], 20_000);
}

/// What is asked, the exit status, and what the message holds. OTHER stands for another model.
const MISTAKES: [(&[&str], i32, &str); 23] = [
    (&["index", "-o", "it"], 2, "<FILE>"),
    (&["index", "absent.csv", "-o", "new"], 1, "cannot read absent.csv"),
    (&["index", "a.csv", "./a.csv", "-o", "new"], 1, "./a.csv is not usable: it is given twice"),
    (&["index", "a.csv", "-o", "a.csv"], 1, "a.csv: it is a file: choose a new folder"),
    (&["index", "twice.csv", "-o", "new"], 1, "line 3 has the id `a`, which line 2 of twice.csv has"),
    (&["index", "empty.txt", "-o", "new"], 1, "line 2: its text is empty"),
    (&["index", "a.csv", "-o", "it", "--text", "body"], 1, "it has no column `body`"),
    (&["index", "a.csv", "-o", "it", "--model", OTHER], 1, "it was made with the model"),
    (&["search", "x", "-i", "absent"], 1, "there is no such folder"),
    (&["search", "x", "-i", "a.csv"], 1, "a.csv: it is a file, and an index is a folder"),
    (&["search", " ", "-i", "it"], 1, "text query is empty"),
    (&["search", "x", "-i", "mine"], 1, "there is no such folder"),
    (&["search", "x", "-i", "it", "--model", OTHER], 1, "it was made with the model"),
    (&["search", "x", "-i", "moved"], 1, "say with --model where it is now"),
    (&["index", "open.csv", "-o", "new"], 1, "line 2: a quote is opened and never closed"),
    (&["index", "none.txt", "-o", "new"], 1, "none.txt is not usable: it does not hold any text"),
    (&["index", "empty.txt", "-o", "new"], 1, "hint: --skip-empty leaves out"),
    (&["index", "a.csv", "-o", "it", "--text", "body"], 1, "hint: --text names the column"),
    (&["index", "a.csv", "-o", "it", "--similarity", "dot"], 1, "compared by `cos`, not `dot`"),
    (&["index", "empty.txt", "-o", "new", "--text", "body"], 2, "--text is about columns"),
    (&["search", "x", "-i", "it", "-k", "0"], 2, "expected a whole number, 1 or more"),
    (&["search", "x", "-i", "it", "--margin", "-k", "1"], 2, "--top must be 2 or more"),
    (&["search", "x", "-i", "it", "-o", "a.doc"], 2, "use .txt, .json or .html"),
];

const OTHER: &str = "another model";

#[test]
fn each_mistake_gets_one_error() {
    let machine = Machine::with_model();
    machine.write("a.csv", CSV);
    machine.write("twice.csv", "id,text\na,x\na,y\n");
    machine.write("empty.txt", "x\n\ny\n");
    machine.write("none.txt", "");
    machine.write("open.csv", "id,text\n1,\"a\n2,b\n");
    machine.run(&["index", "a.csv", "-o", "it"]).out();
    let copy = machine.model("mine");
    machine.run(&["index", "a.csv", "-o", "moved", "-m", "mine"]).out();
    std::fs::rename(&copy, machine.path("elsewhere")).unwrap();
    let other = fixture("mpnet").to_string_lossy().into_owned();
    for (args, code, expected) in MISTAKES {
        let args: Vec<&str> = args.iter().map(|arg| if *arg == OTHER { &other } else { *arg }).collect();
        let message = machine.run(&args).problem(code);
        assert!(message.contains(expected), "{message}");
        assert!(message.matches("os error").count() < 2, "said twice: {message}");
    }
    assert!(!machine.path("new").exists(), "a failed run leaves no folder");
    machine.run(&["search", "x", "-i", "moved", "-m", "elsewhere"]).out();
    let ran = machine.run(&["index", "empty.txt", "-o", "new", "--skip-empty"]);
    assert!(ran.err.contains("1 row is empty and left out"), "{}", ran.err);
    assert_eq!(ran.out(), "2 texts: 2 embedded\n");
}

/// What an index does not hold is said when it is made, and when it is searched.
#[test]
fn what_is_left_out_is_said() {
    let machine = Machine::with_model();
    let parquet = concat!(env!("CARGO_MANIFEST_DIR"), "/../whysim/tests/fixtures/parquet/float32.parquet");
    let ran = machine.run(&["index", parquet, "-o", "table", "--text", "sentence1"]);
    assert!(ran.err.contains("left out of the metadata, since it is neither text nor a number: `more`"), "{}", ran.err);
    machine.write("a.csv", format!("id,text\nshort,\"one\r\ntwo\"\nlong,{}\n", "a dog runs ".repeat(2000)));
    let ran = machine.run(&["index", "a.csv", "-o", "it"]);
    assert!(
        ran.err.contains("1 text embedded now is longer than") && ran.err.contains("The first is `long`"),
        "{}",
        ran.err
    );
    let json = machine.run(&["search", "a dog", "-i", "it", "-f", "json", "--spans", "0"]).json();
    for hit in json["hits"].as_array().unwrap() {
        assert_eq!(hit["truncated"], hit["id"] == "long");
    }
    let text = machine.run(&["search", "a dog", "-i", "it", "--spans", "0"]).out();
    assert!(text.contains("one↵two") || text.contains("one ↵ two"), "{text}");
}

/// Numbers that are not those that were written, in a file whose size and time are.
#[test]
fn a_search_warns_of_embeddings_that_are_not_the_models() {
    let machine = Machine::with_model();
    let lines: Vec<String> = (0..200).map(|i| format!("Prices rose by {i}.")).collect();
    machine.write("a.txt", lines.join("\n"));
    machine.run(&["index", "a.txt", "-o", "it"]).out();
    let path = machine.path("it/part-000001.vectors.arrow");
    let time = path.metadata().unwrap().modified().unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    // The signs of the numbers in the middle of the file.
    let middle = bytes.len() / 8 * 4;
    bytes[middle - 256..middle + 256].iter_mut().skip(3).step_by(4).for_each(|byte| *byte ^= 0x80);
    std::fs::write(&path, bytes).unwrap();
    std::fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    let ran = machine.run(&["search", "Prices", "-i", "it", "-k", "200"]);
    assert!(ran.err.contains("not the model's embeddings of these texts"), "{}", ran.err);
    assert_eq!(ran.err.matches("warning:").count(), 1, "{}", ran.err);
    ran.out();
}
