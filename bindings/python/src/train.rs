//! Training.

use std::path::PathBuf;

use pyo3::prelude::*;
use whysim::Encoder;
use whysim::pairs::{self, BadRows, Reading, Row, Scores};
use whysim::source::{Fetch, locate};
use whysim::train::{Objective, Options, Rows, Sets, Shift, Spread, Start, Task};

use crate::error::raise;
use crate::options::named;
use crate::work::attend;

/// The first text, the second and their score, as far as there are any.
type RowTuple = (String, Option<String>, Option<f64>);

/// The library's options, from a dict.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Recipe {
    objective: String,
    similarity: String,
    shift: bool,
    dropout: Option<String>,
    epochs: usize,
    batch_size: usize,
    lr: f64,
    weight_decay: f64,
    warmup: f64,
    max_grad_norm: f64,
    seed: u64,
    eval_every: Option<usize>,
}

impl Recipe {
    fn read(&self) -> PyResult<Options> {
        let objective: Objective = named(&self.objective)?;
        let dropout = match &self.dropout {
            Some(name) => named(name)?,
            None => objective.dropout(),
        };
        Ok(Options {
            shift: if self.shift { Shift::On } else { Shift::Off },
            similarity: named(&self.similarity)?,
            objective,
            dropout,
            epochs: self.epochs,
            batch_size: self.batch_size,
            learning_rate: self.lr,
            weight_decay: self.weight_decay,
            warmup: self.warmup,
            max_grad_norm: self.max_grad_norm,
            seed: self.seed,
            eval_every: self.eval_every,
        })
    }
}

/// What is trained on, decided by, and measured on at the end.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Texts {
    train: Vec<RowTuple>,
    dev: Vec<RowTuple>,
    test: Vec<RowTuple>,
}

fn rows(tuples: Vec<RowTuple>) -> Vec<Row> {
    tuples.into_iter().map(|(a, b, score)| Row { a, b, score }).collect()
}

/// The rows of a file, and how many were skipped.
#[pyfunction]
pub fn read_rows(
    py: Python<'_>,
    path: PathBuf,
    objective: &str,
    columns: Option<Vec<String>>,
    score_range: Option<(f64, f64)>,
    skip_bad_rows: bool,
) -> PyResult<(Vec<RowTuple>, usize)> {
    let reading = Reading {
        format: None,
        columns,
        delimiter: None,
        score_range,
        bad_rows: if skip_bad_rows { BadRows::Skip } else { BadRows::Refuse },
        scores: match named(objective)? {
            Objective::Gold => Scores::Required,
            Objective::Distill => Scores::Optional,
        },
    };
    let data = py.detach(|| pairs::read(&path, &reading)).map_err(raise)?;
    Ok((data.rows.into_iter().map(|row| (row.a, row.b, row.score)).collect(), data.skipped))
}

/// Trains a model; the report as JSON, with the tests' names.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "they are what Python's caller says")]
pub fn train(
    py: Python<'_>,
    base: &str,
    revision: Option<String>,
    texts: Texts,
    output: PathBuf,
    recipe: &Bound<'_, PyAny>,
    partners: usize,
    resume: bool,
    listener: Option<Py<PyAny>>,
) -> PyResult<String> {
    let options = recipe.extract::<Recipe>()?.read()?;
    let rows = Rows { train: rows(texts.train), dev: rows(texts.dev), test: rows(texts.test) };
    let start = if resume { Start::Resume } else { Start::New };
    attend(py, listener.as_ref(), |work| {
        let folder = locate(base, &Fetch { revision, progress: Some(work), ..Fetch::default() })?;
        let sets = match options.objective {
            Objective::Gold => Sets::gold(&rows),
            Objective::Distill => {
                let spread = Spread { partners, seed: options.seed, ..Spread::default() };
                Sets::distilled(&Encoder::load(&folder, base)?, &rows, options.similarity, &spread)?
            }
        };
        let Sets { train, dev, tests } = &sets;
        let task = Task { base: &folder, name: base, train, dev, tests, output: &output, start };
        let report = whysim::train::train(&task, &options, work)?;
        let names: Vec<&str> = tests.iter().map(|test| test.name.as_str()).collect();
        Ok(serde_json::json!({"steps": report.steps, "best": report.best, "names": names, "tests": report.tests})
            .to_string())
    })
}
