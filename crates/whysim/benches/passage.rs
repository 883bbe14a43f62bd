//! Times a short query against a long passage, and highlights of ten such passages, compared with
//! embedding them, in one process.
//!
//! ```text
//! cargo bench --bench passage -- MODEL LAYER REPEATS QUERY PASSAGE
//! ```
//!
//! LAYER is a number, or `default`. Prints one JSON object: tokens, and for each kind of work its
//! wall-clock and CPU seconds, the least of the repeats. References of the passage's length are
//! already cached, as they are when processing many passages.
#![allow(missing_docs)]

mod process;

use std::time::Instant;

use process::cpu_seconds;
use serde_json::json;
use whysim::{Encoder, Options, Similarity, highlight};

/// The least wall-clock and CPU seconds for one piece of work.
fn least(repeats: usize, work: impl Fn()) -> [f64; 2] {
    work();
    // The CPU clock ticks 100 times per second: repeat the work until that is fine enough.
    let start = Instant::now();
    work();
    let together = (0.3 / start.elapsed().as_secs_f64()).ceil().max(1.0) as usize;
    let mut best = [f64::INFINITY; 2];
    for _ in 0..repeats {
        let (cpu, start) = (cpu_seconds(), Instant::now());
        (0..together).for_each(|_| work());
        let now = [start.elapsed().as_secs_f64(), cpu_seconds() - cpu];
        best = [0, 1].map(|i| best[i].min(now[i] / together as f64));
    }
    best
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let [model, layer, repeats, query, passage] = args.as_slice() else {
        return eprintln!("passage: MODEL LAYER REPEATS QUERY PASSAGE");
    };
    let encoder = Encoder::load(model.as_ref(), model).expect("the model");
    let layer = (layer != "default").then(|| layer.parse().expect("a layer"));
    let options = Options { layer, ..Options::default() };
    let repeats = repeats.parse().expect("a number of repeats");
    let texts = [query.as_str(), passage.as_str()];
    let explain = || encoder.explain(texts, [&options, &options], Similarity::Cos).expect("the pair");
    let relevance = || encoder.relevance(query, &[passage], None, &options, Similarity::Cos).expect("the relevance");
    let decompose = || {
        let [a, b] = encoder.decompose_pair(texts, [&options, &options]).expect("the texts");
        a.explain(&b, Similarity::Cos).expect("the pair")
    };
    let ten = [passage; 10];
    let wish = highlight::Options::default();
    let highlight = || encoder.highlight(query, &ten, None, &wish, Similarity::Cos, &()).expect("the highlights");
    let (why, relevant) = (explain(), relevance().swap_remove(0));
    println!(
        "{}",
        json!({
            "tokens": [why.a.tokens.len(), why.b.tokens.len()],
            "embed": least(repeats, || drop(encoder.embed(&[passage], None))),
            "relevance": least(repeats, || drop(relevance())),
            "explain": least(repeats, || drop(explain())),
            "decompose": least(repeats, || drop(decompose())),
            "embed_ten": least(repeats, || drop(encoder.embed(&ten, None))),
            "highlight_ten": least(repeats, || drop(highlight())),
            "steps": why.steps,
            "relevance_steps": relevant.convergence.steps,
            "error": why.error.abs(),
        })
    );
}
