//! A key goes to its own server, and nowhere else.

use serde_json::json;
use whysim::endpoint::{Endpoint, Options};
use whysim::source::Token;

use super::{Answer, Server, check, endpoint, problem, quick};

const KEY: &str = "sk-very-secret-0123456789";

fn with_key() -> Options {
    Options { key: Token::new(KEY), key_variable: "MY_KEY".to_owned(), ..quick() }
}

#[test]
fn the_key_is_a_bearer_token() {
    let server = Server::start(|_, request| Answer::right(request));
    check(&endpoint(&server, "/embed", with_key()), &["a"]);
    assert_eq!(server.take_log()[0].headers["authorization"], format!("Bearer {KEY}"));
}

#[test]
fn redirects_are_followed_on_the_same_server_only() {
    let other = Server::start(|_, request| Answer::right(request));
    let away = other.url.clone() + "/embed";
    let server = Server::start(move |_, request| match request.path.as_str() {
        "/embed" => Answer::new(308, "").with("location", "/moved/embed"),
        "/away/embed" => Answer::new(307, "").with("location", &away),
        "/changed/embed" => Answer::new(302, "").with("location", "/moved/embed"),
        "/endless/embed" => Answer::new(307, "").with("location", "/endless/embed"),
        _ => Answer::right(request),
    });
    check(&endpoint(&server, "/embed", with_key()), &["a"]);
    let log = server.take_log();
    assert_eq!(log.iter().map(|request| request.path.as_str()).collect::<Vec<_>>(), ["/embed", "/moved/embed"]);
    assert!(log.iter().all(|request| request.headers["authorization"].ends_with(KEY) && request.texts() == ["a"]));
    for (path, place) in [("/away/embed", other.url.as_str()), ("/changed/embed", "/moved/embed")] {
        for options in [with_key(), quick()] {
            let message = problem(&endpoint(&server, path, options), &["a"]);
            assert!(message.contains("it redirects to ") && message.contains(place), "{message}");
        }
    }
    assert!(problem(&endpoint(&server, "/endless/embed", quick()), &["a"]).ends_with("it redirects without end"));
    assert!(other.take_log().is_empty(), "neither texts nor key go elsewhere");
}

#[test]
fn a_refused_key_is_named_by_its_variable() {
    let server = Server::start(|before, _| Answer::new(401 + 2 * (before as u16 % 2), json!({"error": "no entry"})));
    let messages = [with_key(), with_key()].map(|options| problem(&endpoint(&server, "/embed", options), &["a"]));
    for (message, code) in messages.iter().zip([401, 403]) {
        let expected = format!("status {code}, `no entry`: the key in MY_KEY may be wrong, or lack the right");
        assert!(message.ends_with(&expected), "{message}");
    }
    let message = problem(&endpoint(&server, "/embed", quick()), &["a"]);
    assert!(message.ends_with("set WHYSIM_ENDPOINT_KEY to a key"), "{message}");
}

#[test]
fn the_key_is_never_shown() {
    for (status, body) in [
        (401, json!({"error": {"message": format!("Incorrect API key provided: {KEY}.")}}).to_string()),
        (500, format!("{}Bearer {KEY}", "x".repeat(180))),
        (200, format!("<html>Bearer {KEY}")),
        (200, json!({"error": KEY}).to_string()),
    ] {
        let server = Server::start(move |_, _| Answer::new(status, &body));
        let endpoint = endpoint(&server, "/embed?secret=hidden", with_key());
        let shown = format!("{} {endpoint:?}", problem(&endpoint, &["a"]));
        assert!(!shown.contains(&KEY[..12]) && !shown.contains("hidden"), "{shown}");
    }
    let message = Endpoint::new("http://me:password@host/embed", quick()).unwrap_err().to_string();
    assert!(message.contains("not sent") && !message.contains("password@"), "{message}");
}
