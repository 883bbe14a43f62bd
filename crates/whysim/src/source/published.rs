//! The exact checkpoints published by the method's authors.

use std::path::PathBuf;

use super::Settings;
use crate::similarity::Similarity;

/// A published exact checkpoint: a sentence transformer with a shifted reference, fine-tuned that
/// way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    /// The name to type.
    pub name: &'static str,
    /// The kind of encoder.
    pub encoder: &'static str,
    /// The similarity that it was trained for.
    pub similarity: Similarity,
}

const KNOWN: [Published; 4] = [
    Published { name: "mpnet_cos", encoder: "MPNet", similarity: Similarity::Cos },
    Published { name: "mpnet_dot", encoder: "MPNet", similarity: Similarity::Dot },
    Published { name: "droberta_cos", encoder: "DistilRoBERTa", similarity: Similarity::Cos },
    Published { name: "droberta_dot", encoder: "DistilRoBERTa", similarity: Similarity::Dot },
];

/// The published exact checkpoints (Moeller, Nikolaev, Padó, EACL 2024, arXiv 2402.02883).
pub fn known() -> &'static [Published] {
    &KNOWN
}

impl Published {
    /// Where the checkpoint is kept, if it has been downloaded.
    pub fn folder(&self, settings: &Settings) -> Option<PathBuf> {
        let folder = self.place(settings);
        folder.join("modules.json").is_file().then_some(folder)
    }

    /// Where the checkpoint is or will be. A complete folder is moved there by a rename.
    pub(super) fn place(&self, settings: &Settings) -> PathBuf {
        settings.cache.join("exact").join(self.name)
    }

    /// Its URL.
    #[cfg(feature = "hub")]
    pub(super) fn url(&self, settings: &Settings) -> String {
        format!("{}/{}.zip", settings.exact_url, self.name)
    }
}
