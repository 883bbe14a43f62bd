//! PyTorch's format since 1.6: a zip archive.

use std::io::{BufReader, Read};

use zip::ZipArchive;

use super::pickle::{self, StateDict, Storage};
use crate::folder::Source;

/// An open archive.
pub(super) struct Archive {
    zip: ZipArchive<BufReader<Box<dyn Source>>>,
    /// Bytes of the file.
    size: u64,
    /// The archive's root folder, with a trailing slash.
    root: String,
}

/// Deflate compresses at most 1032 to 1; an entry that claims more is a lie.
const RATIO: u64 = 1032;

/// The most that a pickle is compressed to, and the size that every pickle may have: a state dict
/// takes a few hundred bytes for each weight, and repeats itself.
const PICKLE_RATIO: u64 = 32;
const PICKLE: u64 = 1 << 16;

impl Archive {
    /// Reads the list of tensors. size: the file's.
    pub(super) fn open(file: Box<dyn Source>, size: u64) -> Result<(Self, StateDict), String> {
        let mut zip = ZipArchive::new(BufReader::new(file)).map_err(|error| {
            format!(
                "it is not a whole PyTorch checkpoint ({error}); fetch it again, or convert it to model.safetensors"
            )
        })?;
        let name = zip.file_names().flatten().find(|n| *n == "data.pkl" || n.ends_with("/data.pkl"));
        let name = name.map(|n| n.into_owned()).ok_or("it is a zip file, but not one that PyTorch wrote")?;
        let root = name.trim_end_matches("data.pkl").to_owned();
        let mut program = Vec::new();
        let pickle = zip.by_name(&name).map_err(|e| e.to_string())?;
        let limit = PICKLE + PICKLE_RATIO * pickle.compressed_size().min(size);
        pickle.take(limit + 1).read_to_end(&mut program).map_err(|e| format!("its {name} is broken: {e}"))?;
        if program.len() as u64 > limit {
            return Err(format!(
                "its {name} unpacks to more than a state dict can take: fetch it again, from another place"
            ));
        }
        if let Ok(mut order) = zip.by_name(&format!("{root}byteorder")) {
            let mut text = String::new();
            let big = order.by_ref().take(16).read_to_string(&mut text).is_ok() && text.trim() == "big";
            if big {
                return Err("its numbers are big-endian; save it on a little-endian machine".into());
            }
        }
        let dict = pickle::state_dict(&program)?;
        Ok((Self { zip, size, root }, dict))
    }

    /// The values of a storage, and the bytes that there can be of them at most.
    pub(super) fn values(&mut self, storage: &Storage) -> Result<(Box<dyn Read + '_>, u64), String> {
        let entry = self.zip.by_name(&format!("{}data/{}", self.root, storage.key)).map_err(|e| e.to_string())?;
        let room = entry.size().min(entry.compressed_size().min(self.size).saturating_mul(RATIO));
        Ok((Box::new(entry), room))
    }
}
