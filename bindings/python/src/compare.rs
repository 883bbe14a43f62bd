//! What moves between two models.

use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use whysim::compare::{Chosen, Settings};
use whysim::render;

use crate::error::raise;
use crate::explanation::Explanation;

/// One pair of texts.
#[pyclass(frozen, module = "whysim._whysim")]
pub struct Comparison {
    inner: whysim::compare::Comparison,
}

#[pymethods]
impl Comparison {
    #[getter]
    fn explanations(&self) -> (Explanation, Explanation) {
        let [first, second] = self.inner.explanations.clone().map(Explanation::new);
        (first, second)
    }

    fn json(&self, py: Python<'_>) -> String {
        py.detach(|| render::comparison_json(&self.inner))
    }

    fn text(&self, top: usize) -> String {
        render::comparison(&self.inner, top)
    }
}

/// Many pairs of texts.
#[pyclass(frozen, module = "whysim._whysim")]
pub struct Overview {
    inner: whysim::compare::Overview,
}

#[pymethods]
impl Overview {
    /// The comparison of the i-th pair that moved.
    fn comparison(&self, i: usize) -> PyResult<Comparison> {
        let found = self.inner.moved.get(i).map(|pair| Comparison { inner: pair.comparison.clone() });
        found.ok_or_else(|| PyIndexError::new_err(format!("there is no pair {i} that moved")))
    }

    fn json(&self, py: Python<'_>) -> String {
        py.detach(|| render::overview_json(&self.inner))
    }

    fn text(&self, top: usize) -> String {
        render::overview(&self.inner, top)
    }
}

/// Compares two explanations of the same texts.
#[pyfunction]
pub fn compare(py: Python<'_>, first: &Explanation, second: &Explanation, keep: usize) -> PyResult<Comparison> {
    let both = [&first.inner, &second.inner];
    py.detach(|| whysim::compare::Comparison::new(both, keep)).map(|inner| Comparison { inner }).map_err(raise)
}

/// A pair's scores under both models.
type Scores = (f64, f64);

/// Indices of the pairs to explain: those that moved most, those that are drawn, and all of them
/// once.
#[pyfunction]
pub fn choose(scores: Vec<Scores>, top: usize, sample: usize, seed: u64) -> (Vec<usize>, Vec<usize>, Vec<usize>) {
    let scores: Vec<[f64; 2]> = scores.into_iter().map(<[f64; 2]>::from).collect();
    let chosen = whysim::compare::choose(&scores, &Settings { top, sample, seed, ..Settings::default() });
    let all = chosen.all();
    (chosen.moved, chosen.sample, all)
}

/// compared: the comparisons of all chosen pairs, in the order of `choose`.
#[pyfunction]
pub fn overview(
    scores: Vec<Scores>,
    gold: Vec<Option<f64>>,
    chosen: (Vec<usize>, Vec<usize>),
    compared: Vec<PyRef<'_, Comparison>>,
) -> Overview {
    let scores: Vec<[f64; 2]> = scores.into_iter().map(<[f64; 2]>::from).collect();
    let chosen = Chosen { moved: chosen.0, sample: chosen.1 };
    let compared = compared.iter().map(|one| one.inner.clone()).collect();
    Overview { inner: whysim::compare::Overview::new(&scores, &gold, &chosen, compared) }
}
