//! Sets of decompositions on disk: a Parquet file with a row for each text, which pyarrow, polars,
//! DuckDB and others read.
//!
//! | column | type | |
//! |---|---|---|
//! | `text` | string | the text as it was given |
//! | `tokens` | list of {`text`: string, `start`, `end`: int64, `origin`: string} | the rows |
//! | `contributions` | list of float or halffloat | V, [rows, D] row-major |
//! | `embedding`, `reference` | list of float | e and q, `[D]` |
//! | `deviations` | list of float | D, [groups, rows, D] row-major; empty without |
//! | `rounding` | double | the most by which half precision moved a contribution, or 0 |
//! | `residual`, `gap` | double | of the contributions as they are stored, rounding included |
//! | `length` | double, may be null | what the model's last `Normalize` divides e by |
//! | `steps` | int64 | quadrature nodes used, or texts embedded |
//! | `read`, `of` | int64, may be null | how many tokens were read of a text that is too long |
//!
//! The file's metadata has the key `whysim`: JSON with `format`, `dim` (D), `precision`, and
//! `recipe`, which all texts share.

mod columns;
mod write;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde::{Deserialize, Serialize};

use super::{Decomposition, Recipe};
use crate::error::{Error, Result};
use crate::names::named;
use crate::table::parquet::Ended;

/// The metadata's key.
const KEY: &str = "whysim";

/// The version of the format.
const FORMAT: u32 = 1;

/// The numbers that contributions, and the embeddings of an index, are stored in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stored {
    /// As they are.
    #[default]
    Float32,
    /// Rounded to half precision, at half the size: 11 binary digits, so that each is off by up to
    /// 0.05 %. A set's residuals and gaps are those of the rounded numbers, so that bounds stay
    /// true.
    Float16,
}

named!(Stored, "precision", [("float32", Float32), ("float16", Float16)]);

/// What all texts of a file share.
#[derive(Serialize, Deserialize)]
struct Head {
    format: u32,
    dim: usize,
    precision: Stored,
    recipe: Recipe,
}

impl Decomposition {
    /// Writes a set of decompositions as a Parquet file, which appears whole or not at all.
    ///
    /// # Errors
    /// If they were not all made in one way, a contribution is too large for half precision, or the
    /// file cannot be written.
    pub fn save_set(path: &Path, set: &[Decomposition], stored: Stored) -> Result<()> {
        write::write(path, set, stored)
    }

    /// Reads what [`Decomposition::save_set`] wrote.
    ///
    /// # Errors
    /// If the file cannot be read, is something else, or its numbers do not fit together.
    pub fn load_set(path: &Path) -> Result<Vec<Decomposition>> {
        let file = Ended::open(path)?;
        // The crate returns errors for most broken files, but panics on some with contradictory
        // sizes and offsets.
        let found = catch_unwind(AssertUnwindSafe(|| read(file))).unwrap_or_else(|_| Err("it is broken".into()));
        found.map_err(|problem| {
            Error::malformed(path, format!("it is not a set of decompositions saved by whysim: {problem}"))
        })
    }
}

fn read(file: Ended) -> std::result::Result<Vec<Decomposition>, String> {
    let shown = |e: &dyn std::fmt::Display| e.to_string();
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|e| shown(&e))?;
    let about = builder.metadata().file_metadata().key_value_metadata();
    let head = about.into_iter().flatten().find(|pair| pair.key == KEY).and_then(|pair| pair.value.clone());
    let head: Head =
        serde_json::from_str(&head.ok_or(format!("its metadata has no `{KEY}`"))?).map_err(|e| shown(&e))?;
    if head.format != FORMAT {
        return Err(format!("it has format {}, and this version reads {FORMAT}", head.format));
    }
    let mut set = Vec::new();
    for batch in builder.with_batch_size(columns::ROWS).build().map_err(|e| shown(&e))? {
        let batch = batch.map_err(|e| shown(&e))?;
        for row in 0..batch.num_rows() {
            let record = columns::record(&batch, row, &head).map_err(|e| format!("row {}: {e}", set.len() + 1))?;
            set.push(Decomposition::try_from(record).map_err(|e| format!("row {}: {e}", set.len() + 1))?);
        }
    }
    Ok(set)
}
