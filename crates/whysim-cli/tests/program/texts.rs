//! Texts from the command line, files and standard input.

use crate::{A, B, Machine};

/// The texts as the program understood them.
fn texts(machine: &Machine, args: &[&str], input: &str) -> [String; 2] {
    let args = [&["explain", "--steps", "1", "--format", "json"], args].concat();
    let e = machine.run_with(&args, input.as_bytes()).json();
    ["a", "b"].map(|side| e[side]["text"].as_str().unwrap().to_owned())
}

#[test]
fn they_come_from_where_the_user_has_them() {
    let machine = Machine::with_model();
    machine.write("a.txt", format!("{A}\n\n"));
    machine.write("b.txt", format!("{B}\r\n"));
    let both = [A.to_owned(), B.to_owned()];
    assert_eq!(texts(&machine, &[A, B], ""), both);
    assert_eq!(texts(&machine, &["-", B], A), both);
    assert_eq!(texts(&machine, &[A, "-"], &format!("{B}\n")), both);
    assert_eq!(texts(&machine, &["--file-b", "b.txt", A], ""), both);
    assert_eq!(texts(&machine, &["--file-a", "-", B], A), both);
    // One line break goes, and no more.
    assert_eq!(texts(&machine, &["--file-a", "a.txt", "--file-b", "b.txt"], ""), [format!("{A}\n"), B.to_owned()]);
}

#[test]
fn texts_that_look_like_something_else_can_be_said() {
    let machine = Machine::with_model();
    let said = |args: &[&str], input: &str| texts(&machine, args, input);
    assert_eq!(said(&["@file", "embeddings"], ""), ["@file", "embeddings"]);
    assert_eq!(said(&["--", "-5 degrees", "--help"], ""), ["-5 degrees", "--help"]);
    assert_eq!(said(&["-", "dog"], "-\n"), ["-", "dog"]);
    machine.write("dash", "-");
    assert_eq!(said(&["--file-a", "dash", "dog"], ""), ["-", "dog"]);
}

#[test]
fn what_is_no_text_is_said_to_be_none() {
    let machine = Machine::with_model();
    machine.write("latin", b"caf\xe9 noir");
    let message = machine.run(&["explain", "--file-a", "latin", B]).problem(1);
    assert!(message.contains("latin is not UTF-8 (byte 4 is 0xe9)") && message.contains("iconv"), "{message}");
    let message = machine.run_with(&["similarity", "-", B], b"\xff").problem(1);
    assert!(message.contains("standard input is not UTF-8"), "{message}");
    let message = machine.run(&["explain", "--file-a", "nowhere.txt", B]).problem(1);
    assert!(message.contains("cannot read nowhere.txt: No such file"), "{message}");
    assert!(machine.run(&["explain", "", B]).problem(1).contains("text A is empty"));
    assert!(machine.run(&["explain", A, "-"]).problem(1).contains("text B is empty"));
}

#[test]
fn too_many_or_too_few_are_usage_errors() {
    let machine = Machine::with_model();
    machine.write("a.txt", A);
    assert!(machine.run(&["explain", "-", "-"]).problem(2).contains("one text only"));
    assert!(machine.run(&["explain", "--file-a", "a.txt"]).problem(2).contains("text B is missing"));
    assert!(machine.run(&["explain", "--file-a", "a.txt", A, B]).problem(2).contains("too many texts"));
    assert!(machine.run(&["similarity", A, B, A]).problem(2).contains("unexpected"));
    assert!(machine.run(&["embed", "-", "-"]).problem(2).contains("once only"));
}
