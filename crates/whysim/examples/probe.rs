//! Scratch.
use std::time::Instant;
use whysim::{
    decomposition::Options,
    path::{Rule, Steps},
    *,
};
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let t = Instant::now();
    let m = Encoder::load(args[1].as_ref(), "m").unwrap();
    println!("load {:?}", t.elapsed());
    let layer: i64 = args[2].parse().unwrap();
    let rule = if args[3] == "r" { Rule::Riemann } else { Rule::GaussLegendre };
    let n: usize = args[4].parse().unwrap();
    let steps = if n > 0 { Steps::Fixed(n) } else { Steps::default() };
    let o = Options { layer: Some(layer), rule, steps, ..Default::default() };
    for _ in 0..5 {
        let t = Instant::now();
        let a = m.decompose("The dog runs after the kitten in the yard.", &o).unwrap();
        let b = m.decompose("Outside in the garden the cat is chased by the dog.", &o).unwrap();
        let e = a.explain(&b, Similarity::Cos).unwrap();
        println!(
            "{:?} sum {} score {} error {:e} bound {:e} steps {:?} gaps {:?} row {:?}",
            t.elapsed(),
            e.sum,
            e.score,
            e.error,
            e.bound,
            e.steps,
            e.gaps,
            &e.matrix[1][..4]
        );
    }
    let s = std::fs::read_to_string("/proc/self/status").unwrap();
    println!("{}", s.lines().filter(|l| l.starts_with("VmHWM")).collect::<String>());
}
