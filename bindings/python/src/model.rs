//! From what the user calls a model to a loaded one.

use std::path::Path;

use pyo3::prelude::*;
use whysim::Encoder;
use whysim::source::{Fetch, locate};

use crate::error::file_error;
use crate::work::attend;

/// Used if it is there and no other model is named, as by the program.
const DEFAULT: &str = "models/all-MiniLM-L6-v2";

const NONE: &str = "there is no model to use: give a folder, a model on the Hugging Face hub \
    (\"sentence-transformers/all-MiniLM-L6-v2\") or a published exact model (\"mpnet_cos\"), or name one in the environment \
    variable WHYSIM_MODEL";

/// The model of `Explainer()`.
pub fn default(py: Python<'_>, listener: Option<&Py<PyAny>>) -> PyResult<Encoder> {
    let name = std::env::var("WHYSIM_MODEL").ok().filter(|name| !name.is_empty());
    let name = name.or_else(|| Path::new(DEFAULT).is_dir().then(|| DEFAULT.to_owned()));
    let name = name.ok_or_else(|| file_error(NONE))?;
    load(py, &name, None, None, listener)
}

/// The model that `model` stands for, downloaded if need be. `name`: what results call it; None: as it was given.
pub fn load(
    py: Python<'_>,
    model: &str,
    name: Option<&str>,
    revision: Option<String>,
    listener: Option<&Py<PyAny>>,
) -> PyResult<Encoder> {
    attend(py, listener, |work| {
        let folder = locate(model, &Fetch { revision, progress: Some(work), ..Fetch::default() })?;
        Encoder::load(&folder, name.unwrap_or(model))
    })
}
