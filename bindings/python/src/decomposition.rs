//! One text.

use std::path::PathBuf;
use std::sync::Arc;

use numpy::{PyArray1, PyArray2};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use whysim::Named;

use crate::convert::{self, RelevanceTuple, TokenTuple, fields};
use crate::error::raise;
use crate::explanation::Explanation;
use crate::margin::Margin;
use crate::options::{method_name, named};
use crate::work::attend;

/// Products of numbers above which a pair is worth the way to the pool's threads.
const LARGE: usize = 1 << 20;

#[pyclass(frozen, module = "whysim._whysim")]
pub struct Decomposition {
    pub inner: Arc<whysim::Decomposition>,
}

impl Decomposition {
    pub fn new(inner: whysim::Decomposition) -> Self {
        Self { inner: Arc::new(inner) }
    }

    /// Runs something whose cost is that of the product of this text's rows with `rows` others.
    fn pair<R: Send>(&self, py: Python<'_>, rows: usize, f: impl FnOnce() -> whysim::Result<R> + Send) -> PyResult<R> {
        match self.inner.contributions.len() * rows < LARGE {
            true => py.detach(f).map_err(raise),
            false => attend(py, None, |_| f()),
        }
    }
}

/// Writes a set of them.
#[pyfunction]
pub fn save_set(py: Python<'_>, path: PathBuf, set: Vec<PyRef<'_, Decomposition>>, precision: &str) -> PyResult<()> {
    let precision = named(precision)?;
    let set: Vec<whysim::Decomposition> = set.iter().map(|one| (*one.inner).clone()).collect();
    attend(py, None, |_| whysim::Decomposition::save_set(&path, &set, precision))
}

/// Reads a set of them.
#[pyfunction]
pub fn load_set(py: Python<'_>, path: PathBuf) -> PyResult<Vec<Decomposition>> {
    let set = attend(py, None, |_| whysim::Decomposition::load_set(&path))?;
    Ok(set.into_iter().map(Decomposition::new).collect())
}

#[pymethods]
impl Decomposition {
    #[getter]
    fn tokens(&self) -> Vec<TokenTuple> {
        self.inner.tokens.iter().map(convert::token).collect()
    }

    #[getter]
    fn truncated(&self) -> Option<(usize, usize)> {
        self.inner.truncated.map(|cut| (cut.read, cut.of))
    }

    #[getter]
    fn contributions<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyArray2<f32>>> {
        let inner = &slf.get().inner;
        convert::view(slf.clone().into_any(), &inner.contributions, [inner.tokens.len(), inner.embedding.len()])
    }

    #[getter]
    fn embedding<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyArray1<f32>>> {
        let values = &slf.get().inner.embedding;
        convert::view(slf.clone().into_any(), values, [values.len()])
    }

    #[getter]
    fn reference_embedding<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyArray1<f32>>> {
        let values = &slf.get().inner.reference;
        convert::view(slf.clone().into_any(), values, [values.len()])
    }

    /// What it says but arrays and tokens, by Python's names.
    fn fields<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let (d, recipe) = (&self.inner, &self.inner.recipe);
        fields!(py, {
            "text": d.text.as_str(),
            "n_steps": d.steps,
            "gap": d.gap,
            "tolerance": d.tolerance,
            "converged": d.convergence().reached(),
            "residual": d.residual,
            "model": recipe.model.name.as_str(),
            "fingerprint": recipe.model.fingerprint.as_str(),
            "exact": recipe.model.exact,
            "layer": recipe.layer,
            "layers": recipe.layers,
            "method": recipe.removal.map_or(method_name(recipe.rule.name()), |_| "removal"),
            "reference": recipe.removal.map_or_else(|| recipe.reference.to_string(), |game| game.empty.to_string()),
            "removal": recipe.removal.map(|game| game.rule.name()),
            "index": recipe.removal.map(|game| game.index.name()),
            "unit": recipe.unit.name(),
            "precision": recipe.precision.name(),
        })
    }

    /// A sentence, if the tolerance was missed. `which`: what it calls the text.
    fn shortfall(&self, which: &str) -> Option<String> {
        self.inner.convergence().shortfall(which)
    }

    fn explain(&self, py: Python<'_>, other: &Self, by_similarity: &str) -> PyResult<Explanation> {
        let (similarity, a, b) = (named(by_similarity)?, &self.inner, &other.inner);
        self.pair(py, b.tokens.len(), || a.explain(b, similarity)).map(Explanation::new)
    }

    fn matrix<'py>(&self, py: Python<'py>, other: &Self, by_similarity: &str) -> PyResult<Bound<'py, PyArray2<f32>>> {
        let (similarity, a, b) = (named(by_similarity)?, &self.inner, &other.inner);
        let values = self.pair(py, b.tokens.len(), || a.matrix(b, similarity))?;
        convert::rows(py, values, a.tokens.len(), b.tokens.len())
    }

    fn margin(&self, py: Python<'_>, better: &Self, worse: &Self, by_similarity: &str) -> PyResult<Margin> {
        let (similarity, q, b, w) = (named(by_similarity)?, &self.inner, &better.inner, &worse.inner);
        self.pair(py, b.tokens.len() + w.tokens.len(), || q.margin(b, w, similarity)).map(Margin::new)
    }

    /// query: its embedding, `[D]`.
    fn relevance<'py>(&self, py: Python<'py>, query: Vec<f64>, by_similarity: &str) -> PyResult<RelevanceTuple<'py>> {
        let similarity = named(by_similarity)?;
        let one = self.inner.relevance(&query, None, similarity).map_err(raise)?;
        Ok(convert::relevance(py, &one, "the passage"))
    }

    /// Of each row of V, `[rows]`; None for contributions by a path.
    fn standard_error<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyArray1<f32>>> {
        self.inner.standard_error().map(|errors| PyArray1::from_vec(py, errors))
    }

    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &py.detach(|| self.inner.to_bytes()).map_err(raise)?))
    }

    #[staticmethod]
    fn from_bytes(py: Python<'_>, bytes: &Bound<'_, PyBytes>) -> PyResult<Self> {
        let bytes = bytes.as_bytes();
        py.detach(|| whysim::Decomposition::from_bytes(bytes)).map(Self::new).map_err(raise)
    }

    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        py.detach(|| self.inner.save(&path)).map_err(raise)
    }

    #[staticmethod]
    fn load(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        py.detach(|| whysim::Decomposition::load(&path)).map(Self::new).map_err(raise)
    }
}
