//! Explanations and the like: on threads of their own, so that embeddings never wait for them, a few
//! at a time, and stopped when nobody waits for them.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use rayon::ThreadPool;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use whysim::Progress;

use crate::failure::Failure;
use crate::pool::{Priority, guarded, pool};

/// How many run at a time at most, however many threads there are.
const MOST: usize = 4;

/// The pools.
///
/// Each that runs has a pool to itself: in a common one, a thread that waits for a piece of its own
/// work takes up another's whole work meanwhile, and a short explanation takes as long as the
/// longest beside it.
pub struct Reasons {
    free: Arc<Mutex<Vec<Arc<ThreadPool>>>>,
    slots: Arc<Semaphore>,
    queued: Arc<AtomicUsize>,
    limit: usize,
    workers: usize,
    /// Milliseconds that one took, of late.
    pace: Arc<AtomicU64>,
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
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A pool that is in use. It is free again only when its work has noticed that it is to stop.
struct Turn {
    pool: Arc<ThreadPool>,
    free: Arc<Mutex<Vec<Arc<ThreadPool>>>>,
    _slot: OwnedSemaphorePermit,
    _place: Place,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&self.pool));
    }
}

impl Reasons {
    /// threads: of each that runs; as many run at a time, up to [`MOST`]. limit: how many wait or
    /// run at most.
    ///
    /// # Errors
    /// If the system gives no threads.
    pub fn new(threads: usize, limit: usize) -> anyhow::Result<Self> {
        let workers = threads.min(MOST);
        let pools = (0..workers).map(|_| pool("reason", threads, Priority::Low)).collect::<anyhow::Result<Vec<_>>>()?;
        Ok(Self {
            free: Arc::new(Mutex::new(pools)),
            slots: Arc::new(Semaphore::new(workers)),
            queued: Arc::default(),
            limit,
            workers,
            pace: Arc::default(),
        })
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
        let turn = self.turn().await?;
        let waiting = Waiting(Cancel::default());
        let cancel = waiting.0.clone();
        let pace = Arc::clone(&self.pace);
        let (answer, answered) = oneshot::channel();
        // Its end does not wait for this future, which may be dropped.
        tokio::task::spawn_blocking(move || {
            let began = Instant::now();
            let done = guarded(&turn.pool, || work(&cancel));
            pace.store(began.elapsed().as_millis() as u64 + 1, Ordering::Relaxed);
            drop(turn);
            let _ = answer.send(done);
        });
        answered.await.map_err(|_| Failure::bug())?
    }

    /// Waits for a pool.
    async fn turn(&self) -> Result<Turn, Failure> {
        let before = self.queued.fetch_add(1, Ordering::Relaxed);
        let place = Place(Arc::clone(&self.queued));
        if before >= self.limit {
            let wait = self.pace.load(Ordering::Relaxed) * before as u64 / self.workers as u64 / 1000;
            return Err(Failure::busy(wait.clamp(1, 60)));
        }
        let slot = Arc::clone(&self.slots).acquire_owned().await.map_err(|_| Failure::bug())?;
        let pool = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop().ok_or_else(Failure::bug)?;
        Ok(Turn { pool, free: Arc::clone(&self.free), _slot: slot, _place: place })
    }
}
