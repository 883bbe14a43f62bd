//! Indexes: they find what comparing with every text finds, embed nothing twice, whatever stops
//! them, and say what is wrong.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod build;
mod mistakes;
mod search;

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use whysim::corpus::Corpus;
use whysim::index::{Built, Index, Options, build};
use whysim::{Encoder, Progress};

/// A folder with sources and indexes.
struct Place {
    dir: tempfile::TempDir,
    encoder: Encoder,
}

impl Place {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), encoder: crate::common::encoder("bert", "mean") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        std::fs::write(self.path(name), content).unwrap();
        self.path(name)
    }

    /// Indexes files in the folder `index`.
    fn build(&self, files: &[PathBuf], options: &Options) -> Built {
        build(&self.encoder, files, &self.path("index"), options, &()).unwrap()
    }

    fn problem(&self, files: &[PathBuf], options: &Options) -> String {
        build(&self.encoder, files, &self.path("index"), options, &()).unwrap_err().to_string()
    }

    fn index(&self) -> Index {
        Index::open(&self.path("index")).unwrap()
    }

    /// Why the index cannot be opened.
    fn refusal(&self) -> String {
        Index::open(&self.path("index")).unwrap_err().to_string()
    }

    /// Every file of the index but the lock, with its bytes.
    fn files(&self, index: &str) -> Vec<(String, Vec<u8>)> {
        let mut files: Vec<(String, Vec<u8>)> = std::fs::read_dir(self.path(index))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "arrow"))
            .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(path).unwrap()))
            .collect();
        files.sort();
        files
    }
}

/// Texts that differ: `count` lines.
fn sentences(count: usize) -> Vec<String> {
    const WHO: [&str; 7] = ["the dog", "a cat", "the old man", "red wine", "she", "the kitten", "a piano"];
    const DOES: [&str; 5] = ["runs after", "is chased by", "plays", "is on", "was not"];
    const WHAT: [&str; 11] =
        ["the table", "a yard", "music", "march", "the night", "it", "a dog", "wine", "prices", "him", "rain"];
    let sentence = |i: usize| format!("{} {} {} {i}", WHO[i % 7], DOES[i % 5], WHAT[i * i % 11]);
    (0..count).map(sentence).collect()
}

/// Small parts.
fn parts_of(part: usize) -> Options {
    Options { part, ..Options::default() }
}

/// All texts of a corpus with their names.
fn contents(index: &impl Corpus) -> Vec<(String, String)> {
    (0..index.len()).map(|i| (index.id(i).unwrap(), index.text(i).unwrap())).collect()
}

/// All embeddings of a corpus.
fn embeddings(index: &impl Corpus) -> Vec<f32> {
    let mut values = vec![0.0; index.len() * index.dim()];
    index.read(0..index.len(), &mut values).unwrap();
    values
}

/// Stops the work when this many texts are embedded.
struct StopAfter {
    most: usize,
    done: AtomicUsize,
}

impl StopAfter {
    fn new(most: usize) -> Self {
        Self { most, done: AtomicUsize::new(0) }
    }
}

impl Progress for StopAfter {
    fn begin(&self, _: &str, _: Option<u64>, _: whysim::progress::Counted) {
        self.done.store(0, Ordering::Relaxed);
    }

    fn advance(&self, done: u64) {
        self.done.fetch_add(done as usize, Ordering::Relaxed);
    }

    fn stopped(&self) -> bool {
        self.done.load(Ordering::Relaxed) >= self.most
    }
}
