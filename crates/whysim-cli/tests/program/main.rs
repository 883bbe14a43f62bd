//! The program as its users run it, on tiny models.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod arguments;
mod compare;
mod contrast;
mod duplicates;
#[cfg(feature = "index")]
mod duplicates_of_indexes;
mod embed;
#[cfg(feature = "endpoint")]
mod endpoint;
mod evaluate;
mod explain;
mod explained;
mod faults;
mod highlight;
#[cfg(feature = "hub")]
mod hub;
#[cfg(feature = "index")]
mod index;
mod margin;
mod models;
mod output;
mod relevance;
mod removal;
#[cfg(feature = "server")]
mod serve;
#[cfg(feature = "hub")]
mod server;
mod texts;
mod train;

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

const A: &str = "The dog runs after the kitten.";
const B: &str = "Outside the cat is chased by the dog.";

/// The tiny model of a family.
fn fixture(family: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../whysim/tests/fixtures").join(family).canonicalize().unwrap()
}

/// A user's machine: an empty home, and no other environment.
struct Machine {
    home: TempDir,
    variables: Vec<(String, String)>,
}

/// What a run left.
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Machine {
    fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap(), variables: Vec::new() }
    }

    /// One where WHYSIM_MODEL names the tiny BERT.
    fn with_model() -> Self {
        Self::new().set("WHYSIM_MODEL", &fixture("bert").to_string_lossy())
    }

    fn set(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> String {
        std::fs::write(self.path(name), contents).unwrap();
        name.to_owned()
    }

    /// A copy of the tiny BERT in the folder `name`, to change.
    fn model(&self, name: &str) -> PathBuf {
        let folder = self.path(name);
        for inner in ["", "1_Pooling"] {
            std::fs::create_dir_all(folder.join(inner)).unwrap();
            for entry in std::fs::read_dir(fixture("bert").join(inner)).unwrap().flatten() {
                if entry.path().is_file() {
                    std::fs::copy(entry.path(), folder.join(inner).join(entry.file_name())).unwrap();
                }
            }
        }
        folder
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_whysim"));
        command.args(args).env_clear().env("HOME", self.home.path()).current_dir(self.home.path());
        command.envs(self.variables.iter().map(|(name, value)| (OsStr::new(name), OsStr::new(value))));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, args: &[&str]) -> Ran {
        self.run_with(args, b"")
    }

    fn run_with(&self, args: &[&str], input: &[u8]) -> Ran {
        let mut child = self.command(args).spawn().unwrap();
        // A program that reads no input may be gone by now.
        drop(child.stdin.take().unwrap().write_all(input));
        let done = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ran { code: done.status.code(), out: text(done.stdout), err: text(done.stderr) }
    }
}

impl Ran {
    /// The output of a run that must end well.
    #[track_caller]
    fn out(self) -> String {
        assert_eq!(self.code, Some(0), "{}", self.err);
        self.out
    }

    #[track_caller]
    fn json(self) -> Value {
        serde_json::from_str(&self.out()).unwrap()
    }

    /// The message of a run that must fail with `code` and without any result.
    #[track_caller]
    fn problem(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{}", self.err);
        assert_eq!(self.out, "");
        assert!(self.err.starts_with("error: "), "{}", self.err);
        self.err
    }
}
