//! The library's errors as Python's, with the same text.

use pyo3::PyErr;
use whysim::Error;
use whysim::error::Kind;

/// `python/whysim/_errors.py`: each is a `whysim.Error` and one of Python's own kinds.
mod classes {
    pyo3::import_exception!(whysim._errors, FileError);
    pyo3::import_exception!(whysim._errors, InputError);
    pyo3::import_exception!(whysim._errors, RunError);
}

/// What Python raises for an error of the library's.
pub fn raise(error: Error) -> PyErr {
    let text = match &error {
        Error::Score { likely: Some((low, high)), .. } => format!("{error}, as score_range=({low}, {high})"),
        Error::Score { .. } => format!("{error}, as score_range=(LOW, HIGH)"),
        _ => error.to_string(),
    };
    match error.kind() {
        Kind::File | Kind::Service => classes::FileError::new_err(text),
        Kind::Stopped | Kind::Training => classes::RunError::new_err(text),
        _ => classes::InputError::new_err(text),
    }
}
