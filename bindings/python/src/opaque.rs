//! Models of which nothing is known but the vectors that a function of Python gives.
//!
//! Python asks for the texts to embed, embeds them itself, and hands the vectors in: so its
//! functions run on the thread that called, with its lock, and raise what they raise.

use std::collections::HashMap;

use numpy::{PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::prelude::*;
use whysim::{Embedder, Error, Opaque, Progress};

use crate::decomposition::Decomposition;
use crate::error::raise;
use crate::options::Options;
use crate::work::attend;

/// Vectors that are there already.
struct Given {
    name: String,
    vectors: HashMap<String, Vec<f32>>,
}

impl Embedder for Given {
    fn name(&self) -> &str {
        &self.name
    }

    fn embed(&self, texts: &[&str], _: &dyn Progress) -> whysim::Result<Vec<Vec<f32>>> {
        let vector = |text: &&str| {
            let lacking =
                || Error::Embedder { name: self.name.clone(), problem: format!("there is no vector of {text:?}") };
            self.vectors.get(*text).cloned().ok_or_else(lacking)
        };
        texts.iter().map(vector).collect()
    }
}

/// Sees whether a text can be decomposed, before anything is embedded.
#[pyfunction]
pub fn opaque_check(name: String, text: &str, options: &Options, which: &str) -> PyResult<()> {
    Opaque::new(Given { name, vectors: HashMap::new() }).check(text, &options.inner, which).map_err(raise)
}

/// The texts whose vectors decomposing `texts` takes.
#[pyfunction]
pub fn opaque_parts(name: String, texts: Vec<String>, options: &Options) -> PyResult<Vec<String>> {
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    Opaque::new(Given { name, vectors: HashMap::new() }).parts(&texts, &options.inner).map_err(raise)
}

/// Decomposes texts. parts: those of [`opaque_parts`]; vectors: theirs, [parts, D].
#[pyfunction]
pub fn opaque_decompose(
    py: Python<'_>,
    name: String,
    texts: Vec<String>,
    options: &Options,
    parts: Vec<String>,
    vectors: PyReadonlyArray2<'_, f32>,
) -> PyResult<Vec<Decomposition>> {
    let dim = vectors.shape()[1];
    let vectors: Vec<f32> = vectors.as_array().iter().copied().collect();
    let vectors = parts.into_iter().zip(vectors.chunks(dim.max(1)).map(<[f32]>::to_vec)).collect();
    let model = Opaque::new(Given { name, vectors });
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let all = attend(py, None, |work| model.decompose_all(&texts, &options.inner, work))?;
    Ok(all.into_iter().map(Decomposition::new).collect())
}
