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
        ["<h1 dir=\"auto\">Red wine", "Why 2 outranks", "class=\"for\"", "ws-canvas", "<dt>author</dt><dd>Bo</dd>"]
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

#[test]
fn each_mistake_gets_one_error() {
    let machine = Machine::with_model();
    machine.write("a.csv", CSV);
    machine.write("twice.csv", "id,text\na,x\na,y\n");
    machine.write("empty.txt", "x\n\ny\n");
    machine.run(&["index", "a.csv", "-o", "it"]).out();
    let copy = machine.model("mine");
    machine.run(&["index", "a.csv", "-o", "moved", "-m", "mine"]).out();
    std::fs::rename(&copy, machine.path("elsewhere")).unwrap();
    let other = fixture("mpnet").to_string_lossy().into_owned();
    let cases: [(&[&str], i32, &str); 16] = [
        (&["index", "-o", "it"], 2, "<FILE>"),
        (&["index", "absent.csv", "-o", "new"], 1, "cannot read absent.csv"),
        (&["index", "a.csv", "./a.csv", "-o", "new"], 1, "./a.csv is not usable: it is given twice"),
        (&["index", "a.csv", "-o", "a.csv"], 1, "a.csv: it is a file: choose a new folder"),
        (&["index", "twice.csv", "-o", "new"], 1, "line 3 has the id `a`, which line 2 of twice.csv has"),
        (&["index", "empty.txt", "-o", "new"], 1, "line 2: its text is empty"),
        (&["index", "a.csv", "-o", "it", "--text", "body"], 1, "it has no column `body`"),
        (&["index", "a.csv", "-o", "it", "--model", &other], 1, "it was made with the model"),
        (&["search", "x", "-i", "absent"], 1, "there is no such folder"),
        (&["search", "x", "-i", "a.csv"], 1, "a.csv: it is a file, and an index is a folder"),
        (&["search", " ", "-i", "it"], 1, "text query is empty"),
        (&["search", "x", "-i", "mine"], 1, "there is no such folder"),
        (&["search", "x", "-i", "it", "--model", &other], 1, "it was made with the model"),
        (&["search", "x", "-i", "moved"], 1, "say with --model where it is now"),
        (&["search", "x", "-i", "it", "--margin", "-k", "1"], 2, "--top must be 2 or more"),
        (&["search", "x", "-i", "it", "-o", "a.doc"], 2, "use .txt, .json or .html"),
    ];
    for (args, code, expected) in cases {
        let message = machine.run(args).problem(code);
        assert!(message.contains(expected), "{message}");
        assert!(message.matches("os error").count() < 2, "said twice: {message}");
    }
    assert!(!machine.path("new/index.json").exists());
    machine.run(&["search", "x", "-i", "moved", "-m", "elsewhere"]).out();
    let ran = machine.run(&["index", "empty.txt", "-o", "new", "--skip-empty"]);
    assert!(ran.err.contains("1 row is empty and left out"), "{}", ran.err);
    assert_eq!(ran.out(), "2 texts: 2 embedded\n");
}

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
