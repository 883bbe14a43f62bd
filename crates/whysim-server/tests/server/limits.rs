//! Bad requests, limits, keys, and the end.

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
        (json!({ "method": "removal", "layer": 3 }), "invalid_value", "layer"),
        (json!({ "layer": 99 }), "invalid_value", "layer"),
        (json!({ "prompt_b": "query" }), "invalid_value", "prompt_b"),
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
    for size in [5_000, 30_000] {
        assert_eq!(embed(json!("long ".repeat(size))).error(413)[0], "body_too_large");
    }
    let [_, param, _] = server.post("/similarity", json!({ "a": "x", "b": ["y", ""] })).error(422);
    assert_eq!(param, "b[1]");
    let [_, _, message] = explain(json!({ "by": "letter ".repeat(2000) })).error(422);
    assert!(message.len() < 700);
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
    assert!(server.works_on(0), "the work was stopped");
}

#[test]
fn a_client_that_leaves_stops_its_work() {
    let server = Server::start(&[]);
    let long = "A sentence with some more words to read. ".repeat(25);
    let stream = server.begin("/explain", &json!({ "a": long, "b": long, "layer": 0, "steps": 1000 }));
    assert!(server.works_on(1));
    drop(stream);
    assert!(server.works_on(0));
    assert!(server.metrics().contains("route=\"/explain\",status=\"499\"} 1"));
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
    let server = Server::start(&["--max-queued-reasons", "1"]);
    let long = "A sentence with some more words to read. ".repeat(25);
    let slow = json!({ "a": long, "b": long, "layer": 0, "steps": 1000 });
    let stream = server.begin("/explain", &slow);
    assert!(server.works_on(1));
    let refused = server.post("/explain", json!({ "a": PAIR[0], "b": PAIR[1] }));
    assert_eq!(refused.error(429)[0], "queue_full");
    assert!(refused.retry_after.as_ref().unwrap().parse::<u64>().unwrap() >= 1);
    assert_eq!(server.post("/embed", json!({ "inputs": "hi" })).status, 200);
    drop(stream);
    assert!(server.works_on(0));
    assert_eq!(server.post("/explain", json!({ "a": PAIR[0], "b": PAIR[1] })).status, 200);
}

#[test]
fn a_short_explanation_does_not_wait_for_a_long_one() {
    let server = Server::start(&["--reason-threads", "2"]);
    let long = "A sentence with some more words to read. ".repeat(25);
    let stream = server.begin("/explain", &json!({ "a": long, "b": long, "layer": 0, "steps": 1000 }));
    assert!(server.works_on(1));
    assert_eq!(server.post("/explain", json!({ "a": PAIR[0], "b": PAIR[1] })).status, 200);
    assert!(server.works_on(1), "the long one is still at work");
    drop(stream);
}

#[test]
fn a_key_opens_the_server() {
    let server = Server::with_key(&[], "secret");
    let embed = |key| server.send("/embed", "application/json", br#"{"inputs":"hi"}"#, key);
    assert_eq!(embed(None).error(401)[0], "invalid_api_key");
    assert_eq!(embed(Some("secreT")).error(401)[0], "invalid_api_key");
    assert_eq!(embed(Some("secret")).status, 200);
    let document = server.get("/openapi.json").json();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let answer = if method == "post" { server.post(path, json!({})) } else { server.get(path) };
            let is_open = ["/health", "/ready"].contains(&path.as_str());
            assert_eq!(answer.status, if is_open { 200 } else { 401 }, "{method} {path}");
            assert_eq!(operation.get("security").is_some(), is_open, "{method} {path}");
        }
    }
    assert_eq!([server.get("/").status, server.get("/docs").status], [200, 200]);
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
    assert!(server.works_on(1));
    let _idle = TcpStream::connect(server.url.trim_start_matches("http://")).unwrap();
    assert!(Command::new("kill").args(["-TERM", &server.child.id().to_string()]).status().unwrap().success());
    // A client that has connected and asks nothing is not waited for.
    let began = Instant::now();
    let (status, length) = asked.join().unwrap();
    assert_eq!(status, 200);
    assert!(length > 1000);
    assert!(server.child.wait().unwrap().success());
    assert!(began.elapsed() < Duration::from_secs(20));
    let log = server.log();
    assert!(log.contains("/explain") && !log.contains("words to read"), "{log}");
}
