//! Requests by several threads, each sent again while its failure may pass, and halved while it is
//! too large.
//!
//! The threads talk to the server alone; the calling thread talks to the caller's
//! [`Progress`](crate::Progress). So it can stop at once, whatever the server does: a request that
//! is under way then is left to end by itself.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::answer::Asked;
use super::batches::Batches;
use super::cache::Cache;
use super::client::Client;
use super::options::Options;
use super::problem::Problem;
use super::wait::Backoff;
use crate::error::{Error, Result};
use crate::progress::{Part, Progress};

/// How often the calling thread asks whether to stop, and sleeping threads whether to wake.
const BEAT: Duration = Duration::from_millis(10);
/// How long the answers to other requests are waited for after a failure, to keep them.
const LAST_ANSWERS: Duration = Duration::from_secs(5);

/// What the threads share.
pub(super) struct Work {
    client: Arc<Client>,
    cache: Option<Arc<Cache>>,
    asked: Vec<Asked>,
    batches: Mutex<Batches>,
    options: Options,
    /// No request is sent before: the server asked for a pause.
    gate: Mutex<Instant>,
    stop: AtomicBool,
    /// Whether the caller knows that the cache cannot be written.
    warned: AtomicBool,
}

/// What a thread tells.
enum Event {
    Done(Range<usize>, Vec<Vec<f32>>),
    Note(String),
    Failed(Problem, Range<usize>),
}

impl Work {
    pub(super) fn new(
        client: Arc<Client>,
        cache: Option<Arc<Cache>>,
        asked: Vec<Asked>,
        options: &Options,
    ) -> Arc<Self> {
        let batches = Batches::new(asked.iter().map(|one| one.text.chars().count()), options.batch, options.characters);
        Arc::new(Self {
            client,
            cache,
            asked,
            batches: Mutex::new(batches),
            options: options.clone(),
            gate: Mutex::new(Instant::now()),
            stop: AtomicBool::new(false),
            warned: AtomicBool::new(false),
        })
    }

    /// The vectors of all texts. `done` hears of every text that is done. -> `[B, D]`.
    pub(super) fn run(
        self: &Arc<Self>,
        progress: &dyn Progress,
        part: &Part,
        done: impl Fn(usize),
    ) -> Result<Vec<Vec<f32>>> {
        let threads = self.options.concurrency.min(self.asked.len());
        let (tell, events) = channel();
        for thread in 0..threads {
            let (work, tell) = (self.clone(), tell.clone());
            std::thread::spawn(move || work.thread(thread, &tell));
        }
        drop(tell);
        let listened = self.listen(&events, progress, part, done);
        self.stop.store(true, Ordering::Relaxed);
        listened
    }

    /// Follows the threads until all are done, or there is nothing more to wait for.
    fn listen(
        &self,
        events: &Receiver<Event>,
        progress: &dyn Progress,
        part: &Part,
        done: impl Fn(usize),
    ) -> Result<Vec<Vec<f32>>> {
        let mut vectors = vec![Vec::new(); self.asked.len()];
        let mut failed: Option<(Error, Instant)> = None;
        loop {
            part.check()?;
            match events.recv_timeout(BEAT) {
                Ok(Event::Done(range, found)) => {
                    range.clone().for_each(&done);
                    vectors[range].iter_mut().zip(found).for_each(|(place, vector)| *place = vector);
                }
                Ok(Event::Note(note)) => progress.note(&note),
                Ok(Event::Failed(problem, range)) => {
                    self.stop.store(true, Ordering::Relaxed);
                    failed.get_or_insert_with(|| (self.error(&problem, range), Instant::now()));
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if failed.as_ref().is_some_and(|(_, since)| since.elapsed() > LAST_ANSWERS) {
                break;
            }
        }
        match failed {
            Some((error, _)) => Err(error),
            None if vectors.iter().any(Vec::is_empty) => {
                Err(self.client.error(&Problem::Answer("a thread died".to_owned())))
            }
            None => Ok(vectors),
        }
    }

    /// The error of a batch; that of a single text names it.
    fn error(&self, problem: &Problem, range: Range<usize>) -> Error {
        match (problem, self.client.error(problem)) {
            (Problem::TooLarge(_), Error::Endpoint { endpoint, problem }) => {
                let number = self.asked[range.start].number;
                Error::Endpoint { endpoint, problem: format!("text number {number}: {problem}") }
            }
            (_, error) => error,
        }
    }

    fn thread(&self, thread: usize, tell: &Sender<Event>) {
        let mut backoff = Backoff::new(self.options.seed, thread, self.options.pause);
        // Nobody listens any more after a stop.
        let tell = |event| drop(tell.send(event));
        while let Some(range) = self.next() {
            match self.persist(&range, &mut backoff, &tell) {
                Ok(vectors) => {
                    self.keep(&range, &vectors, &tell);
                    tell(Event::Done(range, vectors));
                }
                Err(Problem::TooLarge(_)) if range.len() > 1 => {
                    if let Some(most) = held(&self.batches).halve(range) {
                        tell(Event::Note(format!(
                            "{}: a request was too large; going on with {most} texts or fewer",
                            self.client.shown()
                        )));
                    }
                }
                Err(problem) => return tell(Event::Failed(problem, range)),
            }
        }
    }

    /// Puts vectors into the cache. One that cannot be written is told of once.
    fn keep(&self, range: &Range<usize>, vectors: &[Vec<f32>], tell: &impl Fn(Event)) {
        let Some(cache) = &self.cache else { return };
        if let Err(error) = cache.put(&self.asked[range.clone()], vectors)
            && !self.warned.swap(true, Ordering::Relaxed)
        {
            tell(Event::Note(format!("{error}; these vectors are not kept")));
        }
    }

    fn next(&self) -> Option<Range<usize>> {
        if self.stops() { None } else { held(&self.batches).next() }
    }

    /// Sends a request until it succeeds or there is no hope.
    fn persist(
        &self,
        range: &Range<usize>,
        backoff: &mut Backoff,
        tell: &impl Fn(Event),
    ) -> Result<Vec<Vec<f32>>, Problem> {
        let mut failures = 0;
        loop {
            self.wait_for_gate()?;
            let problem = match self.client.ask(&self.asked[range.clone()]) {
                Ok(vectors) => return Ok(vectors),
                Err(problem) => problem,
            };
            let longest = self.options.longest_wait;
            let is_bearable = problem.wait().is_none_or(|wait| wait <= longest);
            if failures >= self.options.retries || !problem.is_passing(self.client.answered()) || !is_bearable {
                return Err(problem);
            }
            failures += 1;
            let wait = problem.wait().unwrap_or_default().max(backoff.after(failures));
            tell(Event::Note(format!(
                "{}: {}; trying again in {:.1} s ({failures} of {})",
                self.client.shown(),
                problem.cause(),
                wait.as_secs_f64(),
                self.options.retries
            )));
            let until = Instant::now() + wait;
            match problem.wait() {
                // It is meant for all requests.
                Some(_) => {
                    let mut gate = held(&self.gate);
                    *gate = until.max(*gate);
                }
                None => self.sleep_until(until)?,
            }
        }
    }

    fn wait_for_gate(&self) -> Result<(), Problem> {
        let until = *held(&self.gate);
        self.sleep_until(until)
    }

    fn sleep_until(&self, until: Instant) -> Result<(), Problem> {
        loop {
            if self.stops() {
                return Err(Problem::Stopped);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            std::thread::sleep(left.min(BEAT));
        }
    }

    fn stops(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// The value, also after a panic in another thread: it is whole between any two statements.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
