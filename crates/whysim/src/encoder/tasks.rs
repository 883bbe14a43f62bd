//! Models with an adapter for each of several tasks (jina-embeddings-v3). A prompt with a task's
//! name takes the task's adapter too; texts without one take the model as it is without adapters.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use serde::Deserialize;
use whysim_core::Real;

use super::Encoder;
use super::config::Config;
use super::weights::Task;
use crate::error::Result;
use crate::folder::Folder;

/// What config.json says of the adapters.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Adapters {
    #[serde(rename = "lora_adaptations")]
    pub names: Vec<String>,
    #[serde(rename = "lora_rank")]
    rank: usize,
    #[serde(rename = "lora_alpha")]
    alpha: f64,
    /// The text before texts of each task.
    #[serde(rename = "task_instructions", default)]
    pub prompts: HashMap<String, String>,
}

impl Adapters {
    /// The adapters of a model, if it has any.
    ///
    /// # Errors
    /// If a key about them is missing or wrong.
    pub(super) fn read(config: &Config) -> Result<Option<Self>> {
        if config.get("lora_adaptations").is_none() {
            return Ok(None);
        }
        let adapters: Self = config.keys()?;
        config.at_least_one("lora_rank", adapters.rank)?;
        Ok(Some(adapters))
    }

    /// The adapter of a task, by its name.
    pub(super) fn task(&self, name: &str) -> Option<Task> {
        let index = self.names.iter().position(|own| own == name)?;
        Some(Task { index, rank: self.rank, scale: self.alpha / self.rank as f64 })
    }
}

/// The model with each of its adapters, made at first use.
pub(super) struct Tasks<T: Real> {
    pub folder: Folder,
    pub adapters: Adapters,
    pub made: Mutex<HashMap<String, Arc<Encoder<T>>>>,
}

impl<T: Real> Tasks<T> {
    pub(super) fn new(folder: &Folder, adapters: Adapters) -> Self {
        Self { folder: folder.clone(), adapters, made: Mutex::default() }
    }
}
