//! Vectors on disk, so that a run that broke pays nothing twice.
//!
//! One file for each server, model and size that is asked for. It grows by records, of equal length
//! since all vectors of a file have one size D:
//!
//! ```text
//! header  magic [16], D as u32, checksum [12] of both and of server, model and size
//! record  blake3 of the text [32], D values as f32, checksum [8] of both
//! ```
//!
//! All numbers are little-endian. Texts are not in it. What a killed process left of a record is
//! cut off; a record whose checksum is wrong is as if it were not there, and a file whose header is
//! wrong begins anew. Whoever writes or cuts holds a lock, so processes share a file.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::answer::Asked;
use crate::checksum;
use crate::error::{Error, Result};

const MAGIC: &[u8; 16] = b"whysim-vectors-1";
const HEADER: usize = 32;
const KEY: usize = 32;
const CHECK: usize = 8;

type Key = [u8; KEY];

/// The vectors of one server's model.
pub(super) struct Cache {
    path: PathBuf,
    /// Of server, model and size.
    identity: String,
    index: Mutex<Index>,
}

/// What was read of the file.
#[derive(Default)]
struct Index {
    /// D; 0 while there is no header.
    dim: usize,
    /// Records read.
    read: usize,
    /// The last record of each text.
    places: HashMap<Key, usize>,
}

impl Cache {
    /// The cache in a folder of what these parts name.
    pub(super) fn new(folder: &Path, parts: [(&str, &str); 3]) -> Self {
        let identity = checksum::of(parts.map(|(name, value)| (name, value.as_bytes())));
        let path = folder.join(format!("{}.vectors", &identity[..KEY]));
        Self { path, identity, index: Mutex::default() }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// D of the vectors in the file, if there are any.
    ///
    /// # Errors
    /// If the file is there and cannot be read.
    pub(super) fn dim(&self) -> Result<Option<usize>> {
        self.with_index(|index, _| Ok((index.dim > 0).then_some(index.dim)))
    }

    /// Which of these texts have a vector.
    ///
    /// # Errors
    /// If the file is there and cannot be read.
    pub(super) fn knows<'a>(&self, texts: impl Iterator<Item = &'a str>) -> Result<Vec<bool>> {
        self.with_index(|index, _| Ok(texts.map(|text| index.places.contains_key(&key(text))).collect()))
    }

    /// The vectors of texts; None where there is none.
    ///
    /// # Errors
    /// If the file is there and cannot be read.
    pub(super) fn get<'a>(&self, texts: impl Iterator<Item = &'a str>) -> Result<Vec<Option<Vec<f32>>>> {
        self.with_index(|index, file| {
            let mut record = vec![0; record_size(index.dim)];
            let mut get = |text| {
                let key = key(text);
                let (Some(file), Some(&place)) = (file, index.places.get(&key)) else { return Ok(None) };
                let mut file = file;
                file.seek(SeekFrom::Start((HEADER + place * record.len()) as u64))?;
                file.read_exact(&mut record)?;
                Ok((is_whole(&record) && record[..KEY] == key).then(|| values(&record)))
            };
            texts.map(&mut get).collect()
        })
    }

    /// Appends the vectors of texts.
    ///
    /// # Errors
    /// If the file cannot be written or locked.
    pub(super) fn put(&self, asked: &[Asked], vectors: &[Vec<f32>]) -> Result<()> {
        let dim = vectors.first().map_or(0, Vec::len);
        let mut records = Vec::with_capacity(vectors.len() * record_size(dim));
        for (one, vector) in asked.iter().zip(vectors) {
            let start = records.len();
            records.extend(key(&one.text));
            vector.iter().for_each(|value| records.extend(value.to_le_bytes()));
            let check = check(&records[start..]);
            records.extend(check);
        }
        self.append(dim, &records).map_err(Error::io("write", &self.path))
    }

    fn append(&self, dim: usize, records: &[u8]) -> io::Result<()> {
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut file = File::options().read(true).write(true).create(true).truncate(false).open(&self.path)?;
        // Released with the file. A file system without locks keeps nothing.
        file.lock()?;
        let end = match self.begin(&file)? {
            (known, count) if known == dim => HEADER + count * record_size(dim),
            (0, _) => {
                file.set_len(0)?;
                file.write_all(&self.header(dim))?;
                HEADER
            }
            // The client refuses such vectors: another process is at work with another model.
            (known, _) => return Err(io::Error::other(format!("it holds vectors of {known} values, not {dim}"))),
        };
        file.seek(SeekFrom::Start(end as u64))?;
        let written = file.write_all(records);
        if written.is_err() {
            // No space is left: what there is of the records is of no use.
            let _ = file.set_len(end as u64);
        }
        written
    }

    /// Calls `work` with the file and an index of all that is in it by now.
    fn with_index<T>(&self, work: impl FnOnce(&Index, Option<&File>) -> io::Result<T>) -> Result<T> {
        let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        let read = || {
            let file = match File::options().read(true).write(true).open(&self.path) {
                Ok(file) => file,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    *index = Index::default();
                    return work(&index, None);
                }
                Err(error) => return Err(error),
            };
            file.lock()?;
            self.update(&mut index, &file)?;
            work(&index, Some(&file))
        };
        read().map_err(Error::io("read", &self.path))
    }

    /// Reads the records that are new.
    fn update(&self, index: &mut Index, file: &File) -> io::Result<()> {
        let (dim, count) = self.begin(file)?;
        if index.dim != dim || index.read > count {
            *index = Index { dim, ..Index::default() };
        }
        let mut record = vec![0; record_size(dim)];
        let mut reader = BufReader::with_capacity(1 << 18, file);
        reader.seek(SeekFrom::Start((HEADER + index.read * record.len()) as u64))?;
        for place in index.read..count {
            reader.read_exact(&mut record)?;
            if is_whole(&record) {
                let mut key = [0; KEY];
                key.copy_from_slice(&record[..KEY]);
                index.places.insert(key, place);
            }
        }
        index.read = count;
        Ok(())
    }

    /// D and the number of whole records; what follows these is cut off. (0, 0): there is no
    /// header.
    fn begin(&self, mut file: &File) -> io::Result<(usize, usize)> {
        let length = file.metadata()?.len() as usize;
        let mut header = [0; HEADER];
        if length < HEADER {
            return Ok((0, 0));
        }
        file.seek(SeekFrom::Start(0))?;
        file.read_exact(&mut header)?;
        let dim = u32::from_le_bytes([header[16], header[17], header[18], header[19]]) as usize;
        if dim == 0 || header != self.header(dim) {
            return Ok((0, 0));
        }
        let count = (length - HEADER) / record_size(dim);
        let end = HEADER + count * record_size(dim);
        if end < length {
            file.set_len(end as u64)?;
        }
        Ok((dim, count))
    }

    fn header(&self, dim: usize) -> [u8; HEADER] {
        let mut header = [0; HEADER];
        header[..16].copy_from_slice(MAGIC);
        header[16..20].copy_from_slice(&(dim as u32).to_le_bytes());
        let mut hasher = blake3::Hasher::new();
        hasher.update(&header[..20]).update(self.identity.as_bytes());
        header[20..].copy_from_slice(&hasher.finalize().as_bytes()[..HEADER - 20]);
        header
    }
}

fn record_size(dim: usize) -> usize {
    KEY + 4 * dim + CHECK
}

fn key(text: &str) -> Key {
    *blake3::hash(text.as_bytes()).as_bytes()
}

/// The checksum of a record's first parts.
fn check(parts: &[u8]) -> [u8; CHECK] {
    let mut check = [0; CHECK];
    check.copy_from_slice(&blake3::hash(parts).as_bytes()[..CHECK]);
    check
}

fn is_whole(record: &[u8]) -> bool {
    let (parts, end) = record.split_at(record.len() - CHECK);
    check(parts) == end
}

/// The vector in a record.
fn values(record: &[u8]) -> Vec<f32> {
    let bytes = &record[KEY..record.len() - CHECK];
    bytes.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect()
}
