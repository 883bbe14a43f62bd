//! `config_sentence_transformers.json`: prompts, similarity and dimensions.

use std::collections::HashMap;

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::folder::Folder;
use crate::similarity::Similarity;

/// The model's prompts, and the default one.
#[derive(Clone, Default)]
pub(super) struct Prompts {
    texts: HashMap<String, String>,
    default: Option<String>,
}

impl Prompts {
    /// The name of the default prompt.
    pub(super) fn default_name(&self) -> Option<&str> {
        self.default.as_deref()
    }

    /// Their names, sorted.
    pub(super) fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.texts.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }

    /// These and one more, of a name that none has yet.
    pub(super) fn with(&self, name: &str, text: &str) -> Result<Self> {
        let mut more = self.clone();
        match more.texts.insert(name.to_owned(), text.to_owned()) {
            None => Ok(more),
            Some(_) => {
                let expected = format!("a name that is none of the model's: {}", self.names().join(", "));
                Err(Error::Option { option: "the name of a new prompt", expected, got: format!("`{name}`") })
            }
        }
    }

    pub(super) fn get(&self, name: Option<&str>) -> Result<&str> {
        let Some(name) = name.or(self.default.as_deref()) else { return Ok("") };
        self.texts.get(name).map(String::as_str).ok_or_else(|| {
            let known = self.names();
            let known = if known.is_empty() { "none: this model has no prompts".to_owned() } else { known.join(", ") };
            Error::Unsupported { what: "prompt", got: name.to_owned(), supported: known }
        })
    }
}

const SETTINGS: &str = "config_sentence_transformers.json";

/// `config_sentence_transformers.json`.
#[derive(Default, Deserialize)]
pub(super) struct Settings {
    prompts: Option<HashMap<String, String>>,
    default_prompt_name: Option<String>,
    similarity_fn_name: Option<String>,
    truncate_dim: Option<i64>,
}

impl Settings {
    pub(super) fn read(folder: &Folder) -> Result<Self> {
        folder.optional_json(SETTINGS).map(Option::unwrap_or_default)
    }

    /// The number of dimensions to cut to, if any, of a model with `width`. One that is larger than
    /// the model's cuts nothing, as in sentence-transformers.
    pub(super) fn truncate_dim(&self, folder: &Folder, width: usize) -> Result<Option<usize>> {
        let Some(dim) = self.truncate_dim else { return Ok(None) };
        match usize::try_from(dim) {
            Ok(dim) if dim > 0 => Ok(Some(dim.min(width))),
            _ => {
                let problem = "it must be 1 or more, or null";
                Err(Error::setting(&folder.file(SETTINGS), "truncate_dim", &dim.into(), problem))
            }
        }
    }

    /// Its prompts, and others from elsewhere; the default must be one of them.
    pub(super) fn prompts(&self, others: HashMap<String, String>) -> Result<Prompts> {
        let mut texts = others;
        texts.extend(self.prompts.clone().unwrap_or_default());
        let prompts = Prompts { texts, default: self.default_prompt_name.clone() };
        prompts.get(None)?;
        Ok(prompts)
    }

    /// The distance that the config names, if it is not a product of embeddings.
    pub(super) fn distance(&self) -> Option<&str> {
        self.similarity_fn_name.as_deref().filter(|name| matches!(*name, "euclidean" | "manhattan"))
    }

    /// Dot if the config says so. The published exact checkpoints show theirs only in their names.
    pub(super) fn similarity(&self, name: &str) -> Result<Similarity> {
        match self.similarity_fn_name.as_deref() {
            Some("cosine" | "cos") => Ok(Similarity::Cos),
            Some("dot" | "dot_product") => Ok(Similarity::Dot),
            Some("euclidean" | "manhattan") | None => {
                Ok(if name.trim_end_matches('/').ends_with("_dot") { Similarity::Dot } else { Similarity::Cos })
            }
            Some(other) => Err(Error::Unsupported {
                what: "similarity_fn_name",
                got: other.to_owned(),
                supported: "cosine, dot".into(),
            }),
        }
    }
}
