//! The one place that shares work out over threads.
//!
//! [`map`] gives each thread pieces of its own if there are enough for all; kernels called from there
//! stay on their thread. Otherwise the pieces run one after another, each on all threads. How work
//! is split depends on the number of threads, the result does not: sums run in a fixed order, and
//! products are split only where that leaves their sums unchanged.

use std::cell::Cell;
use std::ops::Range;

use rayon::prelude::*;

thread_local! {
    static ALONE: Cell<bool> = const { Cell::new(false) };
}

/// `f(i)` for i below `count`, in order. One piece is one task, and the next free thread takes the
/// next one.
pub fn map<R: Send>(count: usize, f: impl Fn(usize) -> R + Sync) -> Vec<R> {
    if count < threads() || ALONE.get() {
        return (0..count).map(f).collect();
    }
    (0..count).into_par_iter().with_max_len(1).map(|i| alone(|| f(i))).collect()
}

/// As [`map`]; the first error ends the work.
///
/// # Errors
/// That of `f`.
pub fn try_map<R: Send, E: Send>(count: usize, f: impl Fn(usize) -> Result<R, E> + Sync) -> Result<Vec<R>, E> {
    if count < threads() || ALONE.get() {
        return (0..count).map(f).collect();
    }
    (0..count).into_par_iter().with_max_len(1).map(|i| alone(|| f(i))).collect()
}

/// Runs `f` with kernels that stay on this thread, for a caller that gives every thread a piece of
/// its own: pieces that are shared out once need no waiting for each other at every operation.
pub fn alone<R>(f: impl FnOnce() -> R) -> R {
    /// Puts the old value back, after a panic too.
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            ALONE.set(self.0);
        }
    }
    let _restore = Restore(ALONE.replace(true));
    f()
}

/// Threads that a kernel may use.
pub fn threads() -> usize {
    if ALONE.get() { 1 } else { rayon::current_num_threads() }
}

/// The fewest pieces of work that a kernel hands to another thread: with [`alone`], all of them.
pub fn grain() -> usize {
    if ALONE.get() { usize::MAX } else { 1 }
}

/// Cuts `0..count` into one range for each thread, of like size and no smaller than `fewest`.
pub fn shares(count: usize, fewest: usize) -> Vec<Range<usize>> {
    let pieces = (count / fewest.max(1)).clamp(1, threads());
    (0..pieces).map(|i| count * i / pieces..count * (i + 1) / pieces).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_four<R: Send>(f: impl FnOnce() -> R + Send) -> R {
        rayon::ThreadPoolBuilder::new().num_threads(4).build().unwrap().install(f)
    }

    #[test]
    fn alone_means_this_thread() {
        let on =
            || (0..64).into_par_iter().with_min_len(grain()).map(|_| std::thread::current().id()).collect::<Vec<_>>();
        let inside = on_four(|| {
            let here = std::thread::current().id();
            alone(|| on().iter().all(|&id| id == here) && threads() == 1)
        });
        assert!(inside);
        assert!(threads() >= 1 && grain() == 1);
    }

    #[test]
    fn pieces_come_in_order_each_once() {
        for count in [0, 1, 3, 4, 50] {
            let squares: Vec<usize> = (0..count).map(|i| i * i).collect();
            assert_eq!(on_four(|| map(count, |i| i * i)), squares);
            assert_eq!(on_four(|| try_map(count, |i| Ok::<_, ()>(i * i))), Ok(squares));
            assert_eq!(on_four(|| try_map(count, Err::<(), _>)).is_err(), count > 0);
        }
    }

    #[test]
    fn shares_are_of_like_size_and_not_too_small() {
        for (count, fewest) in [(0, 1), (5, 10), (400, 128), (1000, 128), (7, 1)] {
            let shares = on_four(|| shares(count, fewest));
            assert_eq!(shares.iter().map(|s| s.len()).sum::<usize>(), count);
            assert!(shares.len() == 1 || shares.iter().all(|s| s.len() >= fewest), "{shares:?}");
        }
        assert_eq!(on_four(|| shares(1000, 128)).len(), 4);
        assert_eq!(on_four(|| alone(|| shares(1000, 128))).len(), 1);
    }
}
