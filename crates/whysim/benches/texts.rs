//! Times many texts in one process: embeddings, decompositions, and pairs of stored decompositions.
//!
//! ```text
//! cargo bench --bench texts -- MODEL FILE REPEATS
//! ```
//!
//! FILE holds one text per line. Prints one JSON object; comparing CPU seconds with wall-clock
//! seconds shows how many cores were used.
#![allow(missing_docs)]

mod process;

use std::time::Instant;

use process::{cpu_seconds, peak_rss};
use serde_json::json;
use whysim::{Decomposition, Encoder, Options, Similarity};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let [model, file, repeats] = args.as_slice() else {
        return eprintln!("texts: MODEL FILE REPEATS");
    };
    let encoder = Encoder::load(model.as_ref(), model).expect("the model");
    let file = std::fs::read_to_string(file).expect("the texts");
    let texts: Vec<&str> = file.lines().collect();
    let repeats: usize = repeats.parse().expect("a number of repeats");

    let embed: Vec<f64> = (0..repeats).map(|_| seconds(|| encoder.embed(&texts, None).expect("embeddings"))).collect();
    let (few, many) = (&texts[..texts.len() / 10], &texts);
    encoder.decompose_all(few, &Options::default()).expect("decompositions");
    let memory_of_few = peak_rss();
    let (cpu, start) = (cpu_seconds(), Instant::now());
    let all = encoder.decompose_all(many, &Options::default()).expect("decompositions");
    let (wall, cpu) = (start.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    println!(
        "{}",
        json!({
            "texts": texts.len(),
            "embed": embed,
            "decompose": wall,
            "decompose_cpu": cpu,
            "threads": std::thread::available_parallelism().map_or(1, usize::from),
            "peak_rss_of_a_tenth": memory_of_few,
            "peak_rss": peak_rss(),
            "stored_numbers": all.iter().map(|d| d.contributions.len()).sum::<usize>(),
            "stored": stored(&all),
        })
    );
}

/// Pairs of stored decompositions: one pair of about 12 and 14 tokens, and one text against 1000 of
/// about 30.
fn stored(all: &[Decomposition]) -> serde_json::Value {
    let near = |tokens: usize| all.iter().min_by_key(|d| d.tokens.len().abs_diff(tokens)).expect("a text");
    let (a, b, long) = (near(12), near(14), near(30));
    let explain = |a: &Decomposition, b: &Decomposition| a.explain(b, Similarity::Cos).expect("a pair").sum;
    let pair = (0..2000).map(|_| seconds(|| explain(a, b))).fold(f64::INFINITY, f64::min);
    let documents = vec![long.clone(); 1000];
    let search = || documents.iter().map(|d| explain(a, d)).sum::<f64>();
    let thousand = (0..20).map(|_| seconds(search)).fold(f64::INFINITY, f64::min);
    json!({
        "dim": a.embedding.len(),
        "pair_tokens": [a.tokens.len(), b.tokens.len()],
        "pair": pair,
        "document_tokens": long.tokens.len(),
        "thousand_documents": thousand,
    })
}

fn seconds<R>(work: impl FnOnce() -> R) -> f64 {
    let start = Instant::now();
    std::hint::black_box(work());
    start.elapsed().as_secs_f64()
}
