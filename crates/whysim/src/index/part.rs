//! What the two files of a part say of themselves, so that a part is known without the manifest.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::recipe::Recipe;
use crate::error::{Error, Result};

/// The key of the schema's metadata. There is one only: the order of several would be random.
pub(super) const KEY: &str = "whysim";

/// The layout of parts and manifest.
pub(super) const VERSION: u32 = 1;

/// What a file of a part says of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Head {
    /// [`VERSION`].
    pub(super) version: u32,
    /// Number of texts.
    pub(super) rows: usize,
    /// The checksum of the file of embeddings; in the file of texts only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) vectors: Option<String>,
    /// How the embeddings were made.
    pub(super) recipe: Recipe,
}

impl Head {
    pub(super) fn metadata(&self) -> HashMap<String, String> {
        // Writing plain structs to memory cannot fail: every map key is a string.
        HashMap::from([(KEY.to_owned(), serde_json::to_string(self).unwrap_or_default())])
    }

    pub(super) fn read(text: Option<&String>) -> Result<Self, String> {
        let text = text.ok_or_else(|| format!("its metadata has no `{KEY}`"))?;
        serde_json::from_str(text).map_err(|error| format!("its metadata cannot be read: {error}"))
    }
}

/// The names of a part's two files.
pub(super) fn files(part: &str) -> [String; 2] {
    [format!("{part}{VECTORS}"), format!("{part}{TEXTS}")]
}

const VECTORS: &str = ".vectors.arrow";
const TEXTS: &str = ".texts.arrow";

/// The name of the part with a number.
pub(super) fn name(number: usize) -> String {
    format!("part-{number:06}")
}

/// The part that a file belongs to, and the part's number.
pub(super) fn of_file(file: &str) -> Option<(&str, usize)> {
    let part = file.strip_suffix(VECTORS).or_else(|| file.strip_suffix(TEXTS))?;
    Some((part, part.strip_prefix("part-")?.parse().ok()?))
}

/// The crate returns errors for most broken files, and may panic on others.
pub(super) fn guarded<T>(path: &Path, read: impl FnOnce() -> Result<T, String>) -> Result<T> {
    let done = catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err("its lengths contradict each other".into()));
    done.map_err(|problem| Error::malformed(path, format!("it is not a part of an index by whysim: {problem}")))
}
