//! Downloads a file and resumes where a broken download left off.
//!
//! The partial file is named after its contents (the server's ETag or another identifier), so that
//! nothing is ever appended to a part of something else.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

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
                // Quickly at first, in case the connection broke by chance; then more slowly, for a
                // server in trouble.
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
    let plan = plan(&head)?;
    // What is named after its contents and has a known size can be taken up again.
    let resumable = matches!(plan, Plan::Write(_)) && head.bytes.is_some();
    let (part, mut have) = match plan {
        Plan::Have => return Ok(head),
        Plan::Write(part) => {
            let have = part.metadata().map_or(0, |about| about.len());
            (part, have)
        }
        Plan::Anew(part) => (part, 0),
    };
    check_size(name, head.bytes)?;
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
    let floor = Floor::new(options.settings.patience);
    append(&mut reply, &part, have, head.bytes, floor, &progress).map_err(|problem| {
        if !resumable {
            remove(&part);
        }
        problem.with_part(resumable)
    })?;
    Ok(head)
}

/// The most bytes of a file whose size the server does not state, and of any file.
const UNSTATED: u64 = 1 << 30;
const LARGEST: u64 = 1 << 38;

fn check_size(name: &str, bytes: Option<u64>) -> Result<(), Problem> {
    match bytes {
        Some(bytes) if bytes > LARGEST => {
            Err(Problem::Unusable(format!("the server states {bytes} bytes for {name}, more than any model has")))
        }
        _ => Ok(()),
    }
}

/// The speed that a download must keep up, measured over spans of time.
struct Floor {
    span: Duration,
    begun: Instant,
    received: u64,
}

impl Floor {
    /// Bytes a second.
    const SPEED: f64 = 1000.0;

    fn new(span: Duration) -> Self {
        Self { span, begun: Instant::now(), received: 0 }
    }

    /// Whether it is kept up with `count` more bytes.
    fn is_kept(&mut self, count: u64) -> bool {
        self.received += count;
        let passed = self.begun.elapsed();
        if passed < self.span {
            return true;
        }
        let kept = self.received as f64 >= Self::SPEED * passed.as_secs_f64();
        *self = Self::new(self.span);
        kept
    }
}

/// Writes the response to the partial file from byte `have` on, where the response starts.
fn append(
    reply: &mut Reply,
    part: &Path,
    have: u64,
    all: Option<u64>,
    mut floor: Floor,
    progress: &Part,
) -> Result<(), Problem> {
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
        let most = all.unwrap_or(UNSTATED);
        if have + count as u64 > most {
            remove(part);
            return Err(Problem::Corrupt(format!("the server sends more than the {most} bytes that there should be")));
        }
        file.write_all(&buffer[..count]).map_err(write())?;
        have += count as u64;
        progress.advance(count as u64);
        progress.check().map_err(|_| Problem::Stopped { kept: true })?;
        if !floor.is_kept(count as u64) {
            return Err(reply.broken("it is slower than 1 kB a second"));
        }
    }
    match all {
        Some(all) if have < all => Err(reply.ended_early()),
        // On disk before it gets its name: a machine that stops then must not leave a name without
        // contents.
        _ => file.sync_all().map_err(write()),
    }
}

/// Removes a useless file. It does no harm if that fails: nothing takes the file for complete.
pub(super) fn remove(path: &Path) {
    let _ = std::fs::remove_file(path);
}
