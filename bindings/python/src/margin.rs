//! One query and two texts.

use numpy::PyArray1;
use pyo3::prelude::*;

use crate::explanation::Explanation;
use crate::options::named;

#[pyclass(frozen, module = "whysim._whysim")]
pub struct Margin {
    inner: whysim::margin::Margin,
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

    #[getter]
    fn margin(&self) -> f64 {
        self.inner.margin
    }

    #[getter]
    fn query<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, &self.inner.query)
    }

    #[getter]
    fn query_border<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, &self.inner.query_border)
    }

    #[getter]
    fn better_rows<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, &self.inner.better_rows)
    }

    #[getter]
    fn worse_rows<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, &self.inner.worse_rows)
    }

    #[getter]
    fn sum(&self) -> f64 {
        self.inner.sum
    }

    #[getter]
    fn references(&self) -> f64 {
        self.inner.references
    }

    #[getter]
    fn error(&self) -> f64 {
        self.inner.error
    }

    #[getter]
    fn bound(&self) -> f64 {
        self.inner.bound
    }

    fn by(&self, by: &str) -> PyResult<Self> {
        Ok(Self::new(self.inner.by(named(by)?)))
    }
}
