//! Writes parts: embeds new texts, and copies the embeddings of known ones.

use std::collections::HashMap;
use std::path::Path;

use half::f16;
use whysim_core::parallel;

use super::disk;
use super::manifest::Part;
use super::part::{self, Head, VERSION};
use super::pool::{Place, Pool};
use super::recipe::{Hash, Recipe, Stored};
use super::texts::{self, Record};
use super::vectors::{self, Reader, Vectors};
use crate::encoder::Encoder;
use crate::error::{Error, Result};
use crate::progress::{self, Progress};

/// Bytes of texts to embed after which a part is closed, so that an interrupted run loses little.
const BYTES: usize = 1 << 20;

/// What a run does.
pub(super) struct Job<'a> {
    pub(super) encoder: &'a Encoder,
    pub(super) folder: &'a Path,
    pub(super) recipe: &'a Recipe,
    /// Most rows of a part.
    pub(super) rows: usize,
    pub(super) pool: &'a Pool,
    pub(super) progress: &'a progress::Part<'a>,
    pub(super) inner: &'a dyn Progress,
}

/// Texts waiting for a part, and the parts written so far.
pub(super) struct Writer<'a> {
    job: Job<'a>,
    next: usize,
    waiting: Vec<(Hash, Record, Option<Place>)>,
    bytes: usize,
    written: Vec<(Part, Vectors)>,
    /// The file that was copied from last, by the part's position in the pool.
    open: Option<(u32, Reader<'a>)>,
    /// Where texts that this run embedded are, by position in `written` and row.
    embedded: HashMap<Hash, (usize, usize)>,
    /// Texts longer than the model reads, of those embedded.
    pub(super) truncated: usize,
}

impl<'a> Writer<'a> {
    pub(super) fn new(job: Job<'a>) -> Self {
        Self {
            next: job.pool.next,
            job,
            waiting: Vec::new(),
            bytes: 0,
            written: Vec::new(),
            open: None,
            embedded: HashMap::new(),
            truncated: 0,
        }
    }

    /// The hash of a text behind the prompt.
    pub(super) fn hash(&self, text: &str) -> Hash {
        self.job.recipe.hash(text)
    }

    /// Adds a text, with the place of its embedding if it has one.
    pub(super) fn add(&mut self, hash: Hash, record: Record, known: Option<Place>) -> Result<()> {
        if known.is_none() {
            self.bytes += record.text.len();
        }
        self.waiting.push((hash, record, known));
        if self.waiting.len() == self.job.rows || self.bytes >= BYTES { self.flush() } else { Ok(()) }
    }

    /// Writes what waits, and returns all parts.
    pub(super) fn finish(mut self) -> Result<(Vec<Part>, usize)> {
        self.flush()?;
        Ok((self.written.into_iter().map(|(part, _)| part).collect(), self.truncated))
    }

    fn flush(&mut self) -> Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let waiting = std::mem::take(&mut self.waiting);
        self.bytes = 0;
        let values = self.values(&waiting)?;
        let part = self.write(&waiting, &values)?;
        for (row, (hash, _, known)) in waiting.iter().enumerate() {
            if known.is_none() {
                self.embedded.insert(*hash, (self.written.len(), row));
            }
        }
        let vectors = Vectors::open(&part.paths(self.job.folder)[0], self.job.recipe.dim, self.job.recipe.precision)?.0;
        self.written.push((part, vectors));
        Ok(())
    }

    /// The embeddings of texts, [texts, D].
    fn values(&mut self, waiting: &[(Hash, Record, Option<Place>)]) -> Result<Vec<f32>> {
        let dim = self.job.recipe.dim;
        let mut values = vec![0.0; waiting.len() * dim];
        // The same text twice is embedded once.
        let mut firsts: HashMap<Hash, usize> = HashMap::new();
        let mut new: Vec<&Record> = Vec::new();
        let mut rows: Vec<(usize, usize)> = Vec::new();
        for (row, (hash, record, known)) in waiting.iter().enumerate() {
            let out = &mut values[row * dim..(row + 1) * dim];
            match (known, self.embedded.get(hash)) {
                (Some(place), _) => copy(self.job.pool, &mut self.open, *place, out)?,
                (None, Some(&(part, at))) => self.written[part].1.reader()?.read(at..at + 1, out)?,
                (None, None) => {
                    let first = *firsts.entry(*hash).or_insert_with(|| {
                        new.push(record);
                        new.len() - 1
                    });
                    rows.push((row, first));
                    continue;
                }
            }
            self.job.progress.advance(1);
        }
        let embeddings = self.embed(&new)?;
        self.job.progress.advance((rows.len() - new.len()) as u64);
        for (row, first) in rows {
            values[row * dim..(row + 1) * dim].copy_from_slice(&embeddings[first]);
        }
        Ok(values)
    }

    fn embed(&mut self, records: &[&Record]) -> Result<Vec<Vec<f32>>> {
        let Job { encoder, recipe, inner, .. } = self.job;
        let before = encoder.prompt(recipe.prompt.as_deref())?;
        let cut = parallel::try_map(records.len(), |i| {
            let Record { text, source, line, .. } = records[i];
            let tokens = encoder.tokenize(before, text, &format!("{source}:{line}"))?;
            Ok::<_, Error>(usize::from(tokens.truncated.is_some()))
        })?;
        self.truncated += cut.iter().sum::<usize>();
        let texts: Vec<&str> = records.iter().map(|record| record.text.as_str()).collect();
        let embeddings = encoder.embed_with_progress(&texts, recipe.prompt.as_deref(), inner)?;
        if recipe.precision == Stored::Float16 && embeddings.iter().flatten().any(|&v| !f16::from_f32(v).is_finite()) {
            let expected = "float32 for this model, whose embeddings have numbers above 65504".into();
            return Err(Error::Option { option: "precision", expected, got: Stored::Float16.to_string() });
        }
        Ok(embeddings)
    }

    /// Writes the embeddings, and then the texts, which name them: a part without texts is none.
    fn write(&mut self, waiting: &[(Hash, Record, Option<Place>)], values: &[f32]) -> Result<Part> {
        let Job { folder, recipe, .. } = self.job;
        let name = part::name(self.next);
        self.next += 1;
        let [vectors_file, texts_file] = part::files(&name);
        let head = Head { version: VERSION, rows: waiting.len(), vectors: None, recipe: recipe.clone() };
        let vectors =
            disk::write(folder, &vectors_file, |out| vectors::write(out, &head, recipe.dim, recipe.precision, values))?;
        let head = Head { vectors: Some(vectors.blake3.clone()), ..head };
        let records: Vec<(Hash, &Record)> = waiting.iter().map(|(hash, record, _)| (*hash, record)).collect();
        let texts = disk::write(folder, &texts_file, |out| texts::write(out, &head, &records))?;
        Ok(Part { name, rows: waiting.len(), live: vec![[0, waiting.len()]], vectors, texts })
    }
}

/// Copies the embedding of a known text. out: `[D]`.
fn copy<'a>(pool: &'a Pool, open: &mut Option<(u32, Reader<'a>)>, place: Place, out: &mut [f32]) -> Result<()> {
    let row = place.row as usize;
    let mut reader = match open.take() {
        Some((part, reader)) if part == place.part => reader,
        _ => pool.parts[place.part as usize].1.reader()?,
    };
    let read = reader.read(row..row + 1, out);
    *open = Some((place.part, reader));
    read
}
