//! Weights on disk: safetensors and PyTorch's `pytorch_model.bin`, whole or sharded.
//!
//! Each tensor is read from the file straight into its own memory, so peak memory is the model's
//! size, not twice that. Everything that is read is hashed, in order, into the model's fingerprint.
//!
//! Files may come from anywhere and are not trusted: every size is checked against the file's own
//! size before memory is allocated for it.

mod adapter;
mod archive;
mod before_1_6;
mod pickle;
mod pytorch;
mod safetensors;

use std::path::Path;

use whysim_core::{Real, Tensor, parallel};

use crate::error::{Error, Result};
use crate::folder::Folder;
pub(crate) use adapter::Adapter;
use pytorch::Checkpoint;
use safetensors::Safetensors;

/// Where weights may be; the first that exists is read.
const FILES: [&str; 4] =
    ["model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json"];

enum Store {
    Safetensors(Safetensors),
    Checkpoint(Checkpoint),
}

/// A weight that has been read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parameter {
    /// Folder of its module within the model; empty for the model's own folder.
    pub module: String,
    /// Its name in the module's weights, without the prefix that some checkpoints add.
    pub name: String,
    /// The id of its tensor.
    pub id: usize,
}

/// The weights of one module folder, read by name.
pub(crate) struct Weights {
    store: Store,
    prefix: String,
    module: String,
    adapter: Option<Adapter>,
    hasher: blake3::Hasher,
    /// Everything read so far, in order.
    pub read: Vec<Parameter>,
}

impl Weights {
    /// Opens the weights of the module in `folder`, which is the folder `module` of the model.
    ///
    /// # Errors
    /// If there are none, or their headers are incomplete.
    pub(crate) fn open(folder: &Folder, module: &str) -> Result<Self> {
        let Some(file) = FILES.into_iter().find(|name| folder.has(name)) else {
            let hint =
                "a model needs model.safetensors or pytorch_model.bin, or the .index.json of either with its shards";
            return Err(Error::Missing { path: folder.file(FILES[0]), hint: hint.into() });
        };
        let store = Store::open(folder, file)?;
        let (prefix, hasher) = (String::new(), blake3::Hasher::new());
        Ok(Self { store, prefix, module: module.to_owned(), adapter: None, hasher, read: Vec::new() })
    }

    /// Whether the folder has any weights.
    pub(crate) fn are_in(folder: &Folder) -> bool {
        FILES.iter().any(|name| folder.has(name))
    }

    /// Applies an adapter to every weight that is read from now on.
    pub(crate) fn adapt(&mut self, adapter: Adapter) {
        self.adapter = Some(adapter);
    }

    /// Ends the adapter's work.
    ///
    /// # Errors
    /// If it changes a weight that was not read.
    pub(crate) fn adapted(&mut self) -> Result<()> {
        self.adapter.take().map_or(Ok(()), |adapter| adapter.finish())
    }

    /// Finds the prefix that checkpoints put before names (`bert.`, `0.auto_model.`, …): whatever
    /// precedes `anchor`.
    pub(crate) fn strip_prefix(&mut self, anchor: &str) -> Result<()> {
        let prefixes = self.store.names().filter_map(|name| name.strip_suffix(anchor));
        // Take the shortest prefix; ties are broken by name, so that every load picks the same one.
        let prefix = prefixes.min_by_key(|prefix| (prefix.len(), *prefix)).map(str::to_owned);
        self.prefix = prefix.ok_or_else(|| self.absent(anchor))?;
        Ok(())
    }

    /// Whether there is a weight of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.store.shape(&format!("{}{name}", self.prefix)).is_some()
    }

    /// The shape of a weight, if there is one of this name.
    pub(crate) fn shape(&self, name: &str) -> Option<&[usize]> {
        self.store.shape(&format!("{}{name}", self.prefix))
    }

    /// Reads a weight.
    ///
    /// # Errors
    /// If it is absent, not of shape `shape`, not a float, truncated, or not finite.
    pub(crate) fn get<T: Real>(&mut self, name: &str, shape: &[usize]) -> Result<Tensor<T>> {
        let full = format!("{}{name}", self.prefix);
        match self.store.shape(&full) {
            Some(got) if got != shape => {
                return Err(Error::Shape { name: full, expected: shape.to_vec(), got: got.to_vec() });
            }
            Some(_) => {}
            None => return Err(self.absent(&full)),
        }
        let mut values = self.store.read(&full)?.ok_or_else(|| self.absent(&full))?;
        if let Some(adapter) = &mut self.adapter {
            adapter.apply(name, shape, &mut values)?;
        }
        if !self.hash(name, &values) {
            return Err(Error::NotFinite { name: full });
        }
        let tensor = Tensor::new(shape, values);
        self.read.push(Parameter { module: self.module.clone(), name: name.to_owned(), id: tensor.id() });
        Ok(tensor)
    }

    /// The hash of everything read so far, in hexadecimal.
    pub(crate) fn fingerprint(&self) -> String {
        self.hasher.finalize().to_hex().to_string()
    }

    /// Adds something to the fingerprint that is not a weight but changes the result, such as a
    /// config.
    pub(crate) fn hash_text(&mut self, text: &str) {
        self.hasher.update(text.as_bytes());
    }

    /// Hashes a weight under its name without the prefix: files that differ only in the prefix hold
    /// the same model. Returns whether it is finite.
    fn hash<T: Real>(&mut self, name: &str, values: &[T]) -> bool {
        self.hasher.update(name.as_bytes());
        self.hasher.update_rayon(bytemuck::cast_slice(values));
        all_finite(values)
    }

    fn absent(&self, name: &str) -> Error {
        let path = match &self.store {
            Store::Safetensors(files) => files.path(),
            Store::Checkpoint(file) => file.path(),
        };
        let problem =
            format!("it has no weight `{name}`: the config and the weights are from different kinds of model");
        Error::malformed(path, problem)
    }
}

impl Store {
    /// Opens a file, or the shards that an index lists.
    fn open(folder: &Folder, file: &str) -> Result<Self> {
        let files = match file.ends_with(".index.json") {
            true => safetensors::shards(folder, file)?,
            false => vec![file.to_owned()],
        };
        Ok(match file.contains("safetensors") {
            true => Self::Safetensors(Safetensors::open(folder, files)?),
            false => Self::Checkpoint(Checkpoint::open(folder, &files)?),
        })
    }

    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        match self {
            Self::Safetensors(files) => Box::new(files.names()),
            Self::Checkpoint(files) => Box::new(files.names()),
        }
    }

    fn shape(&self, name: &str) -> Option<&[usize]> {
        match self {
            Self::Safetensors(files) => files.shape(name),
            Self::Checkpoint(file) => file.shape(name),
        }
    }

    fn read<T: Real>(&mut self, name: &str) -> Result<Option<Vec<T>>> {
        match self {
            Self::Safetensors(files) => files.read(name),
            Self::Checkpoint(file) => file.read(name),
        }
    }
}

/// A file's number format, little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Number {
    F16,
    BF16,
    F32,
    F64,
}

impl Number {
    /// Bytes of a number.
    fn size(self) -> usize {
        match self {
            Self::F16 | Self::BF16 => 2,
            Self::F32 => 4,
            Self::F64 => 8,
        }
    }
}

/// Bytes of a tensor; None if that overflows.
fn bytes(shape: &[usize], number: Number) -> Option<u64> {
    let count = shape.iter().try_fold(1usize, |n, &d| n.checked_mul(d))?;
    count.checked_mul(number.size()).map(|n| n as u64)
}

/// A tensor of `count` numbers whose bytes are read by `fill`, in place if they already have the
/// target type. The caller has checked that the file holds that many.
fn read_values<T: Real>(
    path: &Path,
    count: usize,
    number: Number,
    fill: impl FnOnce(&mut [u8]) -> std::io::Result<()>,
) -> Result<Vec<T>> {
    let failed = Error::io("read", path);
    let in_place = match number {
        Number::F32 => size_of::<T>() == 4,
        Number::F64 => size_of::<T>() == 8,
        Number::F16 | Number::BF16 => false,
    };
    if in_place && cfg!(target_endian = "little") {
        let mut values = vec![T::default(); count];
        fill(bytemuck::cast_slice_mut(&mut values)).map_err(failed)?;
        return Ok(values);
    }
    let mut bytes = vec![0; count * number.size()];
    fill(&mut bytes).map_err(failed)?;
    Ok(widened(&bytes, number))
}

/// Converts a file's numbers to another type, in chunks on all threads.
fn widened<T: Real>(bytes: &[u8], number: Number) -> Vec<T> {
    const PIECE: usize = 1 << 15;
    let mut out = vec![T::default(); bytes.len() / number.size()];
    parallel::tasks(out.chunks_mut(PIECE).zip(bytes.chunks(PIECE * number.size())), |_, (out, bytes)| match number {
        Number::F16 => widen(out, bytes, |b| half::f16::from_le_bytes(b).to_f64()),
        Number::BF16 => widen(out, bytes, |b| half::bf16::from_le_bytes(b).to_f64()),
        Number::F32 => widen(out, bytes, |b| f32::from_le_bytes(b).into()),
        Number::F64 => widen(out, bytes, f64::from_le_bytes),
    });
    out
}

fn widen<T: Real, const N: usize>(out: &mut [T], bytes: &[u8], value: impl Fn([u8; N]) -> f64) {
    out.iter_mut().zip(bytes.as_chunks().0).for_each(|(out, &bytes)| *out = T::of(value(bytes)));
}

fn unsupported_type(name: &str, got: &str) -> Error {
    let supported = format!("F16, BF16, F32, F64 (this is the type of `{name}`)");
    Error::Unsupported { what: "weight type", got: got.to_owned(), supported }
}

/// Whether a file is a git pointer that stands in for a large file.
fn is_pointer(start: &[u8]) -> bool {
    start.starts_with(b"version ")
}

fn pointer(path: &Path) -> Error {
    Error::malformed(path, "it is a Git LFS pointer and not the weights themselves: run `git lfs pull` in its folder")
}

/// `v * 0` is NaN for NaN and infinities, so one sum reveals either.
fn all_finite<T: Real>(values: &[T]) -> bool {
    let chunks: Vec<&[T]> = values.chunks(1 << 16).collect();
    let finite = parallel::gather(chunks.len(), |i| {
        let mut lanes = [T::default(); 16];
        let (whole, rest) = chunks[i].as_chunks::<16>();
        for values in whole {
            for (lane, &v) in lanes.iter_mut().zip(values) {
                *lane += v * T::default();
            }
        }
        lanes.iter().chain(rest).all(|v| v.to_f64().is_finite())
    });
    finite.into_iter().all(|finite| finite)
}
