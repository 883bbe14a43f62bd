//! The first reading of the sources: finds every mistake, and the hashes of all texts.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::disk::{self, Stamp};
use super::manifest::Source;
use super::plan::Wanted;
use super::recipe::{Hash, Recipe, hash};
use super::rows::{self, Reading, Row};
use super::texts::Record;
use crate::error::{Error, Result};
use crate::progress::{self, Progress};

/// What the sources hold.
pub(super) struct Scan {
    pub(super) sources: Vec<Source>,
    pub(super) wanted: Vec<Wanted>,
    pub(super) skipped: usize,
}

/// Reads all sources, for their mistakes and for the hashes of their texts.
pub(super) fn scan(files: &[PathBuf], recipe: &Recipe, reading: &Reading, progress: &dyn Progress) -> Result<Scan> {
    let part = progress::Part::of_steps(progress, "reading", files.len());
    let mut scan = Scan { sources: Vec::new(), wanted: Vec::new(), skipped: 0 };
    let mut ids: HashMap<Hash, (usize, u64)> = HashMap::new();
    for (number, path) in files.iter().enumerate() {
        let (name, before) = (path.display().to_string(), scan.wanted.len());
        let (stamp, absolute) = (Stamp::of(path)?, disk::absolute(path));
        if scan.sources.iter().any(|other| other.path == absolute) {
            return Err(Error::malformed(path, "it is given twice: name every file once"));
        }
        let (skipped, left_out) = rows::each(path, reading, &mut |row| {
            let record = record(&name, row);
            if let Some((other, line)) = ids.insert(hash([record.id.as_bytes()]), (number, record.line)) {
                return Err(twice(&record, &files[other], line));
            }
            scan.wanted.push(Wanted { hash: recipe.hash(&record.text), digest: record.digest() });
            if scan.wanted.len().is_multiple_of(1024) { part.check() } else { Ok(()) }
        })?;
        if !left_out.is_empty() {
            let columns = crate::table::listed(left_out.iter());
            progress
                .note(&format!("{name}: left out of the metadata, since it is neither text nor a number: {columns}"));
        }
        scan.skipped += skipped;
        let texts = scan.wanted.len() - before;
        scan.sources.push(Source { name, path: absolute, texts, stamp });
        part.advance(1);
    }
    if scan.wanted.is_empty() {
        return Err(without_text(files, scan.skipped));
    }
    Ok(scan)
}

pub(super) fn record(source: &str, row: Row) -> Record {
    let Row { line, id, text, metadata } = row;
    Record { id: id.unwrap_or_else(|| format!("{source}:{line}")), source: source.to_owned(), line, text, metadata }
}

pub(super) fn twice(record: &Record, other: &Path, line: u64) -> Error {
    let Record { id, source, .. } = record;
    let problem = format!(
        "line {} has the id `{id}`, which line {line} of {} has: every text needs its own",
        record.line,
        other.display()
    );
    Error::malformed(Path::new(source), problem)
}

/// Why files of no text at all are no corpus.
fn without_text(files: &[PathBuf], skipped: usize) -> Error {
    let [first, others @ ..] = files else {
        return Error::Option { option: "files", expected: "one or more".into(), got: "none".into() };
    };
    let others =
        if others.is_empty() { String::new() } else { format!(", nor does any of the {} others", others.len()) };
    let what = if skipped > 0 { "a text that is not empty" } else { "any text" };
    Error::malformed(first, format!("it does not hold {what}{others}: give one at least"))
}
