//! Broken safetensors files.

use safetensors::Dtype;
use serde_json::{Value, json};
use whysim::Error;

use super::{malformed, missing, random, refused, says, unsupported};
use crate::common::arrays::Array;
use crate::common::weights::with_weights;
use crate::common::{Copy, folder};

const FILE: &str = "model.safetensors";
const INDEX: &str = "model.safetensors.index.json";

fn bytes() -> Vec<u8> {
    std::fs::read(folder("bert").join(FILE)).unwrap()
}

fn with_bytes(bytes: &[u8]) -> Copy {
    let copy = Copy::of("bert");
    copy.write(FILE, bytes);
    copy
}

/// The error for a file with a changed header.
fn with_header(change: impl FnOnce(&mut Value)) -> Error {
    let bytes = bytes();
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let mut header: Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
    change(&mut header);
    let header = header.to_string();
    let whole = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &bytes[8 + length..]].concat();
    refused(&with_bytes(&whole))
}

#[test]
fn cut_off_anywhere() {
    let whole = bytes();
    let length = u64::from_le_bytes(whole[..8].try_into().unwrap()) as usize;
    let copy = Copy::of("bert");
    let places = [0, 1, 7, 8, 9, 100, length, 7 + length, 8 + length, 9 + length, whole.len() / 2, whole.len() - 1];
    for at in places {
        copy.write(FILE, &whole[..at]);
        let said = if at < 8 + length { "end inside its header" } else { "cut off" };
        malformed(&refused(&copy), &[FILE, said, &format!("{at} bytes"), "fetch the file again"]);
    }
}

#[test]
fn not_a_safetensors_file() {
    let lengths = [u64::MAX, 1 << 63, (100 << 20) + 1];
    for length in lengths {
        let mut broken = bytes();
        broken[..8].copy_from_slice(&length.to_le_bytes());
        malformed(&refused(&with_bytes(&broken)), &["does not begin with a safetensors header"]);
    }
    let mut long = bytes();
    long[..8].copy_from_slice(&(50_u64 << 20).to_le_bytes());
    malformed(&refused(&with_bytes(&long)), &["end inside its header"]);
    malformed(&refused(&with_bytes(b"<html>Not found</html>")), &["does not begin with a safetensors header"]);
    malformed(&refused(&with_bytes(b"PK\x03\x04 a zip file, or so it seems")), &["does not begin"]);
    let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n";
    malformed(&refused(&with_bytes(pointer)), &["Git LFS pointer", "git lfs pull"]);
    let junk = [&16_u64.to_le_bytes()[..], &[b'x'; 16]].concat();
    malformed(&refused(&with_bytes(&junk)), &["header is not JSON"]);
    let list = [&2_u64.to_le_bytes()[..], b"[]"].concat();
    malformed(&refused(&with_bytes(&list)), &["header is not JSON"]);
    let empty = [&2_u64.to_le_bytes()[..], b"{}"].concat();
    malformed(&refused(&with_bytes(&empty)), &["no weight `embeddings.word_embeddings.weight`"]);
}

#[test]
fn impossible_places() {
    let name = "embeddings.LayerNorm.bias";
    let place = |from: u64, to: u64| with_header(|h| h[name]["data_offsets"] = json!([from, to]));
    malformed(&place(128, 0), &[name, "impossible offsets"]);
    malformed(&place(0, u64::MAX), &[name, "impossible offsets"]);
    malformed(&place(0, 1 << 40), &["cut off", name]);
    malformed(&place(u64::MAX, u64::MAX), &[name]);
    malformed(&place(64, 192), &["overlap", name, "fetch the file again"]);
    malformed(&place(0, 0), &[name, "has 0 bytes, which does not match its shape"]);
    for wrong in [json!([0]), json!([-1, 2]), json!("0"), json!(null), json!([0.5, 1])] {
        malformed(&with_header(|h| h[name]["data_offsets"] = wrong), &[&format!("entry `{name}`")]);
    }
    for wrong in [json!([-32]), json!(32), json!([1e30]), json!(null)] {
        malformed(&with_header(|h| h[name]["shape"] = wrong), &[&format!("entry `{name}`")]);
    }
    let shape = with_header(|h| h[name]["shape"] = json!([usize::MAX, usize::MAX]));
    assert!(matches!(shape, Error::Shape { .. }), "{shape}");
    malformed(&with_header(|h| h[name]["dtype"] = json!("F64")), &[name, "bytes, which does not match its shape"]);
}

#[test]
fn types_that_are_no_floats() {
    for dtype in ["I64", "U8", "BOOL", "F8_E4M3", "nonsense"] {
        let error = with_header(|h| h["embeddings.LayerNorm.bias"]["dtype"] = json!(dtype));
        let got = format!("weight type `{dtype}`");
        unsupported(&error, &[&got, "F16, BF16, F32, F64", "`embeddings.LayerNorm.bias`"]);
    }
}

#[test]
fn missing_weights() {
    let anchor = "embeddings.word_embeddings.weight";
    for name in [anchor, "encoder.layer.2.output.dense.bias", "embeddings.LayerNorm.weight"] {
        let copy = with_weights("bert", |w| drop(w.remove(name)));
        malformed(&refused(&copy), &[FILE, &format!("no weight `{name}`"), "different kinds of model"]);
    }
    // Only half of an old pair of names.
    let copy = with_weights("bert", |w| {
        let gamma = w.remove("embeddings.LayerNorm.weight").unwrap();
        w.insert("embeddings.LayerNorm.gamma".into(), gamma);
    });
    malformed(&refused(&copy), &["no weight `embeddings.LayerNorm.beta`"]);
}

#[test]
fn wrong_shapes() {
    let name = "encoder.layer.1.attention.self.query.weight";
    for shape in [vec![32, 31], vec![31, 32], vec![1024], vec![32, 32, 1], vec![]] {
        let copy = with_weights("bert", |w| {
            w.insert(name.into(), Array::new(&shape, vec![0.0; shape.iter().product()]));
        });
        let error = refused(&copy);
        assert!(matches!(&error, Error::Shape { got, .. } if *got == shape), "{error}");
        says(&error, &[name, &format!("has shape {shape:?}"), "asks for [32, 32]"]);
    }
}

#[test]
fn weights_that_are_no_numbers() {
    for (dtype, value) in [(Dtype::F32, f32::NAN), (Dtype::F32, f32::INFINITY), (Dtype::F16, f32::NEG_INFINITY)] {
        for at in [0, 17, 31] {
            let name = "encoder.layer.1.output.LayerNorm.bias";
            let copy = with_weights("bert", |w| {
                let mut values = vec![0.5_f32; 32];
                values[at] = value;
                let mut array = Array::new(&[32], values.clone());
                if dtype == Dtype::F16 {
                    let bytes = values.iter().flat_map(|&v| half::f16::from_f32(v).to_le_bytes()).collect();
                    array = Array { dtype, bytes, ..array };
                }
                w.insert(name.into(), array);
            });
            let error = refused(&copy);
            assert!(matches!(&error, Error::NotFinite { name: got } if got == name), "{error}");
            says(&error, &[name, "NaN or infinite", "fetch it again or train it again"]);
            let wide = whysim::Encoder::<f64>::load_as(copy.path(), "x").map(|_| ()).unwrap_err();
            assert!(matches!(wide, Error::NotFinite { .. }), "{wide}");
        }
    }
    // Finite in f64, but not in f32, in which the encoder works.
    let copy = with_weights("bert", |w| {
        let bytes = [1e200_f64.to_le_bytes(); 32].concat();
        w.insert("embeddings.LayerNorm.bias".into(), Array { shape: vec![32], dtype: Dtype::F64, bytes });
    });
    assert!(matches!(refused(&copy), Error::NotFinite { .. }));
}

#[test]
fn shards() {
    let copy = Copy::of("mpnet");
    copy.remove("model-00002-of-00002.safetensors");
    missing(&refused(&copy), &["model-00002-of-00002.safetensors is missing", INDEX, "fetch the model again"]);
    for name in ["../model.safetensors", "/etc/passwd", "a/b.safetensors", "..", ".", "", "/"] {
        let copy = Copy::of("mpnet");
        copy.edit(INDEX, |i| i["weight_map"]["embeddings.LayerNorm.bias"] = json!(name));
        malformed(&refused(&copy), &[INDEX, &format!("the shard `{name}`, which is not a file beside it")]);
    }
    let copy = Copy::of("mpnet");
    copy.edit(INDEX, |i| i["weight_map"] = json!({}));
    malformed(&refused(&copy), &[INDEX, "weight_map is empty"]);
    for wrong in [json!(null), json!([]), json!({"a": 1})] {
        copy.edit(INDEX, |i| i["weight_map"] = wrong);
        malformed(&refused(&copy), &[INDEX]);
    }
    // If the index omits a shard, a weight is missing.
    let copy = Copy::of("mpnet");
    copy.edit(INDEX, |i| {
        i["weight_map"].as_object_mut().unwrap().retain(|_, shard| shard != "model-00002-of-00002.safetensors");
    });
    malformed(&refused(&copy), &["no weight `encoder."]);
    let copy = Copy::of("mpnet");
    let first = std::fs::read(copy.path().join("model-00001-of-00002.safetensors")).unwrap();
    copy.write("model-00002-of-00002.safetensors", first);
    malformed(&refused(&copy), &["is in another shard as well"]);
}

#[test]
fn changed_bytes_give_an_error_or_a_model() {
    let (whole, copy, mut state) = (bytes(), Copy::of("bert"), 1);
    for round in 0..600 {
        let mut broken = whole.clone();
        for _ in 0..=random(&mut state, 3) {
            let at = random(&mut state, if round % 2 == 0 { 5700 } else { 64 });
            broken[at] = random(&mut state, 256) as u8;
        }
        copy.write(FILE, broken);
        if let Err(error) = copy.load() {
            says(&error, &[]);
        }
    }
}
