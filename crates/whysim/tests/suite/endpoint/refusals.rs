//! Statuses, broken connections and silence: what is tried again, and what is said in the end.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::json;
use whysim::Embedder;
use whysim::endpoint::{Endpoint, Options};
use whysim::error::Kind;

use super::{Answer, Server, Told, check, endpoint, problem, quick};

/// A server that fails so many times with an answer.
fn failing(times: usize, answer: Answer) -> Server {
    Server::start(move |before, request| if before < times { answer.clone() } else { Answer::right(request) })
}

#[test]
fn what_may_pass_is_tried_again() {
    let dropped = Answer { cut: Some(0), ..Answer::new(200, "") };
    let halfway = Answer { cut: Some(60), ..Answer::new(200, "x".repeat(200)) };
    let statuses = [408, 424, 429, 500, 502, 503, 504, 529].map(|code| Answer::new(code, "busy"));
    for answer in statuses.into_iter().chain([dropped, halfway]) {
        let (code, server) = (answer.status, failing(2, answer));
        let told = Told::default();
        endpoint(&server, "/embed", quick()).embed(&["a"], &told).unwrap_or_else(|error| panic!("{code}: {error}"));
        assert_eq!(server.take_log().len(), 3, "{code}");
        let notes = told.notes.into_inner().unwrap();
        assert!(notes.len() == 2 && notes[1].contains("trying again in 0.0 s (2 of 2)"), "{notes:?}");
    }
}

#[test]
fn in_the_end_the_failure_is_said() {
    for (answer, expected) in [
        (Answer::new(500, "oops"), "status 500, `oops`: the server is in trouble: try again later"),
        (Answer::new(429, json!({"error": {"message": "slow down"}})), "status 429, `slow down`: too many requests"),
        (Answer { cut: Some(0), ..Answer::new(200, "") }, "the connection broke ("),
    ] {
        let server = failing(usize::MAX, answer);
        let message = problem(&endpoint(&server, "/embed", quick()), &["a"]);
        assert!(message.contains(expected), "{message}");
        assert_eq!(server.take_log().len(), 3, "{message}");
    }
}

#[test]
fn what_will_not_pass_is_said_at_once() {
    let quota = json!({"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}});
    for (answer, expected) in [
        (Answer::new(400, json!({"error": "no"})), "status 400, `no`: it refuses the request"),
        (Answer::new(404, ""), "status 404: the path /embed or the model `m` is not there"),
        (Answer::new(405, ""), "status 405: the path /embed is for something else; give the whole address"),
        (Answer::new(501, ""), "status 501: "),
        (Answer::new(429, quota), "the account has nothing left to spend"),
        (Answer::new(413, "too big"), "text number 1: the text is too long for it: status 413, `too big`"),
        (
            Answer::new(422, json!({"error": "`inputs` must have less than 512 tokens. Given: 600"})),
            "text number 1: the text is too long for it: status 422, `",
        ),
    ] {
        let server = failing(usize::MAX, answer);
        let message = problem(&endpoint(&server, "/embed", quick()), &["a"]);
        assert!(message.contains(expected), "{message}");
        assert_eq!(server.take_log().len(), 1, "{message}");
    }
}

#[test]
fn the_wait_that_a_server_asks_for_is_kept() {
    for (name, value) in [("retry-after", "0.2"), ("retry-after-ms", "200")] {
        let server = failing(1, Answer::new(429, "").with(name, value));
        let begun = Instant::now();
        check(&endpoint(&server, "/embed", quick()), &["a"]);
        assert!(begun.elapsed() >= Duration::from_millis(200), "{name}");
    }
    // A date that is over.
    let server = failing(1, Answer::new(503, "").with("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT"));
    check(&endpoint(&server, "/embed", quick()), &["a"]);
    let server = failing(1, Answer::new(429, "").with("retry-after", "3600"));
    let begun = Instant::now();
    assert!(problem(&endpoint(&server, "/embed", quick()), &["a"]).contains("status 429"));
    assert!(begun.elapsed() < Duration::from_secs(2));
}

#[test]
fn silence_is_given_up() {
    let slow = Answer { pause: Duration::from_millis(700), ..Answer::new(200, "[[1]]") };
    let server = failing(usize::MAX, slow);
    let options = Options { timeout: Duration::from_millis(100), retries: 1, ..quick() };
    let message = problem(&endpoint(&server, "/embed", options), &["a"]);
    assert!(message.contains("no whole answer within 0.1 s ("), "{message}");
    assert!(message.ends_with("try again with a longer time-out or smaller batches"), "{message}");
    assert_eq!(server.take_log().len(), 2);
}

#[test]
fn a_server_that_is_not_there_is_said_at_once() {
    // A port that was free a moment ago.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = Endpoint::new(&format!("http://{address}/embed"), quick()).unwrap().embed(&["a"], &()).unwrap_err();
    assert_eq!(error.kind(), Kind::Service);
    let message = error.to_string();
    assert!(message.contains("cannot be reached (") && message.contains("does the server run"), "{message}");
}

#[test]
fn a_server_that_speaks_no_tls_is_not_trusted() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/embed", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 1024]).unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").unwrap();
    });
    let message = Endpoint::new(&url, quick()).unwrap().embed(&["a"], &()).unwrap_err().to_string();
    assert!(message.contains("is not to be trusted (") && message.contains("give http://"), "{message}");
}
