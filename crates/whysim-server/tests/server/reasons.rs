//! Reasons are the library's own, as the program prints them.

use serde_json::{Value, json};
use whysim::{Options, Similarity, render};

use crate::Server;

const A: &str = "The coffee is bad.";
const B: &str = "This is not a good coffee.";

#[test]
fn explanations_are_those_of_the_library() {
    let server = Server::start(&[]);
    let encoder = whysim_bundled::load().unwrap();
    let [a, b] = [A, B].map(|text| encoder.decompose(text, &Options::default()).unwrap());
    let own = a.explain(&b, Similarity::Cos).unwrap();
    for _ in 0..2 {
        let answer = server.post("/explain", json!({ "a": A, "b": B }));
        assert_eq!(String::from_utf8(answer.body).unwrap(), render::json(&own));
    }
    let metrics = String::from_utf8(server.get("/metrics").body).unwrap();
    assert!(metrics.contains("whysim_cache_hits_total 2"), "{metrics}");
    for (format, kind, start) in [
        ("html", "text/html; charset=utf-8", &b"<!"[..]),
        ("svg", "image/svg+xml", b"<svg "),
        ("text", "text/plain; charset=utf-8", b"cosine "),
        ("png", "image/png", b"\x89PNG"),
    ] {
        let answer = server.post("/explain", json!({ "a": A, "b": B, "format": format }));
        assert_eq!((answer.status, answer.kind.as_str()), (200, kind));
        assert!(answer.body.starts_with(start), "{format}");
    }
    let by_removal = server.post("/explain", json!({ "a": A, "b": B, "method": "removal", "by": "word" })).json();
    assert_eq!([&by_removal["method"], &by_removal["by"]], ["removal", "word"]);
}

#[test]
fn a_query_and_its_passages() {
    let server = Server::start(&[]);
    let asked = json!({ "query": "Is the coffee good?", "passages": [A, B] });
    let relevance = server.post("/relevance", asked.clone()).json();
    let highlights = server.post("/highlight", asked).json();
    let scores = server.post("/similarity", json!({ "a": "Is the coffee good?", "b": [A, B] })).json();
    for i in 0..2 {
        for found in [&relevance[i], &highlights[i]] {
            let [found, score] = [&found["score"], &scores["scores"][i]].map(|score| score.as_f64().unwrap());
            assert!((found - score).abs() < 1e-5);
        }
    }
    let margin = server.post("/margin", json!({ "query": "Is the coffee good?", "better": B, "worse": A })).json();
    assert_eq!(margin["better"]["by"], "word");
    let layers = server.post("/compare", json!({ "a": A, "b": B, "layers": [5, 6] })).json();
    assert_eq!(layers["by"], "word");
}

#[test]
fn opensearch_gets_spans_in_utf16() {
    let server = Server::start(&[]);
    let text = "😀 Rain fell. The café closes at nine. Birds sang.";
    let question = "When does the café close?";
    let one =
        server.post("/opensearch/highlight", json!({ "question": question, "context": text, "inputs": [] })).json();
    let units: Vec<u16> = text.encode_utf16().collect();
    let mut last = 0;
    for span in one["highlights"].as_array().unwrap() {
        let [start, end] = ["start", "end"].map(|key| span[key].as_u64().unwrap() as usize);
        assert!(last <= start && start < end && end <= units.len());
        assert!(String::from_utf16(&units[start..end]).is_ok());
        last = end;
    }
    assert!(last > 0, "{one}");
    let inputs = json!([{ "question": question, "context": text }, { "question": question, "context": "" }]);
    for inputs in [inputs.clone(), Value::String(inputs.to_string())] {
        let all =
            server.post("/opensearch/highlight", json!({ "question": "", "context": "", "inputs": inputs })).json();
        assert_eq!(all["highlights"], json!([one["highlights"], []]));
    }
}
