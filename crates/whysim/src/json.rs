//! The JSON files of a model's folder.

use std::path::Path;

use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// Reads a JSON file into `T`.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            let hint = "every sentence transformer has it; is this the model's folder?".into();
            return Err(Error::Missing { path: path.to_owned(), hint });
        }
        Err(e) => return Err(Error::io("read", path)(e)),
    };
    serde_json::from_slice(&bytes).map_err(|e| Error::malformed(path, e))
}

/// Reads a JSON file that may be absent.
pub(crate) fn read_optional_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    if path.exists() { read_json(path).map(Some) } else { Ok(None) }
}
