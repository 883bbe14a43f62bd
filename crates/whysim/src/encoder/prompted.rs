//! The model for texts with a prompt: of models with an adapter for each task, the one with the
//! prompt's.

use std::sync::{Arc, PoisonError};

use whysim_core::Real;

use super::tasks::Tasks;
use super::{Encoder, load};
use crate::error::Result;

impl<T: Real> Encoder<T> {
    /// The model with the adapter of the task that a prompt is named after; None: this one. Each
    /// takes as much memory as the model.
    ///
    /// # Errors
    /// If its weights cannot be read.
    pub(crate) fn for_prompt(&self, prompt: Option<&str>) -> Result<Option<Arc<Self>>> {
        let (Some(tasks), Some(name)) = (&self.tasks, self.task(prompt)) else { return Ok(None) };
        // Held while the weights are read, so that they are read once.
        let mut made = tasks.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = made.get(name) {
            return Ok(Some(known.clone()));
        }
        let adapted = Arc::new(self.adapted(tasks, name)?);
        made.insert(name.to_owned(), adapted.clone());
        Ok(Some(adapted))
    }

    /// The model for texts with its default prompt, for good.
    ///
    /// # Errors
    /// If its weights cannot be read.
    pub(crate) fn into_default(self) -> Result<Self> {
        match (&self.tasks, self.task(None)) {
            (Some(tasks), Some(name)) => self.adapted(tasks, name),
            _ => Ok(self),
        }
    }

    /// The task that a prompt, or else the default one, is named after.
    fn task<'a>(&'a self, prompt: Option<&'a str>) -> Option<&'a str> {
        let name = prompt.or(self.prompts.default_name())?;
        self.tasks.as_ref()?.adapters.task(name).map(|_| name)
    }

    fn adapted(&self, tasks: &Tasks<T>, name: &str) -> Result<Self> {
        let (adapted, _) = load::load::<T>(&tasks.folder, None, &self.identity.name, Some(name))?;
        // Its texts can be paired with those of the other tasks, as those of other prompts.
        Ok(Self { identity: self.identity.clone(), dim: self.dim, tasks: None, ..adapted })
    }

    /// The names of the model's prompts, sorted.
    pub fn prompt_names(&self) -> Vec<&str> {
        self.prompts.names()
    }

    /// The same model with one more prompt: `text`, to be asked for by `name`. The weights are
    /// shared, and what is made with either can be paired.
    ///
    /// # Errors
    /// If the model has a prompt of that name.
    pub fn with_prompt(&self, name: &str, text: &str) -> Result<Self> {
        Ok(Self { prompts: self.prompts.with(name, text)?, ..self.clone() })
    }

    /// The tasks for which the model has an adapter each, by the names of their prompts.
    pub fn tasks(&self) -> &[String] {
        self.tasks.as_ref().map_or(&[], |tasks| &tasks.adapters.names)
    }
}
