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
mod number;
mod pickle;
mod pytorch;
mod safetensors;
mod tasks;

use std::path::Path;

use whysim_core::{Real, Tensor};

use crate::error::{Error, Result};
use crate::folder::Folder;
pub(crate) use adapter::Adapter;
use number::{Number, all_finite, bytes, read_values};
use pytorch::Checkpoint;
use safetensors::Safetensors;
pub(crate) use tasks::Task;

/// Where weights may be; the first that exists is read.
const FILES: [&str; 4] =
    ["model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json"];

enum Store {
    Safetensors(Safetensors),
    Checkpoint(Checkpoint),
}

/// A weight that has been read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Parameter {
    /// Folder of its module within the model; empty for the model's own folder.
    pub module: String,
    /// Its name in the module's weights, without the prefix that some checkpoints add.
    pub name: String,
    /// The id of its tensor.
    pub id: usize,
    /// Which of several tensors this is that are stored as one, one above the other.
    pub part: usize,
    /// What is added to the stored values.
    pub offset: f32,
}

/// The weights of one module folder, read by name.
pub(crate) struct Weights {
    store: Store,
    prefix: String,
    module: String,
    adapter: Option<Adapter>,
    task: Option<Task>,
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
        Ok(Self { store, prefix, module: module.to_owned(), adapter: None, task: None, hasher, read: Vec::new() })
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
        let adapted = tasks::original(anchor);
        let before =
            |name: &'_ str| name.strip_suffix(anchor).or_else(|| name.strip_suffix(adapted.as_deref()?)).map(str::len);
        let prefixes = self.store.names().filter_map(|name| Some(&name[..before(name)?]));
        // Take the shortest prefix; ties are broken by name, so that every load picks the same one.
        let prefix = prefixes.min_by_key(|prefix| (prefix.len(), *prefix)).map(str::to_owned);
        self.prefix = prefix.ok_or_else(|| self.absent(anchor))?;
        Ok(())
    }

    /// Whether a weight's name ends like this, whatever precedes it.
    pub(crate) fn names_end_with(&self, end: &str) -> bool {
        self.store.names().any(|name| name.ends_with(end))
    }

    /// Whether there is a weight of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.shape(name).is_some()
    }

    /// The shape of a weight, if there is one of this name.
    pub(crate) fn shape(&self, name: &str) -> Option<&[usize]> {
        self.store.shape(&self.full(name))
    }

    /// A weight's name in the file.
    fn full(&self, name: &str) -> String {
        let full = format!("{}{name}", self.prefix);
        let original = || tasks::original(&full).filter(|original| self.store.shape(original).is_some());
        match self.store.shape(&full) {
            Some(_) => full,
            None => original().unwrap_or(full),
        }
    }

    /// Reads a weight.
    ///
    /// # Errors
    /// If it is absent, not of shape `shape`, not a float, truncated, or not finite.
    pub(crate) fn get<T: Real>(&mut self, name: &str, shape: &[usize]) -> Result<Tensor<T>> {
        let values = self.values(name, shape)?;
        Ok(self.keep(name, shape, values, 0, 0.0))
    }

    /// The same, with `offset` added to every value.
    pub(crate) fn get_shifted<T: Real>(&mut self, name: &str, shape: &[usize], offset: f64) -> Result<Tensor<T>> {
        let mut values = self.values(name, shape)?;
        values.iter_mut().for_each(|value| *value += T::of(offset));
        Ok(self.keep(name, shape, values, 0, offset as f32))
    }

    /// Reads tensors that are stored as one, one above the other: `parts` with `rows` rows each.
    /// columns: none for vectors.
    pub(crate) fn get_parts<T: Real, const N: usize>(
        &mut self,
        name: &str,
        rows: [usize; N],
        columns: Option<usize>,
    ) -> Result<[Tensor<T>; N]> {
        let shape = |rows: usize| std::iter::once(rows).chain(columns).collect::<Vec<_>>();
        let all: Vec<T> = self.values(name, &shape(rows.iter().sum()))?;
        let mut rest = all.as_slice();
        let mut part = 0;
        Ok(rows.map(|rows| {
            let (own, after) = rest.split_at(rows * columns.unwrap_or(1));
            rest = after;
            part += 1;
            self.keep(name, &shape(rows), own.to_vec(), part - 1, 0.0)
        }))
    }

    fn keep<T: Real>(&mut self, name: &str, shape: &[usize], values: Vec<T>, part: usize, offset: f32) -> Tensor<T> {
        let tensor = Tensor::new(shape, values);
        let (module, name, id) = (self.module.clone(), name.to_owned(), tensor.id());
        self.read.push(Parameter { module, name, id, part, offset });
        tensor
    }

    fn values<T: Real>(&mut self, name: &str, shape: &[usize]) -> Result<Vec<T>> {
        let full = self.full(name);
        match self.store.shape(&full) {
            Some(got) if got != shape => {
                return Err(Error::Shape { name: full, expected: shape.to_vec(), got: got.to_vec() });
            }
            Some(_) => {}
            None => return Err(self.absent(&full)),
        }
        let mut values = self.store.read(&full)?.ok_or_else(|| self.absent(&full))?;
        self.add_task(&full, shape, &mut values)?;
        if let Some(adapter) = &mut self.adapter {
            adapter.apply(name, shape, &mut values)?;
        }
        if !self.hash(name, &values) {
            return Err(Error::NotFinite { name: full });
        }
        Ok(values)
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
