//! Progress and cancellation of long work.

use whysim_core::parallel;

use crate::error::{Error, Result};

/// What the size of a piece of work is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Texts, pairs, training steps.
    Steps,
    /// Bytes of a file.
    Bytes,
}

/// Follows long work and can stop it. Called from whatever thread does the work; `()` ignores
/// everything.
///
/// The library draws nothing itself.
pub trait Progress: Sync {
    /// A part of the work begins: its name and, where it is known, its size. A download that
    /// continues after a broken connection begins again, with an [`advance`](Self::advance) over
    /// what is there already.
    fn begin(&self, part: &str, size: Option<u64>, counted: Counted) {
        let _ = (part, size, counted);
    }

    /// This much more is done.
    fn advance(&self, done: u64) {
        let _ = done;
    }

    /// How well the part is going, such as `loss 0.0123`.
    fn status(&self, text: &str) {
        let _ = text;
    }

    /// The part that began last is over, whether it succeeded or not.
    fn end(&self) {}

    /// Something worth knowing that is no error, such as that a cached copy is used because the hub
    /// cannot be reached.
    fn note(&self, message: &str) {
        let _ = message;
    }

    /// Whether to stop. Asked at every step, and at every piece of a download.
    fn stopped(&self) -> bool {
        false
    }
}

impl Progress for () {}

/// One piece of a work that is counted in whole pieces: it can be stopped, and says nothing of how
/// far it is inside.
pub(crate) struct Piece<'a>(pub &'a dyn Progress);

impl Progress for Piece<'_> {
    fn note(&self, message: &str) {
        self.0.note(message);
    }

    fn stopped(&self) -> bool {
        self.0.stopped()
    }
}

/// # Errors
/// [`Error::Interrupted`] when the work is to stop.
pub(crate) fn go_on(progress: &dyn Progress) -> Result<()> {
    if progress.stopped() { Err(Error::Interrupted) } else { Ok(()) }
}

/// A part of the work; it ends when this is dropped, so that every beginning has its end.
pub(crate) struct Part<'a>(&'a dyn Progress);

impl<'a> Part<'a> {
    pub(crate) fn begin(progress: &'a dyn Progress, name: &str, size: Option<u64>, counted: Counted) -> Self {
        progress.begin(name, size, counted);
        Self(progress)
    }

    /// A part of this many steps.
    pub(crate) fn of_steps(progress: &'a dyn Progress, name: &str, steps: usize) -> Self {
        Self::begin(progress, name, Some(steps as u64), Counted::Steps)
    }

    pub(crate) fn advance(&self, done: u64) {
        if done > 0 {
            self.0.advance(done);
        }
    }

    /// # Errors
    /// [`Error::Interrupted`] when the work is to stop.
    pub(crate) fn check(&self) -> Result<()> {
        go_on(self.0)
    }
}

impl Drop for Part<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// Calls `step` for every item, in order; with items for all threads, each thread takes one at a
/// time.
pub(crate) fn steps<T: Sync, R: Send>(
    progress: &dyn Progress,
    name: &str,
    items: impl IntoIterator<Item = T>,
    step: impl Fn(&T) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let items: Vec<T> = items.into_iter().collect();
    let part = Part::of_steps(progress, name, items.len());
    parallel::try_map(items.len(), |i| {
        part.check()?;
        let done = step(&items[i])?;
        part.advance(1);
        Ok(done)
    })
}
