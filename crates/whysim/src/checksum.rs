//! Checksums of what whysim stores and reads again.

/// The checksum of named parts, in their order.
pub(crate) fn of<'a>(parts: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> String {
    let mut hasher = blake3::Hasher::new();
    for (name, bytes) in parts {
        for part in [name.as_bytes(), bytes] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
    }
    hasher.finalize().to_hex().to_string()
}

/// What a wrong checksum means.
pub(crate) const WRONG: &str = "its checksum is wrong: the file was damaged or changed after it was written";
