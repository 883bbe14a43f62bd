//! How long work tells that it goes on, and is told to stop.

use whysim_core::parallel;

use crate::error::{Error, Result};

/// Looks on while many texts are worked on, from whatever thread is at work. `()` does not care.
pub trait Watch: Sync {
    /// A part of the work begins: its name, and of how many steps it is.
    fn begin(&self, part: &str, steps: usize) {
        let _ = (part, steps);
    }

    /// Some steps are done.
    fn advance(&self, steps: usize) {
        let _ = steps;
    }

    /// Whether to stop. It is asked at every step.
    fn stopped(&self) -> bool {
        false
    }
}

impl Watch for () {}

/// Goes through `items` in order, with `watch` looking on. Where there are items for all threads, each works on one of its own.
pub(crate) fn steps<T: Sync, R: Send>(
    watch: &dyn Watch,
    part: &str,
    items: impl IntoIterator<Item = T>,
    step: impl Fn(&T) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let items: Vec<T> = items.into_iter().collect();
    watch.begin(part, items.len());
    parallel::try_map(items.len(), |i| {
        if watch.stopped() {
            return Err(Error::Interrupted);
        }
        let done = step(&items[i])?;
        watch.advance(1);
        Ok(done)
    })
}
