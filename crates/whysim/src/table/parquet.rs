//! Parquet: reads one row group at a time, and only the columns that are asked for.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use half::f16;
use parquet::basic::{LogicalType, Type};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType};
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, FileReader, Length, RowGroupReader, SerializedFileReader};
use parquet::schema::types::ColumnDescriptor;

use crate::error::{Error, Result};

/// The value of a column in one row: text, or a number formatted as text; None for a null; or what
/// is wrong with it.
pub(crate) type Cell = Result<Option<String>, String>;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    Text,
    /// Plain numbers only: dates and decimals are stored as integers, but mean something else.
    Number,
    /// True or false.
    Flag,
    Other,
}

/// A column.
pub(crate) struct Column {
    /// Empty for what is inside a list or a structure, which is not a column of its own.
    pub(crate) name: String,
    /// The column that it is, or is inside of.
    #[cfg(feature = "index")]
    pub(crate) root: String,
    pub(crate) holds: Holds,
    /// What the file calls it, for errors.
    pub(crate) kind: String,
}

/// A file.
pub(crate) struct Table {
    path: PathBuf,
    reader: SerializedFileReader<Ended>,
}

/// A row group.
pub(crate) struct Group<'a> {
    path: &'a Path,
    number: usize,
    reader: Box<dyn RowGroupReader + 'a>,
}

impl Table {
    /// Opens a file and calls `work` with it.
    ///
    /// # Errors
    /// If it cannot be read, states what it cannot hold, or `work` fails.
    pub(crate) fn read<R>(path: &Path, work: impl FnOnce(&Self) -> Result<R>) -> Result<R> {
        // The crate returns errors for most broken files, but panics on some with contradictory
        // sizes and offsets.
        let panicked = |_| Err(Error::malformed(path, "it is a broken Parquet file: write it again"));
        catch_unwind(AssertUnwindSafe(|| work(&Self::open(path)?))).unwrap_or_else(panicked)
    }

    fn open(path: &Path) -> Result<Self> {
        let broken = |error: ParquetError| Error::malformed(path, error);
        let file = Ended::open(path)?;
        let size = file.size;
        let reader = SerializedFileReader::new(file).map_err(broken)?;
        let groups = reader.metadata().row_groups().iter();
        let stated = groups.map(|group| u64::try_from(group.num_rows()).unwrap_or(u64::MAX));
        let stated = stated.fold(0, u64::saturating_add);
        if stated > MOST.max(size.saturating_mul(DENSEST)) {
            let problem = format!("it states {stated} rows, more than its {size} bytes can hold");
            return Err(Error::malformed(path, problem));
        }
        Ok(Self { path: path.to_owned(), reader })
    }

    /// The columns, in the order of the file.
    pub(crate) fn columns(&self) -> Vec<Column> {
        let schema = self.reader.metadata().file_metadata().schema_descr();
        schema.columns().iter().map(|leaf| column(leaf)).collect()
    }

    /// The row groups, in the order of the file.
    pub(crate) fn groups(&self) -> impl Iterator<Item = Result<Group<'_>>> {
        (0..self.reader.num_row_groups()).map(|index| {
            let number = index + 1;
            let reader = self.reader.get_row_group(index).map_err(|error| broken(&self.path, number, &error))?;
            Ok(Group { path: &self.path, number, reader })
        })
    }
}

impl Group<'_> {
    /// A column, `[rows]`.
    ///
    /// # Errors
    /// If it is broken.
    pub(crate) fn cells(&self, column: usize) -> Result<Vec<Cell>> {
        cells(self.reader.as_ref(), column).map_err(|error| broken(self.path, self.number, &error))
    }
}

fn broken(path: &Path, group: usize, error: &ParquetError) -> Error {
    Error::malformed(path, format!("row group {group}: {error}"))
}

fn column(leaf: &ColumnDescriptor) -> Column {
    let name = if let [name] = leaf.path().parts() { name.clone() } else { String::new() };
    #[cfg(feature = "index")]
    let root = leaf.path().parts().first().cloned().unwrap_or_default();
    let kind = leaf.logical_type_ref().map_or(leaf.physical_type().to_string(), |kind| format!("{kind:?}"));
    let holds = match leaf.max_rep_level() {
        0 if is_text(leaf) => Holds::Text,
        0 if is_number(leaf) => Holds::Number,
        0 if leaf.physical_type() == Type::BOOLEAN => Holds::Flag,
        _ => Holds::Other,
    };
    Column {
        name,
        #[cfg(feature = "index")]
        root,
        holds,
        kind,
    }
}

/// Rows that every file may state, and those for each of its bytes: rows that are all the same take
/// next to nothing.
const MOST: u64 = 1 << 20;
const DENSEST: u64 = 16;

/// A file that may not be read beyond its end again and again, as the crate does where a broken
/// header states a list of a billion items.
pub(crate) struct Ended {
    file: File,
    size: u64,
}

impl Ended {
    /// # Errors
    /// If the file cannot be read.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(Error::io("read", path))?;
        let size = file.metadata().map_err(Error::io("read", path))?.len();
        Ok(Self { file, size })
    }
}

impl Length for Ended {
    fn len(&self) -> u64 {
        self.size
    }
}

impl ChunkReader for Ended {
    type T = Part<<File as ChunkReader>::T>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(Part { inner: self.file.get_read(start)?, ends: 0 })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        match start.checked_add(length as u64).is_some_and(|end| end <= self.size) {
            true => self.file.get_bytes(start, length),
            false => Err(ParquetError::EOF(format!("{length} bytes at byte {start} are beyond its end"))),
        }
    }
}

/// A file from some byte on.
pub(crate) struct Part<R> {
    inner: R,
    /// How often its end was met.
    ends: usize,
}

impl<R: Read> Read for Part<R> {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        // Reading to the end meets it once or twice.
        const PATIENCE: usize = 8;
        let read = self.inner.read(bytes)?;
        self.ends += usize::from(read == 0 && !bytes.is_empty());
        if self.ends > PATIENCE {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        Ok(read)
    }
}

fn is_text(leaf: &ColumnDescriptor) -> bool {
    let kinds = [LogicalType::String, LogicalType::Enum, LogicalType::Json];
    leaf.physical_type() == Type::BYTE_ARRAY && leaf.logical_type_ref().is_none_or(|kind| kinds.contains(kind))
}

fn is_number(leaf: &ColumnDescriptor) -> bool {
    match leaf.logical_type_ref() {
        None => [Type::INT32, Type::INT64, Type::FLOAT, Type::DOUBLE].contains(&leaf.physical_type()),
        Some(LogicalType::Integer(_) | LogicalType::Float16) => true,
        Some(_) => false,
    }
}

/// A column of a row group, `[rows]`.
fn cells(group: &dyn RowGroupReader, column: usize) -> Result<Vec<Cell>, ParquetError> {
    let rows = usize::try_from(group.metadata().num_rows()).unwrap_or_default();
    let leaf = group.metadata().schema_descr().column(column);
    let unsigned = matches!(leaf.logical_type_ref(), Some(LogicalType::Integer(kind)) if !kind.is_signed);
    // Format numbers as text, so that 0.1 in single precision equals the 0.1 of a text file.
    match group.get_column_reader(column)? {
        ColumnReader::ByteArrayColumnReader(reader) => values(reader, &leaf, rows, text),
        ColumnReader::Int32ColumnReader(reader) => {
            values(reader, &leaf, rows, |&v| Ok(if unsigned { v.cast_unsigned().to_string() } else { v.to_string() }))
        }
        ColumnReader::Int64ColumnReader(reader) => {
            values(reader, &leaf, rows, |&v| Ok(if unsigned { v.cast_unsigned().to_string() } else { v.to_string() }))
        }
        ColumnReader::FloatColumnReader(reader) => values(reader, &leaf, rows, |v| Ok(v.to_string())),
        ColumnReader::DoubleColumnReader(reader) => values(reader, &leaf, rows, |v| Ok(v.to_string())),
        ColumnReader::FixedLenByteArrayColumnReader(reader) => values(reader, &leaf, rows, |v| half(v.data())),
        ColumnReader::BoolColumnReader(reader) => values(reader, &leaf, rows, |v| Ok(v.to_string())),
        _ => Err(ParquetError::General(format!("column `{}` holds neither text nor numbers", leaf.name()))),
    }
}

fn text(bytes: &ByteArray) -> Result<String, String> {
    String::from_utf8(bytes.data().to_vec()).map_err(|_| "it is not UTF-8".into())
}

fn half(bytes: &[u8]) -> Result<String, String> {
    let bytes = <[u8; 2]>::try_from(bytes).map_err(|_| "its number has not two bytes".to_owned())?;
    Ok(f16::from_le_bytes(bytes).to_string())
}

/// Values with the nulls in place, `[rows]`.
fn values<T: DataType>(
    mut reader: ColumnReaderImpl<T>,
    leaf: &ColumnDescriptor,
    rows: usize,
    show: impl Fn(&T::T) -> Result<String, String>,
) -> Result<Vec<Cell>, ParquetError> {
    const BATCH: usize = 1 << 13;
    let (mut levels, mut values, mut read) = (Vec::new(), Vec::new(), 0);
    while read < rows {
        let (more, ..) = reader.read_records(BATCH.min(rows - read), Some(&mut levels), None, &mut values)?;
        if more == 0 {
            break;
        }
        read += more;
    }
    let nulls = leaf.max_def_level() > 0;
    let present = if nulls { levels.iter().filter(|&&level| level == leaf.max_def_level()).count() } else { read };
    if read != rows || values.len() != present {
        return Err(ParquetError::General(format!("column `{}` ends after {read} of {rows} rows", leaf.name())));
    }
    let mut values = values.iter().map(|value| show(value).map(Some));
    let mut next = |there| if there { values.next().unwrap_or(Ok(None)) } else { Ok(None) };
    Ok((0..rows).map(|i| next(!nulls || levels[i] == leaf.max_def_level())).collect())
}
