//! The exact checkpoints that the method's authors published.

use std::path::PathBuf;

use super::Settings;
use crate::similarity::Similarity;

/// A published exact checkpoint: a sentence transformer with the shifted reference, fine-tuned for
/// it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    /// What to type.
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

    /// Where the checkpoint is or will be. The folder comes into being by a rename of a whole one.
    pub(super) fn place(&self, settings: &Settings) -> PathBuf {
        settings.cache.join("exact").join(self.name)
    }

    /// Where on the web it is.
    #[cfg(feature = "hub")]
    pub(super) fn url(&self, settings: &Settings) -> String {
        format!("{}/{}.zip", settings.exact_url, self.name)
    }
}
