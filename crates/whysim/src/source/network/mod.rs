//! Getting models from servers.
//!
//! The hub is spoken to directly: two kinds of requests, list a revision's files and get a file, on
//! the same client and the same resumable download that the published checkpoints need anyway.

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
