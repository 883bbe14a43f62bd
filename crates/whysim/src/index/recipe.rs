//! How the embeddings of an index were made.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::checksum;
pub use crate::decomposition::Stored;
use crate::encoder::Encoder;
use crate::error::{Error, Result};
use crate::similarity::Similarity;

impl Stored {
    /// Bytes of a number.
    pub(super) fn size(self) -> usize {
        match self {
            Self::Float32 => 4,
            Self::Float16 => 2,
        }
    }
}

/// The model of an index, as it can be found again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// A folder, a hub id, or the name of a model that is part of the program.
    pub name: String,
    /// The branch, tag or commit of a hub model, if one was named.
    pub revision: Option<String>,
    /// The number of dimensions that embeddings were cut to, if one was named.
    pub truncate_dim: Option<usize>,
    /// Whether it was a model loaded in Python. Its name may lead to other weights, if it was
    /// trained since.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_memory: bool,
}

impl Model {
    /// A model by its name; a folder's name is made one that holds in any working directory.
    pub fn named(name: &str) -> Self {
        let folder = std::fs::canonicalize(name).ok().filter(|folder| folder.is_dir());
        Self { name: folder.map_or_else(|| name.to_owned(), |folder| folder.display().to_string()), ..Self::default() }
    }

    /// What errors call it.
    pub fn described(&self) -> String {
        let memory = if self.in_memory { " (a loaded one, in memory only)" } else { "" };
        format!("the model `{}`{memory}", self.name)
    }
}

/// How the embeddings of an index were made, and how they are compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// The model.
    pub model: Model,
    /// Its hash: [`crate::encoder::Identity::fingerprint`].
    pub fingerprint: String,
    /// D.
    pub dim: usize,
    /// How embeddings are compared.
    pub similarity: Similarity,
    /// The name of the prompt before every text, if one was named.
    pub prompt: Option<String>,
    /// That prompt, or the model's default one.
    pub prompt_text: String,
    /// The numbers of the embeddings.
    pub precision: Stored,
}

/// The hash of a prompt and a text, by which a text is known again.
pub(super) type Hash = [u8; 16];

/// The first half of the checksum of named parts.
pub(super) fn hash<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Hash {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
    }
    let mut hash = Hash::default();
    hash.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    hash
}

impl Recipe {
    /// The hash of a text behind the prompt.
    pub(super) fn hash(&self, text: &str) -> Hash {
        hash([self.prompt_text.as_bytes(), text.as_bytes()])
    }

    /// What parts with these embeddings share, whatever the model is called.
    pub(super) fn key(&self) -> String {
        let (dim, prompt) = (self.dim.to_string(), self.prompt.as_deref().unwrap_or_default());
        checksum::of([
            ("fingerprint", self.fingerprint.as_bytes()),
            ("dim", dim.as_bytes()),
            ("prompt", prompt.as_bytes()),
            ("prompt_text", self.prompt_text.as_bytes()),
            ("precision", self.precision.to_string().as_bytes()),
        ])
    }

    /// # Errors
    /// If an encoder's embeddings cannot be compared with these.
    pub(super) fn check(&self, encoder: &Encoder, folder: &Path) -> Result<()> {
        let name = &encoder.identity().name;
        if self.dim != encoder.dim() {
            let (own, other) = (self.dim, encoder.dim());
            let problem = format!(
                "its embeddings, made with {}, have {own} dimensions, and those of `{name}` {other}: search with the \
                 model and the dimensions that it was made with",
                self.model.described()
            );
            return Err(Error::index(folder, problem));
        }
        if self.fingerprint == encoder.identity().fingerprint {
            return Ok(());
        }
        let problem = format!(
            "it was made with {}, and `{name}` is another or another version of it: search with the one that it was \
             made with, or make an index with the other in another folder",
            self.model.described()
        );
        Err(Error::index(folder, problem))
    }

    /// What keeps texts embedded by `other` out of an index made by this, if anything does.
    pub(super) fn differs(&self, other: &Self) -> Option<String> {
        let is_other = self.precision != other.precision;
        let precision = || format!("its numbers are {}, not {}", self.precision, other.precision);
        let compares = self.similarity != other.similarity;
        let similarity = || format!("its texts are compared by `{}`, not `{}`", self.similarity, other.similarity);
        let otherwise = || compares.then(similarity);
        self.embeds_otherwise(other).or_else(|| is_other.then(precision)).or_else(otherwise)
    }

    /// What keeps embeddings by `other` from being compared with those by this, if anything does.
    pub(super) fn embeds_otherwise(&self, other: &Self) -> Option<String> {
        if self.dim != other.dim {
            return Some(format!("its embeddings have {} dimensions, not {}", self.dim, other.dim));
        }
        if self.fingerprint != other.fingerprint {
            let (old, new) = (&self.model, &other.model);
            return Some(match old.name == new.name {
                true => format!("it was made with another version of {}", old.described()),
                false => format!("it was made with {}, not `{}`", old.described(), new.name),
            });
        }
        let quoted = |text: &str| if text.is_empty() { "no prompt".to_owned() } else { format!("the prompt `{text}`") };
        if (&self.prompt, &self.prompt_text) != (&other.prompt, &other.prompt_text) {
            let (old, new) = (quoted(&self.prompt_text), quoted(&other.prompt_text));
            return Some(format!("it was made with {old}, not {new}"));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_in_memory_is_kept_as_one_and_said_to_be_one() {
        let found = Model { revision: Some("main".into()), ..Model::named("some/model") };
        let loaded = Model { in_memory: true, ..found.clone() };
        // Indexes of models that can be found are written as they always were.
        let json = serde_json::to_string(&found).unwrap();
        assert_eq!(json, r#"{"name":"some/model","revision":"main","truncate_dim":null}"#);
        for model in [&found, &loaded] {
            let json = serde_json::to_string(model).unwrap();
            assert_eq!(&serde_json::from_str::<Model>(&json).unwrap(), model);
        }
        assert_eq!(found.described(), "the model `some/model`");
        assert_eq!(loaded.described(), "the model `some/model` (a loaded one, in memory only)");
    }
}
