//! Help, versions, usage errors and completions.

use crate::{A, B, Machine};

#[test]
fn every_command_has_help() {
    let machine = Machine::new();
    for command in ["explain", "embed", "similarity", "compare", "test", "duplicates", "train", "models", "completions"]
    {
        let (long, short) = (machine.run(&[command, "--help"]).out(), machine.run(&[command, "-h"]).out());
        assert!(long.starts_with(char::is_uppercase) && long.contains("Usage: whysim"), "{long}");
        assert!(long.len() > short.len() || command == "models", "{command}");
        assert!(command == "models" || long.contains("Examples:"), "{command}");
    }
    assert!(machine.run(&["--help"]).out().contains("Exit status"));
    assert!(machine.run(&["--version"]).out().starts_with("whysim "));
}

#[test]
fn what_cannot_be_is_a_usage_error() {
    let machine = Machine::with_model();
    let explain = |more: &[&str]| machine.run(&[&["explain", A, B], more].concat()).problem(2);
    assert!(explain(&["--steps", "0"]).contains("--steps"));
    assert!(explain(&["--steps", "4", "--tolerance", "1"]).contains("cannot be used with"));
    assert!(explain(&["--tolerance", "0"]).contains("above 0"));
    assert!(explain(&["--tolerance", "nan"]).contains("above 0"));
    assert!(explain(&["--layer", "last"]).contains("embeddings"));
    assert!(explain(&["--rule", "simpson"]).contains("gauss-legendre"));
    assert!(explain(&["--similarity", "euclid"]).contains("[possible values: cos, dot]"));
    assert!(explain(&["--threads", "0"]).contains("--threads"));
    assert!(explain(&["--output", "result.doc"]).contains(".html"));
    machine.run(&["explain", A]).problem(2);
    machine.run(&["embed"]).problem(2);
}

#[test]
fn shells_can_complete() {
    let machine = Machine::new();
    for (shell, part) in [("bash", "_whysim()"), ("zsh", "#compdef whysim"), ("fish", "complete -c whysim")] {
        let script = machine.run(&["completions", shell]).out();
        assert!(script.contains(part) && script.contains("tolerance"), "{shell}");
    }
    assert!(machine.run(&["completions", "cobol"]).problem(2).contains("zsh"));
}
