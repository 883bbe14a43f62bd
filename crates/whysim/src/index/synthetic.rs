//! Indexes of random embeddings, to time searches on: `cargo bench --bench search`.

use std::path::Path;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::manifest::{Manifest, Part};
use super::part::{self, Head, VERSION};
use super::recipe::{Model, Recipe, Stored};
use super::{Reading, Record, disk, texts, vectors};
use crate::error::Result;
use crate::similarity::Similarity;

/// Texts of a part.
const ROWS: usize = 4096;

/// Makes a folder an index of `count` random embeddings of `dim` numbers, compared by cosine. The
/// text at a position has it as its name.
///
/// # Errors
/// If it cannot be written.
pub fn synthetic(folder: &Path, count: usize, dim: usize, precision: Stored) -> Result<()> {
    let recipe = Recipe {
        model: Model::default(),
        fingerprint: String::new(),
        dim,
        similarity: Similarity::Cos,
        prompt: None,
        prompt_text: String::new(),
        precision,
    };
    let mut random = ChaCha8Rng::seed_from_u64(0);
    let parts = (0..count.div_ceil(ROWS)).map(|number| {
        let rows = ROWS.min(count - number * ROWS);
        let values: Vec<f32> = (0..rows * dim).map(|_| random.random::<f32>() - 0.5).collect();
        write(folder, number, rows, &values, &recipe)
    });
    let parts = parts.collect::<Result<Vec<Part>>>()?;
    Manifest { version: VERSION, reading: Reading::default(), sources: Vec::new(), parts, recipe }.write(folder)
}

/// Writes a part. values: [rows, D].
fn write(folder: &Path, number: usize, rows: usize, values: &[f32], recipe: &Recipe) -> Result<Part> {
    let record = |row: usize| Record {
        id: (number * ROWS + row).to_string(),
        source: "random".into(),
        line: row as u64,
        text: format!("text {row} of part {number}"),
        metadata: "{}".into(),
    };
    let records: Vec<Record> = (0..rows).map(record).collect();
    let records: Vec<_> = records.iter().map(|record| (recipe.hash(&record.text), record)).collect();
    let name = part::name(number + 1);
    let [vectors_file, texts_file] = part::files(&name);
    let head = Head { version: VERSION, rows, vectors: None, recipe: recipe.clone() };
    let vectors =
        disk::write(folder, &vectors_file, |out| vectors::write(out, &head, recipe.dim, recipe.precision, values))?;
    let head = Head { vectors: Some(vectors.blake3.clone()), ..head };
    let texts = disk::write(folder, &texts_file, |out| texts::write(out, &head, &records))?;
    Ok(Part { name, rows, live: vec![[0, rows]], vectors, texts })
}
