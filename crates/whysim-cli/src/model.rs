//! From `--model` to a loaded model.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use whysim::Encoder;
use whysim::source::{Fetch, locate};

use crate::args::Model;
use crate::progress::Bars;
use crate::voice::Voice;

impl Model {
    /// Finds the model, downloads it if need be, and loads it.
    pub fn load(&self, voice: &Voice) -> anyhow::Result<Encoder> {
        let name = self.model.as_deref().filter(|name| !name.is_empty());
        let encoder = match name.filter(|name| !bundled::is(name)) {
            Some(name) => found(name, self.revision.as_deref(), voice, whysim::load)?,
            None => bundled::load()?,
        };
        let encoder = match self.truncate_dim {
            Some(dim) => encoder.truncated(dim)?,
            None => encoder,
        };
        encoder.notes().iter().for_each(|note| voice.note(note));
        Ok(encoder)
    }
}

/// The folder of a model, downloaded if need be.
pub fn folder(name: &str, revision: Option<&str>, voice: &Voice) -> anyhow::Result<PathBuf> {
    found(name, revision, voice, locate)
}

/// What `find` makes of a model's name, with bars for downloads.
fn found<T>(
    name: &str,
    revision: Option<&str>,
    voice: &Voice,
    find: impl Fn(&str, &Fetch) -> whysim::Result<T>,
) -> anyhow::Result<T> {
    let bars = Bars::new(voice);
    let fetch = Fetch { revision: revision.map(str::to_owned), progress: Some(&bars), ..Fetch::default() };
    find(name, &fetch).map_err(|error| with_hint(error, name))
}

/// A name that is no folder may have been meant for one below `models`, where scripts/fetch-models
/// puts its own.
fn with_hint(error: whysim::Error, name: &str) -> anyhow::Error {
    let folder = Path::new("models").join(name);
    let is_unknown = matches!(error, whysim::Error::Fetch { .. });
    match is_unknown && folder.is_dir() {
        true => anyhow!("{error}; the folder {} is here: give it by that name", folder.display()),
        false => error.into(),
    }
}

/// The model inside the program.
#[cfg(feature = "bundled")]
pub mod bundled {
    use whysim::Encoder;

    pub use whysim_bundled::is;

    pub const NAME: Option<&str> = Some(whysim_bundled::NAME);

    pub fn load() -> anyhow::Result<Encoder> {
        Ok(whysim_bundled::load()?)
    }
}

/// What stands for the model that this program was built without.
#[cfg(not(feature = "bundled"))]
pub mod bundled {
    use whysim::Encoder;

    pub const NAME: Option<&str> = None;

    pub fn is(_: &str) -> bool {
        false
    }

    pub fn load() -> anyhow::Result<Encoder> {
        anyhow::bail!(
            "there is no model to use, since this program was built without one; name one with --model or WHYSIM_MODEL: a folder, \
             a model on the Hugging Face hub (sentence-transformers/all-MiniLM-L6-v2), or a published exact model (mpnet_cos); \
             `whysim models` lists what is on this machine"
        )
    }
}
