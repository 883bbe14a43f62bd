//! A model.

use numpy::PyArray2;
use pyo3::prelude::*;
use whysim::Named;
use whysim::evaluate::evaluate;
use whysim::forecast;
use whysim::names::of_names;

use crate::convert::{self, RelevanceTuple};
use crate::decomposition::Decomposition;
use crate::evaluate::{PairTuple, Report, Settings, pairs_of};
use crate::explanation::Explanation;
use crate::features::Features;
use crate::highlight::{self, Highlight, WishTuple};
use crate::model;
use crate::options::{Options, named};
use crate::work::{Work, attend};

const WORKS: [(&str, forecast::Work); 3] = [
    ("decompose", forecast::Work::Decompose),
    ("relevance", forecast::Work::Relevance),
    ("features", forecast::Work::Features),
];

#[pyclass(frozen, module = "whysim._whysim")]
pub struct Encoder {
    pub inner: whysim::Encoder,
}

#[pymethods]
impl Encoder {
    /// `model`: None for the default one.
    #[staticmethod]
    fn load(
        py: Python<'_>,
        model: Option<&str>,
        name: Option<&str>,
        revision: Option<String>,
        listener: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let inner = match model {
            Some(model) => model::load(py, model, name, revision, listener.as_ref())?,
            None => model::default(py, listener.as_ref())?,
        };
        Ok(Self { inner })
    }

    #[getter]
    fn name(&self) -> &str {
        &self.inner.identity().name
    }

    #[getter]
    fn fingerprint(&self) -> &str {
        &self.inner.identity().fingerprint
    }

    #[getter]
    fn exact(&self) -> bool {
        self.inner.identity().exact
    }

    #[getter]
    fn layers(&self) -> usize {
        self.inner.layers()
    }

    #[getter]
    fn dim(&self) -> usize {
        self.inner.dim()
    }

    #[getter]
    fn hidden(&self) -> usize {
        self.inner.hidden()
    }

    #[getter]
    fn limit(&self) -> usize {
        self.inner.limit()
    }

    /// The model's own.
    fn similarity(&self) -> PyResult<&'static str> {
        Ok(self.inner.similarity(None).map_err(crate::error::raise)?.name())
    }

    #[getter]
    fn notes(&self) -> Vec<String> {
        self.inner.notes().to_vec()
    }

    /// The same model with embeddings of the first `dim` dimensions.
    fn truncated(&self, dim: usize) -> PyResult<Self> {
        self.inner.truncated(dim).map(|inner| Self { inner }).map_err(crate::error::raise)
    }

    /// The layer that `layer` means; None: the default one.
    fn layer(&self, layer: Option<i64>) -> PyResult<usize> {
        layer.map_or(Ok(self.inner.default_layer()), |layer| self.inner.layer(layer)).map_err(crate::error::raise)
    }

    /// Whether the model finds no token in a text.
    fn is_empty(&self, text: &str, prompt: Option<&str>) -> PyResult<bool> {
        let prompt = self.inner.prompt(prompt).map_err(crate::error::raise)?;
        match self.inner.tokenize(prompt, text, "it") {
            Err(whysim::Error::EmptyText { .. }) => Ok(true),
            tokens => tokens.map(|_| false).map_err(crate::error::raise),
        }
    }

    /// The names of its prompts.
    fn prompt_names(&self) -> Vec<&str> {
        self.inner.prompt_names()
    }

    /// The same model with one more prompt.
    fn with_prompt(&self, name: &str, text: &str) -> PyResult<Self> {
        self.inner.with_prompt(name, text).map(|inner| Self { inner }).map_err(crate::error::raise)
    }

    /// Sees that there is such a prompt.
    fn check_prompt(&self, prompt: Option<&str>) -> PyResult<()> {
        self.inner.prompt(prompt).map(drop).map_err(crate::error::raise)
    }

    fn decompose(
        &self,
        py: Python<'_>,
        texts: Vec<String>,
        options: &Options,
        listener: Option<Py<PyAny>>,
    ) -> PyResult<Vec<Decomposition>> {
        let all =
            attend(py, listener.as_ref(), |work| self.inner.decompose_all_with_progress(&texts, &options.inner, work))?;
        Ok(all.into_iter().map(Decomposition::new).collect())
    }

    /// A text on its own, named `which` in errors.
    fn decompose_text(
        &self,
        py: Python<'_>,
        text: &str,
        options: &Options,
        which: &str,
        listener: Option<Py<PyAny>>,
    ) -> PyResult<Decomposition> {
        let one = attend(py, listener.as_ref(), |work| {
            self.inner.decompose_with_progress(text, &options.inner, which, work)
        })?;
        Ok(Decomposition::new(one))
    }

    /// What to say before work on texts; None if it takes no time worth mentioning.
    fn forecast_texts(
        &self,
        py: Python<'_>,
        texts: Vec<String>,
        options: &Options,
        work: &str,
    ) -> PyResult<Option<String>> {
        let work = of_names("work", &WORKS, work).map_err(crate::error::raise)?;
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        attend(py, None, |_| Ok(self.inner.forecast_texts(&texts, &options.inner, work)))
    }

    /// What to say before a pair is explained; None if it takes no time worth mentioning.
    fn forecast(
        &self,
        py: Python<'_>,
        a: &str,
        b: &str,
        options_a: &Options,
        options_b: &Options,
    ) -> PyResult<Option<String>> {
        let options = [&options_a.inner, &options_b.inner];
        Ok(attend(py, None, |_| self.inner.forecast([a, b], options))?.warning())
    }

    fn decompose_pair(
        &self,
        py: Python<'_>,
        a: &str,
        b: &str,
        options_a: &Options,
        options_b: &Options,
        listener: Option<Py<PyAny>>,
    ) -> PyResult<(Decomposition, Decomposition)> {
        let options = [&options_a.inner, &options_b.inner];
        let [a, b] =
            attend(py, listener.as_ref(), |work| self.inner.decompose_pair_with_progress([a, b], options, work))?;
        Ok((Decomposition::new(a), Decomposition::new(b)))
    }

    /// Why two texts are similar, each read with options of its own.
    #[expect(clippy::too_many_arguments, reason = "they are Python's keywords")]
    fn explain(
        &self,
        py: Python<'_>,
        a: &str,
        b: &str,
        options_a: &Options,
        options_b: &Options,
        by_similarity: &str,
        listener: Option<Py<PyAny>>,
    ) -> PyResult<Explanation> {
        let (options, similarity) = ([&options_a.inner, &options_b.inner], named(by_similarity)?);
        let explanation =
            attend(py, listener.as_ref(), |work| self.inner.explain_with_progress([a, b], options, similarity, work))?;
        Ok(Explanation::new(explanation))
    }

    /// `query`: the text, and the name of its prompt.
    fn relevance<'py>(
        &self,
        py: Python<'py>,
        query: (String, Option<String>),
        passages: Vec<String>,
        options: &Options,
        by_similarity: &str,
        listener: Option<Py<PyAny>>,
    ) -> PyResult<Vec<RelevanceTuple<'py>>> {
        let similarity = named(by_similarity)?;
        let all = attend(py, listener.as_ref(), |work| {
            let (query, prompt) = (query.0.as_str(), query.1.as_deref());
            self.inner.relevance_with_progress(query, &passages, prompt, &options.inner, similarity, work)
        })?;
        let numbered = all.iter().enumerate();
        Ok(numbered.map(|(i, one)| convert::relevance(py, one, &format!("passage number {}", i + 1))).collect())
    }

    /// `query`: the text, and the name of its prompt.
    #[expect(clippy::too_many_arguments, reason = "they are Python's keywords")]
    fn highlight(
        &self,
        py: Python<'_>,
        query: (String, Option<String>),
        passages: Vec<String>,
        options: &Options,
        wish: WishTuple,
        by_similarity: &str,
        listener: Option<Py<PyAny>>,
    ) -> PyResult<Vec<Highlight>> {
        let (similarity, wish) = (named(by_similarity)?, highlight::wish(options, wish)?);
        let found = attend(py, listener.as_ref(), |work| {
            self.inner.highlight(&query.0, &passages, query.1.as_deref(), &wish, similarity, work)
        })?;
        Ok(Highlight::all(found, &query.0, similarity))
    }

    fn features(
        &self,
        py: Python<'_>,
        text: &str,
        options: &Options,
        listener: Option<Py<PyAny>>,
    ) -> PyResult<Features> {
        let inner =
            attend(py, listener.as_ref(), |work| self.inner.features_with_progress(text, &options.inner, work))?;
        Ok(Features { inner })
    }

    fn embed<'py>(
        &self,
        py: Python<'py>,
        texts: Vec<String>,
        prompt: Option<&str>,
        listener: Option<Py<PyAny>>,
    ) -> PyResult<Bound<'py, PyArray2<f32>>> {
        let all = attend(py, listener.as_ref(), |work| self.inner.embed_with_progress(&texts, prompt, work))?;
        convert::rows(py, all.concat(), texts.len(), self.inner.dim())
    }

    /// `against`: another model to compare with.
    fn evaluate(
        &self,
        py: Python<'_>,
        pairs: Vec<PairTuple>,
        against: Option<&Self>,
        settings: Settings,
        listener: Option<Py<PyAny>>,
    ) -> PyResult<Report> {
        let (pairs, settings) = (pairs_of(pairs), settings.read()?);
        let against = against.map(|other| &other.inner);
        // The library randomises the model that it is given; a clone shares the weights until then.
        let evaluated = |work: &Work| evaluate(self.inner.clone(), against, &pairs, &settings, work);
        attend(py, listener.as_ref(), evaluated).map(Report::new)
    }
}
