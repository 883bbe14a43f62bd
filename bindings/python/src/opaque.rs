//! Models of which nothing is known but the vectors that a function of Python gives.
//!
//! Python asks for the texts to embed, embeds them itself, and hands the vectors in: so its
//! functions run on the thread that called, with its lock, and raise what they raise.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use numpy::{PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::prelude::*;
use whysim::{Embedder, Error, Opaque, Progress};

use crate::decomposition::Decomposition;
use crate::error::raise;
use crate::highlight::{self, Highlight, WishTuple};
use crate::options::{Options, named};
use crate::work::attend;

/// Vectors that are there already.
struct Given {
    name: String,
    vectors: HashMap<String, Vec<f32>>,
    /// Texts that were asked for and are not there.
    lacking: Mutex<Vec<String>>,
}

impl Given {
    fn new(name: String, vectors: HashMap<String, Vec<f32>>) -> Self {
        Self { name, vectors, lacking: Mutex::default() }
    }
}

impl Embedder for Given {
    fn name(&self) -> &str {
        &self.name
    }

    fn embed(&self, texts: &[&str], _: &dyn Progress) -> whysim::Result<Vec<Vec<f32>>> {
        let known: Option<Vec<Vec<f32>>> = texts.iter().map(|text| self.vectors.get(*text).cloned()).collect();
        known.ok_or_else(|| {
            let lacking = texts.iter().filter(|text| !self.vectors.contains_key(**text));
            let lacking: Vec<String> = lacking.map(|text| (*text).to_owned()).collect();
            let problem = format!("there are no vectors of {} texts", lacking.len());
            *self.lacking.lock().unwrap_or_else(PoisonError::into_inner) = lacking;
            Error::Embedder { name: self.name.clone(), problem }
        })
    }
}

/// Sees whether a text can be decomposed, before anything is embedded.
#[pyfunction]
pub fn opaque_check(name: String, text: &str, options: &Options, which: &str) -> PyResult<()> {
    Opaque::new(Given::new(name, HashMap::new())).check(text, &options.inner, which).map_err(raise)
}

/// The texts whose vectors decomposing `texts` takes.
#[pyfunction]
pub fn opaque_parts(name: String, texts: Vec<String>, options: &Options) -> PyResult<Vec<String>> {
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    Opaque::new(Given::new(name, HashMap::new())).parts(&texts, &options.inner).map_err(raise)
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
    let vectors = by_text(parts, &vectors);
    let model = Opaque::new(Given::new(name, vectors));
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let all = attend(py, None, |work| model.decompose_all(&texts, &options.inner, work))?;
    Ok(all.into_iter().map(Decomposition::new).collect())
}

/// texts: T of them; vectors: theirs, [T, D].
fn by_text(texts: Vec<String>, vectors: &PyReadonlyArray2<'_, f32>) -> HashMap<String, Vec<f32>> {
    let dim = vectors.shape()[1];
    let values: Vec<f32> = vectors.as_array().iter().copied().collect();
    texts.into_iter().zip(values.chunks(dim.max(1)).map(<[f32]>::to_vec)).collect()
}

/// Highlights passages with the vectors that are there, or says which texts' vectors are lacking:
/// what is asked for next follows from what came before. texts: T of them; vectors: theirs, [T, D].
/// -> the texts whose vectors are lacking, or else the results.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "they are Python's keywords")]
pub fn opaque_highlight(
    py: Python<'_>,
    name: String,
    query: &str,
    passages: Vec<String>,
    options: &Options,
    wish: WishTuple,
    by_similarity: &str,
    texts: Vec<String>,
    vectors: PyReadonlyArray2<'_, f32>,
) -> PyResult<(Vec<String>, Vec<Highlight>)> {
    let (similarity, wish) = (named(by_similarity)?, highlight::wish(options, wish)?);
    let model = Opaque::new(Given::new(name, by_text(texts, &vectors)));
    let passages: Vec<&str> = passages.iter().map(String::as_str).collect();
    let found = attend(py, None, |work| {
        let found = model.highlight(query, &passages, &wish, similarity, work);
        let lacking = std::mem::take(&mut *model.embedder().lacking.lock().unwrap_or_else(PoisonError::into_inner));
        if lacking.is_empty() { found.map(|found| (lacking, found)) } else { Ok((lacking, Vec::new())) }
    });
    found.map(|(lacking, found)| (lacking, Highlight::all(found, query, similarity)))
}
