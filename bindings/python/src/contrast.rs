//! Contrast tests.

use std::path::PathBuf;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use whysim::contrast::{Failure, Report, Test, builtin, parsed, read};
use whysim::render;

use crate::error::raise;
use crate::margin::Margin;
use crate::options::named;

/// What a model makes of tests.
#[pyclass(frozen, module = "whysim._whysim")]
pub struct Contrast {
    inner: Report,
}

#[pymethods]
impl Contrast {
    /// Numbers of the tests that fail, from 1, those that miss by most first.
    fn missed(&self) -> Vec<usize> {
        self.inner.missed().iter().map(|outcome| outcome.number).collect()
    }

    fn json(&self, py: Python<'_>) -> String {
        py.detach(|| render::contrast_json(&self.inner))
    }

    fn text(&self, top: usize) -> String {
        render::contrast(&self.inner, top)
    }
}

/// The name of a list in errors.
const LIST: &str = "tests";

fn lines_of(tests: &[Test]) -> PyResult<String> {
    let lines: Result<Vec<String>, _> = tests.iter().map(serde_json::to_string).collect();
    lines.map(|lines| lines.join("\n")).map_err(|error| PyValueError::new_err(error.to_string()))
}

/// Checked tests as JSON lines: of a file, of JSON lines, or the built-in ones.
#[pyfunction]
pub fn contrast_tests(path: Option<PathBuf>, lines: Option<&str>) -> PyResult<String> {
    let tests = match (path, lines) {
        (Some(path), _) => read(&path),
        (None, Some(lines)) => parsed(LIST, lines),
        (None, None) => builtin(),
    };
    lines_of(&tests.map_err(raise)?)
}

/// Judges tests by the anchor's similarities to the closer and to the farther text. failures:
/// numbers of tests, with the margins by words between their two pairs.
#[pyfunction]
pub fn contrast(
    model: &str,
    by_similarity: &str,
    lines: &str,
    scores: Vec<(f64, f64)>,
    failures: Vec<(usize, PyRef<'_, Margin>)>,
) -> PyResult<Contrast> {
    let tests = parsed(LIST, lines).map_err(raise)?;
    let scores: Vec<[f64; 2]> = scores.into_iter().map(<[f64; 2]>::from).collect();
    let mut inner = Report::new(model, named(by_similarity)?, &tests, &scores);
    inner.failures = failures.iter().map(|(number, margin)| Failure::new(*number, margin.inner.clone())).collect();
    Ok(Contrast { inner })
}
