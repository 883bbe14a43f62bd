//! Downloads a hub model into the cache.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::download::{Plan, download, remove, retrying};
use super::http::{Client, Head};
use super::problem::{Advice, Problem};
use super::{lock, note};
use crate::encoder::{is_supported, supported};
use crate::source::hub_cache::{Repo, is_commit};
use crate::source::name::HubId;
use crate::source::{Fetch, layout};

/// The folder of a hub model. The hub is asked for the revision's commit, unless the revision is a
/// commit that is already complete here. If the hub cannot tell, the last complete copy is used, as
/// in Python.
pub(in crate::source) fn hub(id: &HubId, options: &Fetch) -> Result<PathBuf, String> {
    let repo = Repo::new(&options.settings.hub_cache, &id.repo);
    let cached = || repo.whole(&id.revision);
    if is_commit(&id.revision)
        && let Some(folder) = cached()
    {
        return Ok(folder);
    }
    if options.settings.offline {
        return cached().ok_or_else(|| {
            format!(
                "it is not (wholly) in the cache {}, and HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE forbids downloading it",
                options.settings.hub_cache.display()
            )
        });
    }
    let problem = match Download::new(id, options, &repo).run() {
        Ok(folder) => return Ok(folder),
        Err(problem) => problem,
    };
    let advice = Advice { has_token: options.settings.token.is_some(), bare: id.bare };
    let has_other = !problem.is_no_revision() && !matches!(problem, Problem::Disk(_) | Problem::Stopped { .. });
    let message = problem.of_hub(&id.repo, &id.revision, &advice);
    match cached().filter(|_| has_other) {
        Some(folder) => {
            note(options, &format!("{message}. Using the copy in the cache"));
            Ok(folder)
        }
        None => Err(message),
    }
}

/// One model being downloaded.
struct Download<'a> {
    id: &'a HubId,
    options: &'a Fetch<'a>,
    repo: &'a Repo,
    client: Client,
}

/// The hub's response for a revision.
#[derive(Deserialize)]
struct Listing {
    sha: String,
    #[serde(default)]
    siblings: Vec<Sibling>,
}

#[derive(Deserialize)]
struct Sibling {
    rfilename: String,
}

impl<'a> Download<'a> {
    fn new(id: &'a HubId, options: &'a Fetch<'a>, repo: &'a Repo) -> Self {
        Self { id, options, repo, client: Client::new(&options.settings, &options.settings.endpoint) }
    }

    /// Fetches what is missing. The reference is written last, so that it never points to an
    /// incomplete model.
    fn run(&self) -> Result<PathBuf, Problem> {
        let (commit, all) = self.list()?;
        let snapshot = self.repo.snapshot(&commit);
        let fetch = |file: &str| self.file(&commit, file, &snapshot.join(file));
        let read = |file: &str| {
            let path = snapshot.join(file);
            std::fs::read_to_string(&path).map_err(Problem::disk("read", &path))
        };
        let json = match all.contains(layout::MODULES) {
            true => fetch(layout::MODULES).and_then(|()| read(layout::MODULES)).map(Some)?,
            false => None,
        };
        let modules = layout::modules(json.as_deref()).map_err(|why| self.unusable(&why))?;
        for file in layout::needed(&all, &modules).map_err(|why| self.unusable(&why))? {
            fetch(&file)?;
            if file.ends_with("config.json") {
                self.check_kind(&snapshot)?;
            }
            if layout::is_index(&file) {
                for shard in layout::shards(&file, &read(&file)?).map_err(|why| self.unusable(&why))? {
                    fetch(&shard)?;
                }
            }
        }
        self.write_reference(&commit)?;
        Ok(snapshot)
    }

    /// Rejects unsupported kinds of models before the weights, which come last and may be many
    /// gigabytes.
    fn check_kind(&self, snapshot: &Path) -> Result<(), Problem> {
        match layout::model_type(snapshot) {
            Some(kind) if !is_supported(&kind) => Err(self.unusable(&format!(
                "its model_type is `{kind}`; supported: {}. Its weights were not downloaded",
                supported().map(|(name, _)| name).collect::<Vec<_>>().join(", ")
            ))),
            _ => Ok(()),
        }
    }

    fn unusable(&self, why: &str) -> Problem {
        Problem::Unusable(format!("{} on the hub is not a usable model: {why}", self.id.repo))
    }

    /// The revision's commit, and its files.
    fn list(&self) -> Result<(String, BTreeSet<String>), Problem> {
        let endpoint = &self.options.settings.endpoint;
        let url = format!("{endpoint}/api/models/{}/revision/{}", self.id.repo, self.id.revision.replace('/', "%2F"));
        let listing: Listing =
            serde_json::from_str(&retrying(self.options, || self.client.text(&url))?).map_err(|error| {
                Problem::Unusable(format!("{url}: this is not a hub's response ({error}); is HF_ENDPOINT right?"))
            })?;
        let is_name = !listing.sha.is_empty() && listing.sha.bytes().all(|b| b.is_ascii_alphanumeric());
        match is_name {
            true => Ok((listing.sha, listing.siblings.into_iter().map(|file| file.rfilename).collect())),
            false => Err(Problem::Unusable(format!("{url}: `{}` is no commit", listing.sha))),
        }
    }

    /// Fetches a file into its blob, and links it into the snapshot.
    fn file(&self, commit: &str, file: &str, link: &Path) -> Result<(), Problem> {
        if link.is_file() {
            return Ok(());
        }
        let url = format!("{}/{}/resolve/{commit}/{}", self.options.settings.endpoint, self.id.repo, escaped(file));
        let blobs = self.repo.folder.join("blobs");
        std::fs::create_dir_all(&blobs).map_err(Problem::disk("create", &blobs))?;
        let (mut held, mut blob) = (None, PathBuf::new());
        // Unlike Python's name: its parallel downloads may leave holes in its files.
        let part = |blob: &Path| beside(blob, "whysim.incomplete");
        let head = download(&self.client, &url, file, self.options, &mut |head| {
            let etag = blob_name(head, &url)?;
            blob = blobs.join(etag);
            if held.is_none() {
                held = Some(lock::take(&self.lock(etag), file, self.options)?);
            }
            Ok(if blob.is_file() { Plan::Have } else { Plan::Write(part(&blob)) })
        })?;
        if !blob.is_file() {
            let part = part(&blob);
            verify(&part, &head, file)?;
            std::fs::rename(&part, &blob).map_err(Problem::disk("write", &blob))?;
        }
        place(&blob, link, file)
    }

    /// Python's lock file for the same blob.
    fn lock(&self, etag: &str) -> PathBuf {
        let repo = self.repo.folder.file_name().unwrap_or_default();
        self.options.settings.hub_cache.join(".locks").join(repo).join(format!("{etag}.lock"))
    }

    fn write_reference(&self, commit: &str) -> Result<(), Problem> {
        if self.id.revision == commit {
            return Ok(());
        }
        let path = self.repo.reference(&self.id.revision);
        // A cache may be readable only.
        if std::fs::read_to_string(&path).is_ok_and(|known| known.trim() == commit) {
            return Ok(());
        }
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(Problem::disk("create", folder))?;
        }
        let new = beside(&path, &unique());
        let done = std::fs::write(&new, commit).and_then(|()| std::fs::rename(&new, &path));
        done.map_err(Problem::disk("write", &path))
    }
}

/// The ETag as a file name. It comes from a server and must not become a path elsewhere.
fn blob_name<'h>(head: &'h Head, url: &str) -> Result<&'h str, Problem> {
    let etag = head.etag.as_deref().unwrap_or_default();
    let is_name =
        (1..=128).contains(&etag.len()) && etag.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    is_name.then_some(etag).ok_or_else(|| {
        Problem::Unusable(format!(
            "{url}: the server does not name the file's contents (ETag `{etag}`); is HF_ENDPOINT right?"
        ))
    })
}

/// Large files are named by their SHA-256, which verifies the download.
fn verify(part: &Path, head: &Head, file: &str) -> Result<(), Problem> {
    let Some(expected) = head.etag.as_deref().filter(|etag| etag.len() == 64) else { return Ok(()) };
    let mut hasher = Sha256::new();
    let mut open = std::fs::File::open(part).map_err(Problem::disk("read", part))?;
    let mut buffer = vec![0; 128 << 10];
    loop {
        match open.read(&mut buffer).map_err(Problem::disk("read", part))? {
            0 => break,
            count => hasher.update(&buffer[..count]),
        }
    }
    let mut got = String::new();
    for byte in hasher.finalize() {
        let _ = write!(got, "{byte:02x}");
    }
    if got.eq_ignore_ascii_case(expected) {
        return Ok(());
    }
    remove(part);
    Err(Problem::Corrupt(format!("{file} was received with SHA-256 {got}; the hub's is {expected}")))
}

/// Links a blob into a snapshot: a relative symbolic link, as in Python, or, if the system lacks or
/// forbids those, a hard link or a copy.
fn place(blob: &Path, link: &Path, file: &str) -> Result<(), Problem> {
    let folder = link.parent().unwrap_or(link);
    std::fs::create_dir_all(folder).map_err(Problem::disk("create", folder))?;
    // Create it under another name first: a link to a deleted blob, or another process, may be in
    // the way.
    let new = beside(link, &unique());
    remove(&new);
    let up = "../".repeat(file.split('/').count() + 1);
    let target = Path::new(&up).join("blobs").join(blob.file_name().unwrap_or_default());
    let made = symlink(&target, &new)
        .or_else(|_| std::fs::hard_link(blob, &new))
        .or_else(|_| std::fs::copy(blob, &new).map(drop))
        .and_then(|()| std::fs::rename(&new, link));
    made.map_err(Problem::disk("write", link))
}

/// Maps `file` to `file.ending`.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

/// An ending that no other process or thread uses.
fn unique() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("{}-{}.new", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

#[cfg(unix)]
fn symlink(target: &Path, link: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

#[cfg(not(unix))]
fn symlink(_: &Path, _: &Path) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

/// Escapes a file's path for a URL.
fn escaped(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => out.push(byte.into()),
            other => {
                let _ = write!(out, "%{other:02X}");
            }
        }
    }
    out
}
