//! Requests: how many texts share one, how many are under way, and how they end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use whysim::endpoint::{Cost, Options};
use whysim::{Embedder, Error, Progress};

use super::{Answer, Server, Told, endpoint, problem, quick, vector};

fn numbered(count: usize) -> Vec<String> {
    (0..count).map(|i| format!("text {i}")).collect()
}

fn sizes(server: &Server) -> Vec<usize> {
    server.take_log().iter().map(|request| request.texts().len()).collect()
}

#[test]
fn requests_are_bounded_in_every_way_and_the_order_is_kept() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (seen, peak) = (now.clone(), most.clone());
    let server = Server::start(move |before, request| {
        peak.fetch_max(seen.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        // Later requests are answered earlier.
        std::thread::sleep(Duration::from_millis(20 + 20 * (2 - before as u64 % 3)));
        seen.fetch_sub(1, Ordering::SeqCst);
        Answer::right(request)
    });
    let texts = numbered(50);
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let options = Options { batch: 4, concurrency: 3, ..quick() };
    let told = Told::default();
    let vectors = endpoint(&server, "/embed", options).embed(&texts, &told).unwrap();
    assert!(vectors.iter().zip(&texts).all(|(got, text)| *got == vector(text)));
    assert_eq!(told.done.load(Ordering::Relaxed), 50);
    assert_eq!(sizes(&server).len(), 13);
    assert_eq!(most.load(Ordering::SeqCst), 3);
}

#[test]
fn equal_texts_are_sent_once_and_the_cost_is_known_before() {
    let server = Server::start(|_, request| Answer::right(request));
    let long = "x".repeat(90);
    let texts = ["red wine", "a", "red wine", &long, "b", "a", "größer"];
    let endpoint = endpoint(&server, "/embed", Options { batch: 2, characters: 95, ..quick() });
    let cost = endpoint.cost(&texts);
    // Bytes 8, 1, 90, 1, 8: quarters rounded up. Requests: two texts, two, one.
    assert_eq!(cost, Cost { texts: 7, cached: 2, characters: 106, tokens: 2 + 1 + 23 + 1 + 2, requests: 3 });
    assert!(server.take_log().is_empty());
    let told = Told::default();
    let vectors = endpoint.embed(&texts, &told).unwrap();
    assert!(vectors.iter().zip(texts).all(|(got, text)| *got == vector(text)));
    assert_eq!(sizes(&server), [2, 2, 1]);
    assert_eq!(told.done.load(Ordering::Relaxed), 7);
}

#[test]
fn what_is_too_large_is_halved_until_it_fits() {
    let refusals = [
        Answer::new(413, "Failed to buffer the request body: length limit exceeded"),
        Answer::new(422, json!({"error": "batch size 8 > maximum allowed batch size 3", "error_type": "Validation"})),
        Answer::new(400, json!({"error": {"message": "batch size is invalid, it should not be larger than 3."}})),
        Answer::new(422, json!({"detail": [{"type": "too_long", "msg": "List should have at most 3 items"}]})),
    ];
    for refusal in refusals {
        let code = refusal.status;
        let server = Server::start(move |_, request| match request.texts().len() {
            0..=3 => Answer::right(request),
            _ => refusal.clone(),
        });
        let texts = numbered(20);
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let told = Told::default();
        let vectors = endpoint(&server, "/embed", Options { batch: 8, ..quick() }).embed(&texts, &told).unwrap();
        assert!(vectors.iter().zip(&texts).all(|(got, text)| *got == vector(text)));
        // Two refusals teach the limit; no later request is larger.
        assert_eq!(sizes(&server), [8, 4, 2, 2, 4, 2, 2, 2, 2, 2, 2, 2, 2], "{code}");
        let notes = told.notes.into_inner().unwrap();
        assert!(notes.len() == 2 && notes[1].contains("going on with 2 texts or fewer"), "{notes:?}");
    }
}

#[test]
fn a_text_that_is_too_long_is_found_among_others() {
    let server = Server::start(|_, request| match request.texts().iter().any(|text| text == "text 5") {
        true => Answer::new(400, json!({"error": "the input length exceeds the context length"})),
        false => Answer::right(request),
    });
    let texts = numbered(8);
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let message = problem(&endpoint(&server, "/embed", quick()), &texts);
    assert!(message.contains("text number 6: the text is too long for it"), "{message}");
}

/// Stops when something was noted or done.
#[derive(Default)]
struct Stopper(Told);

impl Progress for Stopper {
    fn advance(&self, done: u64) {
        self.0.advance(done);
    }

    fn note(&self, message: &str) {
        self.0.note(message);
    }

    fn stopped(&self) -> bool {
        self.0.done.load(Ordering::Relaxed) > 0 || !self.0.notes.lock().unwrap().is_empty()
    }
}

#[test]
fn it_stops_at_once_while_it_waits_and_while_the_server_is_silent() {
    let waiting = Server::start(|_, _| Answer::new(503, "").with("retry-after", 60));
    let silent = Server::start(|before, request| Answer {
        pause: Duration::from_secs(if before == 0 { 0 } else { 4 }),
        ..Answer::right(request)
    });
    for server in [waiting, silent] {
        let begun = Instant::now();
        let endpoint = endpoint(&server, "/embed", Options { batch: 1, ..quick() });
        let error = endpoint.embed(&["a", "b", "c"], &Stopper::default()).unwrap_err();
        assert!(matches!(error, Error::Interrupted), "{error}");
        assert!(begun.elapsed() < Duration::from_secs(2));
        std::thread::sleep(Duration::from_millis(100));
        // At most the one that was under way.
        assert!(server.take_log().len() <= 2);
        std::thread::sleep(Duration::from_millis(100));
        assert!(server.take_log().is_empty(), "it goes on in the background");
    }
}
