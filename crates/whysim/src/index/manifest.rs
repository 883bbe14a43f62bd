//! `index.json`: what belongs to an index. It is written last.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::disk::{self, Stamp};
use super::part::{self, VERSION};
use super::recipe::Recipe;
use super::rows::Reading;
use crate::checksum;
use crate::error::{Error, Result};

pub(super) const FILE: &str = "index.json";

/// What to do about a manifest that is damaged: parts are known without it.
const AGAIN: &str = "run the command that made the index again, which makes it anew and embeds nothing twice";

/// What belongs to an index.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) version: u32,
    pub(super) recipe: Recipe,
    pub(super) reading: Reading,
    pub(super) sources: Vec<Source>,
    pub(super) parts: Vec<Part>,
}

/// A file of texts, as it was when it was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    /// As it was given.
    pub(super) name: String,
    /// Where it is, whatever the working directory.
    pub(super) path: PathBuf,
    /// Its texts.
    pub(super) texts: usize,
    pub(super) stamp: Stamp,
}

/// A part: its two files, and which of its rows are texts of the index.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Part {
    pub(super) name: String,
    /// Rows of its files.
    pub(super) rows: usize,
    /// Runs of rows that are texts of the index, each by its first row and the row after its last.
    pub(super) live: Vec<[usize; 2]>,
    pub(super) vectors: Stamp,
    pub(super) texts: Stamp,
}

impl Part {
    pub(super) fn texts(&self) -> usize {
        self.live.iter().map(|[from, to]| to - from).sum()
    }

    /// The paths of the embeddings and of the texts.
    pub(super) fn paths(&self, folder: &Path) -> [PathBuf; 2] {
        part::files(&self.name).map(|file| folder.join(file))
    }

    /// Whether the runs are in order and within the part.
    fn is_sound(&self) -> bool {
        let mut at = 0;
        self.live.iter().all(|&[from, to]| at <= from && from < to && std::mem::replace(&mut at, to) <= from)
            && at <= self.rows
    }
}

/// The manifest with the checksum of all else in it.
#[derive(Serialize, Deserialize)]
struct Sealed<M> {
    checksum: String,
    #[serde(flatten)]
    manifest: M,
}

fn sum(manifest: &Manifest) -> serde_json::Result<String> {
    Ok(checksum::of([(FILE, serde_json::to_string(manifest)?.as_bytes())]))
}

impl Manifest {
    /// Number of texts.
    pub(super) fn texts(&self) -> usize {
        self.parts.iter().map(Part::texts).sum()
    }

    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        let sealed = sum(self).map(|checksum| Sealed { checksum, manifest: self });
        let text = sealed.and_then(|sealed| serde_json::to_string_pretty(&sealed));
        let text = text.map_err(|error| Error::malformed(&folder.join(FILE), error))?;
        disk::write(folder, FILE, |out| out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n")))?;
        Ok(())
    }

    /// The manifest of a folder; None if there is none.
    ///
    /// # Errors
    /// If it is of another version, or damaged.
    pub(super) fn read(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(FILE);
        let bytes = match std::fs::read(&path) {
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
            bytes => bytes.map_err(Error::io("read", &path))?,
        };
        let broken = |problem: &dyn std::fmt::Display| {
            let problem = format!("it is not the manifest of an index by whysim: {problem}; {AGAIN}");
            Error::malformed(&path, problem)
        };
        let value: Value = serde_json::from_slice(&bytes).map_err(|e| broken(&e))?;
        match value.get("version").and_then(Value::as_u64) {
            Some(version) if version == u64::from(VERSION) => {}
            Some(version) => {
                let problem = format!(
                    "its format is version {version}, and this whysim reads version {VERSION}: make it again, or use \
                     the whysim that made it"
                );
                return Err(Error::index(folder, problem));
            }
            None => return Err(broken(&"it has no version")),
        }
        let Sealed { checksum, manifest }: Sealed<Self> = serde_json::from_value(value).map_err(|e| broken(&e))?;
        let sound = checksum == sum(&manifest).map_err(|e| broken(&e))? && manifest.parts.iter().all(Part::is_sound);
        if sound { Ok(Some(manifest)) } else { Err(Error::malformed(&path, format!("{}; {AGAIN}", checksum::WRONG))) }
    }
}
