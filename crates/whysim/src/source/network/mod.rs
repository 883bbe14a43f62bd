//! Fetches models from servers.
//!
//! The hub needs only two kinds of requests: list a revision's files, and get a file. Both use the
//! client and the resumable download that the published checkpoints need anyway.

mod checkpoint;
mod download;
mod http;
mod hub;
mod lock;
mod problem;
mod unpack;

pub(super) use checkpoint::published;
pub(super) use hub::hub;

fn note(options: &super::Fetch, message: &str) {
    if let Some(progress) = options.progress {
        progress.note(message);
    }
}
