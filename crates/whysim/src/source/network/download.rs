//! Downloads a file and resumes where a broken download left off.
//!
//! The partial file is named after its contents (the server's ETag or another identifier), so that
//! nothing is ever appended to a part of something else.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::http::{Client, Head, Reply};
use super::problem::Problem;
use crate::progress::{Counted, Part};
use crate::source::Fetch;

/// What to do once the server has said what the file is.
pub(super) enum Plan {
    /// Nothing: the contents are here already.
    Have,
    /// Append to this partial file.
    Write(PathBuf),
    /// Write this partial file from the start: nothing shows that what is there belongs to the same
    /// contents.
    Anew(PathBuf),
}

/// Downloads `url`, which the user sees as `name`. `plan` chooses the target from the response's
/// head. Returns the head once the partial file is complete. Broken connections are resumed.
pub(super) fn download(
    client: &Client,
    url: &str,
    name: &str,
    options: &Fetch,
    plan: &mut dyn FnMut(&Head) -> Result<Plan, Problem>,
) -> Result<Head, Problem> {
    retrying(options, || once(client, url, name, options, plan))
}

/// Retries temporary failures as often as the settings allow.
pub(super) fn retrying<T>(options: &Fetch, mut action: impl FnMut() -> Result<T, Problem>) -> Result<T, Problem> {
    let mut attempt = 0;
    loop {
        match action() {
            // A server that answered a moment ago will probably be back soon.
            Err(problem)
                if attempt < options.settings.retries
                    && (problem.is_passing() || (attempt > 0 && matches!(problem, Problem::Unreachable { .. }))) =>
            {
                // Quickly at first, in case the connection broke by chance; then more slowly, for a server
                // in trouble.
                std::thread::sleep(Duration::from_millis(250 << attempt.min(6)));
                attempt += 1;
            }
            done => return done,
        }
    }
}

fn once(
    client: &Client,
    url: &str,
    name: &str,
    options: &Fetch,
    plan: &mut dyn FnMut(&Head) -> Result<Plan, Problem>,
) -> Result<Head, Problem> {
    let mut reply = client.get(url, 0)?;
    let head = reply.head.clone();
    let (part, mut have) = match plan(&head)? {
        Plan::Have => return Ok(head),
        Plan::Write(part) => {
            let have = part.metadata().map_or(0, |about| about.len());
            (part, have)
        }
        Plan::Anew(part) => (part, 0),
    };
    if head.bytes.is_none_or(|bytes| have > bytes) {
        have = 0;
    }
    if have > 0 && Some(have) == head.bytes {
        return Ok(head);
    }
    if have > 0 {
        drop(reply);
        reply = client.get(url, have)?;
        if !reply.head.is_same(&head) || !(reply.head.start == have || reply.head.start == 0) {
            return Err(reply.changed());
        }
        have = reply.head.start;
    }
    let progress = Part::begin(options.progress.unwrap_or(&()), name, head.bytes, Counted::Bytes);
    progress.advance(have);
    append(&mut reply, &part, have, head.bytes, &progress)?;
    Ok(head)
}

/// Writes the response to the partial file from byte `have` on, where the response starts.
fn append(reply: &mut Reply, part: &Path, have: u64, all: Option<u64>, progress: &Part) -> Result<(), Problem> {
    let write = || Problem::disk("write", part);
    let mut file = File::options().create(true).write(true).truncate(false).open(part).map_err(write())?;
    file.set_len(have).and_then(|()| file.seek(SeekFrom::Start(have))).map_err(write())?;
    let mut buffer = vec![0; 128 << 10];
    let mut have = have;
    loop {
        let count = reply.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        file.write_all(&buffer[..count]).map_err(write())?;
        have += count as u64;
        progress.advance(count as u64);
        progress.check().map_err(|_| Problem::Stopped)?;
    }
    match all {
        Some(all) if have < all => Err(reply.ended_early()),
        Some(all) if have > all => {
            remove(part);
            Err(Problem::Corrupt(format!("received {have} of {all} bytes")))
        }
        // On disk before it gets its name: a machine that stops then must not leave a name without
        // contents.
        _ => file.sync_all().map_err(write()),
    }
}

/// Removes a useless file. It does no harm if that fails: nothing takes the file for complete.
pub(super) fn remove(path: &Path) {
    let _ = std::fs::remove_file(path);
}
