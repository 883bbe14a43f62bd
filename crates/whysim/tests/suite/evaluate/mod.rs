//! Evaluation: every metric on tiny models and on games with known answers.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod alignment;
mod games;
mod metrics;
