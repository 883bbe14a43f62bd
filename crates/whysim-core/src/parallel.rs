//! The one place where work is shared among threads.
//!
//! [`map`] gives each thread its own pieces if there are enough for all; kernels called from there
//! stay on their thread. Otherwise the pieces run one after another, each on all threads. How work
//! is split depends on the number of threads, but the result does not: sums run in a fixed order,
//! and products are only split where that leaves their sums unchanged.

use std::cell::Cell;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

thread_local! {
    static ALONE: Cell<bool> = const { Cell::new(false) };
}

/// Calls `f(i)` for every i below `count`, each once, in any order.
///
/// All kernels call it, through a pointer, so that rayon's machinery is compiled once and not for
/// every kernel and number type.
fn each(count: usize, f: &(dyn Fn(usize) + Sync)) {
    if count < 2 || ALONE.get() {
        return (0..count).for_each(f);
    }
    (0..count).into_par_iter().for_each(f);
}

/// Calls `work(i, item)` for every item, each a task, which should be large enough to be worth it.
pub fn tasks<I: Send>(items: impl IntoIterator<Item = I>, work: impl Fn(usize, I) + Sync) {
    if ALONE.get() {
        return items.into_iter().enumerate().for_each(|(i, item)| work(i, item));
    }
    let items: Vec<Mutex<Option<I>>> = items.into_iter().map(|item| Mutex::new(Some(item))).collect();
    each(items.len(), &|i| {
        let item = items[i].lock().unwrap_or_else(PoisonError::into_inner).take();
        item.into_iter().for_each(|item| work(i, item));
    });
}

/// `f(i)` for i below `count`, in order, as [`tasks`].
pub fn gather<R: Send>(count: usize, f: impl Fn(usize) -> R + Sync) -> Vec<R> {
    let mut out: Vec<Option<R>> = (0..count).map(|_| None).collect();
    tasks(&mut out, |i, out| *out = Some(f(i)));
    out.into_iter().flatten().collect()
}

/// `f(i)` for i below `count`, in order. One piece is one task, and the next free thread takes the
/// next one.
pub fn map<R: Send>(count: usize, f: impl Fn(usize) -> R + Sync) -> Vec<R> {
    if count < threads() || ALONE.get() {
        return (0..count).map(f).collect();
    }
    let mut out: Vec<Mutex<Option<R>>> = (0..count).map(|_| Mutex::new(None)).collect();
    pieces(count, &|i| {
        let done = alone(|| f(i));
        *out[i].lock().unwrap_or_else(PoisonError::into_inner) = Some(done);
    });
    out.drain(..).filter_map(|out| out.into_inner().unwrap_or_else(PoisonError::into_inner)).collect()
}

fn pieces(count: usize, f: &(dyn Fn(usize) + Sync)) {
    (0..count).into_par_iter().with_max_len(1).for_each(f);
}

/// As [`map`]; the first error ends the work.
///
/// # Errors
/// That of `f`.
pub fn try_map<R: Send, E: Send>(count: usize, f: impl Fn(usize) -> Result<R, E> + Sync) -> Result<Vec<R>, E> {
    if count < threads() || ALONE.get() {
        return (0..count).map(f).collect();
    }
    let failed = AtomicBool::new(false);
    let done = map(count, |i| {
        let go_on = !failed.load(Ordering::Relaxed);
        go_on.then(|| f(i).inspect_err(|_| failed.store(true, Ordering::Relaxed)))
    });
    done.into_iter().flatten().collect()
}

/// Runs `f` with kernels that stay on this thread, for callers that give every thread its own
/// piece: threads then need not wait for each other at every operation.
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

/// Cuts `0..count` into one range for each thread, of similar size and no smaller than `fewest`.
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
        let inside = on_four(|| {
            let here = std::thread::current().id();
            alone(|| gather(64, |_| std::thread::current().id()).iter().all(|&id| id == here) && threads() == 1)
        });
        assert!(inside);
        assert!(threads() >= 1);
    }

    #[test]
    fn every_item_is_taken_once() {
        for count in [0, 1, 2, 50] {
            let mut items: Vec<usize> = vec![7; count];
            on_four(|| tasks(&mut items, |i, item| *item += i));
            assert_eq!(items, (7..7 + count).collect::<Vec<_>>());
            assert_eq!(on_four(|| gather(count, |i| i)), (0..count).collect::<Vec<_>>());
        }
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
