//! Embeddings of a part: an Arrow IPC file with one column, a fixed-size list of D numbers, in one
//! uncompressed batch, so that a row is at a known place.

use std::fs::File;
use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, FixedSizeListArray, Float16Array, Float32Array, RecordBatch};
use arrow_ipc::convert::try_fb_to_schema;
use arrow_ipc::writer::FileWriter;
use arrow_schema::{DataType, Field, Schema};
use half::f16;
use half::slice::HalfFloatSliceExt;

use super::disk;
use super::footer::{self, SHORT, bytes};
use super::part::{Head, KEY, guarded};
use super::recipe::Stored;
use crate::error::{Error, Result};

/// The column's name.
const COLUMN: &str = "embedding";

/// Writes embeddings. values: [rows, D] row-major, finite in `stored`.
pub(super) fn write(out: &mut dyn Write, head: &Head, dim: usize, stored: Stored, values: &[f32]) -> io::Result<()> {
    let numbers: ArrayRef = match stored {
        Stored::Float32 => Arc::new(Float32Array::from(values.to_vec())),
        Stored::Float16 => Arc::new(Float16Array::from_iter_values(values.iter().map(|&v| f16::from_f32(v)))),
    };
    let item = Arc::new(Field::new_list_field(numbers.data_type().clone(), false));
    let rows = FixedSizeListArray::try_new(item, dim as i32, numbers, None).map_err(io::Error::other)?;
    let schema = Schema::new(vec![Field::new(COLUMN, arrow_array::Array::data_type(&rows).clone(), false)]);
    let schema = Arc::new(schema.with_metadata(head.metadata()));
    let batch = RecordBatch::try_new(schema.clone(), vec![Arc::new(rows)]).map_err(io::Error::other)?;
    let write = || {
        let mut writer = FileWriter::try_new(out, &schema)?;
        writer.write(&batch)?;
        writer.finish()
    };
    write().map_err(io::Error::other)
}

/// Where a part's embeddings are in their file.
#[derive(Clone, Debug)]
pub(super) struct Vectors {
    path: PathBuf,
    rows: usize,
    dim: usize,
    stored: Stored,
    /// Of the first number, in bytes.
    start: u64,
}

impl Vectors {
    /// Finds the numbers of a file, and returns what the file says of itself.
    ///
    /// # Errors
    /// If it is not such a file.
    pub(super) fn open(path: &Path, dim: usize, stored: Stored) -> Result<(Self, Head)> {
        let found = guarded(path, || {
            let file = File::open(path).map_err(|error| error.to_string())?;
            locate(&file, dim, stored)
        })?;
        let (start, rows, head) = found;
        Ok((Self { path: path.to_owned(), rows, dim, stored, start }, head))
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn reader(&self) -> Result<Reader<'_>> {
        let file = File::open(&self.path).map_err(Error::io("read", &self.path))?;
        Ok(Reader { of: self, file, halves: Vec::new() })
    }
}

/// The place of the first number, the number of rows, and the file's head.
fn locate(file: &File, dim: usize, stored: Stored) -> Result<(u64, usize, Head), String> {
    let (size, footer) = footer::read(file)?;
    let footer = arrow_ipc::root_as_footer(&footer).map_err(|error| error.to_string())?;
    let schema = try_fb_to_schema(footer.schema().ok_or("it has no schema")?).map_err(|error| error.to_string())?;
    let head = Head::read(schema.metadata().get(KEY))?;
    check(&schema, dim, stored)?;
    let blocks = footer.recordBatches().filter(|blocks| blocks.len() == 1).ok_or("it has not one batch")?;
    let (start, rows, length) = batch(file, blocks.get(0))?;
    let needed = rows.checked_mul(dim * stored.size()).filter(|&needed| needed <= length);
    let end = needed.and_then(|needed| start.checked_add(needed as u64));
    match rows == head.rows && end.is_some_and(|end| end <= size) {
        true => Ok((start, rows, head)),
        false => Err("its numbers are not where they should be".into()),
    }
}

/// Whether the file has one column, of lists of `dim` numbers.
fn check(schema: &Schema, dim: usize, stored: Stored) -> Result<(), String> {
    let number = match stored {
        Stored::Float32 => DataType::Float32,
        Stored::Float16 => DataType::Float16,
    };
    let [field] = schema.fields().as_ref() else { return Err("it has not one column".into()) };
    match field.data_type() {
        DataType::FixedSizeList(item, width) if *width as usize == dim && *item.data_type() == number => Ok(()),
        other => Err(format!("its column is {other}, not a list of {dim} {stored}")),
    }
}

/// Where the numbers of a batch begin, its number of rows, and the bytes of the numbers.
fn batch(file: &File, block: &arrow_ipc::Block) -> Result<(u64, usize, usize), String> {
    let (at, before) = (block.offset() as u64, block.metaDataLength() as usize);
    let message = bytes(file, at, before)?;
    // A mark and a length of four bytes each come before the message.
    let message = message.get(8..).ok_or(SHORT)?;
    let message = arrow_ipc::root_as_message(message).map_err(|error| error.to_string())?;
    let batch = message.header_as_record_batch().ok_or("its batch is none")?;
    if batch.compression().is_some() {
        return Err("it is compressed".into());
    }
    // Those before it say which lists and numbers are null: none.
    let numbers = batch.buffers().and_then(|buffers| buffers.iter().next_back()).ok_or("its batch is empty")?;
    Ok((at + before as u64 + numbers.offset() as u64, batch.length() as usize, numbers.length() as usize))
}

/// An open file of embeddings.
pub(super) struct Reader<'a> {
    of: &'a Vectors,
    file: File,
    halves: Vec<f16>,
}

impl Reader<'_> {
    /// Copies rows. out: [rows, D] row-major.
    pub(super) fn read(&mut self, rows: Range<usize>, out: &mut [f32]) -> Result<()> {
        let Vectors { path, dim, stored, start, .. } = self.of;
        let at = start + (rows.start * dim * stored.size()) as u64;
        let read = |bytes: &mut [u8]| disk::read_at(&self.file, bytes, at).map_err(Error::io("read", path));
        match stored {
            Stored::Float32 => {
                read(bytemuck::cast_slice_mut(out))?;
                out.iter_mut().for_each(|v| *v = f32::from_bits(u32::from_le(v.to_bits())));
            }
            Stored::Float16 => {
                self.halves.resize(out.len(), f16::ZERO);
                let bits: &mut [u16] = half::slice::HalfFloatSliceExt::reinterpret_cast_mut(&mut self.halves[..]);
                read(bytemuck::cast_slice_mut(bits))?;
                bits.iter_mut().for_each(|v| *v = u16::from_le(*v));
                self.halves.convert_to_f32_slice(out);
            }
        }
        Ok(())
    }
}
