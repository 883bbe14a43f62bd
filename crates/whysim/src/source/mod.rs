//! From a model's name to a local folder.
//!
//! A name is tried in this order:
//!
//! 1. an existing folder: `./models/mine`, `/data/mpnet`, `~/mine`;
//! 2. a published exact checkpoint: one of [`known`], such as `mpnet_cos`;
//! 3. a model on the Hugging Face hub: `org/name`, or `name` for `sentence-transformers/name`, with
//!    an optional `@revision` (a branch, tag or commit).
//!
//! Hub models are kept in the same cache as Python's, in the same layout, so that neither downloads
//! what the other has. Without the cargo feature `hub` nothing is downloaded; folders and cached
//! models still work.

mod cached;
mod hub_cache;
mod layout;
mod name;
mod published;
mod settings;

#[cfg(feature = "hub")]
mod network;
#[cfg(not(feature = "hub"))]
#[path = "without_network.rs"]
mod network;

use std::path::{Path, PathBuf};

pub use cached::{CachedModel, Origin, cached};
pub use published::{Published, known};
pub use settings::{Settings, Token};

use crate::progress::Progress;
use crate::{Error, Result};
use name::Wanted;

/// How to find a model.
#[derive(Clone, Default)]
pub struct Fetch<'a> {
    /// Branch, tag or commit of a model on the hub; its `main` branch unless given.
    pub revision: Option<String>,
    /// Receives the progress of downloads.
    pub progress: Option<&'a dyn Progress>,
    /// The locations of caches and servers. The default reads the environment.
    pub settings: Settings,
}

impl std::fmt::Debug for Fetch<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fetch")
            .field("revision", &self.revision)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// The local folder of `model`, which is downloaded first if necessary. The module gives the order
/// in which names are resolved.
pub fn locate(model: &str, options: &Fetch) -> Result<PathBuf> {
    found(name::read(model, options)?, options).map_err(Error::fetch(model))
}

/// The folder of the base model that the LoRA adapter in `folder` names, downloaded first if
/// necessary. None: the folder holds no adapter, or the base's weights are beside it.
///
/// # Errors
/// If the adapter names no base, or it cannot be found.
pub fn base(folder: &Path, options: &Fetch) -> Result<Option<PathBuf>> {
    let read = || {
        let Some(base) = layout::base(folder)? else { return Ok(None) };
        let name = base.name.filter(|name| !name.is_empty());
        let name = name.ok_or("its adapter_config.json names no base_model_name_or_path")?;
        found(name::base(folder, &name, base.revision.as_deref())?, options).map(Some)
    };
    read().map_err(Error::fetch(&folder.display().to_string()))
}

fn found(wanted: Wanted, options: &Fetch) -> Result<PathBuf, String> {
    match wanted {
        Wanted::Folder(folder) => Ok(folder),
        Wanted::Published(published) => match published.folder(&options.settings) {
            Some(folder) => Ok(folder),
            None => network::published(published, options),
        },
        Wanted::Hub(id) => network::hub(&id, options),
    }
}

impl Error {
    /// An [`Error::Fetch`] that still needs its problem.
    fn fetch(model: &str) -> impl FnOnce(String) -> Self {
        let model = model.to_owned();
        move |problem| Self::Fetch { model, problem }
    }
}
