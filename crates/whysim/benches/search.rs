//! Times exact search in an index of random embeddings, whose files are in the system's cache.
//!
//! ```text
//! cargo bench --bench search --features index -- FOLDER TEXTS DIM float32|float16 REPEATS
//! ```
//!
//! FOLDER is made, and must not be there; a million texts of 384 numbers take 1.6 GB. Prints one
//! JSON object: seconds to open the index, and of every search, sorted.
#![allow(missing_docs)]

use std::time::Instant;

use serde_json::json;
use whysim::Named;
use whysim::index::{Index, Stored, synthetic};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let [folder, texts, dim, precision, repeats] = args.as_slice() else {
        return eprintln!("search: FOLDER TEXTS DIM float32|float16 REPEATS");
    };
    let [texts, dim, repeats] = [texts, dim, repeats].map(|count| count.parse().expect("a number"));
    std::fs::create_dir(folder).expect("a new folder");
    synthetic(folder.as_ref(), texts, dim, Stored::named(precision).expect("a precision")).expect("an index");
    let begun = Instant::now();
    let index = Index::open(folder.as_ref()).expect("the index");
    let opened = begun.elapsed().as_secs_f64();
    let query: Vec<f32> = (0..dim).map(|i| (i as f32 * 0.7).sin()).collect();
    let search = |_| {
        let begun = Instant::now();
        let near = index.nearest(&query, 10, &()).expect("a search");
        let seconds = begun.elapsed().as_secs_f64();
        near.iter().for_each(|near| assert_eq!(index.record(near.position).expect("it").id, near.position.to_string()));
        seconds
    };
    let mut searches: Vec<f64> = (0..repeats).map(search).collect();
    searches.sort_by(f64::total_cmp);
    println!("{}", json!({"texts": texts, "dim": dim, "precision": precision, "opened": opened, "searches": searches}));
}
