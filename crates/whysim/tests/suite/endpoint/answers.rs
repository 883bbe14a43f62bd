//! Answers that are no vectors: each is one clear error.

use serde_json::{Value, json};

use super::{Answer, Server, endpoint, problem, quick};

/// The message for two texts when the server answers with status 200 and this body.
fn message(path: &str, body: &str) -> String {
    let answer = Answer::new(200, body);
    let server = Server::start(move |_, _| answer.clone());
    let message = problem(&endpoint(&server, path, quick()), &["one", "two"]);
    assert_eq!(server.take_log().len(), 1, "no answer is asked for again: {message}");
    message.split_once(": ").unwrap().1.to_owned()
}

#[test]
fn vectors_that_are_none() {
    for (vectors, expected) in [
        (json!([[1, 2]]), "it gives 1 vectors for 2 texts"),
        (json!([[1, 2], [3, 4], [5, 6]]), "it gives 3 vectors for 2 texts"),
        (json!([]), "it gives 0 vectors for 2 texts"),
        (json!([[1, 2], [3]]), "its vectors differ in size: 2 values for text number 1, 1 for number 2"),
        (json!([[1, 2], [3, null]]), "the vector of text number 2 holds null as value 2, which is no number"),
        (json!([[1, "NaN"], [3, 4]]), "the vector of text number 1 holds \"NaN\" as value 2, which is no number"),
        (
            json!([[1, 2], [1e300, 4]]),
            "the vector of text number 2 holds inf as value 1: the model's numbers broke down",
        ),
        (json!([[], []]), "the vector of text number 1 is empty"),
        (json!([[0, 0.0], [1, 2]]), "the vector of text number 1 is 0 everywhere"),
        (json!([null, [1, 2]]), "the vector of text number 1 is `null`, not a list of numbers"),
        (json!(["no base64", [1, 2]]), "the vector of text number 1 is a string, `no base64`, not a list of numbers"),
    ] {
        for path in ["/v1/embeddings", "/api/embed", "/embed"] {
            let got = message(path, &Answer::of(path, &vectors).body);
            assert!(got.starts_with(expected), "{path}: {got}");
        }
    }
}

#[test]
fn indices_that_are_none() {
    let body = |indices: [Value; 2]| {
        let data = indices.map(|index| match index {
            Value::Null => json!({"embedding": [1, 2]}),
            index => json!({"embedding": [1, 2], "index": index}),
        });
        json!({"data": data}).to_string()
    };
    for (indices, expected) in [
        ([json!(1), json!(1)], "two vectors of its answer have the index 1"),
        ([json!(0), json!(2)], "a vector of its answer has the index 2, for 2 texts"),
        ([json!(0), json!(-1)], "a vector of its answer has the index -1, for 2 texts"),
        ([json!(0), Value::Null], "a vector of its answer has no index, though others have"),
    ] {
        assert_eq!(message("/v1/embeddings", &body(indices)), expected);
    }
}

#[test]
fn bodies_that_are_none() {
    for (body, expected) in [
        ("", "its answer is empty"),
        (" \n", "its answer is empty"),
        ("<!doctype html>\n<title>NaN</title>", "its answer is not JSON: <!doctype html> <title>NaN</title>"),
        ("ok", "its answer is not JSON: ok"),
        ("[[NaN, 1], [2, 3]]", "its answer holds NaN or Infinity, which is no JSON: the model's numbers broke down"),
        ("[[1, 2], [3,", "its answer is not JSON: [[1, 2], [3,"),
        (
            r#"{"error": {"message": "no such model"}}"#,
            "it answers with an error as if it were a result: no such model",
        ),
        (r#"{"object": "list"}"#, "its answer is not of the form [[…]]: {\"object\": \"list\"}"),
    ] {
        assert_eq!(message("/embed", body), expected);
    }
    assert!(message("/v1/embeddings", "[[1, 2], [3, 4]]").contains("not of the form {\"data\": [{"));
    assert!(message("/api/embed", r#"{"embedding": [1, 2]}"#).contains("not of the form {\"embeddings\":"));
    let long = message("/embed", &"é".repeat(5000));
    assert!(long.ends_with("é…") && long.chars().count() < 300, "{long}");
}

#[test]
fn the_size_of_vectors_stays() {
    let server = Server::start(|before, request| {
        Answer::of(&request.path, &json!([vec![1.0; if before == 0 { 2 } else { 4 }]]))
    });
    let endpoint = endpoint(&server, "/embed", quick());
    whysim::Embedder::embed(&endpoint, &["one"], &()).unwrap();
    let message = problem(&endpoint, &["two"]);
    assert!(message.ends_with("its vectors have 4 values now, and had 2 before"), "{message}");
}
