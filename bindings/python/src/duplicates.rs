//! Texts that say the same.

use numpy::{PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::prelude::*;
use whysim::Similarity;
use whysim::corpus::{Corpus, Embedded};
use whysim::duplicates::{Explaining, Options as Looking, find};
use whysim::render;

use crate::encoder::Encoder;
use crate::error::raise;
use crate::explanation::Explanation;
use crate::options::{Options, named};
use crate::work::attend;

/// What was found.
#[pyclass(frozen, module = "whysim._whysim")]
pub struct Duplicates {
    inner: whysim::duplicates::Duplicates,
}

/// Names, texts, embeddings [texts, D].
type Texts<'py> = (Vec<String>, Vec<String>, PyReadonlyArray2<'py, f32>);

/// For each text how many pairs are kept; pairs listed; k; hubs, and boilerplate, listed; the least
/// for boilerplate.
type Sizes = (usize, usize, usize, usize, usize, usize);

fn embedded((ids, texts, vectors): Texts<'_>, similarity: Similarity) -> PyResult<Embedded> {
    let dim = vectors.shape()[1];
    Ok(Embedded { ids, texts, embeddings: vectors.as_slice()?.to_vec(), dim, similarity })
}

/// Finds texts that say the same, in `texts` or from there to `against`. by: the similarity, and
/// the name of the model of the embeddings.
#[pyfunction]
pub fn duplicates(
    py: Python<'_>,
    texts: Texts<'_>,
    against: Option<Texts<'_>>,
    by: (String, Option<String>),
    threshold: f32,
    sizes: Sizes,
    listener: Option<Py<PyAny>>,
) -> PyResult<Duplicates> {
    let similarity = named(&by.0)?;
    let corpus = embedded(texts, similarity)?;
    let against = against.map(|texts| embedded(texts, similarity)).transpose()?;
    let (edges, listed, neighbours, hubs, boilerplate, least) = sizes;
    let options = Looking { threshold, edges, listed, neighbours, hubs, boilerplate, least };
    let mut inner = attend(py, listener.as_ref(), |work| {
        find(&corpus, against.as_ref().map(|against| against as &dyn Corpus), &options, work)
    })?;
    inner.model = by.1;
    Ok(Duplicates { inner })
}

#[pymethods]
impl Duplicates {
    /// The pairs most worth explaining: their indices and texts.
    fn worth(&self, pairs: usize) -> Vec<(usize, String, String)> {
        let text = |item: usize| self.inner.items[item].text.clone();
        let pair = |i: usize| (i, text(self.inner.pairs[i].a), text(self.inner.pairs[i].b));
        self.inner.worth(pairs).into_iter().map(pair).collect()
    }

    /// The same, with pairs explained by a model. sizes: pairs; pairs of words for each; tokens up
    /// to which by words.
    fn explain(
        &self,
        py: Python<'_>,
        encoder: &Encoder,
        options: &Options,
        sizes: (usize, usize, usize),
        listener: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let (pairs, words, longest) = sizes;
        let how = Explaining { pairs, words, longest, options: options.inner.clone() };
        let mut inner = self.inner.clone();
        let inner = attend(py, listener.as_ref(), move |work| {
            inner.explain(&encoder.inner, &how, work)?;
            Ok(inner)
        })?;
        Ok(Self { inner })
    }

    /// The same, with what explanations say of pairs.
    fn explained(&self, explanations: Vec<(usize, PyRef<'_, Explanation>)>, words: usize) -> PyResult<Self> {
        let mut inner = self.inner.clone();
        let explanations: Vec<_> = explanations.into_iter().map(|(i, one)| (i, one.inner.clone())).collect();
        inner.explained(&explanations, words).map_err(raise)?;
        Ok(Self { inner })
    }

    fn json(&self, py: Python<'_>) -> String {
        py.detach(|| render::duplicates_json(&self.inner))
    }

    fn csv(&self, py: Python<'_>) -> String {
        py.detach(|| render::duplicates_csv(&self.inner))
    }

    fn html(&self, py: Python<'_>) -> String {
        py.detach(|| render::duplicates_html(&self.inner))
    }

    fn text(&self, top: usize) -> String {
        render::duplicates(&self.inner, top)
    }
}
