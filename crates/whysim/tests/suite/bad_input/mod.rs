//! Every bad input gives a clear error that says what was wrong and what was expected; none panics.

mod checkpoint;
mod configs;
mod mutations;
mod options;
mod pickles;
mod safetensors;
mod texts;
mod tokenizers;

use crate::common::Copy;
use whysim::Error;

/// The error from loading a folder.
fn refused(copy: &Copy) -> Error {
    copy.load().map(|_| ()).expect_err("this folder is broken")
}

/// A one-line error that contains all of `words`.
#[track_caller]
fn says(error: &Error, words: &[&str]) {
    let message = error.to_string();
    assert!(!message.contains('\n'), "more than one line: {message}");
    for word in words {
        assert!(message.contains(word), "no `{word}` in: {message}");
    }
}

#[track_caller]
fn malformed(error: &Error, words: &[&str]) {
    assert!(matches!(error, Error::Malformed { .. }), "{error:?}");
    says(error, words);
}

#[track_caller]
fn missing(error: &Error, words: &[&str]) {
    assert!(matches!(error, Error::Missing { .. }), "{error:?}");
    says(error, words);
}

#[track_caller]
fn unsupported(error: &Error, words: &[&str]) {
    assert!(matches!(error, Error::Unsupported { .. }), "{error:?}");
    says(error, words);
}

#[track_caller]
fn setting(error: &Error, words: &[&str]) {
    assert!(matches!(error, Error::Setting { .. }), "{error:?}");
    says(error, words);
}

/// A cheap generator: the same numbers in every run.
fn random(state: &mut u64, below: usize) -> usize {
    *state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
    (*state >> 33) as usize % below
}
