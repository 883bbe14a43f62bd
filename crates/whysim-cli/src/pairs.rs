//! Reads files of pairs, for training and evaluation.

use std::path::Path;

use whysim::pairs::{Data, Reading, read};

use crate::texts::usage;
use crate::voice::Voice;

/// Reads a file, and says how many of its rows were skipped.
pub fn rows(file: &Path, reading: &Reading, voice: &Voice) -> anyhow::Result<Data> {
    reading.check().map_err(|error| usage(&error.to_string()))?;
    let data = read(file, reading)?;
    if data.skipped > 0 {
        let rows = data.rows.len() + data.skipped;
        voice.warn(&format!("{}: {} of {rows} rows were skipped", file.display(), data.skipped));
    }
    Ok(data)
}
