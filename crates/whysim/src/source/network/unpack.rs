//! Unpacks a downloaded zip file safely: no entry leaves the folder, none is a link, and their
//! total size is limited. The `zip` crate checks each entry's CRC.

use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use zip::ZipArchive;
use zip::result::ZipError;

use super::problem::Problem;
use crate::progress::{Counted, Part};
use crate::source::{Fetch, layout};

/// More files than any model has.
const MOST_ENTRIES: usize = 10_000;

/// Unpacks into the new folder `into`. Returns the model's folder: `into` itself, or the one folder
/// in it that holds the model.
pub(super) fn unpack(zip: &Path, into: &Path, options: &Fetch) -> Result<PathBuf, Problem> {
    let file = File::open(zip).map_err(Problem::disk("read", zip))?;
    let mut archive = ZipArchive::new(io::BufReader::new(file)).map_err(|error| bad("its directory", error))?;
    let bytes = check(&mut archive, options.settings.unpacked_limit)?;
    fs::create_dir_all(into).map_err(Problem::disk("create", into))?;
    let progress = Part::begin(options.progress.unwrap_or(&()), "unpacking", Some(bytes), Counted::Bytes);
    for index in 0..archive.len() {
        entry(&mut archive, index, into, &progress)?;
    }
    model_in(into)
}

/// Checks every entry before anything is written. Returns their total unpacked size in bytes.
fn check<R: Read + Seek>(archive: &mut ZipArchive<R>, limit: u64) -> Result<u64, Problem> {
    let mut bytes = 0_u64;
    if archive.len() > MOST_ENTRIES {
        return Err(harmful(&format!("it has {} entries", archive.len())));
    }
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(|error| bad("an entry", error))?;
        let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
        if !layout::is_inner(name.strip_suffix('/').unwrap_or(&name)) {
            return Err(harmful(&format!(
                "its entry `{}` would be written outside of its folder",
                name.escape_debug()
            )));
        }
        if !(entry.is_dir() || entry.is_file()) {
            return Err(harmful(&format!("its entry `{name}` is a link")));
        }
        bytes = bytes.saturating_add(entry.size());
    }
    match bytes > limit {
        true => Err(harmful(&format!("it would unpack to {bytes} bytes, more than the limit of {limit}"))),
        false => Ok(bytes),
    }
}

fn entry<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    index: usize,
    into: &Path,
    progress: &Part,
) -> Result<(), Problem> {
    let entry = archive.by_index(index).map_err(|error| bad("an entry", error))?;
    let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
    let path = into.join(name.trim_end_matches('/'));
    if entry.is_dir() {
        return fs::create_dir_all(&path).map_err(Problem::disk("create", &path));
    }
    let folder = path.parent().unwrap_or(into);
    fs::create_dir_all(folder).map_err(Problem::disk("create", folder))?;
    // Created, not opened: two entries with the same name would overwrite each other.
    let mut file = File::create_new(&path).map_err(Problem::disk("write", &path))?;
    let size = entry.size();
    let written = copy(entry, size, &mut file, progress).map_err(|problem| problem.at(&name, &path))?;
    match written == size {
        true => file.sync_all().map_err(Problem::disk("write", &path)),
        false => Err(corrupt(&name, "its size is not the one that the zip file states")),
    }
}

/// The part of a copy that failed.
enum Failed {
    Read(io::Error),
    Write(io::Error),
}

impl Failed {
    fn at(self, entry: &str, path: &Path) -> Problem {
        match self {
            Self::Read(error) => corrupt(entry, &error.to_string()),
            Self::Write(error) => Problem::disk("write", path)(error),
        }
    }
}

/// Copies at most one byte more than the entry claims to hold, so that a false claim is noticed
/// without unpacking everything.
fn copy(entry: impl Read, size: u64, file: &mut File, progress: &Part) -> Result<u64, Failed> {
    let mut source = entry.take(size.saturating_add(1));
    let mut buffer = vec![0; 128 << 10];
    let mut written = 0;
    loop {
        match source.read(&mut buffer).map_err(Failed::Read)? {
            0 => return Ok(written),
            count => {
                file.write_all(&buffer[..count]).map_err(Failed::Write)?;
                written += count as u64;
                progress.advance(count as u64);
            }
        }
    }
}

/// The folder with `modules.json`: the root, or one folder in it.
fn model_in(root: &Path) -> Result<PathBuf, Problem> {
    let holds = |folder: &PathBuf| folder.join("modules.json").is_file();
    let inner = fs::read_dir(root).map_err(Problem::disk("read", root))?.flatten().map(|entry| entry.path());
    let mut found: Vec<PathBuf> = std::iter::once(root.to_owned()).chain(inner).filter(holds).collect();
    found.sort();
    match found.into_iter().next() {
        Some(folder) => Ok(folder),
        None => Err(Problem::Unusable(
            "the zip file holds no model: there is no modules.json at its root or in a folder there; set \
             WHYSIM_EXACT_URL to a server that has the published checkpoints"
                .to_owned(),
        )),
    }
}

fn harmful(what: &str) -> Problem {
    Problem::Unusable(format!("the zip file is not safe to unpack: {what}; it is not a published checkpoint"))
}

fn corrupt(entry: &str, why: &str) -> Problem {
    Problem::Corrupt(format!("the zip file is corrupt: {entry}: {why}"))
}

fn bad(what: &str, error: ZipError) -> Problem {
    Problem::Corrupt(format!("the zip file is corrupt: {what} cannot be read ({error})"))
}
