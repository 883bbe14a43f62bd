//! Embeddings and scores are the model's own, in every form.

use serde_json::{Value, json};
use whysim::Similarity;

use crate::Server;

const TEXTS: [&str; 3] = ["The coffee is bad.", "This is not a good coffee.", "Trains run late on Mondays."];

fn vectors(list: &Value) -> Vec<Vec<f32>> {
    serde_json::from_value(list.clone()).unwrap()
}

/// The model's own embeddings; in a batch they differ from these by rounding.
fn own() -> Vec<Vec<f32>> {
    whysim_bundled::load().unwrap().embed(&TEXTS, None).unwrap()
}

#[track_caller]
fn assert_close(a: &[f32], b: &[f32]) {
    assert_eq!(a.len(), b.len());
    let length = b.iter().map(|v| v * v).sum::<f32>().sqrt();
    assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-5 * length), "{a:?} is not {b:?}");
}

#[test]
fn all_forms_hold_the_same_numbers() {
    let server = Server::start(&[]);
    let floats = server.post("/v1/embeddings", json!({ "input": TEXTS, "model": "minilm-exact" })).json();
    assert_eq!(floats["usage"]["prompt_tokens"], floats["usage"]["total_tokens"]);
    let packed = server.post("/v1/embeddings", json!({ "input": TEXTS, "encoding_format": "base64" })).json();
    for (i, own) in own().iter().enumerate() {
        let float: Vec<f32> = serde_json::from_value(floats["data"][i]["embedding"].clone()).unwrap();
        assert_eq!(floats["data"][i]["index"], i);
        assert_close(&float, own);
        let bytes = base64::Engine::decode(
            &base64::engine::general_purpose::STANDARD,
            packed["data"][i]["embedding"].as_str().unwrap(),
        );
        let bytes = bytes.unwrap();
        let unpacked: Vec<f32> = bytes.chunks(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        assert_close(&unpacked, own);
    }
    let raw = vectors(&server.post("/embed", json!({ "inputs": TEXTS, "normalize": false })).json());
    let unit = vectors(&server.post("/embed", json!({ "inputs": TEXTS[0] })).json());
    let length = raw[0].iter().map(|v| v * v).sum::<f32>().sqrt();
    assert_close(&unit[0], &raw[0].iter().map(|v| v / length).collect::<Vec<_>>());
    let cut = server.post("/v1/embeddings", json!({ "input": TEXTS[0], "dimensions": 8 })).json();
    assert_eq!(cut["data"][0]["embedding"].as_array().unwrap().len(), 8);
}

#[test]
fn scores_are_those_of_the_embeddings() {
    let server = Server::start(&[]);
    let wide: Vec<Vec<f64>> = own().iter().map(|e| e.iter().map(|&v| f64::from(v)).collect()).collect();
    let expected = [1, 2].map(|i| Similarity::Cos.of(&wide[0], &wide[i]));
    let ours = server.post("/similarity", json!({ "a": TEXTS[0], "b": TEXTS[1..] })).json();
    let sentences = json!({ "source_sentence": TEXTS[0], "sentences": TEXTS[1..] });
    let theirs = server.post("/similarity", json!({ "inputs": sentences, "parameters": {} })).json();
    for i in 0..2 {
        assert!((ours["scores"][i].as_f64().unwrap() - expected[i]).abs() < 1e-5);
        assert_eq!(ours["scores"][i], theirs[i]);
    }
}

#[test]
fn many_clients_get_their_own_answers() {
    let server = Server::start(&[]);
    let text = |i: usize| format!("Text number {i} of {}", "many ".repeat(i % 40));
    let alone: Vec<_> = (0..40).map(|i| server.post("/embed", json!({ "inputs": text(i) })).json()).collect();
    std::thread::scope(|scope| {
        for client in 0..8 {
            let (server, alone) = (&server, &alone);
            scope.spawn(move || {
                for i in (client..40).step_by(8) {
                    let found = vectors(&server.post("/embed", json!({ "inputs": text(i) })).json());
                    assert_close(&found[0], &vectors(&alone[i])[0]);
                }
            });
        }
    });
}
