//! What each kind of server is asked, and how its answers are read.

use serde_json::json;
use whysim::endpoint::{Endpoint, Kind, Options};
use whysim::{Embedder, Error};

use super::{Answer, Server, check, endpoint, quick, vector};

const TEXTS: [&str; 3] = ["red wine", "white wine", "a café"];

#[test]
fn each_kind_is_asked_in_its_own_words() {
    let server = Server::start(|_, request| Answer::right(request));
    for (path, body) in [
        ("/v1/embeddings", json!({"model": "m", "input": TEXTS, "encoding_format": "float"})),
        ("/api/embed", json!({"model": "m", "input": TEXTS, "truncate": false})),
        ("/embed", json!({"inputs": TEXTS, "truncate": false})),
    ] {
        let endpoint = endpoint(&server, path, quick());
        check(&endpoint, &TEXTS);
        let [request] = &server.take_log()[..] else { panic!("{path}") };
        assert_eq!((&request.path[..], &request.body), (path, &body));
        assert_eq!(request.headers["content-type"], "application/json");
        assert!(!request.headers.contains_key("authorization"));
        assert_eq!(endpoint.name(), "m");
    }
}

#[test]
fn dimensions_are_asked_for_and_held_to() {
    let server = Server::start(|_, request| Answer::right(request));
    check(&endpoint(&server, "/v1/embeddings", Options { dimensions: Some(3), ..quick() }), &["a"]);
    assert_eq!(server.take_log()[0].body["dimensions"], 3);
    let message = super::problem(&endpoint(&server, "/api/embed", Options { dimensions: Some(2), ..quick() }), &["a"]);
    assert!(message.ends_with("it gives vectors of 3 values, though 2 were asked for"), "{message}");
}

#[test]
fn the_order_is_that_of_the_indices() {
    let server = Server::start(|_, request| {
        let mut data: Vec<_> = request.texts().iter().map(|text| json!({"embedding": vector(text)})).collect();
        data.iter_mut().enumerate().for_each(|(i, one)| one["index"] = i.into());
        data.rotate_left(1);
        Answer::new(200, json!({"data": data}))
    });
    check(&endpoint(&server, "/v1/embeddings", quick()), &TEXTS);
}

#[test]
fn vectors_without_indices_and_in_base64_are_read() {
    let plain = Server::start(|_, request| {
        let data: Vec<_> = request.texts().iter().map(|text| json!({"embedding": vector(text)})).collect();
        Answer::new(200, json!({"data": data}))
    });
    check(&endpoint(&plain, "/v1/embeddings", quick()), &TEXTS);
    // By Python: base64.b64encode(struct.pack("<2f", 1.5, -2)).
    let coded = Server::start(|_, request| Answer::of(&request.path, &json!(["AADAPwAAAMA="])));
    assert_eq!(endpoint(&coded, "/v1/embeddings", quick()).embed(&["a"], &()).unwrap(), [[1.5, -2.0]]);
}

#[test]
fn every_value_comes_as_the_server_wrote_it() {
    let values = [1.0f32 / 3.0, f32::MIN_POSITIVE, -f32::MAX, 16_777_217.0, 1e-45, 0.1];
    let server = Server::start(move |_, request| {
        // Shortest decimals, as Rust, Go and JavaScript write them.
        let numbers: Vec<String> = values.iter().map(f32::to_string).collect();
        let answer = Answer::of(&request.path, &json!([0]));
        Answer { body: answer.body.replace("[0]", &format!("[[{}]]", numbers.join(","))), ..answer }
    });
    let vectors = endpoint(&server, "/api/embed", quick()).embed(&["a"], &()).unwrap();
    assert_eq!(vectors[0].iter().map(|v| v.to_bits()).collect::<Vec<_>>(), values.map(f32::to_bits));
}

#[test]
fn the_kind_is_what_the_path_says_unless_it_is_given() {
    let new = |url: &str, options| Endpoint::new(url, options).map(|_| ()).map_err(|error| error.to_string());
    let server = Server::start(|_, request| Answer::of("/v1/embeddings", &json!([vector(&request.texts()[0])])));
    let options = Options { kind: Some(Kind::OpenAi), ..quick() };
    check(&endpoint(&server, "/my/own/place?version=1", options), &["a"]);
    assert_eq!(server.take_log()[0].path, "/my/own/place?version=1");
    for bare in ["http://localhost:8080", "http://localhost:8080/", "https://api.example.com/v1"] {
        let message = new(bare, quick()).unwrap_err();
        assert!(message.starts_with(bare), "{message}");
        assert!(["/v1/embeddings", "/api/embed", "/embed "].iter().all(|form| message.contains(form)), "{message}");
    }
    let ollama = "http://localhost:11434/api/embed";
    assert!(new(ollama, Options { model: None, ..quick() }).unwrap_err().contains("model's name"));
    for (wrong, why) in [
        ("localhost:8080/embed", "begins with http://"),
        ("http:///embed", "not a web address"),
        ("http://a b/embed", "not a web address"),
        ("ftp://host/embed", "begins with http://"),
    ] {
        assert!(new(wrong, quick()).unwrap_err().contains(why), "{wrong}");
    }
}

#[test]
fn options_and_texts_that_cannot_be_are_refused_before_anything_is_sent() {
    let server = Server::start(|_, request| Answer::right(request));
    let zero = |options| Endpoint::new(&format!("{}/embed", server.url), options).unwrap_err().to_string();
    assert_eq!(zero(Options { batch: 0, ..quick() }), "batch must be at least 1, not 0");
    assert_eq!(zero(Options { concurrency: 0, ..quick() }), "concurrency must be at least 1, not 0");
    assert!(zero(Options { timeout: std::time::Duration::ZERO, ..quick() }).starts_with("timeout must be above 0"));
    let endpoint = endpoint(&server, "/embed", quick());
    for empty in ["", " \n\t", "\u{a0}"] {
        let error = endpoint.embed(&["a", empty, "b"], &()).unwrap_err();
        assert!(matches!(&error, Error::EmptyText { which } if which == "number 2"), "{error}");
    }
    assert_eq!(endpoint.embed(&[], &()).unwrap(), Vec::<Vec<f32>>::new());
    assert!(server.take_log().is_empty());
}
