//! How many texts reach the tolerance at each layer within the default limit of nodes, what the
//! others reach, and how long it takes.
//!
//! ```sh
//! cargo run --release --example tolerance -- models/all-mpnet-base-v2 sts-dev.csv 20
//! ```
//!
//! The nodes are chosen by a single tangent, that of the whole text, so sentences measure what
//! tokens would need.

use std::path::Path;
use std::time::Instant;

use whysim::pairs::{Reading, read};
use whysim::path::Steps;
use whysim::text::Unit;
use whysim::{Encoder, Options};

fn main() -> whysim::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, data, rest @ ..] = arguments.as_slice() else {
        eprintln!("usage: tolerance MODEL DATA [PAIRS [LAYER...]]");
        std::process::exit(2);
    };
    let pairs = rest.first().and_then(|count| count.parse().ok()).unwrap_or(20);
    let encoder = Encoder::load(Path::new(model), model)?;
    let rows = read(Path::new(data), &Reading::default())?.pairs();
    let step = (rows.len() / pairs).max(1);
    let texts: Vec<&str> = rows.iter().step_by(step).take(pairs).flat_map(|pair| [pair.a.as_str(), &pair.b]).collect();
    let asked: Vec<i64> = rest.iter().skip(1).filter_map(|layer| layer.parse().ok()).collect();
    let layers: Vec<i64> = if asked.is_empty() { (0..=encoder.layers() as i64).rev().collect() } else { asked };
    let Steps::Adaptive { tolerance, limit } = Steps::default() else { return Ok(()) };
    println!("{} texts, tolerance {tolerance}, at most {limit} nodes", texts.len());
    println!("layer  reached  nodes: median  largest  gap of the rest: median  largest  seconds a text");
    for layer in layers {
        let options = Options { layer: Some(layer), unit: Unit::Sentence, ..Options::default() };
        let begun = Instant::now();
        let all = encoder.decompose_all(&texts, &options)?;
        let seconds = begun.elapsed().as_secs_f64() / texts.len() as f64;
        let mut nodes: Vec<usize> = all.iter().map(|one| one.steps).collect();
        let mut missed: Vec<f64> = all.iter().map(|one| one.gap).filter(|&gap| gap > tolerance).collect();
        nodes.sort_unstable();
        missed.sort_by(f64::total_cmp);
        let middle = |gaps: &[f64]| gaps.get(gaps.len() / 2).copied().unwrap_or(0.0);
        println!(
            "{layer:>5}  {:>6.0}%  {:>13}  {:>7}  {:>23.1e}  {:>7.1e}  {seconds:>14.2}",
            100.0 * (all.len() - missed.len()) as f64 / all.len() as f64,
            nodes[nodes.len() / 2],
            nodes.last().copied().unwrap_or(0),
            middle(&missed),
            missed.last().copied().unwrap_or(0.0),
        );
    }
    Ok(())
}
