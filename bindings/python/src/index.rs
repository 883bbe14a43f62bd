//! An index of embeddings on disk.

use std::path::PathBuf;

use numpy::PyArray2;
use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use whysim::Named;
use whysim::corpus::Corpus;
use whysim::index::{Change, Empty, Hit, Model, Options, Reading, Record, Search, build};

use crate::convert::{self, fields};
use crate::encoder::Encoder;
use crate::error::raise;
use crate::highlight::Highlight;
use crate::options::named;
use crate::work::attend;

/// Name, revision and number of dimensions of a model, and whether it was in memory only.
type ModelTuple = (String, Option<String>, Option<usize>, bool);

/// Id, text, source, line, and metadata as JSON.
type RecordTuple = (String, String, String, u64, String);

/// Position, score, record, what answers the query, and whether the text was cut.
type HitTuple = (usize, f64, RecordTuple, Option<Highlight>, bool);

fn record(record: Record) -> RecordTuple {
    let Record { id, source, line, text, metadata } = record;
    (id, text, source, line, metadata)
}

#[pyclass(frozen, module = "whysim._whysim")]
pub struct Index {
    inner: whysim::index::Index,
}

#[pymethods]
impl Index {
    #[staticmethod]
    fn open(py: Python<'_>, folder: PathBuf) -> PyResult<Self> {
        attend(py, None, |_| whysim::index::Index::open(&folder)).map(|inner| Self { inner })
    }

    /// How its model is found again.
    #[getter]
    fn model(&self) -> ModelTuple {
        let Model { name, revision, truncate_dim, in_memory } = self.inner.recipe().model.clone();
        (name, revision, truncate_dim, in_memory)
    }

    /// Sees that a model's embeddings can be compared with those of the index.
    fn check(&self, encoder: &Encoder) -> PyResult<()> {
        self.inner.check(&encoder.inner).map_err(raise)
    }

    /// What it says of itself, by Python's names.
    fn fields<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let recipe = self.inner.recipe();
        fields!(py, {
            "dim": recipe.dim,
            "similarity": recipe.similarity.name(),
            "prompt_name": recipe.prompt.clone(),
            "precision": recipe.precision.name(),
            "sources": self.inner.sources().map(|(name, texts)| (name.to_owned(), texts)).collect::<Vec<_>>(),
        })
    }

    fn __len__(&self) -> usize {
        self.inner.len()
    }

    /// The sources that are gone or have changed.
    fn changes(&self, py: Python<'_>) -> PyResult<Vec<PathBuf>> {
        let changes = attend(py, None, |_| self.inner.changes())?;
        let file = |change| match change {
            Change::Gone(file) | Change::Changed(file) => file,
        };
        Ok(changes.into_iter().map(file).collect())
    }

    /// What is found, and which of it is doubtful. query: the query and its prompt; marks: whether
    /// to highlight.
    fn search(
        &self,
        py: Python<'_>,
        encoder: &Encoder,
        query: (String, Option<String>),
        top: usize,
        marks: bool,
        listener: Option<Py<PyAny>>,
    ) -> PyResult<(Vec<HitTuple>, Vec<usize>)> {
        let (query, prompt) = query;
        let search = Search { top, prompt, highlight: marks.then(Default::default), margin: None };
        let found = attend(py, listener.as_ref(), |work| self.inner.search(&encoder.inner, &query, &search, work))?;
        let similarity = found.similarity;
        let hit = |hit: Hit| {
            let one = hit.highlight.and_then(|one| Highlight::all(vec![one], &query, similarity).pop());
            (hit.position, hit.score, record(hit.record), one, hit.truncated)
        };
        Ok((found.hits.into_iter().map(hit).collect(), found.doubtful))
    }

    fn record(&self, py: Python<'_>, position: usize) -> PyResult<RecordTuple> {
        if position >= self.inner.len() {
            return Err(PyIndexError::new_err(format!("there is no text {position} of {}", self.inner.len())));
        }
        attend(py, None, |_| self.inner.record(position)).map(record)
    }

    /// Embeddings from `start` to before `stop`, which are in order and within the index.
    fn embeddings<'py>(&self, py: Python<'py>, start: usize, stop: usize) -> PyResult<Bound<'py, PyArray2<f32>>> {
        if start > stop || stop > self.inner.len() {
            return Err(PyIndexError::new_err(format!("there are no texts {start} to {stop} of {}", self.inner.len())));
        }
        let dim = self.inner.dim();
        let values = attend(py, None, |_| {
            let mut values = vec![0.0; (stop - start) * dim];
            self.inner.read(start..stop, &mut values).map(|()| values)
        })?;
        convert::rows(py, values, stop - start, dim)
    }
}

/// How files are read: the columns of texts and names, and whether empty texts are left out.
type ReadingTuple = (String, Option<String>, bool);

/// Makes or updates an index, and says what was done. place: the files and the index's folder;
/// recipe: prompt and precision.
#[pyfunction]
pub fn build_index<'py>(
    py: Python<'py>,
    encoder: &Encoder,
    place: (Vec<PathBuf>, PathBuf),
    reading: ReadingTuple,
    recipe: (Option<String>, String),
    model: ModelTuple,
    listener: Option<Py<PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let (files, folder) = place;
    let (text, id, skip_empty) = reading;
    let (prompt, precision) = recipe;
    let (name, revision, truncate_dim, in_memory) = model;
    let empty = if skip_empty { Empty::Skip } else { Empty::Refuse };
    let options = Options {
        reading: Reading { text, id, empty, ..Reading::default() },
        prompt,
        precision: named(&precision)?,
        model: Some(Model { revision, truncate_dim, in_memory, ..Model::named(&name) }),
        ..Options::default()
    };
    let built = attend(py, listener.as_ref(), |work| build(&encoder.inner, &files, &folder, &options, work))?;
    fields!(py, {
        "texts": built.texts,
        "kept": built.kept,
        "resumed": built.resumed,
        "embedded": built.embedded,
        "removed": built.removed,
        "skipped": built.skipped,
        "truncated": built.truncated,
    })
}
