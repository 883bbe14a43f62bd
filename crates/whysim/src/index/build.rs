//! Makes an index, or brings it up to date.
//!
//! Sources are read twice: first to find every mistake and what is known already, then to embed
//! what is new. So nothing is embedded before all files are known to be right.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::disk::{self, Stamp};
use super::manifest::{self, Manifest, Part, Source};
use super::part::{self, VERSION};
use super::plan::{self, From, Wanted};
use super::pool::Pool;
use super::recipe::{Hash, Model, Recipe, Stored, hash};
use super::rows::{self, Reading, Row};
use super::texts::Record;
use super::writer::{Job, Writer};
use crate::encoder::Encoder;
use crate::error::{Error, Result};
use crate::progress::{self, Progress};
use crate::similarity::Similarity;

/// How an index is made.
#[derive(Clone, Debug)]
pub struct Options {
    /// How sources are read.
    pub reading: Reading,
    /// The model's prompt to put before every text. None: the model's default prompt, if it has
    /// one.
    pub prompt: Option<String>,
    /// The numbers of the embeddings.
    pub precision: Stored,
    /// How embeddings are compared. None: as the model's config says.
    pub similarity: Option<Similarity>,
    /// How the model is found again. None: by its name.
    pub model: Option<Model>,
    /// Most texts of a part: what an interrupted run may lose.
    pub part: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            reading: Reading::default(),
            prompt: None,
            precision: Stored::Float32,
            similarity: None,
            model: None,
            part: 4096,
        }
    }
}

/// What a run did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Built {
    /// Texts of the index.
    pub texts: usize,
    /// Those of them that it had before.
    pub kept: usize,
    /// Those of them that an interrupted run had embedded.
    pub resumed: usize,
    /// Those of them that were embedded now.
    pub embedded: usize,
    /// Texts that it had before and has no more.
    pub removed: usize,
    /// Rows without a text that were left out.
    pub skipped: usize,
    /// Texts embedded now that are longer than the model reads.
    pub truncated: usize,
}

/// Makes the folder the index of exactly these files. Texts that it holds already are not embedded
/// again, nor are those that an interrupted run had finished.
///
/// # Errors
/// If a file cannot be read, or a row of it is wrong; if the folder holds an index of another model
/// or other files, or another process is at work in it; [`Error::Unfinished`] if `progress` says to
/// stop: the same call then continues.
pub fn build(
    encoder: &Encoder,
    files: &[PathBuf],
    folder: &Path,
    options: &Options,
    progress: &dyn Progress,
) -> Result<Built> {
    let recipe = recipe(encoder, options)?;
    if !folder.join(manifest::FILE).exists() && folder.is_dir() {
        let names = disk::names(folder)?;
        if disk::is_foreign(&names) && !names.iter().any(|name| part::of_file(name).is_some()) {
            let problem = "it holds other files: choose a new folder for the index";
            return Err(Error::index(folder, problem));
        }
    }
    let _lock = disk::lock(folder)?;
    let old = Manifest::read(folder)?;
    if let Some(difference) = old.as_ref().and_then(|old| old.recipe.differs(&recipe)) {
        let problem = format!("{difference}: give a new folder, or remove this one first");
        return Err(Error::index(folder, problem));
    }
    let scan = scan(files, &recipe, &options.reading, progress)?;
    let pool = Pool::read(folder, &recipe, old.as_ref(), progress)?;
    let from = plan::plan(&scan.wanted, &pool);
    let (new, truncated) = write(encoder, folder, &recipe, options, (&scan, &pool, &from), progress)?;
    let built = Built { truncated, ..counts(&scan, &pool) };
    let runs = plan::runs(&from, pool.parts.len());
    let kept = pool.parts.into_iter().zip(runs).filter(|(_, live)| !live.is_empty());
    let kept = kept.map(|((part, _), live)| Part { live, ..part });
    let parts = kept.chain(new).collect();
    let manifest =
        Manifest { version: VERSION, recipe, reading: options.reading.clone(), sources: scan.sources, parts };
    manifest.write(folder)?;
    clean(folder, &manifest)?;
    Ok(built)
}

fn recipe(encoder: &Encoder, options: &Options) -> Result<Recipe> {
    if options.part == 0 {
        return Err(Error::Option { option: "part", expected: "1 or more".into(), got: "0".into() });
    }
    let name = || Model::named(&encoder.identity().name);
    Ok(Recipe {
        model: options.model.clone().unwrap_or_else(name),
        fingerprint: encoder.identity().fingerprint.clone(),
        dim: encoder.dim(),
        similarity: options.similarity.unwrap_or(encoder.similarity()),
        prompt: options.prompt.clone(),
        prompt_text: encoder.prompt(options.prompt.as_deref())?.to_owned(),
        precision: options.precision,
    })
}

/// What the sources hold.
struct Scan {
    sources: Vec<Source>,
    wanted: Vec<Wanted>,
    skipped: usize,
}

/// Reads all sources, for their mistakes and for the hashes of their texts.
fn scan(files: &[PathBuf], recipe: &Recipe, reading: &Reading, progress: &dyn Progress) -> Result<Scan> {
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
        return Err(Error::Option {
            option: "the files",
            expected: "of one text at least".into(),
            got: "without any".into(),
        });
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

/// Reads the sources again, and writes parts of what does not stay where it is.
fn write(
    encoder: &Encoder,
    folder: &Path,
    recipe: &Recipe,
    options: &Options,
    (scan, pool, from): (&Scan, &Pool, &[From]),
    progress: &dyn Progress,
) -> Result<(Vec<Part>, usize)> {
    let stays = |from: &&From| matches!(from, From::Kept(_));
    let stay = from.iter().filter(stays).count();
    if stay == from.len() {
        return Ok((Vec::new(), 0));
    }
    let part = progress::Part::of_steps(progress, "embedding", from.len());
    part.advance(stay as u64);
    let job = Job { encoder, folder, recipe, rows: options.part, pool, progress: &part, inner: &Inner(progress) };
    let mut writer = Writer::new(job);
    let done = transfer(&mut writer, &options.reading, scan, from).and_then(|()| writer.finish());
    done.map_err(|error| match error {
        Error::Interrupted => Error::Unfinished { path: folder.to_owned() },
        error => error,
    })
}

/// Reads the sources again, and hands the writer what does not stay where it is.
fn transfer(writer: &mut Writer, reading: &Reading, scan: &Scan, from: &[From]) -> Result<()> {
    let mut expected = scan.wanted.iter().zip(from);
    for source in &scan.sources {
        rows::each(&source.path, reading, &mut |row| {
            let record = record(&source.name, row);
            let found = Wanted { hash: writer.hash(&record.text), digest: record.digest() };
            match expected.next() {
                Some((wanted, From::Kept(_))) if *wanted == found => Ok(()),
                Some((wanted, From::Copied(place))) if *wanted == found => writer.add(found.hash, record, Some(*place)),
                Some((wanted, From::New)) if *wanted == found => writer.add(found.hash, record, None),
                _ => Err(changing(source)),
            }
        })?;
    }
    match (expected.next(), scan.sources.last()) {
        (Some(_), Some(source)) => Err(changing(source)),
        _ => Ok(()),
    }
}

fn changing(source: &Source) -> Error {
    Error::malformed(&source.path, "it changed while it was read: run again when it is finished")
}

/// The progress of a part's embeddings within that of all.
struct Inner<'a>(&'a dyn Progress);

impl Progress for Inner<'_> {
    fn advance(&self, done: u64) {
        self.0.advance(done);
    }

    fn stopped(&self) -> bool {
        self.0.stopped()
    }
}

/// What stayed, what came, and what went.
fn counts(scan: &Scan, pool: &Pool) -> Built {
    let mut before: HashMap<Hash, usize> = HashMap::new();
    for known in &pool.known {
        *before.entry(known.hash).or_default() += usize::from(known.live);
    }
    let mut left = before.clone();
    let mut built = Built { texts: scan.wanted.len(), skipped: scan.skipped, ..Built::default() };
    for text in &scan.wanted {
        match before.get(&text.hash) {
            Some(0) => built.resumed += 1,
            Some(_) => built.kept += 1,
            None => built.embedded += 1,
        }
        left.entry(text.hash).and_modify(|left| *left = left.saturating_sub(1));
    }
    Built { removed: left.values().sum(), ..built }
}

/// Removes the files of parts that the manifest does not name.
fn clean(folder: &Path, manifest: &Manifest) -> Result<()> {
    let named: HashSet<&str> = manifest.parts.iter().map(|part| part.name.as_str()).collect();
    for file in disk::names(folder)? {
        if part::of_file(&file).is_some_and(|(name, _)| !named.contains(name)) {
            disk::remove(&folder.join(&file));
        }
    }
    Ok(())
}
