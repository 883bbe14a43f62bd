//! /openapi.json says what is true: its examples are sent, and its answers come back.

use serde_json::{Value, json};

use crate::Server;

/// Whether `found` has everything that is shown, and about the numbers; lists are held to their
/// first item.
fn holds(shown: &Value, found: &Value) -> bool {
    match (shown, found) {
        (Value::Object(shown), Value::Object(found)) => {
            shown.iter().all(|(key, value)| found.get(key).is_some_and(|found| holds(value, found)))
        }
        (Value::Array(shown), Value::Array(found)) => match (shown.first(), found.first()) {
            (Some(shown), Some(found)) => holds(shown, found),
            (shown, found) => shown.is_none() && found.is_none(),
        },
        (Value::Number(shown), Value::Number(found)) => {
            let [shown, found] = [shown, found].map(|number| number.as_f64().unwrap());
            (shown - found).abs() < 0.002
        }
        (shown, found) => shown == found,
    }
}

#[test]
fn examples_are_answered_as_they_say() {
    let server = Server::start(&[]);
    let document = server.get("/openapi.json").json();
    let mut count = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let answer = match method.as_str() {
                "post" => server.post(path, operation["requestBody"]["content"]["application/json"]["example"].clone()),
                _ => server.get(&path.replace("{name}", "minilm-exact")),
            };
            let content = operation["responses"]["200"]["content"].as_object().unwrap();
            assert!(content.contains_key(&answer.kind), "{path}: {}", answer.kind);
            if let Some(shown) = content[&answer.kind].get("example") {
                let found = answer.json();
                assert!(holds(shown, &found), "{path} shows {shown}, answered {found:#}");
            }
            count += 1;
        }
    }
    assert!(count > 10, "{count}");
}

#[test]
fn fields_are_those_that_are_taken() {
    let server = Server::start(&[]);
    let document = server.get("/openapi.json").json();
    let schema =
        |path: &str| document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"].clone();
    let explain = schema("/explain");
    assert_eq!(explain["required"], json!(["a", "b"]));
    assert_eq!(explain["additionalProperties"], false);
    for (path, item) in document["paths"].as_object().unwrap() {
        let Some(post) = item.get("post") else { continue };
        let fields = schema(path)["properties"].as_object().unwrap().clone();
        let example = &post["requestBody"]["content"]["application/json"]["example"];
        for (name, field) in fields {
            assert!(
                field["description"].as_str().is_some_and(|text| text.len() > 5),
                "{path} does not describe {name}"
            );
            // An object is a value of no field; that the field is named shows that it is known.
            let mut body = example.clone();
            body[&name] = json!({ "wrong": [] });
            let [code, param, message] = match name.as_str() {
                // Of no effect, whatever it holds.
                "parameters" => continue,
                _ => server.post(path, body).error(422),
            };
            assert!(code == "invalid_value" && param.starts_with(&name), "{path}, {name}: {code} {param} {message}");
        }
    }
}
