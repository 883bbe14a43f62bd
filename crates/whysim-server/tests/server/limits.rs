//! Bad requests, limits, keys, and the end.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::{Server, agent};

const PAIR: [&str; 2] = ["The coffee is bad.", "This is not a good coffee."];

#[test]
fn what_is_wrong_is_named() {
    let server =
        Server::start(&["--max-texts", "3", "--max-token-pairs", "400", "--max-body", "20000", "--max-text", "900"]);
    let explain = |more: serde_json::Value| {
        let mut body = json!({ "a": PAIR[0], "b": PAIR[1] });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        server.post("/explain", body)
    };
    for (more, code, param) in [
        (json!({ "b": "" }), "text_empty", "b"),
        (json!({ "b": 3 }), "invalid_value", "b"),
        (json!({ "layr": 3 }), "unknown_field", "layr"),
        (json!({ "by": "letter" }), "invalid_value", "by"),
        (json!({ "steps": 3, "tolerance": 0.1 }), "invalid_value", "tolerance"),
        (json!({ "seed": 1 }), "invalid_value", "seed"),
        (json!({ "format": "gif" }), "invalid_value", "format"),
        (json!({ "b": "word ".repeat(100) }), "too_many_token_pairs", "b"),
        (json!({ "b": "word ".repeat(200) }), "text_too_large", "b"),
        (json!({ "steps": 0 }), "invalid_value", "steps"),
    ] {
        assert_eq!(explain(more.clone()).error(422)[..2], [code, param], "{more}");
    }
    let [_, _, message] = explain(json!({ "steps": -1 })).error(422);
    assert_eq!(message, "`steps`: invalid value: integer `-1`, expected a whole number above 0");
    assert_eq!(explain(json!({ "model": "other" })).error(404)[..2], ["model_not_found", "model"]);
    let embed = |input: serde_json::Value| server.post("/v1/embeddings", json!({ "input": input }));
    assert!(embed(json!([[1, 2]])).error(422)[2].contains("check_embedding_ctx_length=False"));
    assert_eq!(embed(json!(["a", "b", "c", "d"])).error(422)[..2], ["too_many_texts", "input"]);
    assert_eq!(embed(json!([])).error(422)[..2], ["invalid_value", "input"]);
    assert_eq!(embed(json!(["a", " "])).error(422)[..2], ["text_empty", "input[1]"]);
    assert_eq!(embed(json!("long ".repeat(5000))).error(413)[0], "body_too_large");
    assert_eq!(server.send("/embed", "text/plain", b"{}", None).error(415)[0], "not_json");
    assert_eq!(server.send("/embed", "application/json", b"{", None).error(400)[0], "broken_json");
    assert_eq!(server.get("/embed").error(405)[0], "wrong_method");
    assert_eq!(server.get("/nowhere").error(404)[0], "no_such_path");
}

#[test]
fn time_limits_stop_the_work() {
    let server = Server::start(&["--timeout", "1"]);
    let long = "A sentence with some more words to read. ".repeat(25);
    let slow = json!({ "a": long, "b": long, "layer": 0, "steps": 1000 });
    let began = Instant::now();
    let [code, _, message] = server.post("/explain", slow).error(503);
    assert_eq!(code, "timeout");
    assert!(message.contains("1 s"), "{message}");
    assert!(began.elapsed() < Duration::from_secs(20));
    // The one place for such work is free again soon, since the work was stopped.
    let free = |_: &usize| {
        std::thread::sleep(Duration::from_millis(100));
        String::from_utf8(server.get("/metrics").body).unwrap().contains("whysim_queued_reasons 0")
    };
    assert!((0..100).find(free).is_some());
}

#[test]
fn a_client_that_leaves_stops_its_work() {
    let server = Server::start(&[]);
    let long = "A sentence with some more words to read. ".repeat(25);
    let body = json!({ "a": long, "b": long, "layer": 0, "steps": 1000 }).to_string();
    let mut stream = TcpStream::connect(server.url.trim_start_matches("http://")).unwrap();
    let head = format!(
        "POST /explain HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}",
        body.len()
    );
    stream.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).unwrap();
    let becomes = |count: usize| {
        let is_there = |_: &usize| {
            std::thread::sleep(Duration::from_millis(50));
            String::from_utf8(server.get("/metrics").body).unwrap().contains(&format!("whysim_queued_reasons {count}"))
        };
        (0..200).find(is_there).is_some()
    };
    assert!(becomes(1));
    drop(stream);
    assert!(becomes(0));
}

#[test]
fn pages_of_other_sites_ask_only_where_they_may() {
    let server = Server::start(&["--cors", "https://example.org"]);
    let allowed = |origin: &str| {
        let asked = agent().post(format!("{}/embed", server.url)).header("origin", origin);
        let answer = asked.send_json(json!({ "inputs": "hi" })).unwrap();
        answer.headers().get("access-control-allow-origin").map(|origin| origin.to_str().unwrap().to_owned())
    };
    assert_eq!(allowed("https://example.org").as_deref(), Some("https://example.org"));
    assert_eq!(allowed("https://example.com"), None);
}

#[test]
fn past_the_queue_clients_are_told_when_to_come_again() {
    let server = Server::start(&["--max-queued-reasons", "1", "--timeout", "30"]);
    let text = "A sentence with some more words to read. ".repeat(12);
    let slow = json!({ "a": text, "b": text, "layer": 0, "steps": 16 });
    let answers: Vec<_> = std::thread::scope(|scope| {
        let asked: Vec<_> = (0..6).map(|_| scope.spawn(|| server.post("/explain", slow.clone()))).collect();
        asked.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status == 429).collect();
    assert!(!refused.is_empty() && refused.len() < 6, "{} of 6 were refused", refused.len());
    for one in refused {
        assert_eq!(one.error(429)[0], "queue_full");
        assert!(one.retry_after.as_ref().unwrap().parse::<u64>().unwrap() >= 1);
    }
}

#[test]
fn a_key_opens_the_server() {
    let server = Server::with_key(&[], "secret");
    let embed = |key| server.send("/embed", "application/json", br#"{"inputs":"hi"}"#, key);
    assert_eq!(embed(None).error(401)[0], "invalid_api_key");
    assert_eq!(embed(Some("secreT")).error(401)[0], "invalid_api_key");
    assert_eq!(embed(Some("secret")).status, 200);
    assert_eq!(server.get("/metrics").status, 401);
    assert_eq!([server.get("/health").status, server.get("/ready").status], [200, 200]);
}

#[cfg(unix)]
#[test]
fn what_was_accepted_is_finished_and_texts_are_not_logged() {
    let mut server = Server::start(&[]);
    let text = "A sentence with some more words to read. ".repeat(12);
    let body = json!({ "a": text, "b": text, "layer": 3, "steps": 8 });
    let url = server.url.clone();
    let asked = std::thread::spawn(move || {
        let mut answer = agent().post(format!("{url}/explain")).send_json(body).unwrap();
        (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap().len())
    });
    let is_running = |_: &usize| {
        std::thread::sleep(Duration::from_millis(5));
        String::from_utf8(server.get("/metrics").body).unwrap().contains("whysim_queued_reasons 1")
    };
    assert!((0..1000).find(is_running).is_some());
    let _idle = TcpStream::connect(server.url.trim_start_matches("http://")).unwrap();
    assert!(Command::new("kill").args(["-TERM", &server.child.id().to_string()]).status().unwrap().success());
    // A client that has connected and asks nothing is not waited for.
    let began = Instant::now();
    let (status, length) = asked.join().unwrap();
    assert_eq!(status, 200);
    assert!(length > 1000);
    assert!(server.child.wait().unwrap().success());
    assert!(began.elapsed() < Duration::from_secs(20));
    let mut log = String::new();
    server.log.read_to_string(&mut log).unwrap();
    assert!(log.contains("/explain") && !log.contains("words to read"), "{log}");
}
