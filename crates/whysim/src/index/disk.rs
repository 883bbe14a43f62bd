//! Files of an index: each appears under its name whole or not at all, and is known by its size,
//! its time and its checksum.

use std::fs::{File, TryLockError};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

const LOCK: &str = ".lock";
const UNFINISHED: &str = ".unfinished";

/// What a file is known by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stamp {
    /// Bytes.
    pub(super) size: u64,
    /// Nanoseconds since 1970.
    pub(super) modified: u64,
    /// The file's blake3.
    pub(super) blake3: String,
}

/// Size and time of a file.
fn about(path: &Path) -> Result<(u64, u64)> {
    let about = std::fs::metadata(path).map_err(Error::io("read", path))?;
    let modified = about.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    Ok((about.len(), modified.map_or(0, |time| time.as_nanos() as u64)))
}

impl Stamp {
    /// Reads a file for it.
    pub(super) fn of(path: &Path) -> Result<Self> {
        let (size, modified) = about(path)?;
        let mut hasher = blake3::Hasher::new();
        let file = File::open(path).map_err(Error::io("read", path))?;
        hasher.update_reader(file).map_err(Error::io("read", path))?;
        Ok(Self { size, modified, blake3: hasher.finalize().to_hex().to_string() })
    }

    /// Whether a file is still the same. It is read only if its size is and its time is not.
    pub(super) fn fits(&self, path: &Path) -> Result<bool> {
        let (size, modified) = about(path)?;
        Ok(size == self.size && (modified == self.modified || self.holds(path)?))
    }

    /// Whether a file's contents are still the same, whatever its time.
    pub(super) fn holds(&self, path: &Path) -> Result<bool> {
        Ok(Self::of(path)?.blake3 == self.blake3)
    }
}

/// A writer that computes the checksum of all that passes.
struct Hashing<W> {
    inner: W,
    hasher: blake3::Hasher,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Writes a file of a folder: to a temporary file first, which gets the name when all of it is on
/// the disk.
pub(super) fn write(folder: &Path, name: &str, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<Stamp> {
    let (path, temporary) = (folder.join(name), folder.join(format!(".{name}{UNFINISHED}")));
    let write = || -> io::Result<String> {
        let mut out = Hashing { inner: BufWriter::new(File::create(&temporary)?), hasher: blake3::Hasher::new() };
        fill(&mut out)?;
        out.inner.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        std::fs::rename(&temporary, &path)?;
        sync(folder)?;
        Ok(out.hasher.finalize().to_hex().to_string())
    };
    let blake3 = write().map_err(|error| {
        // Best effort: leave nothing behind if the write failed.
        let _ = std::fs::remove_file(&temporary);
        Error::io("write", &path)(error)
    })?;
    let (size, modified) = about(&path)?;
    Ok(Stamp { size, modified, blake3 })
}

/// Names in a folder are on the disk when the folder is.
fn sync(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// The names of all files in a folder, in order.
pub(super) fn names(folder: &Path) -> Result<Vec<String>> {
    let read = || -> io::Result<Vec<String>> {
        let entries = std::fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
        Ok(entries.iter().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
    };
    let mut names = read().map_err(Error::io("read", folder))?;
    names.sort();
    Ok(names)
}

/// Makes the folder and holds its lock until this is dropped; the system releases the lock when
/// the process ends for any reason. What dead processes were writing is removed.
///
/// # Errors
/// If another process holds it, or the folder cannot be written to.
pub(super) fn lock(folder: &Path) -> Result<Lock> {
    if folder.is_file() {
        return Err(Error::index(folder, "it is a file: choose a new folder for the index"));
    }
    let is_new = !folder.exists();
    std::fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
    let path = folder.join(LOCK);
    let file = File::options().create(true).append(true).open(&path).map_err(Error::io("create", &path))?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => {
            Err(Error::index(folder, "another process is building it: wait for that one, or stop it"))
        }
        // A file system without locks gives none; parts are renamed into place when complete.
        Ok(()) | Err(TryLockError::Error(_)) => {
            for name in names(folder)?.iter().filter(|name| name.ends_with(UNFINISHED)) {
                remove(&folder.join(name));
            }
            // Whoever holds a lock on a deleted file holds none.
            if !is_at(&file, &path) {
                return Err(Error::index(folder, "another process has just removed it: run the same again"));
            }
            Ok(Lock { is_new, _file: file })
        }
    }
}

/// Held as long as this value lives.
pub(super) struct Lock {
    /// Whether the folder was made for it.
    is_new: bool,
    _file: File,
}

impl Lock {
    /// Removes the folder, if it was made for this and holds nothing.
    pub(super) fn give_up(self, folder: &Path) {
        let is_empty = names(folder).is_ok_and(|names| names.iter().all(|name| is_lock(name)));
        if self.is_new && is_empty {
            remove(&folder.join(LOCK));
            // Best effort: an empty folder does no harm.
            let _ = std::fs::remove_dir(folder);
        }
    }
}

/// Whether a file of this name is a folder's lock.
pub(super) fn is_lock(name: &str) -> bool {
    name == LOCK
}

/// Whether an open file is still the one at a path.
fn is_at(file: &File, path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let same = |(a, b): (std::fs::Metadata, std::fs::Metadata)| (a.dev(), a.ino()) == (b.dev(), b.ino());
        file.metadata().ok().zip(std::fs::metadata(path).ok()).is_some_and(same)
    }
    #[cfg(not(unix))]
    {
        // An open file cannot be removed there.
        let _ = file;
        path.exists()
    }
}

/// Removes a file that nothing refers to. If it stays, it does no harm.
pub(super) fn remove(path: &Path) {
    let _ = std::fs::remove_file(path);
}

/// Whether a folder holds files that are neither an index's nor hidden.
pub(super) fn is_foreign(names: &[String]) -> bool {
    names.iter().any(|name| !name.starts_with('.'))
}

/// Reads bytes at a place, whoever else reads the file.
pub(super) fn read_at(file: &File, bytes: &mut [u8], at: u64) -> io::Result<()> {
    #[cfg(unix)]
    return std::os::unix::fs::FileExt::read_exact_at(file, bytes, at);
    #[cfg(windows)]
    {
        let (mut bytes, mut at) = (bytes, at);
        while !bytes.is_empty() {
            let read = std::os::windows::fs::FileExt::seek_read(file, bytes, at)?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            (bytes, at) = (&mut bytes[read..], at + read as u64);
        }
        Ok(())
    }
}

/// A path that does not depend on the working directory.
pub(super) fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
