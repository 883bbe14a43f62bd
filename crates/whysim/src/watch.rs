//! How long work tells that it goes on, and is told to stop.

use rayon::prelude::*;

use crate::array::kernel;
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

/// Goes through `items` in order, with `watch` looking on. Each thread works on an item of its own: texts are short, and threads
/// that share one wait for each other at every operation.
pub(crate) fn steps<T: Send, R: Send>(
    watch: &dyn Watch,
    part: &str,
    items: impl ExactSizeIterator<Item = T>,
    step: impl Fn(T) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    watch.begin(part, items.len());
    let mut results = Vec::with_capacity(items.len());
    let mut items = items.peekable();
    while items.peek().is_some() {
        if watch.stopped() {
            return Err(Error::Interrupted);
        }
        let together: Vec<T> = items.by_ref().take(kernel::threads()).collect();
        let count = together.len();
        let done: Result<Vec<R>> =
            together.into_par_iter().with_max_len(1).map(|item| kernel::alone(|| step(item))).collect();
        results.extend(done?);
        watch.advance(count);
    }
    Ok(results)
}
