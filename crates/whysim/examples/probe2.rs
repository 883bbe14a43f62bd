//! Scratch.
use candle_core::Tensor;
use std::sync::Arc;
use whysim::{array::*, *};
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let m = Encoder::load(args[1].as_ref(), "m").unwrap();
    let layer: usize = args[2].parse().unwrap();
    let ids = m.tokenize("", "The dog runs after the kitten in the yard.", "").unwrap().ids;
    let mut rid = ids.clone();
    let n = rid.len();
    let pad = if args[1].contains("mpnet") { 1 } else { 0 };
    rid[1..n - 1].fill(pad);
    let x = m.prefix(&[&ids], layer).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let r = m.prefix(&[&rid], layer).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let d: Vec<f32> = x.iter().zip(&r).map(|(x, r)| x - r).collect();
    let all = Arc::new(vec![(0..n).collect::<Vec<_>>()]);
    let ctx = m.context(&[&ids], 0).unwrap();
    let eval = |a: f64| -> Vec<f32> {
        let p: Vec<f32> = r.iter().zip(&d).map(|(r, d)| r + a as f32 * d).collect();
        m.suffix(Dual::from_rows((1, n, m.hidden()), p, d.clone(), all.clone()), layer, &ctx)
            .unwrap()
            .tangents()
            .to_vec()
    };
    let norm = |v: &[f32]| v.iter().map(|v| (v * v) as f64).sum::<f64>().sqrt();
    for i in 0..=40 {
        let a = i as f64 / 40.0;
        println!("{a:.3} {:.3}", norm(&eval(a)));
    }
    let f = |x: &Vec<f32>| {
        m.suffix(Tensor::from_vec(x.clone(), (1, n, m.hidden()), &candle_core::Device::Cpu).unwrap(), layer, &ctx)
            .unwrap()
            .flatten_all()
            .unwrap()
            .to_vec1::<f32>()
            .unwrap()
    };
    let (e, q) = (f(&x), f(&r));
    let diff: Vec<f32> = e.iter().zip(&q).map(|(e, q)| e - q).collect();
    println!("|e-q| {}", norm(&diff));
    let gap = |nodes: &[f64], w: &[f64]| {
        let mut s = vec![0f64; diff.len()];
        for (a, w) in nodes.iter().zip(w) {
            for (s, g) in s.iter_mut().zip(eval(*a)) {
                *s += w * g as f64;
            }
        }
        s.iter().zip(&diff).map(|(s, d)| (s - *d as f64).powi(2)).sum::<f64>().sqrt() / norm(&diff)
    };
    for k in [4, 8, 16, 32, 64] {
        let q = whysim::path::Quadrature::new(whysim::path::Rule::GaussLegendre, k);
        let rq = whysim::path::Quadrature::new(whysim::path::Rule::Riemann, k);
        print!("N {k} gl {:.2e} riemann {:.2e}", gap(&q.nodes, &q.weights), gap(&rq.nodes, &rq.weights));
        for p in [2, 3] {
            let nodes: Vec<f64> = q.nodes.iter().map(|t| t.powi(p)).collect();
            let w: Vec<f64> = q.nodes.iter().zip(&q.weights).map(|(t, w)| w * p as f64 * t.powi(p - 1)).collect();
            print!(" t^{p} {:.2e}", gap(&nodes, &w));
        }
        // tanh-sinh-like double ended smoothing 3t^2-2t^3
        let nodes: Vec<f64> = q.nodes.iter().map(|t| 3.0 * t * t - 2.0 * t * t * t).collect();
        let w: Vec<f64> = q.nodes.iter().zip(&q.weights).map(|(t, w)| w * 6.0 * t * (1.0 - t)).collect();
        println!(" smooth {:.2e}", gap(&nodes, &w));
    }
}
