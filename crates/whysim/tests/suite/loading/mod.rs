//! Faithful loading: the encoder does what the model's folder says, in any of its many layouts.

mod cases;
mod dimensions;
mod embeddings;
mod families;
mod fingerprint;
mod keys;
mod layout;
mod limits;
mod prompts;
mod tasks;
mod tokenizer;

use whysim::decomposition::{Decomposition, Options};

/// Sum of all rows of V, [D].
fn sum_of_rows(d: &Decomposition) -> Vec<f64> {
    let dim = d.embedding.len();
    (0..dim).map(|i| d.contributions.iter().skip(i).step_by(dim).map(|&v| f64::from(v)).sum()).collect()
}

/// Rows sum to embedding - reference.
fn assert_complete(d: &Decomposition) {
    let scale = d.embedding.iter().fold(1f32, |m, v| m.max(v.abs()));
    for (i, sum) in sum_of_rows(d).into_iter().enumerate() {
        let expected = f64::from(d.embedding[i] - d.reference[i]);
        assert!((sum - expected).abs() < 2e-3 * f64::from(scale), "dimension {i} of {:?}: {sum} {expected}", d.text);
    }
}

fn prompted(name: &str) -> Options {
    Options { prompt: Some(name.into()), ..Options::default() }
}
