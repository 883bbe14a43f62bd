//! Writes a set.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use half::f16;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use super::columns::{ROWS, Rounded, batch, schema};
use super::{FORMAT, Head, KEY, Stored};
use crate::decomposition::Decomposition;
use crate::decomposition::ends::relative;
use crate::decomposition::parts::residual;
use crate::error::{Error, Result};
use crate::leftovers;
use crate::similarity::wide;

/// The ending of a file that is not finished.
const UNFINISHED: &str = ".unfinished";

pub(super) fn write(path: &Path, set: &[Decomposition], stored: Stored) -> Result<()> {
    let Some(first) = set.first() else {
        let expected = "one decomposition or more".into();
        return Err(Error::Option { option: "set", expected, got: "none".into() });
    };
    let odd = set.iter().position(|one| one.recipe != first.recipe || one.embedding.len() != first.embedding.len());
    if let Some(odd) = odd {
        let problem = format!("number {} of the set was made in another way than number 1", odd + 1);
        return Err(Error::Recipe(problem));
    }
    let dim = first.embedding.len();
    let head = Head { format: FORMAT, dim, precision: stored, recipe: first.recipe.clone() };
    let head = serde_json::to_string(&head).map_err(|e| Error::malformed(path, e))?;
    let batches: Vec<Rounded> =
        set.chunks(ROWS).enumerate().map(|(i, texts)| rounded(texts, stored, i * ROWS)).collect::<Result<_>>()?;
    let temporary = temporary(path);
    let written = fill(&temporary, &batches, stored, head).and_then(|()| Ok(std::fs::rename(&temporary, path)?));
    written.map_err(|error| {
        // Best effort: leave nothing behind if the write failed.
        let _ = std::fs::remove_file(&temporary);
        let source = match error {
            ParquetError::External(error) => match error.downcast::<std::io::Error>() {
                Ok(io) => *io,
                Err(other) => std::io::Error::other(other),
            },
            other => std::io::Error::other(other),
        };
        Error::io("write", path)(source)
    })
}

fn fill(path: &Path, batches: &[Rounded], stored: Stored, head: String) -> std::result::Result<(), ParquetError> {
    // Sums of products do not compress.
    let properties = WriterProperties::builder()
        .set_compression(Compression::UNCOMPRESSED)
        .set_dictionary_enabled(false)
        .set_key_value_metadata(Some(vec![KeyValue::new(KEY.to_owned(), head)]))
        .build();
    let file = File::create(path)?;
    let mut writer = ArrowWriter::try_new(file, Arc::new(schema(stored)), Some(properties))?;
    for rows in batches {
        writer.write(&batch(rows)?)?;
        // A group of rows is what readers take into memory at once.
        writer.flush()?;
    }
    writer.into_inner()?.sync_all()?;
    Ok(())
}

/// What rounding makes of texts. before: texts that came earlier.
fn rounded(texts: &[Decomposition], stored: Stored, before: usize) -> Result<Rounded<'_>> {
    let mut rows = Rounded { texts, stored, rounding: Vec::new(), residuals: Vec::new(), gaps: Vec::new() };
    for (i, text) in texts.iter().enumerate() {
        let (rounding, left, gap) = match stored {
            Stored::Float32 => (0.0, text.residual, text.gap),
            Stored::Float16 => {
                let halves: Vec<f32> = text.contributions.iter().map(|&v| f16::from_f32(v).to_f32()).collect();
                if !halves.iter().all(|v| v.is_finite()) {
                    let expected = format!(
                        "float32 for number {} of the set, whose contributions reach over 65504",
                        before + i + 1
                    );
                    return Err(Error::Option { option: "precision", expected, got: "float16".into() });
                }
                let pairs = halves.iter().zip(&text.contributions);
                let most = pairs.map(|(half, whole)| f64::from((half - whole).abs())).fold(0.0, f64::max);
                let left = residual(&halves, &text.embedding, &text.reference);
                (most, left, relative(left, &wide(&text.embedding), &wide(&text.reference)))
            }
        };
        rows.rounding.push(rounding);
        rows.residuals.push(left);
        rows.gaps.push(gap);
    }
    Ok(rows)
}

/// A name of its own for every process and thread that writes.
fn temporary(path: &Path) -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let own = format!(".{name}.");
    leftovers::remove(folder, |file| file.starts_with(&own) && file.ends_with(UNFINISHED));
    path.with_file_name(format!("{own}{}-{}{UNFINISHED}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)))
}
