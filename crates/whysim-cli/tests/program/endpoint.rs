//! `whysim embed --endpoint` and `whysim similarity --endpoint`.

use std::time::{Duration, Instant};

use serde_json::Value;
use server::{Answer, Server, vector};

use crate::{A, B, Machine};

/// The library's own server for tests.
#[path = "../../../whysim/tests/suite/endpoint/server.rs"]
#[allow(dead_code, reason = "the library's tests use all of it")]
pub mod server;

const KEY: &str = "sk-very-secret";

fn right() -> Server {
    Server::start(|_, request| Answer::right(request))
}

fn url(server: &Server) -> String {
    server.url.clone() + "/v1/embeddings"
}

#[test]
fn embeddings_come_from_the_server_once() {
    let server = right();
    let url = url(&server);
    // A usual model is no obstacle.
    let machine = Machine::new().set("WHYSIM_MODEL", "usual").set("WHYSIM_CACHE", "kept");
    let args = ["embed", A, B, A, "--endpoint", &url, "--endpoint-model", "m", "--format", "json"];
    let first = machine.run(&args);
    assert_eq!(first.err, "");
    let json = first.json();
    assert_eq!((json["model"].as_str(), json["dim"].as_u64()), (Some("m"), Some(3)));
    let rows: Vec<Vec<f32>> = serde_json::from_value(json["embeddings"].clone()).unwrap();
    assert_eq!(rows, [A, B, A].map(vector));
    assert_eq!(server.take_log()[0].texts(), [A, B]);
    assert_eq!(machine.run(&args).json(), json);
    assert!(server.take_log().is_empty());
    assert!(machine.path("kept/embeddings").is_dir());
    machine.run(&[&args[..], &["--no-cache"]].concat()).out();
    assert_eq!(server.take_log().len(), 1);
    let lines = machine.run_with(&["embed", "-", "--endpoint", &url], format!("{A}\n{B}\n").as_bytes()).out();
    let values = |line: &str| line.split(' ').map(|value| value.parse().unwrap()).collect::<Vec<f32>>();
    assert_eq!(lines.lines().map(values).collect::<Vec<_>>(), [A, B].map(vector));
}

#[test]
fn the_similarity_is_that_of_the_vectors() {
    let server = right();
    let url = url(&server);
    let machine = Machine::new();
    let [a, b] = [A, B].map(|text| vector(text).iter().map(|&v| f64::from(v)).collect::<Vec<_>>());
    let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
    for (similarity, expected) in [("dot", dot(&a, &b)), ("cos", dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt())] {
        let args = ["similarity", A, B, "--endpoint", &url, "-s", similarity, "--format", "json"];
        let json: Value = machine.run(&args).json();
        assert!((json["score"].as_f64().unwrap() - expected).abs() < 1e-9 * expected, "{json}");
        assert_eq!(json["model"], url);
    }
    let message = machine.run(&["similarity", A, " ", "--endpoint", &url]).problem(1);
    assert!(message.contains("text B is empty"), "{message}");
}

#[test]
fn highlights_are_made_within_a_budget() {
    let server = right();
    let url = url(&server);
    let machine = Machine::new();
    let passage = "The dog runs after the kitten. Outside it rains. Nobody saw the cat.";
    let ran = machine.run(&["highlight", "a cat", passage, "--endpoint", &url, "--budget", "80", "--format", "json"]);
    assert!(ran.err.starts_with("note: sending at most "), "{}", ran.err);
    let most: usize = ran.err.split(' ').filter_map(|word| word.parse().ok()).next().unwrap();
    let sent: usize = server.take_log().iter().map(|request| request.texts().len()).sum();
    assert!(sent <= most && most <= 85, "{sent} {most}");
    let json = ran.json();
    let score = machine.run(&["similarity", "a cat", passage, "--endpoint", &url, "--format", "json"]).json();
    assert!((json[0]["score"].as_f64().unwrap() - score["score"].as_f64().unwrap()).abs() < 1e-6);
    for span in json[0]["spans"].as_array().unwrap() {
        assert!(passage.contains(span["text"].as_str().unwrap()));
    }
    let message = machine.run(&["highlight", "a cat", passage, "--endpoint", &url, "--budget", "10"]).problem(1);
    assert!(message.contains("budget must be"), "{message}");
}

#[test]
fn keys_come_from_the_environment_and_are_not_shown() {
    let server = Server::start(|_, request| match request.headers.get("authorization") {
        Some(key) if key.ends_with(KEY) => Answer::right(request),
        key => Answer::new(401, format!("not the right key: {key:?}")),
    });
    let url = url(&server);
    let embed = |machine: &Machine, more: &[&str]| machine.run(&[&["embed", A, "--endpoint", &url], more].concat());
    embed(&Machine::new().set("WHYSIM_ENDPOINT_KEY", KEY), &[]).out();
    embed(&Machine::new().set("MINE", KEY), &["--key-env", "MINE"]).out();
    let message = embed(&Machine::new().set("MINE", "sk-wrong"), &["--key-env", "MINE"]).problem(1);
    assert!(message.contains("the key in MINE may be wrong") && !message.contains("sk-wrong"), "{message}");
    // OpenAI's key is for OpenAI.
    let message = embed(&Machine::new().set("OPENAI_API_KEY", KEY), &[]).problem(1);
    assert!(message.contains("set WHYSIM_ENDPOINT_KEY to a key"), "{message}");
    let message = embed(&Machine::new(), &["--key-env", "MINE"]).problem(1);
    assert!(message.contains("--key-env names MINE, which is not set"), "{message}");
}

#[test]
fn what_does_not_fit_is_a_usage_error() {
    let server = right();
    let url = url(&server);
    let machine = Machine::new();
    let problem = |args: &[&str]| machine.run(args).problem(2);
    for option in ["--model", "--revision", "--prompt"] {
        let message = problem(&["embed", A, "--endpoint", &url, option, "x"]);
        assert!(message.contains(&format!("{option} cannot be used with --endpoint")), "{message}");
    }
    assert!(problem(&["embed", A, "--no-cache"]).contains("--endpoint <URL>"));
    for (option, value) in [("--batch", "0"), ("--concurrency", "0"), ("--timeout", "0"), ("--timeout", "nan")] {
        assert!(problem(&["embed", A, "--endpoint", &url, option, value]).contains(option), "{option} {value}");
    }
    let message = machine.run(&["embed", A, "--endpoint", &server.url]).problem(1);
    assert!(message.contains("http://HOST:PORT/api/embed"), "{message}");
    assert!(server.take_log().is_empty());
}

#[test]
fn empty_texts_are_refused_or_skipped() {
    let server = right();
    let machine = Machine::new();
    let url = url(&server);
    let message = machine.run_with(&["embed", "-", "--endpoint", &url], b"dog\n\ncat\n").problem(1);
    assert!(message.contains("text number 2 is empty"), "{message}");
    let ran = machine.run_with(&["embed", "-", "--skip-empty", "--endpoint", &url, "-f", "json"], b"dog\n \ncat\n");
    assert!(ran.err.contains("text number 2 is empty and was skipped"), "{}", ran.err);
    let rows: Vec<Option<Vec<f32>>> = serde_json::from_value(ran.json()["embeddings"].clone()).unwrap();
    assert_eq!(rows, [Some(vector("dog")), None, Some(vector("cat"))]);
}

#[test]
fn long_work_says_what_it_will_cost() {
    let server = right();
    let machine = Machine::new();
    let texts: String = (0..40).map(|i| format!("a text, {i:02}\n")).collect();
    let url = url(&server);
    let ran = machine.run_with(&["embed", "-", "--endpoint", &url, "--batch", "4"], texts.as_bytes());
    assert_eq!(ran.err, "note: sending 40 of 40 texts, about 120 tokens, in 10 requests\n");
    assert_eq!((ran.out().lines().count(), server.take_log().len()), (40, 10));
}

#[cfg(unix)]
#[test]
fn ctrl_c_does_not_wait_for_the_server() {
    let server = Server::start(|_, request| Answer { pause: Duration::from_secs(20), ..Answer::right(request) });
    let machine = Machine::new();
    let child = machine.command(&["embed", A, "--endpoint", &url(&server)]).spawn().unwrap();
    let begun = Instant::now();
    while server.take_log().is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(10));
    }
    let asked = Instant::now();
    let interrupt = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(interrupt.success());
    let done = child.wait_with_output().unwrap();
    assert_eq!(done.status.code(), Some(130), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(asked.elapsed() < Duration::from_secs(3));
}
