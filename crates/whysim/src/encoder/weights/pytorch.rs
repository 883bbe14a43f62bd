//! PyTorch's `pytorch_model.bin`: a zip file with a pickled state dict and one file of values per
//! storage.

use std::collections::HashMap;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use whysim_core::Real;
use zip::ZipArchive;
use zip::read::ZipFile;

use super::pickle::{self, Stored};
use super::{Number, is_pointer, read_values};
use crate::error::{Error, Result};
use crate::folder::{Folder, Source};

/// The tensors of a PyTorch checkpoint.
pub(super) struct Checkpoint {
    path: PathBuf,
    archive: ZipArchive<BufReader<Box<dyn Source>>>,
    /// Bytes of the file.
    size: u64,
    /// The archive's root folder, with a trailing slash.
    root: String,
    tensors: HashMap<Rc<str>, Rc<Stored>>,
}

impl Checkpoint {
    /// Reads the list of tensors.
    pub(super) fn open(folder: &Folder, name: &str) -> Result<Self> {
        let (path, (mut file, size)) = (folder.file(name), folder.open(name)?);
        let fail = |problem: String| Error::malformed(&path, problem);
        let mut start = Vec::new();
        file.by_ref().take(16).read_to_end(&mut start).map_err(Error::io("read", &path))?;
        if is_pointer(&start) {
            return Err(super::pointer(&path));
        }
        let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|e| fail(unreadable(&start, &e)))?;
        let name = archive.file_names().flatten().find(|n| *n == "data.pkl" || n.ends_with("/data.pkl"));
        let name = name.map(|n| n.into_owned());
        let name = name.ok_or_else(|| fail("it is a zip file, but not one that PyTorch wrote".into()))?;
        let root = name.trim_end_matches("data.pkl").to_owned();
        let mut program = Vec::new();
        // A state dict takes a few hundred bytes per weight; a file that unpacks to more is a zip
        // bomb.
        let pickle = archive.by_name(&name).map_err(|e| fail(e.to_string()))?;
        pickle.take(64 << 20).read_to_end(&mut program).map_err(|e| fail(format!("its {name} is broken: {e}")))?;
        if let Ok(mut order) = archive.by_name(&format!("{root}byteorder")) {
            let mut text = String::new();
            let big = order.read_to_string(&mut text).is_ok() && text.trim() == "big";
            if big {
                return Err(fail("its numbers are big-endian; save it on a little-endian machine".into()));
            }
        }
        let tensors: HashMap<_, _> = pickle::tensors(&program).map_err(fail)?.into_iter().collect();
        if tensors.is_empty() {
            return Err(fail("it holds no tensors".into()));
        }
        Ok(Self { path, archive, size, root, tensors })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(|name| &**name)
    }

    pub(super) fn shape(&self, name: &str) -> Option<&[usize]> {
        self.tensors.get(name).map(|stored| stored.shape.as_slice())
    }

    /// The tensor as stored; None if the name is unknown.
    pub(super) fn read<T: Real>(&mut self, name: &str) -> Result<Option<Vec<T>>> {
        let Some(stored) = self.tensors.get(name).cloned() else { return Ok(None) };
        let number = match &*stored.kind {
            "HalfStorage" => Number::F16,
            "BFloat16Storage" => Number::BF16,
            "FloatStorage" => Number::F32,
            "DoubleStorage" => Number::F64,
            other => return Err(super::unsupported_type(name, other)),
        };
        let path = self.path.as_path();
        let fail = |problem: &str| Error::malformed(path, format!("`{name}` {problem}; fetch the file again"));
        let entry = self.archive.by_name(&format!("{}data/{}", self.root, stored.key));
        let mut entry = entry.map_err(|e| fail(&format!("has no readable values ({e})")))?;
        // Deflate compresses at most 1032 to 1. An entry that claims more would exhaust memory
        // before failing.
        let room = entry.size().min(entry.compressed_size().min(self.size) * 1032);
        let fits =
            |count: Option<usize>| count.and_then(|n| n.checked_mul(number.size())).is_some_and(|n| n as u64 <= room);
        if !fits(stored.count()) || !fits(stored.end()) {
            return Err(fail("is larger than its values in the file"));
        }
        let count = stored.shape.iter().product();
        if stored.is_contiguous() {
            return read_values(path, count, number, |bytes| contiguous(&mut entry, &stored, number, bytes)).map(Some);
        }
        let mut values = Vec::new();
        entry.read_to_end(&mut values).map_err(|e| fail(&format!("has broken values ({e})")))?;
        read_values(path, count, number, |bytes| {
            gather(&values, &stored, number, bytes);
            Ok(())
        })
        .map(Some)
    }
}

/// Fills `bytes` with a contiguous tensor's values, and reads on to the end, where the checksum is
/// verified.
fn contiguous(
    entry: &mut ZipFile<'_, BufReader<Box<dyn Source>>>,
    stored: &Stored,
    number: Number,
    bytes: &mut [u8],
) -> std::io::Result<()> {
    let before = (stored.offset * number.size()) as u64;
    std::io::copy(&mut entry.by_ref().take(before), &mut std::io::sink())?;
    entry.read_exact(bytes)?;
    std::io::copy(entry, &mut std::io::sink()).map(|_| ())
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

/// Why a file is not a zip file.
fn unreadable(start: &[u8], error: &zip::result::ZipError) -> String {
    // The magic number of PyTorch's format before 1.6: a pickled long.
    if start.starts_with(&[0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46]) {
        return "it is in PyTorch's old format (before 1.6): load it with torch.load and save it again, or convert it to \
                model.safetensors"
            .into();
    }
    format!(
        "it is not a whole PyTorch checkpoint in the zip format (PyTorch 1.6 or later): {error}; fetch it again, or convert \
         it to model.safetensors"
    )
}
