//! The end of an Arrow IPC file, which says where its batches are.

use std::fs::File;

use arrow_ipc::reader::read_footer_length;

use super::disk;

pub(super) const SHORT: &str = "it ends too early";

/// The size of a file, and its footer.
pub(super) fn read(file: &File) -> Result<(u64, Vec<u8>), String> {
    const TRAILER: usize = 10;
    let size = file.metadata().map_err(|error| error.to_string())?.len();
    let trailer = bytes(file, size.saturating_sub(TRAILER as u64), TRAILER)?;
    let trailer: [u8; TRAILER] = trailer.try_into().map_err(|_| SHORT)?;
    let length = read_footer_length(trailer).map_err(|error| error.to_string())?;
    let before = size.checked_sub((TRAILER + length) as u64).ok_or(SHORT)?;
    Ok((size, bytes(file, before, length)?))
}

/// # Errors
/// If a batch is stated to be where the file is not: the crate takes memory for what is stated.
pub(super) fn check(file: &File) -> Result<(), String> {
    let (size, footer) = read(file)?;
    let footer = arrow_ipc::root_as_footer(&footer).map_err(|error| error.to_string())?;
    let fits = |block: &arrow_ipc::Block| {
        let parts = [block.offset(), i64::from(block.metaDataLength()), block.bodyLength()];
        let end = parts.iter().try_fold(0_u64, |sum, &part| sum.checked_add(u64::try_from(part).ok()?));
        end.is_some_and(|end| end <= size)
    };
    match footer.recordBatches().is_none_or(|blocks| blocks.iter().all(fits)) {
        true => Ok(()),
        false => Err(SHORT.to_owned()),
    }
}

/// Some bytes of a file.
pub(super) fn bytes(file: &File, from: u64, length: usize) -> Result<Vec<u8>, String> {
    let size = file.metadata().map_err(|error| error.to_string())?.len();
    // Before memory is taken for what a broken file states.
    if from.checked_add(length as u64).is_none_or(|end| end > size) {
        return Err(SHORT.to_owned());
    }
    let mut bytes = vec![0; length];
    disk::read_at(file, &mut bytes, from).map_err(|error| error.to_string())?;
    Ok(bytes)
}
