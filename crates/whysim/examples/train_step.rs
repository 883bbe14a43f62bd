//! Times training steps on a file of pairs:
//! `cargo run --release --example train_step -- MODEL FILE STEPS`.
//!
//! Prints the seconds of each step, one per line. scripts/bench_train.py runs it alongside PyTorch.

use std::path::Path;
use std::time::Instant;

use whysim::pairs::{Pair, Reading, read};
use whysim::train::{Options, Trainer};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [model, file, steps] = args.as_slice() else { return Err("give MODEL FILE STEPS".into()) };
    let options = Options::default();
    let pairs: Vec<Pair> = read(Path::new(file), &Reading::default())?.pairs();
    let mut trainer = Trainer::new(Path::new(model), model, &options)?;
    for batch in pairs.chunks(options.batch_size).cycle().take(steps.parse()?) {
        let start = Instant::now();
        trainer.step(batch, options.learning_rate)?;
        println!("{}", start.elapsed().as_secs_f64());
    }
    Ok(())
}
