//! One query and two texts.

use numpy::{PyArray1, PyArrayMethods};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use whysim::render;

use crate::convert::fields;
use crate::error::raise;
use crate::explanation::Explanation;
use crate::options::named;

/// A read-only array: it is made once, and everybody gets the same.
fn frozen<'py>(py: Python<'py>, values: &[f64]) -> Bound<'py, PyArray1<f64>> {
    let values = PyArray1::from_slice(py, values).readwrite().make_nonwriteable();
    (*values).clone()
}

#[pyclass(frozen, module = "whysim._whysim")]
pub struct Margin {
    pub inner: whysim::margin::Margin,
}

impl Margin {
    pub fn new(inner: whysim::margin::Margin) -> Self {
        Self { inner }
    }
}

#[pymethods]
impl Margin {
    #[getter]
    fn better(&self) -> Explanation {
        Explanation::new(self.inner.better.clone())
    }

    #[getter]
    fn worse(&self) -> Explanation {
        Explanation::new(self.inner.worse.clone())
    }

    /// What it says but the explanations, by Python's names.
    fn fields<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let m = &self.inner;
        fields!(py, {
            "margin": m.margin,
            "query_reference": m.query_reference,
            "text_references": m.text_references,
            "error": m.error,
            "bound": m.bound,
            "query": frozen(py, &m.query),
            "better_rows": frozen(py, &m.better_rows),
            "worse_rows": frozen(py, &m.worse_rows),
        })
    }

    fn by(&self, by: &str) -> PyResult<Self> {
        Ok(Self::new(self.inner.by(named(by)?)))
    }

    /// names: what the better and the worse text are called.
    fn html(&self, py: Python<'_>, names: (String, String)) -> String {
        py.detach(|| render::margin_html(&self.inner, [&names.0, &names.1]))
    }

    fn fragment(&self, py: Python<'_>, names: (String, String)) -> String {
        py.detach(|| render::margin_fragment(&self.inner, [&names.0, &names.1]))
    }

    fn text(&self, names: (String, String), top: usize) -> String {
        render::margin(&self.inner, [&names.0, &names.1], top)
    }

    fn json(&self, py: Python<'_>) -> String {
        py.detach(|| render::margin_json(&self.inner))
    }

    #[staticmethod]
    fn from_json(json: &str) -> PyResult<Self> {
        let place = std::path::Path::new("the JSON of a margin");
        let read = serde_json::from_str(json).map_err(|e| raise(whysim::Error::malformed(place, e)));
        read.map(Self::new)
    }
}
