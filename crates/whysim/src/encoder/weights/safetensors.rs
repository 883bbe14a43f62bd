//! Safetensors files, whole or sharded: an 8-byte length, a JSON header with names and offsets,
//! then the values.

use std::collections::{BTreeSet, HashMap};
use std::io::SeekFrom;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use whysim_core::Real;

use super::{Number, is_pointer, read_values};
use crate::error::{Error, Result};
use crate::folder::{Folder, Source};

/// A tensor's place in a safetensors file.
#[derive(Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: (u64, u64),
}

/// The tensors of one file, or of all shards of a model.
pub(super) struct Safetensors {
    files: Vec<(PathBuf, Box<dyn Source>)>,
    entries: HashMap<String, (usize, Entry)>,
}

impl Safetensors {
    /// Reads the headers of the files in `names`.
    pub(super) fn open(folder: &Folder, names: Vec<String>) -> Result<Self> {
        let (mut files, mut entries) = (Vec::new(), HashMap::new());
        for name in names {
            let (path, (mut file, size)) = (folder.file(&name), folder.open(&name)?);
            for (name, entry) in read_header(&path, &mut *file, size)? {
                if entries.contains_key(&name) {
                    return Err(Error::malformed(&path, format!("`{name}` is in another shard as well")));
                }
                entries.insert(name, (files.len(), entry));
            }
            files.push((path, file));
        }
        Ok(Self { files, entries })
    }

    pub(super) fn path(&self) -> &Path {
        self.files.first().map_or(Path::new(""), |(path, _)| path)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    pub(super) fn shape(&self, name: &str) -> Option<&[usize]> {
        self.entries.get(name).map(|(_, entry)| entry.shape.as_slice())
    }

    /// The tensor as stored; None if the name is unknown.
    pub(super) fn read<T: Real>(&mut self, name: &str) -> Result<Option<Vec<T>>> {
        let Some((file, entry)) = self.entries.get(name) else { return Ok(None) };
        let (path, file) = &mut self.files[*file];
        let number = match entry.dtype.as_str() {
            "F16" => Number::F16,
            "BF16" => Number::BF16,
            "F32" => Number::F32,
            "F64" => Number::F64,
            other => return Err(super::unsupported_type(name, other)),
        };
        let (from, to) = entry.data_offsets;
        if super::bytes(&entry.shape, number) != Some(to - from) {
            return Err(Error::malformed(
                path,
                format!("`{name}` has {} bytes, which does not match its shape", to - from),
            ));
        }
        let fill = |bytes: &mut [u8]| file.seek(SeekFrom::Start(from)).and_then(|_| file.read_exact(bytes));
        read_values(path, entry.shape.iter().product(), number, fill).map(Some)
    }
}

/// The shard files listed in an index, without duplicates.
pub(super) fn shards(folder: &Folder, index: &str) -> Result<Vec<String>> {
    #[derive(Deserialize)]
    struct Index {
        weight_map: HashMap<String, String>,
    }
    let (Index { weight_map }, path) = (folder.json(index)?, folder.file(index));
    if weight_map.is_empty() {
        return Err(Error::malformed(&path, "its weight_map is empty: it should say in which shard each weight is"));
    }
    let names: BTreeSet<String> = weight_map.into_values().collect();
    let shard = |name: String| {
        // A name with a folder in it could point anywhere on disk.
        if Path::new(&name).file_name() != Some(name.as_ref()) {
            return Err(Error::malformed(&path, format!("it names the shard `{name}`, which is not a file beside it")));
        }
        if folder.has(&name) {
            return Ok(name);
        }
        let hint = format!("{} names it as a shard; fetch the model again", path.display());
        Err(Error::Missing { path: folder.file(&name), hint })
    };
    names.into_iter().map(shard).collect()
}

/// The header of a safetensors file of `size` bytes. The entries' offsets are made absolute.
fn read_header(path: &Path, file: &mut dyn Source, size: u64) -> Result<HashMap<String, Entry>> {
    let header = header(path, file, size)?;
    let start = 8 + header.len() as u64;
    let mut header: HashMap<String, serde_json::Value> =
        serde_json::from_slice(&header).map_err(|e| Error::malformed(path, format!("its header is not JSON: {e}")))?;
    header.remove("__metadata__");
    let mut entries = HashMap::new();
    for (name, entry) in header {
        let mut entry: Entry =
            serde_json::from_value(entry).map_err(|e| Error::malformed(path, format!("its entry `{name}`: {e}")))?;
        let (from, to) = entry.data_offsets;
        let Some(end) = to.checked_add(start).filter(|_| from <= to) else {
            return Err(Error::malformed(path, format!("its entry `{name}` has impossible offsets")));
        };
        if end > size {
            let problem = format!("it is cut off: {size} bytes, but `{name}` ends at byte {end}; fetch the file again");
            return Err(Error::malformed(path, problem));
        }
        entry.data_offsets = (from + start, end);
        entries.insert(name, entry);
    }
    check_apart(path, &entries)?;
    Ok(entries)
}

/// The header's bytes; the first 8 bytes give their number.
fn header(path: &Path, file: &mut dyn Source, size: u64) -> Result<Vec<u8>> {
    const LIMIT: u64 = 100 << 20;
    let cut = || Error::malformed(path, format!("its {size} bytes end inside its header; fetch the file again"));
    let mut length = [0; 8];
    file.read_exact(&mut length).map_err(|_| cut())?;
    if is_pointer(&length) {
        return Err(super::pointer(path));
    }
    let length = u64::from_le_bytes(length);
    if length > LIMIT {
        return Err(Error::malformed(path, "it does not begin with a safetensors header; is it another kind of file?"));
    }
    if size < 8 + length {
        return Err(cut());
    }
    let mut header = vec![0; length as usize];
    file.read_exact(&mut header).map_err(Error::io("read", path))?;
    Ok(header)
}

/// Checks that no two tensors overlap. safetensors never writes such a file, so its values could
/// not be trusted.
fn check_apart(path: &Path, entries: &HashMap<String, Entry>) -> Result<()> {
    let mut places: Vec<_> = entries.iter().filter(|(_, e)| e.data_offsets.0 < e.data_offsets.1).collect();
    places.sort_by_key(|(_, entry)| entry.data_offsets);
    for pair in places.windows(2) {
        let [(a, first), (b, second)] = [pair[0], pair[1]];
        if second.data_offsets.0 < first.data_offsets.1 {
            return Err(Error::malformed(path, format!("its entries `{a}` and `{b}` overlap; fetch the file again")));
        }
    }
    Ok(())
}
