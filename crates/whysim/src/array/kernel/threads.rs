//! Who shares work between threads: the kernels, or whoever calls them with work enough for every thread.

use std::cell::Cell;

thread_local! {
    static ALONE: Cell<bool> = const { Cell::new(false) };
}

/// Runs `f` with kernels that stay on this thread, for a caller that gives every thread a piece of its own: pieces that are
/// shared out once need no waiting for each other at every operation.
pub(crate) fn alone<R>(f: impl FnOnce() -> R) -> R {
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
pub(crate) fn threads() -> usize {
    if ALONE.get() { 1 } else { rayon::current_num_threads() }
}

/// The fewest pieces of work that a kernel hands to another thread: with [`alone`], all of them.
pub(crate) fn grain() -> usize {
    if ALONE.get() { usize::MAX } else { 1 }
}

/// How a general matrix product runs.
pub(crate) fn parallelism() -> gemm::Parallelism {
    if ALONE.get() { gemm::Parallelism::None } else { gemm::Parallelism::Rayon(0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rayon::prelude::*;

    #[test]
    fn alone_means_this_thread() {
        let on =
            || (0..64).into_par_iter().with_min_len(grain()).map(|_| std::thread::current().id()).collect::<Vec<_>>();
        let inside = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap().install(|| {
            let here = std::thread::current().id();
            alone(|| on().iter().all(|&id| id == here) && threads() == 1)
        });
        assert!(inside);
        assert!(threads() >= 1 && grain() == 1);
    }
}
