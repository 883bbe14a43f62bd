//! Writes parts: embeds new texts, and copies the embeddings of known ones.

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

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

/// Bytes of texts to embed after which a part is closed, and the time: a killed run loses no more.
const BYTES: usize = 1 << 20;
const PART: Duration = Duration::from_secs(10);

/// Bytes of texts that are embedded together at first. A run that is asked to stop loses no more
/// than what is embedded together, which grows and shrinks so that it takes about a second.
const FIRST: usize = 1 << 14;
const LEAST: usize = 1 << 12;
const SHORT: Duration = Duration::from_secs(1);
const LONG: Duration = Duration::from_secs(3);

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
    /// The rows of the next part.
    waiting: Vec<(Hash, Record, Option<Place>)>,
    /// The embeddings of the first of them, [rows, D].
    values: Vec<f32>,
    /// Bytes of new texts in the part, and of those that are not embedded yet.
    bytes: [usize; 2],
    /// The time spent on the part.
    spent: Duration,
    /// Bytes of new texts to embed together.
    together: usize,
    written: Vec<(Part, Vectors)>,
    /// The file that was copied from last, by the part's position in the pool.
    open: Option<(u32, Reader<'a>)>,
    /// Where texts that this run embedded are, by position in `written` and row; the part that is
    /// not written yet comes after those.
    embedded: HashMap<Hash, (usize, usize)>,
    truncated: Truncated,
}

/// Texts longer than the model reads, of those embedded.
#[derive(Default)]
pub(super) struct Truncated {
    pub(super) count: usize,
    /// The name of the first.
    pub(super) first: Option<String>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(job: Job<'a>) -> Self {
        Self {
            next: job.pool.next,
            job,
            waiting: Vec::new(),
            values: Vec::new(),
            bytes: [0; 2],
            spent: Duration::ZERO,
            together: FIRST,
            written: Vec::new(),
            open: None,
            embedded: HashMap::new(),
            truncated: Truncated::default(),
        }
    }

    /// The hash of a text behind the prompt.
    pub(super) fn hash(&self, text: &str) -> Hash {
        self.job.recipe.hash(text)
    }

    /// Adds a text, with the place of its embedding if it has one.
    pub(super) fn add(&mut self, hash: Hash, record: Record, known: Option<Place>) -> Result<()> {
        if known.is_none() {
            self.bytes.iter_mut().for_each(|bytes| *bytes += record.text.len());
        }
        self.waiting.push((hash, record, known));
        let is_full = self.waiting.len() == self.job.rows || self.bytes[0] >= BYTES;
        if is_full || self.bytes[1] >= self.together {
            self.embed_waiting()?;
        }
        if is_full || self.spent >= PART { self.close() } else { Ok(()) }
    }

    /// Writes what waits.
    pub(super) fn flush(&mut self) -> Result<()> {
        self.embed_waiting()?;
        self.close()
    }

    /// All parts, and which texts are too long.
    pub(super) fn finish(self) -> (Vec<Part>, Truncated) {
        (self.written.into_iter().map(|(part, _)| part).collect(), self.truncated)
    }

    /// Writes what is embedded, when the work is stopped. Whether there is anything for the next
    /// run to take over.
    pub(super) fn keep(&mut self) -> Result<bool> {
        self.waiting.truncate(self.values.len() / self.job.recipe.dim);
        self.close()?;
        Ok(!self.written.is_empty() || self.job.pool.parts.iter().any(|(part, _)| part.live.is_empty()))
    }

    /// Writes a part of all that waits, which is embedded.
    fn close(&mut self) -> Result<()> {
        let (waiting, values) = (std::mem::take(&mut self.waiting), std::mem::take(&mut self.values));
        (self.bytes, self.spent) = ([0; 2], Duration::ZERO);
        if waiting.is_empty() {
            return Ok(());
        }
        let part = self.write(&waiting, &values)?;
        let vectors = Vectors::open(&part.paths(self.job.folder)[0], self.job.recipe.dim, self.job.recipe.precision)?.0;
        self.written.push((part, vectors));
        Ok(())
    }

    /// Embeds what waits and is not embedded.
    fn embed_waiting(&mut self) -> Result<()> {
        let (begun, first) = (Instant::now(), self.values.len() / self.job.recipe.dim);
        let waiting = std::mem::take(&mut self.waiting);
        let values = self.values(&waiting[first..]);
        self.waiting = waiting;
        self.values.extend(values?);
        for (row, (hash, _, known)) in self.waiting.iter().enumerate().skip(first) {
            if known.is_none() {
                self.embedded.entry(*hash).or_insert((self.written.len(), row));
            }
        }
        let took = begun.elapsed();
        self.spent += took;
        // What was less than a full load says little of the next.
        self.together = match took {
            took if took < SHORT && self.bytes[1] >= self.together => (self.together * 2).min(BYTES),
            took if took > LONG => (self.together / 2).max(LEAST),
            _ => self.together,
        };
        self.bytes[1] = 0;
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
                (None, Some(&(part, at))) => match self.written.get(part) {
                    Some((_, vectors)) => vectors.reader()?.read(at..at + 1, out)?,
                    None => out.copy_from_slice(&self.values[at * dim..(at + 1) * dim]),
                },
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
            Ok::<_, Error>(tokens.truncated.is_some())
        })?;
        let texts: Vec<&str> = records.iter().map(|record| record.text.as_str()).collect();
        let embeddings = encoder.embed_with_progress(&texts, recipe.prompt.as_deref(), inner)?;
        let mut long = records.iter().zip(cut).filter(|(_, cut)| *cut).map(|(record, _)| &record.id).peekable();
        if self.truncated.first.is_none() {
            self.truncated.first = long.peek().map(|id| (*id).clone());
        }
        self.truncated.count += long.count();
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
