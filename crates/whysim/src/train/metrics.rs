//! `metrics.jsonl`: one line of JSON for every step and every evaluation. It contains no times, so
//! a resumed run writes the same bytes as an uninterrupted one.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::task::{Evaluation, Step};
use crate::error::{Error, Result};

const NAME: &str = "metrics.jsonl";

/// One line.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Line<'a> {
    Step(&'a Step),
    Evaluation(&'a Evaluation),
}

/// The fields that all lines have.
#[derive(Deserialize)]
struct Numbered {
    step: usize,
}

/// The file, opened for appending.
pub(super) struct Metrics {
    path: PathBuf,
    file: File,
}

impl Metrics {
    /// Opens the file in `folder`. Lines after `step` are removed, since that part of the run is
    /// repeated.
    pub(super) fn open(folder: &Path, step: usize) -> Result<Self> {
        let path = folder.join(NAME);
        let old = std::fs::read_to_string(&path).unwrap_or_default();
        let is_done = |line: &&str| serde_json::from_str(line).is_ok_and(|line: Numbered| line.step <= step);
        let kept: String = old.lines().take_while(is_done).map(|line| format!("{line}\n")).collect();
        std::fs::write(&path, kept).map_err(Error::io("write", &path))?;
        let file = OpenOptions::new().append(true).open(&path).map_err(Error::io("write", &path))?;
        Ok(Self { path, file })
    }

    /// Copies the file into another folder.
    pub(super) fn copy_to(&self, folder: &Path) -> Result<()> {
        std::fs::copy(&self.path, folder.join(NAME)).map(drop).map_err(Error::io("write", &folder.join(NAME)))
    }

    /// Writes a line.
    pub(super) fn write(&mut self, line: &Line) -> Result<()> {
        let text = serde_json::to_string(line).map_err(|e| Error::malformed(&self.path, e))?;
        self.file.write_all(format!("{text}\n").as_bytes()).map_err(Error::io("write", &self.path))
    }
}
