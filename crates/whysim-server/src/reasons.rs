//! Explanations and the like: on threads of their own, so that embeddings never wait for them, one
//! at a time for each thread, and stopped when nobody waits for them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use rayon::ThreadPool;
use tokio::sync::{Semaphore, oneshot};
use whysim::Progress;

use crate::failure::Failure;
use crate::pool::guarded;

/// The pool.
pub struct Reasons {
    pool: Arc<ThreadPool>,
    slots: Arc<Semaphore>,
    queued: AtomicUsize,
    limit: usize,
    workers: usize,
    /// Milliseconds that one took, of late.
    pace: AtomicU64,
}

/// Work that can be stopped from outside.
#[derive(Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Progress for Cancel {
    fn stopped(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Stops the work when the one who waits for it is gone.
struct Waiting(Cancel);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::Relaxed);
    }
}

/// One of those that wait or work.
struct Place<'a>(&'a AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Reasons {
    /// workers: how many run at a time. limit: how many wait or run at most.
    pub fn new(pool: Arc<ThreadPool>, workers: usize, limit: usize) -> Self {
        Self {
            pool,
            slots: Arc::new(Semaphore::new(workers)),
            queued: AtomicUsize::new(0),
            limit,
            workers,
            pace: AtomicU64::new(0),
        }
    }

    /// How many wait or run.
    pub fn queued(&self) -> usize {
        self.queued.load(Ordering::Relaxed)
    }

    /// Runs `work`, which is to ask its [`Cancel`] whether to go on.
    ///
    /// # Errors
    /// If too many wait, or the work fails.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Cancel) -> whysim::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let before = self.queued.fetch_add(1, Ordering::Relaxed);
        let _place = Place(&self.queued);
        if before >= self.limit {
            let wait = self.pace.load(Ordering::Relaxed) * before as u64 / self.workers as u64 / 1000;
            return Err(Failure::busy(wait.clamp(1, 60)));
        }
        let closed = |_| Failure::fault("the server is closed");
        let slot = Arc::clone(&self.slots).acquire_owned().await.map_err(closed)?;
        let waiting = Waiting(Cancel::default());
        let cancel = waiting.0.clone();
        let (answer, answered) = oneshot::channel();
        let began = Instant::now();
        let pool = Arc::clone(&self.pool);
        // Not on a thread of the pool itself, which would keep others' pieces waiting for it.
        tokio::task::spawn_blocking(move || {
            let _ = answer.send(guarded(&pool, || work(&cancel)));
            // Not before: work that is stopped takes a moment to notice.
            drop(slot);
        });
        let lost = |_| Failure::fault("the work ended without an answer: please report this");
        let done = answered.await.map_err(lost)?;
        self.pace.store(began.elapsed().as_millis() as u64 + 1, Ordering::Relaxed);
        done
    }
}
