//! Named f32 tensors in a safetensors file, with additional metadata.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;

use safetensors::{Dtype, SafeTensors, View};
use whysim_core::Tensor;

use crate::checksum;
use crate::error::{Error, Result};

/// A tensor to write.
pub(super) struct Named<'a> {
    pub name: String,
    pub shape: Vec<usize>,
    /// Row-major.
    pub values: Cow<'a, [f32]>,
}

impl View for &Named<'_> {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        bytemuck::cast_slice(&self.values).into()
    }

    fn data_len(&self) -> usize {
        self.values.len() * size_of::<f32>()
    }
}

/// Writes a file atomically.
pub(super) fn write(path: &Path, tensors: &[Named], metadata: HashMap<String, String>) -> Result<()> {
    let temporary = path.with_extension("unfinished");
    // The library makes its files readable only by their owner; use the permissions of any new file
    // instead.
    let rights =
        std::fs::File::create(&temporary).and_then(|file| file.metadata()).map_err(Error::io("write", path))?;
    let failed = |error: safetensors::SafeTensorError| Error::io("write", path)(std::io::Error::other(error));
    let views = tensors.iter().map(|tensor| (tensor.name.as_str(), tensor));
    safetensors::serialize_to_file(views, Some(metadata), &temporary).map_err(failed)?;
    std::fs::set_permissions(&temporary, rights.permissions()).map_err(Error::io("write", path))?;
    std::fs::rename(&temporary, path).map_err(Error::io("write", path))
}

/// The metadata's key of the checksum.
const CHECKSUM: &str = "checksum";

/// The same with a checksum, which [`Tensors::read`] verifies.
pub(super) fn write_sealed(path: &Path, tensors: &[Named], mut metadata: HashMap<String, String>) -> Result<()> {
    let parts = tensors.iter().map(|tensor| (tensor.name.as_str(), bytemuck::cast_slice(&tensor.values)));
    let checksum = checksum_of(&metadata, parts.collect());
    metadata.insert(CHECKSUM.to_owned(), checksum);
    write(path, tensors, metadata)
}

/// Of the metadata and all arrays, in the order of their names.
fn checksum_of<'a>(metadata: &'a HashMap<String, String>, mut parts: Vec<(&'a str, &'a [u8])>) -> String {
    let metadata = metadata.iter().filter(|(key, _)| *key != CHECKSUM);
    parts.extend(metadata.map(|(key, value)| (key.as_str(), value.as_bytes())));
    parts.sort_unstable_by_key(|(name, _)| *name);
    checksum::of(parts)
}

/// A file of tensors in memory.
pub(super) struct Tensors {
    path: std::path::PathBuf,
    bytes: Vec<u8>,
}

impl Tensors {
    /// Reads a file that [`write_sealed`] wrote.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(Error::io("read", path))?;
        let file = SafeTensors::deserialize(&bytes).map_err(|e| Error::malformed(path, e))?;
        let (_, header) = SafeTensors::read_metadata(&bytes).map_err(|e| Error::malformed(path, e))?;
        let metadata = header.metadata().clone().unwrap_or_default();
        let all = file.tensors();
        let parts = all.iter().map(|(name, tensor)| (name.as_str(), tensor.data())).collect();
        if metadata.get(CHECKSUM) != Some(&checksum_of(&metadata, parts)) {
            return Err(Error::malformed(path, checksum::WRONG));
        }
        Ok(Self { path: path.to_owned(), bytes })
    }

    /// A metadata value.
    pub(super) fn metadata(&self, key: &str) -> Result<String> {
        let (_, header) = SafeTensors::read_metadata(&self.bytes).map_err(|e| Error::malformed(&self.path, e))?;
        let value = header.metadata().as_ref().and_then(|all| all.get(key));
        value.cloned().ok_or_else(|| Error::malformed(&self.path, format!("its metadata has no `{key}`")))
    }

    /// Copies the tensor `name` to `target`, which must have the same size.
    pub(super) fn copy(&self, name: &str, target: &mut [f32]) -> Result<()> {
        let all = SafeTensors::deserialize(&self.bytes).map_err(|e| Error::malformed(&self.path, e))?;
        let tensor = all.tensor(name).map_err(|e| Error::malformed(&self.path, e))?;
        if tensor.dtype() != Dtype::F32 || tensor.data().len() != size_of_val(target) {
            return Err(Error::malformed(&self.path, format!("`{name}` differs in size or type from the model's")));
        }
        bytemuck::cast_slice_mut(target).copy_from_slice(tensor.data());
        Ok(())
    }
}

impl<'a> Named<'a> {
    /// A weight to write under `name`.
    pub(super) fn weight(weight: &'a Tensor<f32>, name: String) -> Self {
        Self { name, shape: weight.shape().to_vec(), values: weight[..].into() }
    }
}
