//! The hub's cache on disk, in the layout of Python's `huggingface_hub`:
//!
//! ```text
//! models--ORG--NAME/blobs/ETAG                 contents, named by the server's ETag
//!                   refs/REVISION              the commit that a branch or tag pointed to
//!                   snapshots/COMMIT/FILE      links to blobs
//! ```

use std::path::{Path, PathBuf};

use super::layout;

/// One repository's place in the cache.
#[derive(Debug)]
pub(super) struct Repo {
    /// `models--ORG--NAME`.
    pub folder: PathBuf,
}

impl Repo {
    pub(super) fn new(cache: &Path, repo: &str) -> Self {
        Self { folder: cache.join(format!("models--{}", repo.replace('/', "--"))) }
    }

    /// The folder of a commit's files, whether it exists or not.
    pub(super) fn snapshot(&self, commit: &str) -> PathBuf {
        self.folder.join("snapshots").join(commit)
    }

    /// The file that records where a branch or tag pointed.
    pub(super) fn reference(&self, revision: &str) -> PathBuf {
        self.folder.join("refs").join(revision)
    }

    /// The folder of a revision, if the model is complete.
    pub(super) fn whole(&self, revision: &str) -> Option<PathBuf> {
        let commit = match is_commit(revision) {
            true => revision.to_owned(),
            false => std::fs::read_to_string(self.reference(revision)).ok()?.trim().to_owned(),
        };
        let folder = Some(self.snapshot(&commit)).filter(|_| layout::is_inner(&commit))?;
        layout::is_whole(&folder).then_some(folder)
    }
}

/// True for a full commit hash, which is immutable.
pub(super) fn is_commit(revision: &str) -> bool {
    revision.len() == 40 && revision.bytes().all(|b| b.is_ascii_hexdigit())
}
