//! Makes an index, or brings it up to date.
//!
//! Sources are read twice: first to find every mistake and what is known already, then to embed
//! what is new. So nothing is embedded before all files are known to be right.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::disk;
use super::manifest::{self, Manifest, Part, Source};
use super::part::{self, VERSION};
use super::plan::{self, From, Wanted};
use super::pool::{self, Before, Pool};
use super::recipe::{Hash, Model, Recipe, Stored};
use super::rows::{self, Reading};
use super::scan::{Scan, record, scan};
use super::writer::{Job, Truncated, Writer};
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
    /// Most texts of a part. One is closed before, after a megabyte of text or ten seconds.
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
    /// The name of the first of them.
    pub first_truncated: Option<String>,
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
    let lock = disk::lock(folder)?;
    let built = update(encoder, files, folder, recipe, options, progress);
    if built.is_err() {
        lock.give_up(folder);
    }
    built
}

/// [`build`] in a folder whose lock is held.
fn update(
    encoder: &Encoder,
    files: &[PathBuf],
    folder: &Path,
    recipe: Recipe,
    options: &Options,
    progress: &dyn Progress,
) -> Result<Built> {
    let old = Before::read(folder, progress)?;
    let made = match &old {
        Before::Known(old) => Some(old.recipe.clone()),
        Before::Damaged => pool::recipe(folder)?,
        Before::Nothing => None,
    };
    if let Some(difference) = made.and_then(|made| made.differs(&recipe)) {
        let problem = format!("{difference}: give a new folder, or remove this one first");
        return Err(Error::index(folder, problem));
    }
    let scan = scan(files, &recipe, &options.reading, progress)?;
    let pool = Pool::read(folder, &recipe, &old, progress)?;
    let from = plan::plan(&scan.wanted, &pool);
    let (new, truncated) = write(encoder, folder, &recipe, options, (&scan, &pool, &from), progress)?;
    let built = Built { truncated: truncated.count, first_truncated: truncated.first, ..counts(&scan, &pool) };
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
        similarity: encoder.similarity(options.similarity)?,
        prompt: options.prompt.clone(),
        prompt_text: encoder.prompt(options.prompt.as_deref())?.to_owned(),
        precision: options.precision,
    })
}

/// Reads the sources again, and writes parts of what does not stay where it is.
fn write(
    encoder: &Encoder,
    folder: &Path,
    recipe: &Recipe,
    options: &Options,
    (scan, pool, from): (&Scan, &Pool, &[From]),
    progress: &dyn Progress,
) -> Result<(Vec<Part>, Truncated)> {
    let stays = |from: &&From| matches!(from, From::Kept(_));
    let stay = from.iter().filter(stays).count();
    if stay == from.len() {
        return Ok((Vec::new(), Truncated::default()));
    }
    let part = progress::Part::of_steps(progress, "embedding", from.len());
    part.advance(stay as u64);
    let job = Job { encoder, folder, recipe, rows: options.part, pool, progress: &part, inner: &Inner(progress) };
    let mut writer = Writer::new(job);
    match transfer(&mut writer, &options.reading, scan, from).and_then(|()| writer.flush()) {
        Ok(()) => Ok(writer.finish()),
        Err(Error::Interrupted) if writer.keep()? => Err(Error::Unfinished { path: folder.to_owned() }),
        Err(error) => Err(error),
    }
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
