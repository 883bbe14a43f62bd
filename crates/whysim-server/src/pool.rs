//! Threads for work that takes long.

use std::sync::Arc;

use anyhow::Context;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::failure::Failure;

/// The priority of a pool's threads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Priority {
    /// As other threads.
    Normal,
    /// They get what others leave.
    Low,
}

/// A pool of threads.
///
/// # Errors
/// If the system gives none.
pub fn pool(name: &'static str, threads: usize, priority: Priority) -> anyhow::Result<Arc<ThreadPool>> {
    let named = move |i| format!("{name}-{i}");
    let start = move |_| {
        if priority == Priority::Low {
            yield_to_others();
        }
    };
    let pool = ThreadPoolBuilder::new().num_threads(threads).thread_name(named).start_handler(start).build();
    Ok(Arc::new(pool.context("cannot start the threads")?))
}

/// How much lower the priority is: while embeddings take all they can, a thread that explains gets
/// about a quarter of a core, which is enough to come to an end.
#[cfg(target_os = "linux")]
const YIELDING: i32 = 5;

/// Lowers this thread's priority, so that a core goes to embeddings while there are any: on Linux
/// niceness belongs to threads. Elsewhere both share the cores.
fn yield_to_others() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(YIELDING) {
        tracing::warn!(%error, "explanations run with the priority of embeddings");
    }
}

/// Runs work on a pool; a panic is a failure of that work alone.
pub fn guarded<T: Send>(pool: &ThreadPool, work: impl FnOnce() -> whysim::Result<T> + Send) -> Result<T, Failure> {
    let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| pool.install(work)));
    match done {
        Ok(done) => done.map_err(Failure::from),
        Err(_) => Err(Failure::bug()),
    }
}
