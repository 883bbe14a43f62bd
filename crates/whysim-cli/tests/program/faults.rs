//! What comes from outside does not bring the program down: endless and odd files, full disks,
//! little memory.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::{A, B, Machine};

/// A folder or file of the special cases.
fn case(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../whysim/tests/fixtures/cases").join(name).canonicalize().unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn files_as_windows_saves_them() {
    let machine = Machine::with_model();
    let folder = case("files-from-windows");
    let file = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let e = machine.run(&["explain", "--file-a", &file("utf16.txt"), B, "--steps", "1", "--format", "json"]).json();
    assert_eq!(e["a"]["text"], "The coffee is bad.");
    let evaluate = |args: &[&str]| {
        machine
            .run(&[&["evaluate", "--metrics", "predictive", "--format", "json", "--score-range", "0,5"], args].concat())
    };
    for name in ["utf16.csv", "semicolons.csv"] {
        let report = evaluate(&["--data", &file(name)]).json();
        assert_eq!(report["setting"]["pairs"], 3, "{name}");
    }
    let report = evaluate(&["--data", &file("semicolons.csv"), "--delimiter", ";"]).json();
    assert_eq!(report["setting"]["pairs"], 3);
    assert!(evaluate(&["--data", &file("semicolons.csv"), "--delimiter", ","]).problem(1).contains("no column"));
    assert!(evaluate(&["--data", &file("semicolons.csv"), "--delimiter", "ab"]).problem(2).contains("one character"));
}

#[test]
fn empty_texts_are_named_or_skipped() {
    let machine = Machine::with_model();
    let lines = std::fs::read(case("files-from-windows").join("lines.txt")).unwrap();
    let message = machine.run_with(&["embed", "-"], &lines).problem(1);
    assert!(message.contains("text number 2 is empty"), "{message}");
    let ran = machine.run_with(&["embed", "--skip-empty", "-"], &lines);
    assert!(ran.err.contains("text number 2 is empty and was skipped"), "{}", ran.err);
    let rows: Vec<String> = ran.out().lines().map(str::to_owned).collect();
    assert_eq!((rows.len(), rows[1].as_str()), (3, ""), "the others keep their places");
    let json = machine.run_with(&["embed", "--skip-empty", "--format", "json", "-q", "-"], &lines).json();
    assert!(json["embeddings"][1].is_null() && json["embeddings"][2].is_array());
}

#[cfg(unix)]
#[test]
fn texts_that_never_end() {
    let machine = Machine::with_model();
    let begun = Instant::now();
    let message = machine.run(&["explain", "--file-a", "/dev/zero", B]).problem(1);
    assert!(message.contains("/dev/zero is larger than 1048576 bytes") && message.contains("--max-bytes"), "{message}");
    machine.write("long.txt", "dog ".repeat(750_000));
    let message = machine.run(&["similarity", "--file-a", "long.txt", B]).problem(1);
    assert!(message.contains("long.txt is larger"), "{message}");
    let long = machine.run(&["similarity", "--file-a", "long.txt", B, "--max-bytes", "4000000"]);
    assert!(long.err.contains("it read 24 of 750002 tokens"), "{}", long.err);
    let message = machine.run_with(&["embed", "--max-bytes", "5", "-"], b"dog\nelephant\n").problem(1);
    assert!(message.contains("line 2 of standard input is larger than 5 bytes"), "{message}");
    let word = "a".repeat(100_000);
    assert!(machine.run(&["similarity", &word, B]).out().trim().parse::<f64>().unwrap().is_finite());
    assert!(begun.elapsed() < Duration::from_secs(60));
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written() {
    let machine = Machine::with_model();
    let full = || Stdio::from(File::options().write(true).open("/dev/full").unwrap());
    // Messages are dropped, and the result is there.
    let long = "dog ".repeat(50);
    let ran = machine.command(&["similarity", &long, B]).stderr(full()).output().unwrap();
    assert!(ran.status.success() && !ran.stdout.is_empty());
    assert_eq!(machine.command(&["similarity", "", B]).stderr(full()).output().unwrap().status.code(), Some(1));
    assert_eq!(machine.command(&["--nonsense"]).stderr(full()).output().unwrap().status.code(), Some(2));
    // Results are not lost in silence.
    for args in [&["similarity", A, B][..], &["--help"], &["embed", "--help"], &["--version"], &["models"]] {
        let ran = machine.command(args).stdout(full()).output().unwrap();
        let message = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert_eq!(ran.status.code(), Some(1), "{args:?}: {message}");
        assert!(message.contains("cannot write to standard output"), "{args:?}: {message}");
    }
}

/// Runs in a gigabyte of address space, and no longer than a minute.
#[cfg(target_os = "linux")]
fn confined(machine: &Machine, args: &[&str]) -> String {
    let mut command = Command::new("sh");
    command.args([
        "-c",
        "ulimit -v 1000000; exec timeout 60 \"$@\"",
        "sh",
        env!("CARGO_BIN_EXE_whysim"),
        "--threads",
        "2",
    ]);
    let ran =
        command.args(args).env_clear().env("PATH", "/usr/bin:/bin").current_dir(machine.home.path()).output().unwrap();
    let message = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert_eq!(ran.status.code(), Some(1), "{args:?}: {message}");
    assert!(message.starts_with("error: ") && !message.contains("panicked"), "{args:?}: {message}");
    message
}

#[cfg(target_os = "linux")]
#[test]
fn hostile_files_get_no_memory_and_no_time() {
    let machine = Machine::new();
    let pickle = case("pickle-memory");
    let message = confined(&machine, &["embed", "x", "--model", text(&pickle)]);
    assert!(message.contains("pytorch_model.bin"), "{message}");
    // A vocabulary with a token of a million letters, whose trie is as deep.
    let deep = machine.model("deep");
    let token = "a".repeat(1_000_000);
    let vocabulary = serde_json::json!([["<unk>", 0.0], [token, -1.0]]);
    let json = serde_json::json!({"version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
        "pre_tokenizer": null, "post_processor": null, "decoder": null,
        "model": {"type": "Unigram", "unk_id": 0, "vocab": vocabulary}});
    std::fs::write(deep.join("tokenizer.json"), json.to_string()).unwrap();
    let message = confined(&machine, &["embed", "x", "--model", text(&deep)]);
    assert!(message.contains("a token of 1000000 bytes"), "{message}");
    let parquet = case("parquet-hang").join("hang1.parquet");
    let message = confined(&machine, &["evaluate", "--data", text(&parquet), "--metrics", "predictive"]);
    assert!(message.contains("row group"), "{message}");
}

#[test]
fn padding_to_any_length_is_not_made() {
    let machine = Machine::new();
    let folder = case("padding-fixed");
    let out = machine.run(&["similarity", A, B, "--model", text(&folder)]).out();
    assert!(out.trim().parse::<f64>().unwrap().is_finite());
}
