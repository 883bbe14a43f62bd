//! Hidden features of a text.

use numpy::{PyArray2, PyArray3};
use pyo3::prelude::*;

use crate::convert;
use crate::decomposition::Decomposition;
use crate::error::raise;
use crate::options::named;
use crate::work::attend;

#[pyclass(frozen, module = "whysim._whysim")]
pub struct Features {
    pub inner: whysim::features::Features,
}

#[pymethods]
impl Features {
    #[getter]
    fn decomposition(&self) -> Decomposition {
        Decomposition::new(self.inner.decomposition.clone())
    }

    #[getter]
    fn factors<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyArray3<f32>>> {
        let inner = &slf.get().inner;
        let (rows, dim) = (inner.decomposition.tokens.len(), inner.decomposition.embedding.len());
        convert::view(slf.clone().into_any(), &inner.factors, [rows, inner.hidden, dim])
    }

    fn block<'py>(
        &self,
        py: Python<'py>,
        i: usize,
        other: &Self,
        j: usize,
        by_similarity: &str,
    ) -> PyResult<Bound<'py, PyArray2<f32>>> {
        let (similarity, hidden) = (named(by_similarity)?, self.inner.hidden);
        let values = attend(py, None, |_| self.inner.block(i, &other.inner, j, similarity))?;
        convert::rows(py, values, hidden, hidden)
    }

    fn marginal<'py>(&self, py: Python<'py>, other: &Self, by_similarity: &str) -> PyResult<Bound<'py, PyArray2<f32>>> {
        let similarity = named(by_similarity)?;
        let values = py.detach(|| self.inner.marginal(&other.inner, similarity)).map_err(raise)?;
        convert::rows(py, values, self.inner.decomposition.tokens.len(), self.inner.hidden)
    }
}
