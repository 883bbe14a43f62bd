//! What of a passage answers a query.

use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use whysim::highlight::{self, Options as Wish};
use whysim::{Named, Similarity, render};

use crate::convert::{TokenTuple, fields, token};
use crate::error::raise;
use crate::options::{Options, named};

/// What to mark: phrases or sentences, how many, at least what share.
pub type WishTuple = (String, usize, f64);

/// The library's options.
pub fn wish(options: &Options, (mark, top, least): WishTuple) -> PyResult<Wish> {
    Ok(Wish { contributions: options.inner.clone(), mark: named(&mark)?, top, least })
}

/// Start, end, bytes, units of UTF-16, text, score, share.
type SpanTuple = (usize, usize, [usize; 2], [usize; 2], String, f64, f64);

#[pyclass(frozen, module = "whysim._whysim")]
pub struct Highlight {
    inner: whysim::Highlight,
    query: String,
    similarity: Similarity,
}

impl Highlight {
    pub fn all(found: Vec<whysim::Highlight>, query: &str, similarity: Similarity) -> Vec<Self> {
        found.into_iter().map(|inner| Self { inner, query: query.to_owned(), similarity }).collect()
    }
}

fn span(span: &highlight::Span) -> SpanTuple {
    (span.start, span.end, span.bytes, span.utf16, span.text.clone(), span.score, span.share)
}

#[pymethods]
impl Highlight {
    /// What it says, by Python's names.
    fn fields<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let one = &self.inner;
        fields!(py, {
            "query": self.query.as_str(),
            "text": one.text.as_str(),
            "score": one.score,
            "reference": one.reference,
            "error": one.error,
            "bound": one.bound,
            "gap": one.convergence.gap,
            "n_steps": one.convergence.steps,
            "converged": one.convergence.reached(),
            "window": one.window,
        })
    }

    /// A sentence, if the tolerance was missed. `which`: what it calls the passage.
    fn shortfall(&self, which: &str) -> Option<String> {
        self.inner.convergence.shortfall(which)
    }

    #[getter]
    fn spans(&self) -> Vec<SpanTuple> {
        self.inner.spans.iter().map(span).collect()
    }

    #[getter]
    fn windows(&self) -> Vec<(usize, usize, f64)> {
        self.inner.windows.iter().map(|window| (window.start, window.end, window.score)).collect()
    }

    #[getter]
    fn tokens(&self) -> Vec<TokenTuple> {
        self.inner.tokens.iter().map(|row| token(&row.row.token)).collect()
    }

    fn relevance<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f32>> {
        PyArray1::from_vec(py, self.inner.tokens.iter().map(|row| row.row.relevance).collect())
    }

    /// NaN where there is none.
    fn matched<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f32>> {
        PyArray1::from_vec(py, self.inner.tokens.iter().map(|row| row.matched.unwrap_or(f32::NAN)).collect())
    }

    fn standard_error<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyArray1<f32>>> {
        let errors: Option<Vec<f32>> = self.inner.tokens.iter().map(|row| row.row.standard_error).collect();
        errors.map(|errors| PyArray1::from_vec(py, errors))
    }

    fn json(&self) -> String {
        serde_json::to_string(&self.inner).unwrap_or_default()
    }

    /// All that makes one: JSON, query, similarity, and what the integration came to as JSON.
    fn state(&self) -> (String, &str, &'static str, String) {
        let convergence = serde_json::to_string(&self.inner.convergence).unwrap_or_default();
        (self.json(), &self.query, self.similarity.name(), convergence)
    }

    #[staticmethod]
    fn from_state(json: &str, query: String, by_similarity: &str, convergence: &str) -> PyResult<Self> {
        let wrong = |e| {
            raise(whysim::Error::malformed(
                std::path::Path::new("the JSON of a highlight"),
                serde_json::Error::to_string(&e),
            ))
        };
        let read: whysim::Highlight = serde_json::from_str(json).map_err(wrong)?;
        let convergence = serde_json::from_str(convergence).map_err(wrong)?;
        Ok(Self { inner: read.made_with(convergence), query, similarity: named(by_similarity)? })
    }

    fn html(&self) -> String {
        render::highlight_html(&self.query, &[Some(self.inner.clone())], self.similarity)
    }

    fn fragment(&self) -> String {
        render::highlight_fragment(&self.query, &[Some(self.inner.clone())], self.similarity)
    }

    fn terminal(&self) -> String {
        render::highlight(&[Some(self.inner.clone())], self.similarity, &render::Terminal::default())
    }
}

/// Several passages of one query as a page.
#[pyfunction]
pub fn highlights_html(query: &str, all: Vec<PyRef<'_, Highlight>>) -> String {
    let similarity = all.first().map_or(Similarity::Cos, |one| one.similarity);
    let found: Vec<Option<whysim::Highlight>> = all.iter().map(|one| Some(one.inner.clone())).collect();
    render::highlight_html(query, &found, similarity)
}
