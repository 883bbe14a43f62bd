//! Embeddings in batches that make themselves: whenever the model is free it takes what waits.
//!
//! No request waits for others to come. A request of many texts is cut into pieces of one batch, of
//! which one waits at a time, so that short requests pass between them.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use rayon::ThreadPool;
use tokio::sync::oneshot;
use whysim::text::Tokens;
use whysim::{Encoder, Progress};

use crate::failure::Failure;
use crate::metrics::Metrics;
use crate::pool::guarded;
use crate::settings::Limits;

/// Tokens of a batch: enough to keep all threads busy, few enough to wait for.
const BATCH: usize = 4096;

/// Texts that are embedded together, with the number of their tokens.
struct Piece {
    texts: Vec<Tokens>,
    prompt: Option<String>,
    tokens: usize,
    answer: oneshot::Sender<Result<Vec<Vec<f32>>, Failure>>,
}

/// The queue of one model.
pub struct Batcher {
    queue: Arc<Queue>,
    limit: usize,
    patience: u64,
}

#[derive(Default)]
struct Queue {
    waiting: Mutex<VecDeque<Piece>>,
    arrived: Condvar,
    /// Tokens of all requests that were let in and are not answered.
    tokens: AtomicUsize,
    /// Tokens a second, of late.
    pace: AtomicU64,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, VecDeque<Piece>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for pieces, and takes those of one prompt that make up a batch.
    fn take(&self) -> Vec<Piece> {
        let mut waiting = self.lock();
        loop {
            waiting.retain(|piece| !piece.answer.is_closed());
            let Some(first) = waiting.pop_front() else {
                waiting = self.arrived.wait(waiting).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let mut tokens = first.tokens;
            let mut batch = vec![first];
            let mut others = VecDeque::with_capacity(waiting.len());
            for piece in waiting.drain(..) {
                if piece.prompt == batch[0].prompt && tokens + piece.tokens <= BATCH {
                    tokens += piece.tokens;
                    batch.push(piece);
                } else {
                    others.push_back(piece);
                }
            }
            *waiting = others;
            return batch;
        }
    }
}

/// Tokens that were let in; they leave with it.
struct Ticket<'a>(&'a Queue, usize);

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        self.0.tokens.fetch_sub(self.1, Ordering::Relaxed);
    }
}

impl Batcher {
    /// Starts the thread that embeds, on the threads of `pool`. Let in are at most
    /// `max_queued_tokens`, and no more than can be embedded within the `timeout`.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(
        encoder: Arc<Encoder>,
        pool: Arc<ThreadPool>,
        metrics: Arc<Metrics>,
        limits: &Limits,
    ) -> std::io::Result<Self> {
        let queue = Arc::new(Queue::default());
        let own = Arc::clone(&queue);
        std::thread::Builder::new().name("batches".into()).spawn(move || {
            loop {
                let batch = own.take();
                let began = std::time::Instant::now();
                let tokens: usize = batch.iter().map(|piece| piece.tokens).sum();
                metrics.batch(batch.iter().map(|piece| piece.texts.len()).sum(), tokens);
                if embed(&encoder, &pool, batch) {
                    let pace = tokens as f64 / began.elapsed().as_secs_f64().max(1e-6);
                    own.pace.store(pace as u64 + 1, Ordering::Relaxed);
                }
            }
        })?;
        Ok(Self { queue, limit: limits.max_queued_tokens, patience: limits.timeout })
    }

    /// The embeddings of texts that were read with the same prompt.
    ///
    /// # Errors
    /// If more waits than the limit allows, or the model fails.
    pub async fn embed(&self, texts: Vec<Tokens>, prompt: Option<String>) -> Result<Vec<Vec<f32>>, Failure> {
        let tokens: Vec<usize> = texts.iter().map(|text| text.ids.len()).collect();
        let _ticket = self.admit(tokens.iter().sum())?;
        let mut texts = texts.into_iter();
        let mut embeddings = Vec::with_capacity(tokens.len());
        for piece in pieces(&tokens) {
            let (answer, answered) = oneshot::channel();
            let piece = Piece {
                texts: texts.by_ref().take(piece.len()).collect(),
                prompt: prompt.clone(),
                tokens: piece.iter().sum(),
                answer,
            };
            self.queue.lock().push_back(piece);
            self.queue.arrived.notify_one();
            embeddings.extend(answered.await.map_err(|_| Failure::bug())??);
        }
        Ok(embeddings)
    }

    /// Tokens that were let in and are not answered.
    pub fn queued(&self) -> usize {
        self.queue.tokens.load(Ordering::Relaxed)
    }

    fn admit(&self, tokens: usize) -> Result<Ticket<'_>, Failure> {
        let before = self.queue.tokens.fetch_add(tokens, Ordering::Relaxed);
        let ticket = Ticket(&self.queue, tokens);
        let wait = match self.queue.pace.load(Ordering::Relaxed) {
            0 => 1,
            pace => before as u64 / pace,
        };
        // A request that is larger than the queue is let in when nothing else is there.
        if before > 0 && (before + tokens > self.limit || wait >= self.patience) {
            return Err(Failure::busy(wait.clamp(1, 60)));
        }
        Ok(ticket)
    }
}

/// Runs of texts that make up at most one batch each, by their tokens.
fn pieces(mut tokens: &[usize]) -> Vec<&[usize]> {
    let mut pieces = Vec::new();
    while !tokens.is_empty() {
        let mut total = 0;
        let fits = |&&count: &&usize| {
            total += count;
            total <= BATCH
        };
        let (piece, later) = tokens.split_at(tokens.iter().take_while(fits).count().max(1));
        pieces.push(piece);
        tokens = later;
    }
    pieces
}

/// Embeds a batch, and answers; whether all went well. If it did not, each piece is embedded alone,
/// so that none fails for another's sake.
fn embed(encoder: &Encoder, pool: &ThreadPool, batch: Vec<Piece>) -> bool {
    let texts: Vec<&Tokens> = batch.iter().flat_map(|piece| &piece.texts).collect();
    let watch = Watch(&batch);
    // Whoever does not listen to an answer has left.
    match guarded(pool, || encoder.embed_tokens(&texts, batch[0].prompt.as_deref(), &watch)) {
        Ok(embeddings) => {
            let mut embeddings = embeddings.into_iter();
            for piece in batch {
                let own = embeddings.by_ref().take(piece.texts.len()).collect();
                let _ = piece.answer.send(Ok(own));
            }
            return true;
        }
        Err(_) if batch.len() > 1 => batch.into_iter().for_each(|piece| {
            let _ = embed(encoder, pool, vec![piece]);
        }),
        Err(failure) => batch.into_iter().for_each(|piece| drop(piece.answer.send(Err(failure.clone())))),
    }
    false
}

/// Stops a batch that nobody waits for.
struct Watch<'a>(&'a [Piece]);

impl Progress for Watch<'_> {
    fn stopped(&self) -> bool {
        self.0.iter().all(|piece| piece.answer.is_closed())
    }
}
