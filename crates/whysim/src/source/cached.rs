//! Finds the models that are already on this machine.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{Settings, known, layout};
use crate::encoder::is_supported;
use crate::{Error, Result};

/// Where a local model came from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// A published exact checkpoint.
    Published,
    /// The hub, at this commit.
    Hub {
        /// The commit's hash.
        commit: String,
        /// The branches and tags that pointed there when last checked.
        revisions: Vec<String>,
    },
    /// A folder of the user's.
    Folder,
}

/// A local model.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CachedModel {
    /// The name to pass to [`locate`](super::locate).
    pub name: String,
    /// Where it came from.
    pub origin: Origin,
    /// Its location.
    pub folder: PathBuf,
    /// The kind of encoder, as named in its config.
    pub model_type: Option<String>,
    /// Its size on disk.
    pub bytes: u64,
    /// False if files are missing, for example after an interrupted download.
    pub whole: bool,
}

/// The models on this machine, sorted by name: published checkpoints, sentence transformers in the
/// hub's cache and in the user's model folder, and complete bare transformers there of a supported
/// kind.
pub fn cached(settings: &Settings) -> Result<Vec<CachedModel>> {
    let mut models = Vec::new();
    for published in known() {
        if let Some(folder) = published.folder(settings) {
            models.push(model(published.name.to_owned(), Origin::Published, folder)?);
        }
    }
    for repo in folders(&settings.hub_cache)? {
        hub_models(&repo, &mut models)?;
    }
    for folder in folders(&settings.models)? {
        if is_model(&folder) {
            let name = folder.to_string_lossy().into_owned();
            models.push(model(name, Origin::Folder, folder)?);
        }
    }
    models.sort();
    Ok(models)
}

/// A cache shared with other programs contains much that is not an encoder. Without a
/// `modules.json`, only loadable models are listed.
fn is_model(folder: &Path) -> bool {
    let is_known = || layout::model_type(folder).is_some_and(|kind| is_supported(&kind));
    folder.join(layout::MODULES).is_file() || (is_known() && layout::is_whole(folder))
}

/// The snapshots in one `models--ORG--NAME` folder that are encoders.
fn hub_models(repo: &Path, models: &mut Vec<CachedModel>) -> Result<()> {
    let Some(name) = repo.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_prefix("models--"))
    else {
        return Ok(());
    };
    let mut references = Vec::new();
    read_references(&repo.join("refs"), "", &mut references);
    for folder in folders(&repo.join("snapshots"))? {
        if !is_model(&folder) {
            continue;
        }
        let commit = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut here: Vec<String> =
            references.iter().filter(|(_, at)| *at == commit).map(|(revision, _)| revision.clone()).collect();
        here.sort();
        let mut name = name.replace("--", "/");
        if !here.iter().any(|revision| revision == "main") {
            name = format!("{name}@{}", here.first().unwrap_or(&commit));
        }
        models.push(model(name, Origin::Hub { commit, revisions: here }, folder)?);
    }
    Ok(())
}

/// Pairs of revision and commit. A revision may contain slashes, which are folders here.
fn read_references(folder: &Path, prefix: &str, into: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            read_references(&entry.path(), &format!("{name}/"), into);
        } else if let Ok(commit) = std::fs::read_to_string(entry.path()) {
            into.push((name, commit.trim().to_owned()));
        }
    }
}

fn model(name: String, origin: Origin, folder: PathBuf) -> Result<CachedModel> {
    let bytes = size(&folder, &mut BTreeSet::new())?;
    let whole = layout::is_whole(&folder);
    let model_type = layout::model_type(&folder);
    Ok(CachedModel { name, origin, folder, model_type, bytes, whole })
}

/// The total size of the files below a folder. Links to files count as their target, once. Links to
/// folders are not followed, so cycles do no harm.
fn size(folder: &Path, seen: &mut BTreeSet<PathBuf>) -> Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder).map_err(Error::io("read", folder))? {
        let entry = entry.map_err(Error::io("read", folder))?;
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            bytes += size(&path, seen)?;
        } else if let (Ok(real), Ok(about)) = (path.canonicalize(), path.metadata())
            && about.is_file()
            && seen.insert(real)
        {
            bytes += about.len();
        }
    }
    Ok(bytes)
}

/// The immediate subfolders; none if the folder does not exist.
fn folders(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io("read", folder)(error)),
    };
    Ok(entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect())
}
