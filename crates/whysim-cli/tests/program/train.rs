//! `whysim train`.

use std::fmt::Write;
use std::time::{Duration, Instant};

use crate::{A, B, Machine, fixture};

/// Pairs of texts with scores from 0 to 1.
fn pairs(machine: &Machine, name: &str, count: usize) -> String {
    let mut text = "sentence1,sentence2,score\n".to_owned();
    for i in 0..count {
        let (a, b) = if i % 2 == 0 { (A, B) } else { ("Birds sing.", A) };
        writeln!(text, "{a},{b},{}", (i % 5) as f64 / 4.0).unwrap();
    }
    machine.write(name, text)
}

/// A short training, for one epoch unless `more` says another number.
fn train(machine: &Machine, more: &[&str]) -> Vec<String> {
    let bert = fixture("bert").to_string_lossy().into_owned();
    let data = pairs(machine, "pairs.csv", 12);
    let own = ["train", "--base", &bert, "--data", &data, "--batch-size", "4"];
    let epochs: &[&str] = if more.contains(&"--epochs") { &[] } else { &["--epochs", "1"] };
    own.iter().chain(epochs).chain(more).map(|part| (*part).to_owned()).collect()
}

fn run(machine: &Machine, more: &[&str]) -> crate::Ran {
    let args = train(machine, more);
    machine.run(&args.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn a_trained_model_is_exact_and_explains() {
    let machine = Machine::new();
    let out = run(&machine, &["--dev", "pairs.csv", "--test", "pairs.csv", "--output", "mine"]).out();
    assert!(
        out.contains("dev, after step 3 of 3: Spearman") && out.contains("test: ") && out.contains("mine"),
        "{out}"
    );
    let explained = machine.run(&["explain", A, B, "--model", "mine", "--format", "json"]).json();
    assert_eq!(explained["exact"], true);
    assert_eq!(explained["border"]["corner"], 0.0);
    let again = run(&machine, &["--output", "mine"]).problem(1);
    assert!(again.contains("already exists"), "{again}");
    run(&machine, &["--output", "plain", "--no-shift", "--quiet"]).out();
    let plain = machine.run(&["explain", A, B, "--model", "plain", "--format", "json"]).json();
    assert_eq!(plain["exact"], false);
}

#[test]
fn texts_are_enough_to_distill() {
    let machine = Machine::new();
    let texts = machine.write("texts.txt", format!("{A}\n{B}\nBirds sing.\nThe train leaves at nine.\n"));
    let more =
        ["--objective", "distill", "--data", &texts, "--dev", "pairs.csv", "--test", "pairs.csv", "--output", "twin"];
    let out = run(&machine, &more).out();
    assert!(out.contains("the base model's similarities") && out.contains("scores in the data"), "{out}");
    let card = std::fs::read_to_string(machine.path("twin/README.md")).unwrap();
    assert!(card.contains("self-distillation") && card.contains("no dropout"), "{card}");
}

#[test]
fn bad_rows_are_an_error_or_counted() {
    let machine = Machine::new();
    let text = std::fs::read_to_string(machine.path(&pairs(&machine, "good.csv", 4))).unwrap() + "a,b,7\n";
    machine.write("bad.csv", text);
    let problem = run(&machine, &["--data", "bad.csv", "--output", "m"]).problem(1);
    assert!(problem.contains("line 6: its score 7 is not from 0 to 1"), "{problem}");
    let ran = run(&machine, &["--data", "bad.csv", "--output", "m", "--skip-bad-rows"]);
    assert!(ran.err.contains("1 of 5 rows were skipped"), "{}", ran.err);
    ran.out();
    let usage = run(&machine, &["--output", "n", "--score-range", "5"]).problem(2);
    assert!(usage.contains("two numbers"), "{usage}");
}

/// Ctrl-C, and then to the same bits as without.
#[cfg(unix)]
#[test]
fn ctrl_c_saves_a_checkpoint_to_resume_from() {
    let machine = Machine::new();
    let more = ["--epochs", "400", "--output", "stopped"];
    let args = train(&machine, &more);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let child = machine.command(&args).spawn().unwrap();
    let (metrics, start) = (machine.path("stopped.training/metrics.jsonl"), Instant::now());
    while std::fs::read_to_string(&metrics).unwrap_or_default().lines().count() < 5 {
        assert!(start.elapsed() < Duration::from_secs(60), "it does not start");
        std::thread::sleep(Duration::from_millis(5));
    }
    let interrupt = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(interrupt.success());
    let done = child.wait_with_output().unwrap();
    let message = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.code() == Some(130) && message.contains("with --resume to continue"), "{message}");
    machine.run(&[args.as_slice(), &["--resume"]].concat()).out();
    run(&machine, &["--epochs", "400", "--output", "whole"]).out();
    for name in ["model.safetensors", "metrics.jsonl"] {
        let read = |folder: &str| std::fs::read(machine.path(folder).join(name)).unwrap();
        assert!(read("stopped") == read("whole"), "{name} differs");
    }
}

#[test]
#[cfg(feature = "bundled")]
fn the_model_inside_the_program_is_no_base() {
    let machine = Machine::new();
    let data = pairs(&machine, "pairs.csv", 4);
    let message = machine.run(&["train", "--base", "minilm-exact", "--data", &data, "-o", "mine"]).problem(1);
    assert!(message.contains("start from the one that it is a twin of"), "{message}");
}

/// Killed again and again, at any moment, and then to the same bits as without.
#[cfg(unix)]
#[test]
fn a_killed_run_is_no_dead_end_and_leaves_nothing() {
    let machine = Machine::new();
    let more = ["--epochs", "60", "--output", "killed"];
    let mut args: Vec<String> = train(&machine, &more);
    for after in [2, 10, 25, 45, 70, 100, 150] {
        let borrowed: Vec<&str> = args.iter().map(String::as_str).collect();
        let mut child = machine.command(&borrowed).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(after));
        child.kill().unwrap();
        child.wait().unwrap();
        if machine.path("killed").exists() {
            break;
        }
        if machine.path("killed.training").exists() && args.last().is_some_and(|last| last != "--resume") {
            let refused = machine.run(&borrowed).problem(1);
            assert!(refused.contains("holds an unfinished run") && refused.contains("resume"), "{refused}");
            args.push("--resume".to_owned());
        }
    }
    if !machine.path("killed").exists() {
        let borrowed: Vec<&str> = args.iter().map(String::as_str).collect();
        machine.run(&borrowed).out();
    }
    run(&machine, &["--epochs", "60", "--output", "whole"]).out();
    let names = |folder: &str| {
        let mut all: Vec<_> =
            std::fs::read_dir(machine.path(folder)).unwrap().map(|e| e.unwrap().file_name()).collect();
        all.sort();
        all
    };
    assert_eq!(names("killed"), names("whole"));
    for name in ["model.safetensors", "metrics.jsonl"] {
        let read = |folder: &str| std::fs::read(machine.path(folder).join(name)).unwrap();
        assert!(read("killed") == read("whole"), "{name} differs");
    }
}
