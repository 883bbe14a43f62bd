//! Downloads a published exact checkpoint into the program's own cache. The zip file is downloaded,
//! unpacked next to its final place, and moved there by a rename once it is complete.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::download::{Plan, download, remove};
use super::http::{Client, Head};
use super::problem::Problem;
use super::{lock, unpack};
use crate::source::{Fetch, Published};

/// Fetches a published checkpoint that is not cached yet, and returns its folder.
pub(in crate::source) fn published(published: &Published, options: &Fetch) -> Result<PathBuf, String> {
    if options.settings.offline {
        return Err(format!(
            "it is not in the cache {}, and HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE forbids downloading it",
            options.settings.cache.display()
        ));
    }
    fetch(published, options).map_err(Problem::of_checkpoint)
}

fn fetch(published: &Published, options: &Fetch) -> Result<PathBuf, Problem> {
    let settings = &options.settings;
    let place = published.place(settings);
    let around = settings.cache.join("exact");
    let _lock = lock::take(&around.join(format!("{}.lock", published.name)), published.name, options)?;
    if let Some(folder) = published.folder(settings) {
        return Ok(folder);
    }
    remove_leftovers(&around, &format!(".{}.unpacked-", published.name), None);
    let url = published.url(settings);
    let client = Client::new(&settings.clone().without_token(), &settings.exact_url);
    let mut zip = PathBuf::new();
    let parts = format!("{}.zip.", published.name);
    download(&client, &url, &format!("{}.zip", published.name), options, &mut |head| {
        let identity = identity(head);
        zip = around.join(format!("{parts}{}", identity.as_deref().unwrap_or("part")));
        remove_leftovers(&around, &parts, Some(&zip));
        Ok(if identity.is_some() { Plan::Write(zip.clone()) } else { Plan::Anew(zip.clone()) })
    })?;
    let unpacked = around.join(format!(".{}.unpacked-{}", published.name, std::process::id()));
    let moved = unpack::unpack(&zip, &unpacked, options).and_then(|model| move_into_place(&model, &place));
    let _ = fs::remove_dir_all(&unpacked);
    // Keep the zip file only if the disk was at fault: it can be used once there is space.
    if !matches!(moved, Err(Problem::Disk(_))) {
        remove(&zip);
    }
    moved.map(|()| place)
}

/// Identifies the contents by everything the server says about them; None if it says nothing that
/// would change with them.
fn identity(head: &Head) -> Option<String> {
    if head.etag.is_none() && head.modified.is_none() {
        return None;
    }
    let hash = Sha256::digest(format!("{:?}", (&head.etag, &head.modified, head.bytes)));
    Some(hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>() + ".part")
}

/// Removes leftovers of interrupted runs. The lock is held, so nobody is using them.
fn remove_leftovers(folder: &Path, prefix: &str, keep: Option<&Path>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with(prefix) && Some(path.as_path()) != keep {
            let _ = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        }
    }
}

/// Renames a complete model into place. If one is already there, another process was faster, and
/// its model is just as good.
fn move_into_place(model: &Path, place: &Path) -> Result<(), Problem> {
    let is_there = || place.join("modules.json").is_file();
    if place.exists() && !is_there() {
        fs::remove_dir_all(place).map_err(Problem::disk("replace", place))?;
    }
    fs::rename(model, place)
        .or_else(|error| if is_there() { Ok(()) } else { Err(error) })
        .map_err(Problem::disk("write", place))
}
