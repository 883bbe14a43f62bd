//! Texts that are embedded already: those of an index that is brought up to date, and those in
//! finished parts of a run that was interrupted.

use std::collections::HashMap;
use std::path::Path;

use super::disk::{self, Stamp};
use super::manifest::{Manifest, Part};
use super::part;
use super::recipe::{Hash, Recipe};
use super::texts::Texts;
use super::vectors::Vectors;
use crate::error::{Error, Result};
use crate::progress::Progress;

/// A row of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The part's position in the pool.
    pub(super) part: u32,
    pub(super) row: u32,
}

/// An embedded text.
pub(super) struct Known {
    /// Of the prompt and the text.
    pub(super) hash: Hash,
    /// Of where it comes from: [`super::texts::Record::digest`].
    pub(super) digest: Hash,
    pub(super) place: Place,
    /// Whether the index has it, and not only a run that was interrupted.
    pub(super) live: bool,
}

/// What a folder was before a run.
pub(super) enum Before {
    /// An index.
    Known(Box<Manifest>),
    /// An index whose manifest cannot be read.
    Damaged,
    /// None, or one that was never finished.
    Nothing,
}

impl Before {
    /// # Errors
    /// If the manifest cannot be read, or is of another version; or damaged, with no parts beside
    /// it that would say that it is one.
    pub(super) fn read(folder: &Path, progress: &dyn Progress) -> Result<Self> {
        let has_parts = || Ok::<_, Error>(disk::names(folder)?.iter().any(|file| part::of_file(file).is_some()));
        match Manifest::read(folder) {
            Ok(old) => Ok(old.map_or(Self::Nothing, |old| Self::Known(Box::new(old)))),
            Err(Error::Malformed { path, .. }) if has_parts()? => {
                progress.note(&format!("{} is damaged: it is made anew from what the parts say", path.display()));
                Ok(Self::Damaged)
            }
            Err(error) => Err(error),
        }
    }
}

/// Embedded texts by their parts.
#[derive(Default)]
pub(super) struct Pool {
    pub(super) parts: Vec<(Part, Vectors)>,
    pub(super) known: Vec<Known>,
    /// The first number that no part has had.
    pub(super) next: usize,
}

impl Pool {
    /// Finds the parts of a folder. Those that are damaged or made otherwise are left out.
    pub(super) fn read(folder: &Path, recipe: &Recipe, old: &Before, progress: &dyn Progress) -> Result<Self> {
        let mut pool = Self::default();
        let files = disk::names(folder)?;
        let mut numbers: Vec<(usize, &str)> =
            files.iter().filter_map(|file| part::of_file(file)).map(|(name, number)| (number, name)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        pool.next = numbers.last().map_or(1, |(number, _)| number + 1);
        let mut parts: HashMap<&str, &Part> = HashMap::new();
        let listed = if let Before::Known(old) = old { &old.parts[..] } else { &[] };
        for part in listed {
            parts.insert(&part.name, part);
            if !pool.take(folder, recipe, part.clone())? {
                progress.note(&format!("{} is missing or damaged: its texts are embedded again", part.name));
            }
        }
        for (_, name) in numbers.into_iter().filter(|(_, name)| !parts.contains_key(name)) {
            if let Some((part, _)) = found(folder, name) {
                // Without the manifest, which of its rows were texts of the index is not known.
                let live = if matches!(old, Before::Damaged) { vec![[0, part.rows]] } else { Vec::new() };
                pool.take(folder, recipe, Part { live, ..part })?;
            }
        }
        Ok(pool)
    }

    /// Adds a part and its texts, if it is whole.
    fn take(&mut self, folder: &Path, recipe: &Recipe, part: Part) -> Result<bool> {
        let [vectors, texts] = part.paths(folder);
        let is_whole = |stamp: &Stamp, path: &Path| path.is_file() && stamp.holds(path).unwrap_or(false);
        if !is_whole(&part.vectors, &vectors) || !is_whole(&part.texts, &texts) {
            return Ok(false);
        }
        let Ok((vectors, head)) = Vectors::open(&vectors, recipe.dim, recipe.precision) else { return Ok(false) };
        let Ok((texts, about)) = Texts::open(&texts) else { return Ok(false) };
        let same = [&head, &about].into_iter().all(|head| head.recipe.key() == recipe.key() && head.rows == part.rows);
        if !same || about.vectors.as_ref() != Some(&part.vectors.blake3) {
            return Ok(false);
        }
        let Ok(known) = self.rows(recipe, &part, texts) else { return Ok(false) };
        self.known.extend(known);
        self.parts.push((part, vectors));
        Ok(true)
    }

    /// The texts of a part, each with its own hash.
    fn rows(&self, recipe: &Recipe, part: &Part, mut texts: Texts) -> Result<Vec<Known>> {
        let mut known = Vec::with_capacity(part.rows);
        while known.len() < part.rows {
            for (hash, record) in texts.from(known.len())? {
                let row = known.len();
                let place = Place { part: self.parts.len() as u32, row: row as u32 };
                let live = part.live.iter().any(|&[from, to]| (from..to).contains(&row));
                // A hash that is not the text's would give it another text's embedding.
                let hash = if recipe.hash(&record.text) == hash { hash } else { Hash::default() };
                known.push(Known { hash, digest: record.digest(), place, live });
            }
        }
        Ok(known)
    }
}

/// How the parts were made that a folder without a readable manifest holds, if there are any.
pub(super) fn recipe(folder: &Path) -> Result<Option<Recipe>> {
    let files = disk::names(folder)?;
    let mut parts = files.iter().filter_map(|file| part::of_file(file));
    Ok(parts.find_map(|(name, _)| found(folder, name)).map(|(_, recipe)| recipe))
}

/// A part that no manifest names: what an interrupted run had finished. With how it was made.
fn found(folder: &Path, name: &str) -> Option<(Part, Recipe)> {
    let [vectors, texts] = part::files(name).map(|file| Stamp::of(&folder.join(file)).ok());
    let (_, head) = Texts::open(&folder.join(&part::files(name)[1])).ok()?;
    let part = Part { name: name.to_owned(), rows: head.rows, live: Vec::new(), vectors: vectors?, texts: texts? };
    Some((part, head.recipe))
}
