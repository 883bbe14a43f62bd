//! Weights on disk: safetensors (whole or sharded) and PyTorch's `pytorch_model.bin`.
//!
//! A tensor is read from its place in the file straight into memory of its own, so the peak is the model's size and not twice
//! that. Everything that is read is hashed, in order, into the model's fingerprint.
//!
//! Files come from anywhere, so nothing in them is believed: every size is held against the file's own before memory is
//! taken for it.

mod keep;
mod pickle;
mod pytorch;
mod safetensors;

use std::path::Path;

use candle_core::{DType, Device, Tensor};

use crate::error::{Error, Result};
use crate::folder::Folder;
pub(crate) use keep::{Keep, Parameter};
use pytorch::Checkpoint;
use safetensors::Safetensors;

enum Store {
    Safetensors(Safetensors),
    Checkpoint(Checkpoint),
}

/// The weights of one module folder, read by name.
pub(crate) struct Weights {
    store: Store,
    prefix: String,
    dtype: DType,
    hasher: blake3::Hasher,
    /// What becomes of the weights that are read.
    pub keep: Keep,
}

impl Weights {
    /// Opens the weights of `folder`; they will be read as `dtype`.
    ///
    /// # Errors
    /// When there are none, or their headers are not whole.
    pub(crate) fn open(folder: &Folder, dtype: DType) -> Result<Self> {
        const WHOLE: &str = "model.safetensors";
        const INDEX: &str = "model.safetensors.index.json";
        const CHECKPOINT: &str = "pytorch_model.bin";
        let store = if folder.has(WHOLE) {
            Store::Safetensors(Safetensors::open(folder, vec![WHOLE.to_owned()])?)
        } else if folder.has(INDEX) {
            Store::Safetensors(Safetensors::open(folder, safetensors::shards(folder, INDEX)?)?)
        } else if folder.has(CHECKPOINT) {
            Store::Checkpoint(Checkpoint::open(folder, CHECKPOINT)?)
        } else {
            let hint =
                "a model needs model.safetensors, model.safetensors.index.json with its shards, or pytorch_model.bin";
            return Err(Error::Missing { path: folder.file(WHOLE), hint: hint.into() });
        };
        Ok(Self { store, prefix: String::new(), dtype, hasher: blake3::Hasher::new(), keep: Keep::Constant })
    }

    /// Finds what checkpoints put before the names (`bert.`, `0.auto_model.`, …): whatever stands before `anchor`.
    pub(crate) fn strip_prefix(&mut self, anchor: &str) -> Result<()> {
        let prefixes = self.names().filter_map(|name| name.strip_suffix(anchor));
        // Of several the outermost; the name decides between equals, so that every load takes the same.
        let prefix = prefixes.min_by_key(|prefix| (prefix.len(), *prefix)).map(str::to_owned);
        self.prefix = prefix.ok_or_else(|| self.absent(anchor))?;
        Ok(())
    }

    /// Whether there is a weight of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.store.shape(&format!("{}{name}", self.prefix)).is_some()
    }

    /// Reads a weight.
    ///
    /// # Errors
    /// When it is absent, of another shape than `shape`, not a float, cut off, or not finite.
    pub(crate) fn get(&mut self, name: &str, shape: &[usize]) -> Result<Tensor> {
        let full = format!("{}{name}", self.prefix);
        match self.store.shape(&full) {
            Some(got) if got != shape => {
                return Err(Error::Shape { name: full, expected: shape.to_vec(), got: got.to_vec() });
            }
            Some(_) => {}
            None => return Err(self.absent(&full)),
        }
        let tensor = self.store.read(&full)?.ok_or_else(|| self.absent(&full))?;
        let tensor = tensor.to_dtype(self.dtype)?.contiguous()?;
        if self.hash(name, &tensor)? { self.keep.tensor(name, tensor) } else { Err(Error::NotFinite { name: full }) }
    }

    /// The number type that weights are read as.
    pub(crate) fn dtype(&self) -> DType {
        self.dtype
    }

    /// The hash of all that was read so far, in hexadecimal.
    pub(crate) fn fingerprint(&self) -> String {
        self.hasher.finalize().to_hex().to_string()
    }

    /// Adds to the fingerprint what is not a weight but changes the result, such as a config.
    pub(crate) fn hash_text(&mut self, text: &str) {
        self.hasher.update(text.as_bytes());
    }

    /// Hashes a weight, by its name without prefix: files that differ in that are of one model. Returns whether it is finite.
    fn hash(&mut self, name: &str, tensor: &Tensor) -> Result<bool> {
        self.hasher.update(name.as_bytes());
        Ok(match self.dtype {
            DType::F64 => {
                let values = tensor.flatten_all()?.to_vec1::<f64>()?;
                self.hasher.update(bytemuck::cast_slice(&values));
                values.iter().all(|v| v.is_finite())
            }
            _ => {
                let values = crate::array::Values::<f32>::of(tensor)?;
                self.hasher.update_rayon(bytemuck::cast_slice(&values));
                all_finite(&values)
            }
        })
    }

    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        match &self.store {
            Store::Safetensors(files) => Box::new(files.names()),
            Store::Checkpoint(file) => Box::new(file.names()),
        }
    }

    fn absent(&self, name: &str) -> Error {
        let path = match &self.store {
            Store::Safetensors(files) => files.path(),
            Store::Checkpoint(file) => file.path(),
        };
        let problem = format!("it has no weight `{name}`: the config is of another kind of model than the weights");
        Error::malformed(path, problem)
    }
}

impl Store {
    fn shape(&self, name: &str) -> Option<&[usize]> {
        match self {
            Self::Safetensors(files) => files.shape(name),
            Self::Checkpoint(file) => file.shape(name),
        }
    }

    fn read(&mut self, name: &str) -> Result<Option<Tensor>> {
        match self {
            Self::Safetensors(files) => files.read(name),
            Self::Checkpoint(file) => file.read(name),
        }
    }
}

/// Bytes of a tensor; None for what no memory holds.
fn bytes(shape: &[usize], dtype: DType) -> Option<u64> {
    let count = shape.iter().try_fold(1usize, |n, &d| n.checked_mul(d))?;
    count.checked_mul(dtype.size_in_bytes()).map(|n| n as u64)
}

/// A tensor whose bytes `fill` reads; f32 is read in place. The caller has seen that the file holds as many.
fn read_tensor(
    path: &Path,
    shape: &[usize],
    dtype: DType,
    fill: impl FnOnce(&mut [u8]) -> std::io::Result<()>,
) -> Result<Tensor> {
    let count = shape.iter().product::<usize>();
    if dtype == DType::F32 {
        let mut values = vec![0f32; count];
        fill(bytemuck::cast_slice_mut(&mut values)).map_err(Error::io("read", path))?;
        return Ok(Tensor::from_vec(values, shape, &Device::Cpu)?);
    }
    let mut bytes = vec![0; count * dtype.size_in_bytes()];
    fill(&mut bytes).map_err(Error::io("read", path))?;
    Ok(Tensor::from_raw_buffer(&bytes, dtype, shape, &Device::Cpu)?)
}

fn unsupported_type(name: &str, got: &str) -> Error {
    let supported = "float weights of 16, 32 or 64 bits (F16, BF16, F32, F64)";
    Error::Unsupported { what: "weight type", got: format!("{got} of `{name}`"), supported: supported.into() }
}

/// Whether a file is what git keeps in place of a large one.
fn is_pointer(start: &[u8]) -> bool {
    start.starts_with(b"version ")
}

fn pointer(path: &Path) -> Error {
    Error::malformed(path, "it is a Git LFS pointer and not the weights themselves: run `git lfs pull` in its folder")
}

/// `v * 0` is NaN for NaN and infinities, so that one sum tells.
fn all_finite(values: &[f32]) -> bool {
    use rayon::prelude::*;
    values.par_chunks(1 << 16).all(|chunk| {
        let mut lanes = [0f32; 16];
        let (whole, rest) = chunk.as_chunks::<16>();
        for values in whole {
            for (lane, v) in lanes.iter_mut().zip(values) {
                *lane += v * 0.0;
            }
        }
        lanes.iter().chain(rest).all(|v| v.is_finite())
    })
}
