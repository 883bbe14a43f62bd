//! Where results go and what they look like.

use std::fs;

use crate::{A, B, Machine};

#[test]
fn the_ending_says_the_format() {
    let machine = Machine::with_model();
    let start = |name: &str| {
        assert_eq!(machine.run(&["explain", A, B, "--output", name]).out(), "");
        fs::read(machine.path(name)).unwrap()
    };
    assert!(start("pair.html").starts_with(b"<!doctype html>") || start("pair.html").starts_with(b"<!DOCTYPE html>"));
    assert!(start("pair.svg").starts_with(b"<svg "));
    assert!(start("pair.JSON").starts_with(b"{\n  \"model\""));
    assert!(start("pair.txt").starts_with(b"cosine "));
    #[cfg(feature = "png")]
    assert!(start("pair.png").starts_with(b"\x89PNG") && start("pair.pdf").starts_with(b"%PDF-1."));
    #[cfg(not(feature = "png"))]
    assert!(machine.run(&["explain", A, B, "-o", "pair.png"]).problem(1).contains("cargo feature `png`"));
}

#[test]
fn a_format_that_is_given_is_stronger() {
    let machine = Machine::with_model();
    machine.run(&["explain", A, B, "-o", "pair.txt", "-f", "json"]).out();
    assert!(fs::read_to_string(machine.path("pair.txt")).unwrap().starts_with('{'));
    for (format, start) in [("html", "<!"), ("svg", "<svg "), ("json", "{"), ("text", "cosine ")] {
        assert!(machine.run(&["explain", A, B, "-f", format]).out().starts_with(start), "{format}");
    }
    assert!(machine.run(&["explain", A, B, "-o", "-", "-f", "svg"]).out().starts_with("<svg "));
    let svg = |theme: &str| machine.run(&["explain", A, B, "-f", "svg", "--theme", theme]).out();
    assert_ne!(svg("light"), svg("dark"));
    let page = machine.run(&["explain", A, B, "-f", "html", "--theme", "dark"]).out();
    assert!(page.contains("data-theme=\"dark\""), "{page}");
    assert_eq!(svg("light"), machine.run(&["explain", A, B, "-f", "svg"]).out());
}

#[test]
fn colours_are_for_terminals_or_on_demand() {
    let explain = |machine: &Machine, more: &[&str]| machine.run(&[&["explain", A, B], more].concat()).out();
    let machine = Machine::with_model().set("COLORTERM", "truecolor");
    assert!(!explain(&machine, &[]).contains('\u{1b}'), "no terminal");
    let colored = explain(&machine, &["--color", "always"]);
    assert!(colored.contains("\u{1b}[48;2;"));
    assert_eq!(colored, explain(&machine, &["--color", "always", "--theme", "dark"]));
    assert!(!explain(&machine, &["--color", "never"]).contains('\u{1b}'));
    let machine = Machine::with_model().set("TERM", "xterm-256color").set("COLORFGBG", "0;15").set("NO_COLOR", "1");
    assert!(!explain(&machine, &[]).contains('\u{1b}'));
    let colored = explain(&machine, &["--color", "always"]);
    assert!(colored.contains("\u{1b}[48;5;"), "what is asked for is stronger than NO_COLOR");
    assert_eq!(colored, explain(&machine, &["--color", "always", "--theme", "light"]), "COLORFGBG");
    assert_ne!(colored, explain(&machine, &["--color", "always", "--theme", "dark"]));
    explain(&machine, &["-o", "pair.txt"]);
    assert!(!fs::read_to_string(machine.path("pair.txt")).unwrap().contains('\u{1b}'));
}

#[test]
fn top_says_how_many_pairs_are_listed() {
    let machine = Machine::with_model();
    let pairs = |k: &str| machine.run(&["explain", A, B, "--top", k]).out().matches('×').count();
    assert_eq!([pairs("0"), pairs("3"), pairs("8")], [0, 4, 9], "and one in the title");
    let listed = |more: &[&str]| {
        let text = machine.run(&[&["explain", A, B, "--top", "999"], more].concat()).out();
        text[text.find("\nstrongest").unwrap()..].to_owned()
    };
    assert!(!listed(&[]).contains("[CLS]") && listed(&[]).contains("of the texts' own tokens"));
    assert!(listed(&["--special"]).contains("[CLS]") && !listed(&["--special"]).contains("of the texts' own"));
}

#[test]
fn either_view_can_be_had_in_every_format_but_json() {
    let machine = Machine::with_model();
    let drawn = |format: &str, more: &[&str]| machine.run(&[&["explain", A, B, "-f", format], more].concat()).out();
    for format in ["text", "svg", "html"] {
        let [attribution, interaction] = ["attribution", "interaction"].map(|view| drawn(format, &["--view", view]));
        assert_ne!(attribution, interaction, "{format}");
        assert_eq!(drawn(format, &[]), interaction, "{format}: the default of a model that is not exact");
    }
    let strongest = |view: &str| {
        let text = drawn("text", &["--view", view, "--top", "1"]);
        text.lines().skip_while(|line| !line.starts_with("strongest")).nth(1).unwrap().trim().to_owned()
    };
    assert_ne!(strongest("attribution").split(' ').next(), strongest("interaction").split(' ').next());
    for more in [&["-f", "json"][..], &["-o", "pair.json"]] {
        let message = machine.run(&[&["explain", A, B, "--view", "interaction"], more].concat()).problem(2);
        assert!(message.contains("`matrix` and `interaction`: leave it out"), "{message}");
    }
    let message = machine.run(&["explain", A, B, "--view", "both"]).problem(2);
    assert!(message.contains("[possible values: attribution, interaction]"), "{message}");
}

#[test]
fn a_failure_leaves_nothing() {
    let machine = Machine::with_model();
    let left = || fs::read_dir(machine.home.path()).unwrap().count();
    let failed = |output: &str| machine.run(&["explain", A, B, "-f", "json", "-o", output]).problem(1);
    assert!(failed("nowhere/pair.json").contains("there is no folder nowhere"));
    assert!(failed(".").contains("it is a folder"));
    // The folder is there, but takes no such file: it fails for root too, whom rights do not stop.
    assert!(failed(&"x".repeat(300)).contains("cannot write"));
    machine.run(&["explain", A, "", "-o", "pair.json"]).problem(1);
    assert_eq!(left(), 0);
}

#[cfg(unix)]
#[test]
fn a_file_that_is_replaced_keeps_its_rights_and_links_stay_links() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let machine = Machine::with_model();
    let mode = |name: &str| machine.path(name).metadata().unwrap().permissions().mode() & 0o777;
    machine.write("old.json", "old");
    fs::set_permissions(machine.path("old.json"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("old.json", machine.path("link.json")).unwrap();
    machine.run(&["explain", A, B, "-o", "link.json"]).out();
    assert!(machine.path("link.json").is_symlink());
    assert!(fs::read_to_string(machine.path("old.json")).unwrap().starts_with('{'));
    assert_eq!(mode("old.json"), 0o640);
    machine.run(&["explain", A, B, "-o", "new.json"]).out();
    machine.write("plain", "");
    assert_eq!(mode("new.json"), mode("plain"));
    machine.run(&["explain", A, B, "-f", "json", "-o", "/dev/null"]).out();
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    let machine = Machine::with_model();
    for args in [&["explain", A, B, "-f", "json"][..], &["embed", A], &["completions", "bash"]] {
        let mut child = machine.command(args).spawn().unwrap();
        drop(child.stdout.take());
        let done = child.wait_with_output().unwrap();
        assert!(done.status.success() && done.stderr.is_empty(), "{}", String::from_utf8_lossy(&done.stderr));
    }
}

#[test]
fn what_a_killed_run_left_is_removed_by_the_next() {
    let machine = Machine::with_model();
    for (name, age) in [(".pair.json.whysim-abc", 120), (".pair.json.whysim-new", 0), (".other.json.whysim-abc", 120)] {
        machine.write(name, "{");
        let file = std::fs::File::options().write(true).open(machine.path(name)).unwrap();
        file.set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(age)).unwrap();
    }
    machine.run(&["explain", A, B, "--steps", "1", "--output", "pair.json"]).out();
    let left = |name: &str| machine.path(name).exists();
    assert!(left("pair.json") && !left(".pair.json.whysim-abc"));
    assert!(left(".pair.json.whysim-new") && left(".other.json.whysim-abc"), "another run may be writing them");
}
