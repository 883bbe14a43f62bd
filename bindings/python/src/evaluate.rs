//! How good a model's similarities and attributions are.

use std::path::PathBuf;

use pyo3::prelude::*;
use whysim::evaluate::Pair;
use whysim::pairs::gold;
use whysim::render::report;
use whysim::text::Unit;

use crate::error::raise;
use crate::options::{Options, count, named};

/// Text A, text B and their gold score.
pub type PairTuple = (String, String, f64);

/// The library's settings, from a dict.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Settings<'py> {
    metrics: Option<Vec<String>>,
    options: PyRef<'py, Options>,
    similarity: String,
    removal: String,
    value: String,
    sample: i64,
    gold: Vec<PathBuf>,
    subsets: i64,
    nodes: Option<Vec<usize>>,
    layers: Option<Vec<i64>>,
    seed: u64,
}

impl Settings<'_> {
    pub fn read(&self) -> PyResult<whysim::evaluate::Settings> {
        let default = whysim::evaluate::Settings::default();
        let metrics = match &self.metrics {
            Some(names) => names.iter().map(|name| named(name)).collect::<PyResult<_>>()?,
            None => default.metrics,
        };
        Ok(whysim::evaluate::Settings {
            metrics,
            method: whysim::Options { unit: Unit::Token, ..self.options.inner.clone() },
            similarity: Some(named(&self.similarity)?),
            removal: named(&self.removal)?,
            value: named(&self.value)?,
            sample: count("sample", self.sample)?,
            gold: self.gold.iter().map(|file| gold::read(file).map_err(raise)).collect::<PyResult<_>>()?,
            gold_sample: None,
            subsets: count("subsets", self.subsets)?,
            nodes: self.nodes.clone().unwrap_or(default.nodes),
            layers: self.layers.clone(),
            seed: self.seed,
        })
    }
}

pub fn pairs_of(pairs: Vec<PairTuple>) -> Vec<Pair> {
    pairs.into_iter().map(|(a, b, score)| Pair { a, b, score }).collect()
}

#[pyclass(frozen, module = "whysim._whysim")]
pub struct Report {
    inner: whysim::report::Report,
}

impl Report {
    pub fn new(inner: whysim::report::Report) -> Self {
        Self { inner }
    }
}

#[pymethods]
impl Report {
    fn json(&self) -> String {
        report::json(&self.inner)
    }

    fn text(&self) -> String {
        report::terminal(&self.inner)
    }

    fn html(&self) -> String {
        report::html(&self.inner)
    }

    #[staticmethod]
    fn from_json(json: &str) -> PyResult<Self> {
        let place = std::path::Path::new("the JSON of an evaluation");
        serde_json::from_str(json).map(Self::new).map_err(|e| raise(whysim::Error::malformed(place, e)))
    }
}
