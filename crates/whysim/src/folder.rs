//! A model's folder: on disk, or embedded in the program.

use std::borrow::Cow;
use std::fmt;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// A file embedded in the program: its path in the model's folder, with `/` as the separator, and
/// its contents.
pub type Embedded = (&'static str, &'static [u8]);

/// A source for the files of a model, or of one of its modules.
#[derive(Clone)]
pub(crate) struct Folder {
    /// The path in errors. For embedded files it is the path within the model, not a place on disk.
    path: PathBuf,
    embedded: Option<&'static [Embedded]>,
}

impl fmt::Debug for Folder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.path.display(), if self.embedded.is_some() { " (embedded)" } else { "" })
    }
}

/// A file that is read piece by piece: weights.
pub(crate) trait Source: Read + Seek + Send {}

impl<T: Read + Seek + Send> Source for T {}

impl Folder {
    /// A folder on disk.
    pub(crate) fn on_disk(path: &Path) -> Self {
        Self { path: path.to_owned(), embedded: None }
    }

    /// The folder formed by embedded files.
    pub(crate) fn embedded(files: &'static [Embedded]) -> Self {
        Self { path: PathBuf::new(), embedded: Some(files) }
    }

    /// Whether the folder exists.
    pub(crate) fn exists(&self) -> bool {
        match self.embedded {
            None => self.path.is_dir(),
            Some(files) => !files.is_empty(),
        }
    }

    /// The folder itself, for errors.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A file's path, for errors.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// A subfolder; the empty name is the folder itself.
    pub(crate) fn join(&self, name: &str) -> Self {
        Self { path: self.file(name), embedded: self.embedded }
    }

    /// Whether there is a file with this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        match self.embedded {
            None => self.file(name).is_file(),
            Some(files) => self.find(files, name).is_some(),
        }
    }

    /// A file's bytes.
    ///
    /// # Errors
    /// If it is missing or cannot be read.
    pub(crate) fn read(&self, name: &str) -> Result<Cow<'static, [u8]>> {
        let path = self.file(name);
        let Some(files) = self.embedded else {
            return std::fs::read(&path).map(Cow::Owned).map_err(Error::io("read", &path));
        };
        let bytes = self.find(files, name).ok_or(std::io::ErrorKind::NotFound);
        bytes.map(Cow::Borrowed).map_err(|kind| Error::io("read", &path)(kind.into()))
    }

    /// Opens a file, and returns it with its size in bytes.
    ///
    /// # Errors
    /// As [`Folder::read`].
    pub(crate) fn open(&self, name: &str) -> Result<(Box<dyn Source>, u64)> {
        if self.embedded.is_some() {
            let bytes = self.read(name)?;
            let size = bytes.len() as u64;
            return Ok((Box::new(std::io::Cursor::new(bytes)), size));
        }
        let path = self.file(name);
        let file = std::fs::File::open(&path).map_err(Error::io("read", &path))?;
        let size = file.metadata().map_err(Error::io("read", &path))?.len();
        Ok((Box::new(file), size))
    }

    /// Reads a JSON file into `T`.
    ///
    /// # Errors
    /// If it is missing, cannot be read, or is not a valid `T`.
    pub(crate) fn json<T: DeserializeOwned>(&self, name: &str) -> Result<T> {
        let bytes = match self.read(name) {
            Err(Error::Io { path, source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                let hint = "every sentence transformer has it; is this the model's folder?".into();
                return Err(Error::Missing { path, hint });
            }
            read => read?,
        };
        serde_json::from_slice(&bytes).map_err(|e| Error::malformed(&self.file(name), e))
    }

    /// Reads an optional JSON file.
    ///
    /// # Errors
    /// If it exists but cannot be read or is not a valid `T`.
    pub(crate) fn optional_json<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        let present = self.embedded.map_or_else(|| self.file(name).exists(), |_| self.has(name));
        if present { self.json(name).map(Some) } else { Ok(None) }
    }

    fn find(&self, files: &'static [Embedded], name: &str) -> Option<&'static [u8]> {
        let path = self.file(name);
        files.iter().find(|(known, _)| Path::new(known) == path).map(|(_, bytes)| *bytes)
    }
}
