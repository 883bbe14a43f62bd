//! Texts of a part: an Arrow IPC file beside that of the embeddings, with a row for each of its
//! rows.

use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;
use arrow_array::{ArrayRef, FixedSizeBinaryArray, RecordBatch, StringArray, UInt64Array};
use arrow_ipc::reader::FileReader;
use arrow_ipc::writer::FileWriter;
use arrow_schema::{DataType, Field, Schema};
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::footer;
use super::part::{Head, KEY, guarded};
use super::recipe::{Hash, hash};
use crate::error::{Error, Result};

/// Rows of a batch: what is read to get at one.
const BATCH: usize = 256;

const COLUMNS: usize = 6;

/// A text and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Record {
    /// Its name, which no other text of the index has.
    pub id: String,
    /// Its file, as it was given.
    pub source: String,
    /// Its line in the file, or its row in a Parquet file, from 1.
    pub line: u64,
    /// The text.
    pub text: String,
    /// The other columns, as a JSON object.
    #[serde(serialize_with = "as_object")]
    pub metadata: String,
}

/// Metadata as the object that they are.
fn as_object<S: Serializer>(metadata: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let object: Value = serde_json::from_str(metadata).map_err(serde::ser::Error::custom)?;
    object.serialize(serializer)
}

impl Record {
    /// The hash of all but the text.
    pub(super) fn digest(&self) -> Hash {
        let parts = [self.id.as_bytes(), self.source.as_bytes(), &self.line.to_le_bytes(), self.metadata.as_bytes()];
        hash(parts)
    }
}

/// Writes records, each with the hash of its text.
pub(super) fn write(out: &mut dyn Write, head: &Head, records: &[(Hash, &Record)]) -> io::Result<()> {
    let text = |name| Field::new(name, DataType::Utf8, false);
    let fields = vec![
        text("id"),
        text("source"),
        Field::new("line", DataType::UInt64, false),
        text("text"),
        text("metadata"),
        Field::new("hash", DataType::FixedSizeBinary(size_of::<Hash>() as i32), false),
    ];
    let schema = Arc::new(Schema::new(fields).with_metadata(head.metadata()));
    let mut writer = FileWriter::try_new(out, &schema).map_err(io::Error::other)?;
    for some in records.chunks(BATCH) {
        let text = |of: fn(&Record) -> &str| -> ArrayRef {
            Arc::new(StringArray::from_iter_values(some.iter().map(|(_, record)| of(record))))
        };
        let hashes =
            FixedSizeBinaryArray::try_from_iter(some.iter().map(|(hash, _)| hash)).map_err(io::Error::other)?;
        let columns = vec![
            text(|r| &r.id),
            text(|r| &r.source),
            Arc::new(UInt64Array::from_iter_values(some.iter().map(|(_, r)| r.line))),
            text(|r| &r.text),
            text(|r| &r.metadata),
            Arc::new(hashes),
        ];
        let batch = RecordBatch::try_new(schema.clone(), columns).map_err(io::Error::other)?;
        writer.write(&batch).map_err(io::Error::other)?;
    }
    writer.finish().map_err(io::Error::other)
}

/// An open file of texts.
pub(super) struct Texts {
    path: PathBuf,
    reader: FileReader<BufReader<File>>,
    rows: usize,
}

impl Texts {
    /// # Errors
    /// If it is not such a file.
    pub(super) fn open(path: &Path) -> Result<(Self, Head)> {
        let file = File::open(path).map_err(Error::io("read", path))?;
        guarded(path, || {
            footer::check(&file)?;
            let reader = FileReader::try_new(BufReader::new(file), None).map_err(|error| error.to_string())?;
            let head = Head::read(reader.schema().metadata().get(KEY))?;
            if reader.num_batches() != head.rows.div_ceil(BATCH) {
                return Err(format!("it has {} batches for {} texts", reader.num_batches(), head.rows));
            }
            Ok((Self { path: path.to_owned(), reader, rows: head.rows }, head))
        })
    }

    /// The first row of the batch that a row is in.
    pub(super) fn batch(row: usize) -> usize {
        row / BATCH * BATCH
    }

    /// Records from a row on, as far as one batch holds them.
    pub(super) fn from(&mut self, row: usize) -> Result<Vec<(Hash, Record)>> {
        let Self { path, reader, rows } = self;
        guarded(path, || {
            reader.set_index(row / BATCH).map_err(|error| error.to_string())?;
            let batch = reader.next().ok_or("it ends too early")?.map_err(|error| error.to_string())?;
            let expected = BATCH.min(*rows - row / BATCH * BATCH);
            if batch.num_rows() != expected || batch.num_columns() != COLUMNS {
                return Err("a batch has another number of rows or columns".into());
            }
            (row % BATCH..expected).map(|i| record(&batch, i)).collect()
        })
    }
}

fn record(batch: &RecordBatch, row: usize) -> Result<(Hash, Record), String> {
    let wrong = || "a column has another type".to_owned();
    let text = |column: usize| -> Result<String, String> {
        Ok(batch.column(column).as_string_opt::<i32>().ok_or_else(wrong)?.value(row).to_owned())
    };
    let line = batch.column(2).as_primitive_opt::<UInt64Type>().ok_or_else(wrong)?.value(row);
    let hash = batch.column(5).as_fixed_size_binary_opt().ok_or_else(wrong)?.value(row);
    let record = Record { id: text(0)?, source: text(1)?, line, text: text(3)?, metadata: text(4)? };
    Ok((Hash::try_from(hash).map_err(|_| wrong())?, record))
}
