//! Embeddings from a server, against local ones on the loopback interface.

#![cfg(feature = "endpoint")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod answers;
mod cache;
mod keys;
mod kinds;
mod refusals;
mod server;
mod work;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use server::{Answer, Server, vector};
use whysim::endpoint::{Endpoint, Options};
use whysim::{Embedder, Progress};

/// Options with which a failure takes no time.
fn quick() -> Options {
    Options {
        model: Some("m".to_owned()),
        pause: Duration::from_millis(1),
        timeout: Duration::from_secs(5),
        retries: 2,
        concurrency: 1,
        cache: None,
        ..Options::default()
    }
}

fn endpoint(server: &Server, path: &str, options: Options) -> Endpoint {
    Endpoint::new(&format!("{}{path}", server.url), options).unwrap()
}

/// The vectors of texts, each of which must be right.
#[track_caller]
fn check(endpoint: &Endpoint, texts: &[&str]) {
    let vectors = endpoint.embed(texts, &()).unwrap();
    let right: Vec<Vec<f32>> = texts.iter().map(|text| vector(text)).collect();
    assert_eq!(vectors, right);
}

/// The message of an expected failure, which begins with the address.
#[track_caller]
fn problem(endpoint: &Endpoint, texts: &[&str]) -> String {
    let message = endpoint.embed(texts, &()).unwrap_err().to_string();
    assert!(message.starts_with("http://127.0.0.1:"), "{message}");
    message
}

/// Counts and records what it is told.
#[derive(Default)]
struct Told {
    done: AtomicU64,
    notes: Mutex<Vec<String>>,
}

impl Progress for Told {
    fn advance(&self, done: u64) {
        self.done.fetch_add(done, Ordering::Relaxed);
    }

    fn note(&self, message: &str) {
        self.notes.lock().unwrap().push(message.to_owned());
    }
}
