//! Broken PyTorch checkpoints: the zip file around the pickle.

use std::io::{Cursor, Read, Write};

use whysim::Error;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::{malformed, random, refused, says, unsupported};
use crate::common::{Copy, FAMILIES, Golden, folder, wide};

pub const FILE: &str = "pytorch_model.bin";
pub const PICKLE: &str = "pytorch_model/data.pkl";

fn bytes() -> Vec<u8> {
    std::fs::read(folder("xlm-roberta").join(FILE)).unwrap()
}

pub type Entries = Vec<(String, Vec<u8>)>;

pub fn entries() -> Entries {
    let mut archive = ZipArchive::new(Cursor::new(bytes())).unwrap();
    let count = archive.len();
    let read = |i| {
        let mut file = archive.by_index(i).unwrap();
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        (file.name().unwrap().to_string(), content)
    };
    (0..count).map(read).collect()
}

pub fn zipped(entries: &Entries, method: CompressionMethod) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        archive.start_file(name, SimpleFileOptions::default().compression_method(method)).unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

pub fn with_bytes(bytes: &[u8]) -> Copy {
    let copy = Copy::of("xlm-roberta");
    copy.write(FILE, bytes);
    copy
}

fn with_entries(change: impl FnOnce(&mut Entries)) -> Copy {
    let mut all = entries();
    change(&mut all);
    with_bytes(&zipped(&all, CompressionMethod::Stored))
}

/// The pickle with every `from` replaced by `to`, of the same length.
fn replaced(from: &[u8], to: &[u8]) -> Copy {
    with_entries(|all| {
        let pickle = &mut all.iter_mut().find(|(name, _)| name == PICKLE).unwrap().1;
        let places: Vec<usize> = (0..pickle.len() - from.len()).filter(|&i| pickle[i..].starts_with(from)).collect();
        assert!(!places.is_empty());
        places.into_iter().for_each(|at| pickle[at..at + to.len()].copy_from_slice(to));
    })
}

#[test]
fn zipped_anew_it_is_the_same_model() {
    assert_eq!(FAMILIES[3], "xlm-roberta");
    let golden = Golden::of("xlm-roberta");
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        let model = with_bytes(&zipped(&entries(), method)).load().unwrap();
        let got = model.embed(&[golden.text("a")], None).unwrap().swap_remove(0);
        golden.compare("xlm-roberta", "sentence_transformers.a", &wide(&got), 2e-5);
    }
}

#[test]
fn cut_off_anywhere() {
    let (whole, copy) = (bytes(), Copy::of("xlm-roberta"));
    for at in [0, 1, 3, 4, 30, 64, 5000, whole.len() / 2, whole.len() - 100, whole.len() - 1] {
        copy.write(FILE, &whole[..at]);
        malformed(&refused(&copy), &[FILE, "not a whole PyTorch checkpoint", "fetch it again"]);
    }
}

/// A file in the format from before PyTorch 1.6, beside a model that it does not fit.
fn old_format() -> Vec<u8> {
    let case = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/cases/legacy-pytorch/model/pytorch_model.bin");
    std::fs::read(case).unwrap()
}

#[test]
fn the_old_format_cut_off_and_changed() {
    let whole = old_format();
    for at in (16..whole.len()).step_by(601) {
        malformed(&refused(&with_bytes(&whole[..at])), &[FILE, "cut off"]);
    }
    let mut state = 5;
    for _ in 0..300 {
        let mut broken = whole.clone();
        for _ in 0..=super::random(&mut state, 4) {
            let at = super::random(&mut state, 6000);
            broken[at] = super::random(&mut state, 256) as u8;
        }
        super::says(&refused(&with_bytes(&broken)), &[]);
    }
    let big = whole.windows(15).position(|w| w.starts_with(b"little_endian")).unwrap() + 15;
    let mut turned = whole.clone();
    assert_eq!(turned[big], 0x88);
    turned[big] = 0x89;
    malformed(&refused(&with_bytes(&turned)), &[FILE, "big-endian"]);
}

#[test]
fn shards() {
    let copy = Copy::of("xlm-roberta");
    let expected = copy.load().unwrap().identity().fingerprint.clone();
    let names = ["pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin"];
    copy.write(names[0], bytes());
    copy.remove(FILE);
    let index = |names: &[&str]| {
        let map: serde_json::Map<String, serde_json::Value> =
            names.iter().map(|name| ((*name).to_owned(), (*name).into())).collect();
        serde_json::json!({ "weight_map": map }).to_string()
    };
    copy.write("pytorch_model.bin.index.json", index(&names[..1]));
    assert_eq!(copy.load().unwrap().identity().fingerprint, expected);
    copy.write("pytorch_model.bin.index.json", index(&names));
    super::missing(&refused(&copy), &[names[1], "names it as a shard"]);
    copy.write(names[1], bytes());
    malformed(&refused(&copy), &[names[1], "is in another shard as well"]);
}

#[test]
fn not_a_checkpoint() {
    malformed(&refused(&with_bytes(b"nonsense")), &[FILE, "not a whole PyTorch checkpoint", "model.safetensors"]);
    let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n";
    malformed(&refused(&with_bytes(pointer)), &[FILE, "Git LFS pointer"]);
    let other = zipped(&vec![("readme.txt".into(), b"hello".to_vec())], CompressionMethod::Stored);
    malformed(&refused(&with_bytes(&other)), &[FILE, "not one that PyTorch wrote"]);
}

#[test]
fn storages() {
    let gone = with_entries(|all| all.retain(|(name, _)| name != "pytorch_model/data/0"));
    malformed(&refused(&gone), &["`embeddings.word_embeddings.weight` has no readable values", "fetch the file again"]);
    let short = with_entries(|all| all.iter_mut().find(|(n, _)| n == "pytorch_model/data/0").unwrap().1.truncate(100));
    malformed(&refused(&short), &["`embeddings.word_embeddings.weight` is larger than its values"]);
    unsupported(
        &refused(&replaced(b"FloatStorage", b"CharsStorage")),
        &["`CharsStorage`", "F16, BF16", "`embeddings."],
    );
    let big =
        with_entries(|all| all.iter_mut().find(|(n, _)| n == "pytorch_model/byteorder").unwrap().1 = b"big".to_vec());
    malformed(&refused(&big), &["big-endian"]);
    let nan = with_entries(|all| {
        let values = &mut all.iter_mut().find(|(n, _)| n == "pytorch_model/data/1").unwrap().1;
        values[..4].copy_from_slice(&f32::NAN.to_le_bytes());
    });
    assert!(matches!(refused(&nan), Error::NotFinite { .. }));
}

#[test]
fn a_changed_value_fails_its_checksum() {
    let mut broken = bytes();
    let at = entries().iter().find(|(n, _)| n == "pytorch_model/data/0").unwrap().1[..64].to_vec();
    let at = broken.windows(64).position(|w| w == at).unwrap();
    broken[at + 2] ^= 1;
    let error = refused(&with_bytes(&broken));
    says(&error, &[FILE, "checksum"]);
}

#[test]
fn changed_bytes_give_an_error_or_a_model() {
    let (whole, copy, mut state) = (bytes(), Copy::of("xlm-roberta"), 2);
    for round in 0..400 {
        let mut broken = whole.clone();
        for _ in 0..=random(&mut state, 4) {
            // The zip's directory is at the end, the pickle at the beginning.
            let near = random(&mut state, 10_000);
            let at = if round % 2 == 0 { near } else { whole.len() - 1 - near };
            broken[at] = random(&mut state, 256) as u8;
        }
        copy.write(FILE, broken);
        if let Err(error) = copy.load() {
            says(&error, &[]);
        }
    }
}
