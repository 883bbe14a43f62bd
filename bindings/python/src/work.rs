//! Work without Python's lock: it runs on the pool's threads, while the thread that called looks
//! on, shows progress, and answers Ctrl-C.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use whysim::Progress;
use whysim::progress::Counted;

use crate::error::raise;
use crate::threads;

/// How often Python is asked for signals, and told of progress.
const PAUSE: Duration = Duration::from_millis(50);

/// What the work says of itself, for whoever looks on.
#[derive(Default)]
pub struct Work {
    stopped: AtomicBool,
    events: Mutex<Vec<Event>>,
}

/// Something to show.
enum Event {
    /// A part begins: its name, its size if it is known, and what it is counted in.
    Begin(String, Option<u64>, &'static str),
    Advance(u64),
    Note(String),
    /// How good the work is so far.
    Status(String),
}

impl Work {
    fn push(&self, event: Event) {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        match (events.last_mut(), event) {
            (Some(Event::Advance(so_far)), Event::Advance(more)) => *so_far += more,
            (_, event) => events.push(event),
        }
    }

    /// Tells Python what has happened since it was told last.
    fn tell(&self, py: Python<'_>, listener: Option<&Py<PyAny>>) -> PyResult<()> {
        let events = std::mem::take(&mut *self.events.lock().unwrap_or_else(PoisonError::into_inner));
        let Some(listener) = listener else { return Ok(()) };
        for event in events {
            match event {
                Event::Begin(name, total, unit) => listener.call_method1(py, "begin", (name, total, unit))?,
                Event::Advance(steps) => listener.call_method1(py, "advance", (steps,))?,
                Event::Status(text) => listener.call_method1(py, "status", (text,))?,
                Event::Note(text) => listener.call_method1(py, "note", (text,))?,
            };
        }
        Ok(())
    }

    /// Waits for the result, and for a reason to stop. What Python raises ends the work; it is
    /// raised when the work has ended.
    fn look_on<R>(&self, result: &Receiver<R>, listener: Option<&Py<PyAny>>) -> (Option<R>, Option<PyErr>) {
        let mut failure = None;
        let result = loop {
            match result.recv_timeout(PAUSE) {
                Ok(result) => break Some(result),
                // Only a panic leaves no result; the scope goes on with it.
                Err(RecvTimeoutError::Disconnected) => break None,
                Err(RecvTimeoutError::Timeout) => {}
            }
            let asked = Python::attach(|py| self.tell(py, listener).and_then(|()| py.check_signals()));
            if let Err(error) = asked {
                self.stopped.store(true, Ordering::Relaxed);
                failure.get_or_insert(error);
            }
        };
        (result, failure)
    }
}

impl Progress for Work {
    fn begin(&self, part: &str, size: Option<u64>, counted: Counted) {
        let unit = match counted {
            Counted::Steps => "it",
            Counted::Bytes => "B",
        };
        self.push(Event::Begin(part.to_owned(), size, unit));
    }

    fn advance(&self, done: u64) {
        self.push(Event::Advance(done));
    }

    fn status(&self, text: &str) {
        self.push(Event::Status(text.to_owned()));
    }

    fn note(&self, message: &str) {
        self.push(Event::Note(message.to_owned()));
    }

    fn stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}

/// Does `work` on the pool without Python's lock. `listener`: an object with `begin`, `advance` and
/// `note`, told of progress.
pub fn attend<R: Send>(
    py: Python<'_>,
    listener: Option<&Py<PyAny>>,
    work: impl FnOnce(&Work) -> whysim::Result<R> + Send,
) -> PyResult<R> {
    let pool = threads::pool(py)?;
    let told = Work::default();
    let (result, failure) = py.detach(|| {
        let (sender, receiver) = channel();
        pool.in_place_scope(|scope| {
            let told = &told;
            scope.spawn(move |_| {
                // The receiver waits until this is sent.
                let _ = sender.send(work(told));
            });
            told.look_on(&receiver, listener)
        })
    });
    match (result, failure) {
        (Some(Err(error)), Some(failure)) => {
            failure.set_cause(py, Some(raise(error)));
            Err(failure)
        }
        (_, Some(failure)) => Err(failure),
        (Some(result), None) => {
            told.tell(py, listener)?;
            result.map_err(raise)
        }
        (None, None) => Err(PyRuntimeError::new_err("the work ended without a result")),
    }
}
