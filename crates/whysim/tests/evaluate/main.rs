//! Evaluation: every metric on tiny models and on games with known answers.

#![allow(missing_docs)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../common/mod.rs"]
mod common;
mod games;
mod metrics;
