//! How long work tells that it goes on, and is told to stop.

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

/// Goes through `items` one by one, with `watch` looking on.
pub(crate) fn steps<T, R>(
    watch: &dyn Watch,
    part: &str,
    items: impl ExactSizeIterator<Item = T>,
    mut step: impl FnMut(T) -> Result<R>,
) -> Result<Vec<R>> {
    watch.begin(part, items.len());
    let mut results = Vec::with_capacity(items.len());
    for item in items {
        if watch.stopped() {
            return Err(Error::Interrupted);
        }
        results.push(step(item)?);
        watch.advance(1);
    }
    Ok(results)
}
