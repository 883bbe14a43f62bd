//! The model for texts with a prompt: of models with an adapter for each task, the one with the prompt's.

use std::sync::{Arc, PoisonError};

use whysim_core::Real;

use super::{Encoder, load};
use crate::error::Result;

impl<T: Real> Encoder<T> {
    /// The model with the adapter of the task that a prompt is named after; None: this one. Each takes as
    /// much memory as the model.
    ///
    /// # Errors
    /// If its weights cannot be read.
    pub(crate) fn for_prompt(&self, prompt: Option<&str>) -> Result<Option<Arc<Self>>> {
        let name = prompt.or(self.prompts.default_name());
        let (Some(tasks), Some(name)) = (&self.tasks, name) else { return Ok(None) };
        if tasks.adapters.task(name).is_none() {
            return Ok(None);
        }
        // Held while the weights are read, so that they are read once.
        let mut made = tasks.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = made.get(name) {
            return Ok(Some(known.clone()));
        }
        let (adapted, _) = load::load::<T>(&tasks.folder, None, &self.identity.name, Some(name))?;
        // Its texts can be paired with those of the other tasks, as those of other prompts.
        let adapted = Arc::new(Self { identity: self.identity.clone(), dim: self.dim, tasks: None, ..adapted });
        made.insert(name.to_owned(), adapted.clone());
        Ok(Some(adapted))
    }

    /// The tasks for which the model has an adapter each, by the names of their prompts.
    pub fn tasks(&self) -> &[String] {
        self.tasks.as_ref().map_or(&[], |tasks| &tasks.adapters.names)
    }
}
