//! Weights on disk: safetensors (whole or sharded) and PyTorch's `pytorch_model.bin`.
//!
//! A tensor is read from its place in the file straight into memory of its own, so the peak is the model's size and not twice
//! that. Everything that is read is hashed, in order, into the model's fingerprint.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use candle_core::pickle::PthTensors;
use candle_core::{DType, Device, Tensor};
use serde::Deserialize;

use crate::error::{Error, Result};

/// A tensor's place in a safetensors file.
#[derive(Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: (u64, u64),
}

enum Store {
    Safetensors { files: Vec<(PathBuf, File)>, entries: HashMap<String, (usize, Entry)> },
    Pickle { path: PathBuf, tensors: Box<PthTensors> },
}

/// The weights of one module folder, read by name.
pub(crate) struct Weights {
    store: Store,
    prefix: String,
    dtype: DType,
    hasher: blake3::Hasher,
}

impl Weights {
    /// Opens the weights of `folder`; they will be read as `dtype`.
    ///
    /// # Errors
    /// When there are none, or their headers are not whole.
    pub(crate) fn open(folder: &Path, dtype: DType) -> Result<Self> {
        let (whole, index) = (folder.join("model.safetensors"), folder.join("model.safetensors.index.json"));
        let pickle = folder.join("pytorch_model.bin");
        let store = if whole.is_file() {
            open_safetensors(vec![whole])?
        } else if index.is_file() {
            open_safetensors(shards(folder, &index)?)?
        } else if pickle.is_file() {
            open_pickle(pickle)?
        } else {
            let hint =
                "a model needs model.safetensors, model.safetensors.index.json with its shards, or pytorch_model.bin";
            return Err(Error::Missing { path: whole, hint: hint.into() });
        };
        Ok(Self { store, prefix: String::new(), dtype, hasher: blake3::Hasher::new() })
    }

    /// Finds what checkpoints put before the names (`bert.`, `0.auto_model.`, …): whatever stands before `anchor`.
    pub(crate) fn strip_prefix(&mut self, anchor: &str) -> Result<()> {
        let prefix = self.names().filter_map(|n| n.strip_suffix(anchor)).min_by_key(|p| p.len()).map(str::to_owned);
        self.prefix = prefix.ok_or_else(|| self.absent(anchor))?;
        Ok(())
    }

    /// Whether there is a weight of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        let full = format!("{}{name}", self.prefix);
        self.names().any(|n| n == full)
    }

    /// Reads a weight.
    ///
    /// # Errors
    /// When it is absent, of another shape than `shape`, not a float, cut off, or not finite.
    pub(crate) fn get(&mut self, name: &str, shape: &[usize]) -> Result<Tensor> {
        let full = format!("{}{name}", self.prefix);
        let tensor = match &mut self.store {
            Store::Safetensors { files, entries } => match entries.get(&full) {
                Some((file, entry)) => {
                    let (path, file) = &mut files[*file];
                    check_shape(&full, shape, &entry.shape)?;
                    Some(read_entry(path, file, &full, entry)?)
                }
                None => None,
            },
            Store::Pickle { path, tensors } => tensors.get(&full).map_err(|e| Error::malformed(path, e))?,
        };
        let tensor = tensor.ok_or_else(|| self.absent(&full))?;
        check_shape(&full, shape, tensor.dims())?;
        let tensor = tensor.to_dtype(self.dtype)?.contiguous()?;
        self.hash(&full, &tensor)?;
        Ok(tensor)
    }

    /// The hash of all that was read so far, in hexadecimal.
    pub(crate) fn fingerprint(&self) -> String {
        self.hasher.finalize().to_hex().to_string()
    }

    /// Adds to the fingerprint what is not a weight but changes the result, such as a config.
    pub(crate) fn hash_text(&mut self, text: &str) {
        self.hasher.update(text.as_bytes());
    }

    /// Hashes a weight, and on the way sees that it is finite.
    fn hash(&mut self, name: &str, tensor: &Tensor) -> Result<()> {
        self.hasher.update(name.as_bytes());
        let finite = match self.dtype {
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
        };
        if finite { Ok(()) } else { Err(Error::NotFinite { name: name.to_owned() }) }
    }

    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        match &self.store {
            Store::Safetensors { entries, .. } => Box::new(entries.keys().map(String::as_str)),
            Store::Pickle { tensors, .. } => Box::new(tensors.tensor_infos().keys().map(String::as_str)),
        }
    }

    fn absent(&self, name: &str) -> Error {
        let path = match &self.store {
            Store::Safetensors { files, .. } => files.first().map(|(path, _)| path.clone()).unwrap_or_default(),
            Store::Pickle { path, .. } => path.clone(),
        };
        let problem = format!("it has no weight `{name}`: the config is of another kind of model than the weights");
        Error::Malformed { path, problem }
    }
}

fn check_shape(name: &str, expected: &[usize], got: &[usize]) -> Result<()> {
    if expected == got {
        return Ok(());
    }
    Err(Error::Shape { name: name.to_owned(), expected: expected.to_vec(), got: got.to_vec() })
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

/// The shard files that an index names, each once.
fn shards(folder: &Path, index: &Path) -> Result<Vec<PathBuf>> {
    #[derive(Deserialize)]
    struct Index {
        weight_map: HashMap<String, String>,
    }
    let Index { weight_map } = super::config::read_json(index)?;
    let mut names: Vec<String> = weight_map.into_values().collect();
    names.sort();
    names.dedup();
    names
        .iter()
        .map(|name| {
            let path = folder.join(name);
            // A name with a folder in it could point anywhere on the disk.
            if Path::new(name).components().count() != 1 || name.starts_with("..") {
                return Err(Error::malformed(
                    index,
                    format!("it names the shard `{name}`, which is not a file beside it"),
                ));
            }
            if path.is_file() {
                return Ok(path);
            }
            Err(Error::Missing {
                hint: format!("{} names it as a shard; fetch the model again", index.display()),
                path,
            })
        })
        .collect()
}

fn open_safetensors(paths: Vec<PathBuf>) -> Result<Store> {
    let (mut files, mut entries) = (Vec::new(), HashMap::new());
    for path in paths {
        let mut file = File::open(&path).map_err(Error::io("read", &path))?;
        for (name, entry) in read_header(&path, &mut file)? {
            entries.insert(name, (files.len(), entry));
        }
        files.push((path, file));
    }
    Ok(Store::Safetensors { files, entries })
}

/// The header of a safetensors file: 8 bytes of length, then JSON. The entries' offsets come back absolute in the file.
fn read_header(path: &Path, file: &mut File) -> Result<HashMap<String, Entry>> {
    const LIMIT: u64 = 100 << 20;
    let size = file.metadata().map_err(Error::io("read", path))?.len();
    let cut = || Error::malformed(path, format!("its {size} bytes end inside its header; fetch the file again"));
    let mut length = [0; 8];
    file.read_exact(&mut length).map_err(|_| cut())?;
    let length = u64::from_le_bytes(length);
    if length > LIMIT {
        return Err(Error::malformed(path, "it does not begin with a safetensors header"));
    }
    if size < 8 + length {
        return Err(cut());
    }
    let mut header = vec![0; length as usize];
    file.read_exact(&mut header).map_err(Error::io("read", path))?;
    let mut header: HashMap<String, serde_json::Value> =
        serde_json::from_slice(&header).map_err(|e| Error::malformed(path, format!("its header is not JSON: {e}")))?;
    header.remove("__metadata__");
    let mut entries = HashMap::new();
    for (name, entry) in header {
        let mut entry: Entry =
            serde_json::from_value(entry).map_err(|e| Error::malformed(path, format!("its entry `{name}`: {e}")))?;
        let (from, to) = entry.data_offsets;
        let Some(end) = to.checked_add(8 + length).filter(|_| from <= to) else {
            return Err(Error::malformed(path, format!("its entry `{name}` has impossible offsets")));
        };
        if end > size {
            let problem = format!("it is cut off: {size} bytes, but `{name}` ends at byte {end}; fetch the file again");
            return Err(Error::malformed(path, problem));
        }
        entry.data_offsets = (from + 8 + length, end);
        entries.insert(name, entry);
    }
    Ok(entries)
}

/// One tensor, as it is on disk; f32 is read in place.
fn read_entry(path: &Path, file: &mut File, name: &str, entry: &Entry) -> Result<Tensor> {
    let dtype = match entry.dtype.as_str() {
        "F16" => DType::F16,
        "BF16" => DType::BF16,
        "F32" => DType::F32,
        "F64" => DType::F64,
        other => {
            return Err(Error::Unsupported {
                what: "weight type",
                got: format!("{other} of `{name}`"),
                supported: "F16, BF16, F32, F64".into(),
            });
        }
    };
    let (from, to) = entry.data_offsets;
    let count = entry.shape.iter().try_fold(1usize, |n, &d| n.checked_mul(d));
    if count.and_then(|n| n.checked_mul(dtype.size_in_bytes())).map(|n| n as u64) != Some(to - from) {
        return Err(Error::malformed(path, format!("`{name}` has {} bytes, not those of its shape", to - from)));
    }
    let fill = |bytes: &mut [u8], file: &mut File| {
        file.seek(SeekFrom::Start(from)).and_then(|_| file.read_exact(bytes)).map_err(Error::io("read", path))
    };
    if dtype == DType::F32 {
        let mut values = vec![0f32; count.unwrap_or(0)];
        fill(bytemuck::cast_slice_mut(&mut values), file)?;
        return Ok(Tensor::from_vec(values, entry.shape.as_slice(), &Device::Cpu)?);
    }
    let mut bytes = vec![0; (to - from) as usize];
    fill(&mut bytes, file)?;
    Ok(Tensor::from_raw_buffer(&bytes, dtype, &entry.shape, &Device::Cpu)?)
}

fn open_pickle(path: PathBuf) -> Result<Store> {
    let unreadable = |e: candle_core::Error| {
        let hint = "it is not a whole PyTorch checkpoint in the zip format (PyTorch 1.6 or later); fetch it again, or convert it to model.safetensors";
        Error::malformed(&path, format!("{hint} ({})", first_line(&e)))
    };
    let tensors = Box::new(PthTensors::new(&path, None).map_err(unreadable)?);
    if tensors.tensor_infos().is_empty() {
        return Err(Error::malformed(&path, "it holds no tensors"));
    }
    Ok(Store::Pickle { path, tensors })
}

/// An error's own words, without the backtrace that candle may append.
fn first_line(error: &candle_core::Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}
