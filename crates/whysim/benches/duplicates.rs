//! Times the search for duplicates among random embeddings, some of which are near copies.
//!
//! ```text
//! cargo bench --bench duplicates -- TEXTS DIM COPIES THRESHOLD
//! ```
//!
//! COPIES is the share of texts that are near copies of others, or 1 for texts that are all near
//! each other. Prints one JSON object: pairs, wall-clock and CPU seconds, and memory in MB, of the
//! embeddings and texts, and at most.
#![allow(missing_docs)]

mod process;

use std::time::Instant;

use process::{cpu_seconds, peak_rss};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use whysim::Similarity;
use whysim::corpus::Embedded;
use whysim::duplicates::{Options, find};

const MB: u64 = 1 << 20;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let [texts, dim, copies, threshold] = args.as_slice() else {
        return eprintln!("duplicates: TEXTS DIM COPIES THRESHOLD");
    };
    let [texts, dim]: [usize; 2] = [texts, dim].map(|count| count.parse().expect("a number"));
    let copies: f64 = copies.parse().expect("a share");
    let corpus = random(texts, dim, copies);
    let options = Options { threshold: threshold.parse().expect("a threshold"), ..Options::default() };
    let held = peak_rss();
    let (cpu, begun) = (cpu_seconds(), Instant::now());
    let found = find(&corpus, None, &options, &()).expect("the duplicates");
    let (wall, cpu) = (begun.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    println!(
        "{}",
        json!({"texts": texts, "pairs": found.above, "wall": wall, "cpu": cpu, "held": held / MB, "most": peak_rss() / MB})
    );
}

/// Random embeddings. A copy is one of those before it with a tenth of its length as noise.
fn random(texts: usize, dim: usize, copies: f64) -> Embedded {
    let mut random = ChaCha8Rng::seed_from_u64(0);
    let mut embeddings: Vec<f32> = Vec::with_capacity(texts * dim);
    for text in 0..texts {
        let of = (text > 0 && random.random_bool(copies))
            .then(|| if copies < 1.0 { random.random_range(0..text) } else { 0 });
        let noise = if of.is_some() { 0.1 } else { 1.0 };
        for i in 0..dim {
            let value = of.map_or(0.0, |of| embeddings[of * dim + i]);
            embeddings.push(value + noise * (random.random::<f32>() - 0.5));
        }
    }
    let names = || (0..texts).map(|text| format!("text {text}")).collect();
    Embedded { ids: names(), texts: names(), embeddings, dim, similarity: Similarity::Cos }
}
