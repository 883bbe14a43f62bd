//! Files of pairs: every format, and every way for a row to be invalid.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod gold;
mod parquet;
mod text;

use std::path::{Path, PathBuf};

use whysim::pairs::{Reading, Row, read};

struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }
}

fn row(a: &str, b: &str, score: f64) -> Row {
    Row { a: a.into(), b: Some(b.into()), score: Some(score) }
}

fn rows(file: impl AsRef<Path>, reading: &Reading) -> Vec<Row> {
    read(file.as_ref(), reading).unwrap().rows
}

fn problem(file: impl AsRef<Path>, reading: &Reading) -> String {
    read(file.as_ref(), reading).unwrap_err().to_string()
}

fn columns(names: &[&str]) -> Option<Vec<String>> {
    Some(names.iter().map(|name| (*name).to_owned()).collect())
}
