//! Interprets the argument of `--model`, without asking any server.

use std::path::{Path, PathBuf};

use super::{Fetch, Published, known, settings};
use crate::{Error, Result};

/// What a name refers to.
#[derive(Debug)]
pub(super) enum Wanted {
    /// An existing folder.
    Folder(PathBuf),
    /// A published exact checkpoint.
    Published(&'static Published),
    /// A model on the hub.
    Hub(HubId),
}

/// A model on the hub.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct HubId {
    /// `org/name`.
    pub repo: String,
    /// Branch, tag or commit.
    pub revision: String,
    /// True if the user gave no organisation.
    pub bare: bool,
}

/// Interprets `model`, in the order of [`super::locate`].
pub(super) fn read(model: &str, options: &Fetch) -> Result<Wanted> {
    let no_revisions = |what: &str| match options.revision {
        Some(_) => Err(format!("{what} has no revisions: leave the revision out")),
        None => Ok(()),
    };
    let read = || {
        let path = settings::typed_path(model);
        if !model.is_empty() && path.exists() {
            no_revisions("a folder")?;
            return folder(path).map(Wanted::Folder);
        }
        if is_path_like(model) {
            return Err(format!("no such folder: {}", path.display()));
        }
        if let Some(published) = known().iter().find(|published| published.name == model) {
            no_revisions("a published checkpoint")?;
            return Ok(Wanted::Published(published));
        }
        hub_id(model, options.revision.as_deref()).map(Wanted::Hub)
    };
    read().map_err(Error::fetch(model))
}

/// The base model that the adapter in `folder` names: a folder near it, or a model on the hub by
/// its whole id, which may have no organisation.
pub(super) fn base(folder: &Path, name: &str, revision: Option<&str>) -> Result<Wanted, String> {
    let near = [folder.join(name), folder.join("..").join(name), PathBuf::from(name)];
    if let Some(found) = near.into_iter().find(|base| base.join("config.json").is_file()) {
        return Ok(Wanted::Folder(found));
    }
    if is_path_like(name) {
        return Err(format!("its base model is in the folder {name}, which is not there"));
    }
    let id = hub_id(name, revision)?;
    let repo = if id.bare { name.to_owned() } else { id.repo };
    Ok(Wanted::Hub(HubId { repo, bare: false, ..id }))
}

fn folder(path: PathBuf) -> Result<PathBuf, String> {
    if path.is_dir() {
        return Ok(path);
    }
    let hint = match path.extension().is_some_and(|end| end.eq_ignore_ascii_case("zip")) {
        true => "unpack it first and give the folder that holds modules.json",
        false => "give the folder that holds modules.json",
    };
    Err(format!("{} is not a folder; {hint}", path.display()))
}

fn is_path_like(model: &str) -> bool {
    model.starts_with(['.', '/', '~']) || model.contains('\\') || Path::new(model).is_absolute()
}

fn hub_id(model: &str, option: Option<&str>) -> Result<HubId, String> {
    let (name, suffix) = match model.split_once('@') {
        Some((name, revision)) => (name, Some(revision)),
        None => (model, None),
    };
    let revision = match (suffix, option) {
        (Some(suffix), Some(option)) if suffix != option => {
            return Err(format!("two revisions are given, `{suffix}` and `{option}`: give one"));
        }
        (suffix, option) => suffix.or(option).unwrap_or("main"),
    };
    if !is_revision(revision) {
        return Err(format!("`{revision}` is not a revision; expected a branch, a tag or a commit, such as `main`"));
    }
    let parts: Vec<&str> = name.split('/').collect();
    let repo = match parts[..] {
        [name] if is_repo_part(name) => format!("sentence-transformers/{name}"),
        [org, name] if is_repo_part(org) && is_repo_part(name) => format!("{org}/{name}"),
        _ => return Err(neither()),
    };
    Ok(HubId { repo, revision: revision.to_owned(), bare: parts.len() == 1 })
}

/// The hub's rule for names. It also keeps names from escaping the cache.
fn is_repo_part(part: &str) -> bool {
    (1..=96).contains(&part.len())
        && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        && !part.starts_with(['-', '.'])
        && !part.ends_with(['-', '.'])
        && !part.contains("--")
        && !part.contains("..")
}

/// Close to git's rule for refs, which may contain slashes (`refs/pr/1`) but cannot leave a folder.
fn is_revision(revision: &str) -> bool {
    revision.len() <= 200
        && revision.split('/').all(|part| {
            !part.is_empty()
                && !part.starts_with('.')
                && !part.contains("..")
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.+".contains(&b))
        })
}

fn neither() -> String {
    let names: Vec<&str> = known().iter().map(|published| published.name).collect();
    format!(
        "this is neither a folder that exists, nor a published exact model ({}), nor a name on the Hugging Face hub \
         (`org/name`, or `name` for `sentence-transformers/name`, with an optional `@revision`)",
        names.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(model: &str, revision: Option<&str>) -> Result<(String, String), String> {
        hub_id(model, revision).map(|id| (id.repo, id.revision))
    }

    #[test]
    fn hub_ids_are_read() {
        let pair = |repo: &str, revision: &str| Ok((repo.to_owned(), revision.to_owned()));
        assert_eq!(id("all-MiniLM-L6-v2", None), pair("sentence-transformers/all-MiniLM-L6-v2", "main"));
        assert_eq!(id("BAAI/bge-small-en-v1.5@v1", None), pair("BAAI/bge-small-en-v1.5", "v1"));
        assert_eq!(id("a/b@refs/pr/1", None), pair("a/b", "refs/pr/1"));
        assert_eq!(id("a/b", Some("x")), pair("a/b", "x"));
        assert_eq!(id("a/b@x", Some("x")), pair("a/b", "x"));
        assert!(id("a/b@x", Some("y")).is_err());
    }

    #[test]
    fn what_could_leave_the_cache_is_refused() {
        for model in ["", "a/b/c", "a/..", "../a", "a b", "a/b@../../x", "a/b@", "a/b@/x", "-a/b", "a--b", "a/b@x\ny"] {
            assert!(id(model, None).is_err(), "{model:?}");
        }
    }

    #[test]
    fn paths_are_told_from_names() {
        for model in ["./a", "/a", "~/a", "..\\a", "../a"] {
            assert!(is_path_like(model), "{model}");
        }
        assert!(!is_path_like("a/b"));
    }
}
