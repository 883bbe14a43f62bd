//! How long a search of a million embeddings takes: `cargo test --release -p whysim --features
//! index --lib a_million -- --ignored --nocapture`.

use std::path::Path;
use std::time::Instant;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::manifest::{Manifest, Part};
use super::part::{self, Head, VERSION};
use super::recipe::{Model, Recipe, Stored};
use super::{Index, Reading, Record, disk, texts, vectors};
use crate::similarity::Similarity;

const DIM: usize = 384;
const ROWS: usize = 4096;

/// An index of random embeddings.
fn index(folder: &Path, count: usize, precision: Stored) {
    let recipe = Recipe {
        model: Model::default(),
        fingerprint: String::new(),
        dim: DIM,
        similarity: Similarity::Cos,
        prompt: None,
        prompt_text: String::new(),
        precision,
    };
    let mut random = ChaCha8Rng::seed_from_u64(0);
    let parts = (0..count.div_ceil(ROWS)).map(|number| {
        let rows = ROWS.min(count - number * ROWS);
        let values: Vec<f32> = (0..rows * DIM).map(|_| random.random::<f32>() - 0.5).collect();
        let record = |i: usize| Record {
            id: (number * ROWS + i).to_string(),
            source: "a.txt".into(),
            line: i as u64,
            text: format!("text {i} of part {number}"),
            metadata: "{}".into(),
        };
        let records: Vec<Record> = (0..rows).map(record).collect();
        let records: Vec<_> = records.iter().map(|record| (recipe.hash(&record.text), record)).collect();
        let name = part::name(number + 1);
        let [vectors_file, texts_file] = part::files(&name);
        let head = Head { version: VERSION, rows, vectors: None, recipe: recipe.clone() };
        let vectors =
            disk::write(folder, &vectors_file, |out| vectors::write(out, &head, DIM, precision, &values)).unwrap();
        let head = Head { vectors: Some(vectors.blake3.clone()), ..head };
        let texts = disk::write(folder, &texts_file, |out| texts::write(out, &head, &records)).unwrap();
        Part { name, rows, live: vec![[0, rows]], vectors, texts }
    });
    let parts = parts.collect();
    let manifest = Manifest { version: VERSION, reading: Reading::default(), sources: Vec::new(), parts, recipe };
    manifest.write(folder).unwrap();
}

#[test]
#[ignore = "takes minutes and 1.6 GB of disk; it measures"]
fn a_million_texts_are_searched_within_a_second() {
    for precision in [Stored::Float32, Stored::Float16] {
        let folder = tempfile::tempdir().unwrap();
        let begun = Instant::now();
        index(folder.path(), 1_000_000, precision);
        println!("{precision}: written in {:.1?}", begun.elapsed());
        let begun = Instant::now();
        let index = Index::open(folder.path()).unwrap();
        println!("{precision}: opened in {:.1?}", begun.elapsed());
        let query: Vec<f32> = (0..DIM).map(|i| (i as f32 * 0.7).sin()).collect();
        let mut took = Vec::new();
        for _ in 0..7 {
            let begun = Instant::now();
            assert_eq!(index.nearest(&query, 10, &()).unwrap().len(), 10);
            took.push(begun.elapsed());
        }
        let begun = Instant::now();
        let near = index.nearest(&query, 10, &()).unwrap();
        near.iter().for_each(|near| assert_eq!(index.record(near.position).unwrap().id, near.position.to_string()));
        println!("{precision}: with the ten texts {:.1?}", begun.elapsed());
        took.sort();
        println!("{precision}: {took:.1?} on {} threads", rayon::current_num_threads());
        assert!(took[0].as_secs_f64() < 1.0);
    }
}
