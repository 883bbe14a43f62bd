//! Embeddings and their reasons over HTTP, with a page.
//!
//! ```text
//! request -> watched (key, time limit, log) -> routes -> batching -> embeddings
//!                                                     -> reasons  -> explanations (cache)
//! ```
//!
//! Embeddings go through one queue for each model, whose batches make themselves
//! (`batching.rs`); everything that decomposes texts runs on a pool of its own (`reasons.rs`), and
//! stops when its time is over or its client is gone.

mod api;
mod app;
mod batching;
mod body;
mod cache;
mod failure;
mod fields;
mod keys;
mod logs;
mod memory;
mod method;
mod metrics;
mod models;
mod page;
mod pool;
mod reasons;
mod routes;
mod serving;
mod settings;
mod values;
mod watched;

use std::num::NonZeroUsize;

pub use settings::{Limits, LogFormat, Logs, Settings};

/// Loads the models, and serves them until SIGTERM or Ctrl-C. threads: for embeddings; as many as
/// there are cores where it is none.
///
/// # Errors
/// If a model cannot be loaded, or the address is not free.
pub fn run(settings: &Settings, threads: Option<NonZeroUsize>) -> anyhow::Result<()> {
    memory::keep();
    logs::start(&settings.logs);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let served = runtime.block_on(serving::serve(settings, threads));
    // Work that nobody waits for any more must not keep the program from ending.
    runtime.shutdown_background();
    served
}
