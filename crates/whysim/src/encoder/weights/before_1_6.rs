//! PyTorch's format before 1.6: five pickles in a row (a magic number, the protocol, the machine's
//! types, the state dict, the storages' keys), then every storage in the order of the keys: the
//! number of its values in 8 bytes, and the values.

use std::collections::HashMap;
use std::io::{Read, Seek, SeekFrom};
use std::rc::Rc;

use super::Number;
use super::pickle::{self, StateDict, Storage};
use crate::folder::Source;

/// An open file.
pub(super) struct Old {
    file: Box<dyn Source>,
    /// First byte and number of values of every storage.
    places: HashMap<Rc<str>, (u64, u64)>,
}

/// How the magic number is pickled.
const MAGIC: [u8; 8] = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46];

/// The most bytes of all five pickles.
const PICKLES: u64 = 16 << 20;

impl Old {
    /// Whether a file that begins so has this format.
    pub(super) fn is(start: &[u8]) -> bool {
        start.starts_with(&MAGIC)
    }

    /// Reads the list of tensors, and where storages are. size: the file's.
    pub(super) fn open(mut file: Box<dyn Source>, size: u64) -> Result<(Self, StateDict), String> {
        let mut start = Vec::new();
        file.seek(SeekFrom::Start(0)).map_err(|e| e.to_string())?;
        file.by_ref().take(PICKLES).read_to_end(&mut start).map_err(|e| e.to_string())?;
        let mut rest = start.as_slice();
        for name in ["magic number", "protocol", "machine"] {
            let length = pickle::length(rest)?;
            if name == "machine" && is_big_endian(&rest[..length]) {
                return Err("its numbers are big-endian; save it on a little-endian machine".into());
            }
            rest = &rest[length..];
        }
        let dict = pickle::state_dict(rest)?;
        let (keys, length) = pickle::texts(&rest[dict.length..])?;
        let mut at = (start.len() - rest.len() + dict.length + length) as u64;
        let mut places = HashMap::new();
        for key in keys {
            let storage = dict.storages.get(&key).ok_or("it lists a storage that its state dict does not use")?;
            let mut count = [0; 8];
            file.seek(SeekFrom::Start(at)).and_then(|_| file.read_exact(&mut count)).map_err(|_| cut())?;
            let count = u64::from_le_bytes(count);
            if storage.count.is_some_and(|stated| stated != count) {
                return Err(format!("storage {key} has {count} values, but the state dict states another number"));
            }
            let width =
                width(storage).ok_or_else(|| format!("storage {key} has the unknown type {}", storage.kind()))?;
            let end = count.checked_mul(width).and_then(|bytes| bytes.checked_add(at + 8)).filter(|&end| end <= size);
            places.insert(key, (at + 8, count));
            at = end.ok_or_else(cut)?;
        }
        Ok((Self { file, places }, dict))
    }

    /// The values of a storage, and how many bytes there are of them.
    pub(super) fn values(&mut self, storage: &Storage, number: Number) -> Result<(Box<dyn Read + '_>, u64), String> {
        let &(at, count) = self.places.get(&storage.key).ok_or("the file does not list them")?;
        let bytes = count.saturating_mul(number.size() as u64);
        self.file.seek(SeekFrom::Start(at)).map_err(|e| e.to_string())?;
        Ok((Box::new(self.file.by_ref().take(bytes)), bytes))
    }
}

fn cut() -> String {
    "it is cut off; fetch it again".into()
}

/// The machine's types are a dict, with `little_endian` among them.
fn is_big_endian(machine: &[u8]) -> bool {
    const KEY: &[u8] = b"little_endian";
    const FALSE: u8 = 0x89;
    let behind = machine.windows(KEY.len()).position(|part| part == KEY).map(|at| &machine[at + KEY.len()..]);
    // The key may be memorised first: two bytes.
    behind.is_some_and(|behind| behind.iter().take(3).any(|&b| b == FALSE))
}

/// Bytes of one value.
fn width(storage: &Storage) -> Option<u64> {
    Some(match storage.kind() {
        "DoubleStorage" | "LongStorage" | "ComplexFloatStorage" => 8,
        "FloatStorage" | "IntStorage" => 4,
        "HalfStorage" | "BFloat16Storage" | "ShortStorage" => 2,
        "CharStorage" | "ByteStorage" | "BoolStorage" => 1,
        "ComplexDoubleStorage" => 16,
        _ => return None,
    })
}
