//! Many explained pairs.

use std::path::Path;

use pyo3::prelude::*;
use whysim::explained::{self, Explained, Tested, WordOptions, WordUse};
use whysim::render::{self, ExplainedPage};

use crate::error::raise;
use crate::explanation::Explanation;
use crate::options::named;

/// An explanation, its number, its gold score, and what it is called.
type Pair<'py> = (PyRef<'py, Explanation>, usize, Option<f64>, Option<String>);

/// The same, read from a line.
type Line = (Explanation, usize, Option<f64>, Option<String>);

fn taken(pairs: &[Pair<'_>]) -> Vec<Explained> {
    let one = |(e, number, gold, name): &Pair<'_>| Explained {
        name: name.clone(),
        number: *number,
        gold: *gold,
        explanation: e.inner.clone(),
    };
    pairs.iter().map(one).collect()
}

#[pyfunction]
pub fn explained_html(
    py: Python<'_>,
    pairs: Vec<Pair<'_>>,
    title: Option<String>,
    note: Option<String>,
    by_view: Option<&str>,
) -> PyResult<String> {
    let page = ExplainedPage { title, note, view: by_view.map(named).transpose()? };
    let pairs = taken(&pairs);
    Ok(py.detach(|| render::explained_html(&pairs, &page)))
}

#[pyfunction]
pub fn explained_lines(py: Python<'_>, pairs: Vec<Pair<'_>>) -> String {
    let pairs = taken(&pairs);
    py.detach(|| explained::to_lines(&pairs))
}

/// path: for errors.
#[pyfunction]
pub fn explained_from_lines(py: Python<'_>, text: &str, path: &str) -> PyResult<Vec<Line>> {
    let read = py.detach(|| explained::from_lines(text, Path::new(path))).map_err(raise)?;
    Ok(read.into_iter().map(|one| (Explanation::new(one.explanation), one.number, one.gold, one.name)).collect())
}

/// Value, standard error, probability.
type TestedTuple = (f64, f64, f64);

/// Word, pairs, count, relevance, shift, correlation.
type WordTuple = (String, usize, usize, f64, Option<TestedTuple>, Option<TestedTuple>);

#[pyfunction]
pub fn explained_words(py: Python<'_>, pairs: Vec<Pair<'_>>, least: usize) -> Vec<WordTuple> {
    let pairs = taken(&pairs);
    let tested = |one: Option<Tested>| one.map(|one| (one.value, one.standard_error, one.p_value));
    let row = |w: WordUse| (w.word, w.pairs, w.count, w.relevance, tested(w.shift), tested(w.correlation));
    py.detach(|| explained::words(&pairs, &WordOptions { least })).into_iter().map(row).collect()
}
