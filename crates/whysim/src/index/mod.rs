//! An index of the embeddings of texts in files: made once, brought up to date by embedding only
//! what is new, and searched exactly, in one pass over the files of one machine.
//!
//! A folder holds parts of some thousand texts and, written last, the manifest `index.json`:
//!
//! - `part-N.vectors.arrow`, Arrow IPC: the column `embedding`, a fixed-size list of D numbers of
//!   32 or 16 bits, in one batch that is not compressed;
//! - `part-N.texts.arrow`, Arrow IPC with the same rows: `id`, `source`, `line`, `text`, `metadata`
//!   (JSON), `hash` (of prompt and text);
//! - `index.json`: version, recipe of the embeddings, sources and parts with size, time and blake3
//!   of each file, and the rows of each part that are texts of the index.
//!
//! Parts are never changed: a run writes new ones, then the manifest, and then removes what the
//! manifest no longer names. Each part says in its schema's metadata how it was made, so that a run
//! that was interrupted finds what it had finished.

mod build;
mod disk;
mod footer;
mod found;
mod manifest;
mod part;
mod plan;
mod pool;
mod read;
mod recipe;
mod rows;
mod scan;
mod search;
mod synthetic;
mod texts;
mod vectors;
mod writer;

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

pub use build::{Built, Options, build};
pub use found::{Found, Hit, Search};
use manifest::Manifest;
pub use read::read;
pub use recipe::{Model, Recipe, Stored};
pub use rows::{Empty, Reading};
pub use search::Near;
#[doc(hidden)]
pub use synthetic::synthetic;
pub use texts::Record;
use texts::Texts;
use vectors::Vectors;
use whysim_core::parallel;

use crate::corpus::Corpus;
use crate::encoder::Encoder;
use crate::error::{Error, Result};
use crate::similarity::Similarity;

/// An index on disk. Embeddings and texts are read as they are asked for.
pub struct Index {
    folder: PathBuf,
    manifest: Manifest,
    parts: Vec<Vectors>,
    runs: Vec<Run>,
    texts: usize,
    /// Texts that were read last, since neighbours are asked for by several threads at a time.
    read: Mutex<Vec<Read>>,
}

/// Rows of a part that lie beside each other and are texts of the index.
#[derive(Clone, Copy, Debug)]
struct Run {
    part: usize,
    first: usize,
    rows: usize,
    /// The position of the first.
    position: usize,
}

/// How many batches of texts are kept.
const KEPT: usize = 8;

/// A batch of the texts of a part, from a row on.
struct Read {
    part: usize,
    first: usize,
    records: Vec<Record>,
}

/// How a source compares with what was indexed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is no longer there.
    Gone(PathBuf),
    /// It holds something else now.
    Changed(PathBuf),
}

impl fmt::Debug for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Index({}, {} texts)", self.folder.display(), self.texts)
    }
}

impl Index {
    /// Opens the index in a folder. A part whose size and time are as they were is taken to be as
    /// it was; one whose time is another is read, for its checksum.
    ///
    /// # Errors
    /// If there is no index, it is unfinished, of another version, or damaged.
    pub fn open(folder: &Path) -> Result<Self> {
        let manifest = Manifest::read(folder)?.ok_or_else(|| none(folder))?;
        let recipe = &manifest.recipe;
        let parts = parallel::try_map(manifest.parts.len(), |i| {
            let part = &manifest.parts[i];
            let paths = part.paths(folder);
            for (path, stamp) in paths.iter().zip([&part.vectors, &part.texts]) {
                let problem = match stamp.fits(path) {
                    Ok(true) => continue,
                    Ok(false) => "was damaged or changed after it was written".to_owned(),
                    Err(error) => format!("cannot be used ({error})"),
                };
                return Err(Error::index(folder, format!("{} {problem}: {AGAIN}", file_name(path))));
            }
            let (vectors, _) = Vectors::open(&paths[0], recipe.dim, recipe.precision)?;
            match vectors.rows() == part.rows {
                true => Ok(vectors),
                false => Err(Error::index(folder, format!("{} has another number of rows: {AGAIN}", part.name))),
            }
        })?;
        let mut position = 0;
        let live = manifest.parts.iter().enumerate().flat_map(|(part, of)| of.live.iter().map(move |run| (part, run)));
        let runs = live.map(|(part, &[first, end])| {
            let rows = end - first;
            position += rows;
            Run { part, first, rows, position: position - rows }
        });
        let runs = runs.collect();
        let texts = manifest.texts();
        Ok(Self { folder: folder.to_owned(), parts, runs, texts, manifest, read: Mutex::default() })
    }

    /// Where it is, as it was given.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// How the embeddings were made and are compared.
    pub fn recipe(&self) -> &Recipe {
        &self.manifest.recipe
    }

    /// The files that were indexed, as they were given, each with the number of its texts.
    pub fn sources(&self) -> impl Iterator<Item = (&str, usize)> {
        self.manifest.sources.iter().map(|source| (source.name.as_str(), source.texts))
    }

    /// # Errors
    /// If an encoder's embeddings cannot be compared with those of the index.
    pub fn check(&self, encoder: &Encoder) -> Result<()> {
        self.recipe().check(encoder, &self.folder)
    }

    /// # Errors
    /// If the embeddings of another index cannot be compared with these.
    pub fn check_against(&self, other: &Self) -> Result<()> {
        let Some(difference) = other.recipe().embeds_otherwise(self.recipe()) else { return Ok(()) };
        let problem = format!("{difference}, and so cannot be compared with {}", self.folder.display());
        Err(Error::index(&other.folder, problem))
    }

    /// The sources that are no longer as they were. What is found are the texts that were indexed.
    ///
    /// # Errors
    /// If a source is there and cannot be read.
    pub fn changes(&self) -> Result<Vec<Change>> {
        let mut changes = Vec::new();
        for source in &self.manifest.sources {
            match source.path.exists() {
                false => changes.push(Change::Gone(source.name.clone().into())),
                true if !source.stamp.fits(&source.path)? => changes.push(Change::Changed(source.name.clone().into())),
                true => {}
            }
        }
        Ok(changes)
    }

    /// A text and where it comes from.
    ///
    /// # Errors
    /// If it cannot be read.
    ///
    /// # Panics
    /// If there is no such position.
    pub fn record(&self, position: usize) -> Result<Record> {
        let (part, row) = self.place(position);
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let known = |read: &Read| read.records.get(row.checked_sub(read.first).filter(|_| read.part == part)?).cloned();
        if let Some(record) = read.iter().find_map(known) {
            return Ok(record);
        }
        let [_, path] = self.manifest.parts[part].paths(&self.folder);
        let first = Texts::batch(row);
        let records = Texts::open(&path)?.0.from(first)?;
        let batch = Read { part, first, records: records.into_iter().map(|(_, record)| record).collect() };
        let record = known(&batch).ok_or_else(|| Error::malformed(&path, "it has too few texts"))?;
        read.truncate(KEPT - 1);
        read.insert(0, batch);
        Ok(record)
    }

    /// The part and the row of a position.
    fn place(&self, position: usize) -> (usize, usize) {
        assert!(position < self.texts, "there is no text {position} of {}", self.texts);
        let run = self.runs[self.runs.partition_point(|run| run.position <= position) - 1];
        (run.part, run.first + position - run.position)
    }

    /// All runs, cut so that there is work for all threads: embeddings, first row, rows, position.
    fn pieces(&self) -> Vec<(&Vectors, usize, usize, usize)> {
        const ROWS: usize = 4096;
        let cut = |run: &Run| {
            let Run { part, first, rows, position } = *run;
            let piece = move |start: usize| (part, first + start, ROWS.min(rows - start), position + start);
            (0..rows).step_by(ROWS).map(piece).collect::<Vec<_>>()
        };
        let pieces = self.runs.iter().flat_map(cut);
        pieces.map(|(part, first, rows, position)| (&self.parts[part], first, rows, position)).collect()
    }
}

/// What to do about a damaged part.
const AGAIN: &str = "run the command that made the index again, which embeds its texts anew";

fn file_name(path: &Path) -> std::borrow::Cow<'_, str> {
    path.file_name().unwrap_or_default().to_string_lossy()
}

/// Why a folder without a manifest is no index.
fn none(folder: &Path) -> Error {
    let is_ours = |name: &String| disk::is_lock(name) || part::of_file(name).is_some();
    let is_begun = disk::names(folder).is_ok_and(|names| names.iter().any(is_ours));
    let problem = match (folder.is_dir(), is_begun) {
        (false, _) if folder.exists() => "it is a file, and an index is a folder",
        (true, true) => "it is an index that was not finished: run the command that makes it again to finish it",
        (true, false) => "it is no index: it has no index.json",
        (false, _) => "there is no index: there is no such folder",
    };
    Error::index(folder, problem)
}

impl Corpus for Index {
    fn len(&self) -> usize {
        self.texts
    }

    fn dim(&self) -> usize {
        self.recipe().dim
    }

    fn similarity(&self) -> Similarity {
        self.recipe().similarity
    }

    fn read(&self, texts: Range<usize>, out: &mut [f32]) -> Result<()> {
        let dim = self.dim();
        let mut at = texts.start;
        while at < texts.end {
            let (part, row) = self.place(at);
            let run = self.runs[self.runs.partition_point(|run| run.position <= at) - 1];
            let rows = (texts.end - at).min(run.position + run.rows - at);
            let from = (at - texts.start) * dim;
            self.parts[part].reader()?.read(row..row + rows, &mut out[from..from + rows * dim])?;
            at += rows;
        }
        Ok(())
    }

    fn text(&self, at: usize) -> Result<String> {
        Ok(self.record(at)?.text)
    }

    fn id(&self, at: usize) -> Result<String> {
        Ok(self.record(at)?.id)
    }
}
