//! Ensures that only one process downloads a thing; the others wait and then find it in place.

use std::fs::{File, TryLockError};
use std::path::Path;

use super::note;
use super::problem::Problem;
use crate::source::Fetch;

/// Held as long as this value lives; the system releases it when the process ends for any reason.
/// On Unix the lock is `flock`, as in Python's `huggingface_hub`, so the two respect each other in
/// the shared cache.
pub(super) struct Lock(#[allow(dead_code, reason = "held, not read")] Option<File>);

/// Waits for the lock file. A file system without locks gives none: downloads are renamed into
/// place when complete, so at worst work is done twice.
pub(super) fn take(path: &Path, what: &str, options: &Fetch) -> Result<Lock, Problem> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(Problem::disk("create", folder))?;
    }
    // Not truncated, since another process may hold it. Never deleted, or a waiting process would
    // wait for a file that is gone.
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
