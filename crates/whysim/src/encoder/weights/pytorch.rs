//! PyTorch's `pytorch_model.bin`: a pickled state dict and the values of its storages.
//!
//! Since PyTorch 1.6 the file is a zip archive with one entry for each storage (`archive.rs`).
//! Before, it was a row of pickles with the storages behind them (`before_1_6.rs`). A large model
//! is cut into several such files, with an index.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use whysim_core::Real;

use super::archive::Archive;
use super::before_1_6::Old;
use super::pickle::{StateDict, Stored};
use super::{Number, is_pointer, read_values};
use crate::error::{Error, Result};
use crate::folder::Folder;

/// The tensors of one file, or of all shards of a model.
pub(super) struct Checkpoint {
    files: Vec<File>,
}

/// One file.
struct File {
    path: PathBuf,
    content: Content,
    dict: StateDict,
}

enum Content {
    Archive(Archive),
    Old(Old),
}

impl Checkpoint {
    /// Reads the lists of tensors of the files in `names`.
    pub(super) fn open(folder: &Folder, names: &[String]) -> Result<Self> {
        let mut files: Vec<File> = Vec::new();
        for name in names {
            let file = File::open(folder, name)?;
            let twice = file.dict.tensors.keys().find(|name| files.iter().any(|f| f.dict.tensors.contains_key(*name)));
            if let Some(twice) = twice {
                return Err(Error::malformed(&file.path, format!("`{twice}` is in another shard as well")));
            }
            files.push(file);
        }
        Ok(Self { files })
    }

    pub(super) fn path(&self) -> &Path {
        self.files.first().map_or(Path::new(""), |file| &file.path)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.files.iter().flat_map(|file| file.dict.tensors.keys().map(|name| &**name))
    }

    pub(super) fn shape(&self, name: &str) -> Option<&[usize]> {
        self.files.iter().find_map(|file| file.dict.tensors.get(name)).map(|stored| stored.shape.as_slice())
    }

    /// The tensor as stored; None if the name is unknown.
    pub(super) fn read<T: Real>(&mut self, name: &str) -> Result<Option<Vec<T>>> {
        let found = self.files.iter_mut().find_map(|file| {
            let stored = file.dict.tensors.get(name)?.clone();
            Some((file, stored))
        });
        found.map(|(file, stored)| file.read(name, &stored)).transpose()
    }
}

impl File {
    fn open(folder: &Folder, name: &str) -> Result<Self> {
        let (path, (mut file, size)) = (folder.file(name), folder.open(name)?);
        let fail = |problem: String| Error::malformed(&path, problem);
        let mut start = Vec::new();
        file.by_ref().take(16).read_to_end(&mut start).map_err(Error::io("read", &path))?;
        if is_pointer(&start) {
            return Err(super::pointer(&path));
        }
        let (content, dict) = if Old::is(&start) {
            let (old, dict) = Old::open(file, size).map_err(fail)?;
            (Content::Old(old), dict)
        } else {
            let (archive, dict) = Archive::open(file, size).map_err(fail)?;
            (Content::Archive(archive), dict)
        };
        if dict.tensors.is_empty() {
            return Err(fail("it holds no tensors".into()));
        }
        Ok(Self { path, content, dict })
    }

    fn read<T: Real>(&mut self, name: &str, stored: &Rc<Stored>) -> Result<Vec<T>> {
        let number = match stored.storage.kind() {
            "HalfStorage" => Number::F16,
            "BFloat16Storage" => Number::BF16,
            "FloatStorage" => Number::F32,
            "DoubleStorage" => Number::F64,
            other => return Err(super::unsupported_type(name, other)),
        };
        let path = self.path.as_path();
        let fail = |problem: &str| Error::malformed(path, format!("`{name}` {problem}; fetch the file again"));
        let (mut values, room) = match &mut self.content {
            Content::Archive(archive) => archive.values(&stored.storage),
            Content::Old(old) => old.values(&stored.storage, number),
        }
        .map_err(|problem| fail(&format!("has no readable values ({problem})")))?;
        let fits =
            |count: Option<usize>| count.and_then(|n| n.checked_mul(number.size())).is_some_and(|n| n as u64 <= room);
        if !fits(stored.count()) || !fits(stored.end()) {
            return Err(fail("is larger than its values in the file"));
        }
        let count = stored.shape.iter().product();
        if stored.is_contiguous() {
            return read_values(path, count, number, |bytes| contiguous(&mut *values, stored, number, bytes));
        }
        let mut all = Vec::new();
        values.read_to_end(&mut all).map_err(|e| fail(&format!("has broken values ({e})")))?;
        read_values(path, count, number, |bytes| {
            gather(&all, stored, number, bytes);
            Ok(())
        })
    }
}

/// Fills `bytes` with a contiguous tensor's values, and reads on to the end, where the checksum is
/// verified.
fn contiguous(mut values: &mut dyn Read, stored: &Stored, number: Number, bytes: &mut [u8]) -> std::io::Result<()> {
    let before = (stored.offset * number.size()) as u64;
    std::io::copy(&mut Read::by_ref(&mut values).take(before), &mut std::io::sink())?;
    values.read_exact(bytes)?;
    std::io::copy(values, &mut std::io::sink()).map(|_| ())
}

/// Fills `bytes` with the values of a transposed or otherwise strided tensor, in row-major order.
fn gather(values: &[u8], stored: &Stored, number: Number, bytes: &mut [u8]) {
    let size = number.size();
    for (mut i, out) in bytes.chunks_exact_mut(size).enumerate() {
        let mut at = stored.offset;
        for (&extent, &stride) in stored.shape.iter().zip(&stored.strides).rev() {
            at += i % extent * stride;
            i /= extent;
        }
        out.copy_from_slice(&values[at * size..][..size]);
    }
}

impl Stored {
    fn is_contiguous(&self) -> bool {
        let mut step = 1;
        self.shape.iter().zip(&self.strides).rev().all(|(&extent, &stride)| {
            let fits = extent == 1 || stride == step;
            step = extent.saturating_mul(step);
            fits
        })
    }

    /// Number of values; None if it overflows.
    fn count(&self) -> Option<usize> {
        self.shape.iter().try_fold(1usize, |n, &d| n.checked_mul(d))
    }

    /// One past the last value in the storage; None if it overflows.
    fn end(&self) -> Option<usize> {
        if self.shape.contains(&0) {
            return Some(0);
        }
        let axes = self.shape.iter().zip(&self.strides);
        axes.map(|(&extent, &stride)| (extent - 1).checked_mul(stride))
            .try_fold(self.offset.checked_add(1)?, |end, step| end.checked_add(step?))
    }
}
