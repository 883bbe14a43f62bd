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
            format!("cannot load `{}`, the model of the index: say with --model where it is now", made.name)
        }),
    }
}
