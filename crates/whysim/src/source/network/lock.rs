//! One process at a time downloads a thing; the others wait and find it there.

use std::fs::{File, TryLockError};
use std::path::Path;

use super::note;
use super::problem::Problem;
use crate::source::Fetch;

/// Held as long as it lives; the system frees it when the process ends, however it ends. The lock
/// is `flock` on Unix, as Python's `huggingface_hub` takes it, so that the two keep out of each
/// other's way in the shared cache.
pub(super) struct Lock(#[allow(dead_code, reason = "held, not read")] Option<File>);

/// Waits for the lock file. A file system without locks gives none: what is downloaded is renamed
/// into place whole, so that the worst that comes of it is work done twice.
pub(super) fn take(path: &Path, what: &str, options: &Fetch) -> Result<Lock, Problem> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(Problem::disk("create", folder))?;
    }
    // Not truncated: another process may hold it. Never deleted: one that waits would wait for a
    // file that is gone.
    let file = File::options().create(true).append(true).open(path).map_err(Problem::disk("create", path))?;
    match file.try_lock() {
        Ok(()) => Ok(Lock(Some(file))),
        Err(TryLockError::WouldBlock) => {
            note(options, &format!("another process is downloading {what}; waiting for it"));
            Ok(Lock(file.lock().is_ok().then_some(file)))
        }
        Err(TryLockError::Error(_)) => Ok(Lock(None)),
    }
}
