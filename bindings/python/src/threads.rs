//! The threads that the library's work runs on: a pool of our own, because rayon's global one can
//! neither be changed nor made anew.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use whysim::Error;

use crate::error::raise;

/// Only locked by threads that hold Python's lock, as `os.fork` does: no child ever inherits it
/// locked.
static POOL: Mutex<Option<Arc<ThreadPool>>> = Mutex::new(None);

fn build(threads: usize) -> PyResult<Arc<ThreadPool>> {
    // 0 is rayon's own choice: RAYON_NUM_THREADS, else one for each core.
    let pool = ThreadPoolBuilder::new().num_threads(threads).thread_name(|i| format!("whysim-{i}")).build();
    pool.map(Arc::new).map_err(|e| PyRuntimeError::new_err(format!("cannot start the threads: {e}")))
}

/// The pool, started when it is first used.
pub fn pool(_py: Python<'_>) -> PyResult<Arc<ThreadPool>> {
    let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    match &*pool {
        Some(pool) => Ok(pool.clone()),
        None => Ok(pool.insert(build(0)?).clone()),
    }
}

/// From here on all work runs on so many threads; what runs already goes on as it began.
#[pyfunction]
pub fn set_num_threads(threads: i64) -> PyResult<()> {
    let count = usize::try_from(threads).ok().filter(|&n| (1..=4096).contains(&n));
    let count = count.ok_or_else(|| {
        raise(Error::Option { option: "threads", expected: "1 to 4096".into(), got: threads.to_string() })
    })?;
    *POOL.lock().unwrap_or_else(PoisonError::into_inner) = Some(build(count)?);
    Ok(())
}

/// How many threads work runs on.
#[pyfunction]
pub fn get_num_threads(py: Python<'_>) -> PyResult<usize> {
    Ok(pool(py)?.current_num_threads())
}

/// A child process has none of its parent's threads, so that it must never wait for them. Called
/// after a fork.
#[pyfunction]
pub fn forget_threads() {
    std::mem::forget(POOL.lock().unwrap_or_else(PoisonError::into_inner).take());
}
