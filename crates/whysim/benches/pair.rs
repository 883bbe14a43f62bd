//! Times the explanation of one pair in one process, and the rate of matrix products in the same
//! run.
//!
//! ```text
//! cargo bench --bench pair -- MODEL LAYER STEPS PRECISION REPEATS TEXT_A TEXT_B
//! ```
//!
//! STEPS is `adaptive`, `adaptive:TOLERANCE`, `gauss-legendre:N` or `riemann:N`; PRECISION is
//! `float32` or `bfloat16`. Prints one JSON object: the seconds of every repeat (excluding
//! loading), tokens, rows of tangents, nodes, completeness error, the matrix products' rate, and
//! the peak memory.
#![allow(missing_docs)]

mod process;

use std::time::Instant;

use process::peak_rss;
use serde_json::json;
use whysim::path::{Precision, Rule, Steps};
use whysim::{Encoder, Explanation, Options, Similarity};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let [model, layer, steps, precision, repeats, a, b] = args.as_slice() else {
        // `cargo test --benches` and `cargo bench` without arguments name no model to time.
        return eprintln!("pair: MODEL LAYER STEPS PRECISION REPEATS TEXT_A TEXT_B");
    };
    let start = Instant::now();
    let encoder = Encoder::load(model.as_ref(), model).expect("the model");
    let loading = start.elapsed().as_secs_f64();
    let options = Options { layer: Some(layer.parse().expect("a layer")), ..options(steps, precision) };
    // Under an instruction counter the rate is slow to measure and of no interest.
    let rate = || if std::env::var_os("WHYSIM_BENCH_NO_RATE").is_some() { 0.0 } else { product_rate() };
    let rate_before = rate();
    let explain = || {
        let start = Instant::now();
        let why = encoder.explain([a, b], [&options, &options], Similarity::Cos).expect("the pair");
        (start.elapsed().as_secs_f64(), why)
    };
    let (first, why) = explain();
    let mut seconds: Vec<f64> = (0..repeats.parse().expect("a number of repeats")).map(|_| explain().0).collect();
    seconds.push(first);
    let rate = rate_before.max(rate());
    println!(
        "{}",
        json!({
            "loading": loading,
            "seconds": seconds,
            "tokens": [why.a.tokens.len(), why.b.tokens.len()],
            "rows": moving_rows(&why),
            "steps": why.steps,
            "error": why.error.abs(),
            "gaps": why.gaps,
            "product_rate": rate,
            "peak_rss": peak_rss(),
        })
    );
}

fn options(steps: &str, precision: &str) -> Options {
    let precision = match precision {
        "float32" => Precision::Float32,
        "bfloat16" => Precision::BFloat16,
        other => panic!("PRECISION is float32 or bfloat16, not {other}"),
    };
    let count = |text: &str| Steps::Fixed(text.parse().expect("a number of nodes"));
    let (rule, steps) = match steps.split_once(':') {
        Some(("riemann", n)) => (Rule::Riemann, count(n)),
        Some(("gauss-legendre", n)) => (Rule::GaussLegendre, count(n)),
        Some(("adaptive", tolerance)) => {
            let tolerance = tolerance.parse().expect("a tolerance");
            (Rule::GaussLegendre, Steps::Adaptive { tolerance, limit: 1024 })
        }
        _ => (Rule::GaussLegendre, Steps::default()),
    };
    Options { rule, steps, precision, ..Options::default() }
}

/// Rows of A and of B with a contribution, which are the rows with tangents.
fn moving_rows(e: &Explanation) -> [usize; 2] {
    let a = e.matrix.iter().filter(|row| row.iter().any(|&v| v != 0.0)).count();
    let b = (0..e.b.tokens.len()).filter(|&j| e.matrix.iter().any(|row| row[j] != 0.0)).count();
    [a, b]
}

/// Floating-point operations per second in a large product on all threads, the best of several
/// runs: [2048, 768] by [768, 3072].
fn product_rate() -> f64 {
    let (m, k, n) = (2048, 768, 3072);
    let (a, b) = (vec![0.5f32; m * k], vec![0.25f32; k * n]);
    let mut best = f64::INFINITY;
    for _ in 0..8 {
        let start = Instant::now();
        std::hint::black_box(whysim_core::kernel::linear(&a, k, &b, None));
        best = best.min(start.elapsed().as_secs_f64());
    }
    2.0 * (m * k * n) as f64 / best
}
