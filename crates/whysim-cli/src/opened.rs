//! An index that is used: what has changed since it was made, and its model.

use std::path::Path;

use anyhow::Context;
use whysim::Encoder;
use whysim::index::{Change, Index};

use crate::args::Model;
use crate::voice::Voice;

/// Opens an index, and says which of its files are no longer as they were indexed.
pub fn open(folder: &Path, voice: &Voice) -> anyhow::Result<Index> {
    let index = Index::open(folder)?;
    let changes = index.changes().unwrap_or_else(|error| {
        voice.warn(&format!("whether files have changed since they were indexed is not known: {error}"));
        Vec::new()
    });
    for change in changes {
        let (file, what) = match change {
            Change::Gone(file) => (file, "is gone"),
            Change::Changed(file) => (file, "has changed"),
        };
        voice.warn(&format!(
            "{} {what} since it was indexed, and texts are found as they were then: run `whysim index` again",
            file.display()
        ));
    }
    Ok(index)
}

/// The model that an index was made with. asked: where it is now, if it was said.
pub fn encoder(asked: Option<&str>, index: &Index, voice: &Voice) -> anyhow::Result<Encoder> {
    let made = &index.recipe().model;
    let load = |model: &str, revision: Option<String>| {
        Model { model: Some(model.to_owned()), revision, truncate_dim: made.truncate_dim }.load(voice)
    };
    match asked {
        Some(model) => load(model, None),
        None => load(&made.name, made.revision.clone()).with_context(|| {
            format!("cannot load {}, with which the index was made: say with --model where it is now", made.described())
        }),
    }
}

/// The model that an index was made with, for a command of which the model is an argument like any
/// other: WHYSIM_MODEL, which is meant for what has no index, is asked only where the index's own
/// is gone.
pub fn the_model(asked: &Model, index: &Index, voice: &Voice) -> anyhow::Result<Encoder> {
    let named = asked.model.as_deref().filter(|name| !name.is_empty());
    let is_meant = |name: &&str| std::env::var("WHYSIM_MODEL").as_deref() != Ok(*name);
    let meant = named.filter(is_meant);
    let found = encoder(meant, index, voice).or_else(|error| {
        let other = named.filter(|_| meant.is_none()).and_then(|name| encoder(Some(name), index, voice).ok());
        other.filter(|other| index.check(other).is_ok()).ok_or(error)
    })?;
    index.check(&found)?;
    Ok(found)
}
