//! From `--model` to a loaded model.

use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use whysim::Encoder;
use whysim::source::{Fetch, locate};

use crate::args::Model;
use crate::voice::{Bars, Voice};

/// Used if it is there and no other model is named.
pub const DEFAULT: &str = "models/all-MiniLM-L6-v2";

const NONE: &str = "\
there is no model to use; either
  - run scripts/fetch-models, which puts models/all-MiniLM-L6-v2 under the working directory, where it is found,
  - or name one with --model or WHYSIM_MODEL: a folder, a model on the Hugging Face hub (sentence-transformers/all-MiniLM-L6-v2),
    or a published exact model (mpnet_cos); `whysim models` lists what is on this machine";

impl Model {
    /// Finds the model, downloads it if need be, and loads it.
    pub fn load(&self, voice: &Voice) -> anyhow::Result<Encoder> {
        let name = match self.model.as_deref().filter(|name| !name.is_empty()) {
            Some(name) => name,
            None if Path::new(DEFAULT).is_dir() => DEFAULT,
            None => bail!(NONE),
        };
        let folder = folder(name, self.revision.as_deref(), voice)?;
        let encoder = Encoder::load(&folder, name)?;
        encoder.notes().iter().for_each(|note| voice.note(note));
        Ok(encoder)
    }
}

/// The folder of a model, downloaded if need be.
pub fn folder(name: &str, revision: Option<&str>, voice: &Voice) -> anyhow::Result<PathBuf> {
    let bars = Bars::new(voice);
    let fetch = Fetch { revision: revision.map(str::to_owned), progress: Some(&bars), ..Fetch::default() };
    locate(name, &fetch).map_err(|error| with_hint(error, name))
}

/// A name that is no folder may have been meant for one below `models`, where scripts/fetch-models puts its own.
fn with_hint(error: whysim::Error, name: &str) -> anyhow::Error {
    let folder = Path::new("models").join(name);
    match folder.is_dir() {
        true => anyhow!("{error}; the folder {} is here: give it by that name", folder.display()),
        false => error.into(),
    }
}
