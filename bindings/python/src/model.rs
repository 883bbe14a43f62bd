//! From what the user calls a model to a loaded one.

use pyo3::prelude::*;
use whysim::Encoder;
use whysim::source::{Fetch, known};

use crate::work::attend;

/// The model of `Explainer()`: as for the program, the one that WHYSIM_MODEL names, else the one
/// inside.
pub fn default(py: Python<'_>, listener: Option<&Py<PyAny>>) -> PyResult<Encoder> {
    let name = std::env::var("WHYSIM_MODEL").ok().filter(|name| !name.is_empty());
    load(py, name.as_deref().unwrap_or(whysim_bundled::NAME), None, None, listener)
}

/// The names that stand for models by themselves: of the one inside, and of the published exact
/// ones.
pub fn names() -> Vec<&'static str> {
    let published = known().iter().map(|one| one.name);
    [whysim_bundled::NAME].into_iter().chain(published).collect()
}

/// The model that `model` stands for, downloaded if need be. `name`: what results call it; None: as
/// it was given.
pub fn load(
    py: Python<'_>,
    model: &str,
    name: Option<&str>,
    revision: Option<String>,
    listener: Option<&Py<PyAny>>,
) -> PyResult<Encoder> {
    attend(py, listener, |work| {
        if whysim_bundled::is(model) {
            return whysim_bundled::load();
        }
        let fetch = Fetch { revision, progress: Some(work), ..Fetch::default() };
        whysim::load_as(model, name.unwrap_or(model), &fetch)
    })
}
