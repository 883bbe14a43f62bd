//! From a model's name to its folder, against a local server on the loopback interface.

#![cfg(feature = "hub")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bounds;
mod checkpoint;
mod hub;
mod kinds;
mod local;
mod server;
mod stopped;

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use server::Server;
use tempfile::TempDir;
use whysim::Progress;
use whysim::progress::Counted;
use whysim::source::{Fetch, Settings, locate};

/// A server, an empty cache, and settings that point to them.
struct World {
    server: Server,
    home: TempDir,
}

impl World {
    fn new() -> Self {
        Self { server: Server::start(), home: tempfile::tempdir().unwrap() }
    }

    fn settings(&self) -> Settings {
        let url = self.server.url.clone();
        Settings {
            endpoint: url.clone(),
            exact_url: url,
            hub_cache: self.home.path().join("hub"),
            cache: self.home.path().join("whysim"),
            models: self.home.path().join("models"),
            patience: Duration::from_secs(5),
            retries: 0,
            ..Settings::from_lookup(|_| None)
        }
    }

    fn fetch(&self) -> Fetch<'static> {
        Fetch { settings: self.settings(), ..Fetch::default() }
    }

    /// The same, where nothing listens.
    fn without_network(&self) -> Fetch<'static> {
        let mut fetch = self.fetch();
        fetch.settings.endpoint = "http://127.0.0.1:1".to_owned();
        fetch.settings.exact_url = "http://127.0.0.1:1".to_owned();
        fetch
    }

    fn locate(&self, model: &str) -> PathBuf {
        locate(model, &self.fetch()).unwrap()
    }

    /// The message of an expected failure.
    fn problem(&self, model: &str) -> String {
        problem(model, &self.fetch())
    }
}

fn problem(model: &str, fetch: &Fetch) -> String {
    let message = locate(model, fetch).unwrap_err().to_string();
    assert!(message.starts_with(&format!("cannot get the model `{model}`: ")), "{message}");
    message
}

/// The files below a folder except locks, by relative path.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(at) = open.pop() {
        for entry in std::fs::read_dir(at).into_iter().flatten().flatten() {
            let path = entry.path();
            match path.is_dir() {
                true => open.push(path),
                false => found.push(path.strip_prefix(folder).unwrap().to_string_lossy().replace('\\', "/")),
            }
        }
    }
    found.retain(|name| !name.ends_with(".lock"));
    found.sort();
    found
}

/// Records what it is told.
#[derive(Default)]
struct Told(Mutex<Vec<String>>);

impl Told {
    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    fn push(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }
}

impl Progress for Told {
    fn begin(&self, name: &str, bytes: Option<u64>, _counted: Counted) {
        self.push(format!("begin {name} {bytes:?}"));
    }

    fn advance(&self, bytes: u64) {
        self.push(format!("advance {bytes}"));
    }

    fn end(&self) {
        self.push("end".to_owned());
    }

    fn note(&self, message: &str) {
        self.push(format!("note {message}"));
    }
}
