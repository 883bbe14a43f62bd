//! Times what tangents go through, operation by operation, at the sizes of all-mpnet-base-v2; no model is needed.
//!
//! ```text
//! cargo bench --bench stages [-- NAME]
//! ```
//!
//! 8 nodes of a text of 16 tokens: 16 tangents, 2048 rows. Criterion compares with the run before.
#![allow(missing_docs)]

use std::hint::black_box;
use std::sync::{Arc, OnceLock};

use candle_core::{Device, Tensor};
use criterion::{
    BatchSize, BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime,
};
use whysim::array::{Activation, Affine, Array, Dual, Layer, Norm};
use whysim::path::Precision;

const NODES: usize = 8;
const TOKENS: usize = 16;
const HEADS: usize = 12;
const HIDDEN: usize = 768;
const INNER: usize = 3072;
const ROWS: usize = NODES * TOKENS * TOKENS;

/// Numbers around 0 that do not repeat in a pattern, about `size` in length.
fn numbers(count: usize, size: f32) -> Vec<f32> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(|_| size * next()).collect()
}

fn tensor(shape: &[usize], size: f32) -> Tensor {
    Tensor::from_vec(numbers(shape.iter().product(), size), shape, &Device::Cpu).expect("a tensor")
}

/// A layer's weights.
struct Weights {
    square: Tensor,
    expand: Tensor,
    contract: Tensor,
    bias: Tensor,
    inner_bias: Tensor,
    gamma: Tensor,
}

impl Weights {
    fn new() -> Self {
        Self {
            square: tensor(&[HIDDEN, HIDDEN], 0.05),
            expand: tensor(&[INNER, HIDDEN], 0.05),
            contract: tensor(&[HIDDEN, INNER], 0.05),
            bias: tensor(&[HIDDEN], 0.1),
            inner_bias: tensor(&[INNER], 0.1),
            gamma: tensor(&[HIDDEN], 1.0),
        }
    }

    fn layer<'a>(&'a self, prepared: &'a OnceLock<whysim::array::Prepared>) -> Layer<'a> {
        let square = Affine { weight: &self.square, bias: Some(&self.bias) };
        let norm = Norm { gamma: &self.gamma, beta: &self.bias, epsilon: 1e-5 };
        Layer {
            query: square,
            key: square,
            value: square,
            output: square,
            heads: HEADS,
            attention_norm: norm,
            expand: Affine { weight: &self.expand, bias: Some(&self.inner_bias) },
            activation: Activation::Gelu,
            contract: Affine { weight: &self.contract, bias: Some(&self.bias) },
            norm,
            prepared,
        }
    }
}

/// Values, and one tangent for every token, in its row.
fn by_rows(width: usize) -> Dual<f32> {
    let members = Arc::new((0..TOKENS).map(|s| vec![s]).collect());
    let values = || numbers(NODES * TOKENS * width, 1.0);
    Dual::from_rows((NODES, TOKENS, width), values(), values(), members)
}

/// The same with tangents in all rows.
fn dense(width: usize) -> Dual<f32> {
    let x = by_rows(width);
    Dual::attend(&x, &x, &x, None, HEADS).expect("attention")
}

/// An operation that consumes its input; what it takes to copy the input is not counted.
fn operation(
    group: &mut BenchmarkGroup<WallTime>,
    name: &str,
    products: usize,
    input: &Dual<f32>,
    run: impl Fn(Dual<f32>) -> whysim::Result<Dual<f32>>,
) {
    group.throughput(Throughput::Elements(products as u64));
    group.bench_function(name, |bencher| {
        bencher.iter_batched(|| input.clone(), |x| black_box(run(x).expect("the operation")), BatchSize::PerIteration);
    });
}

fn stages(criterion: &mut Criterion) {
    let (weights, prepared) = (Weights::new(), OnceLock::new());
    let layer = weights.layer(&prepared);
    let pooling = Tensor::full(1f32 / TOKENS as f32, (NODES, TOKENS), &Device::Cpu).expect("a tensor");
    let (rows, hidden, inner) = (by_rows(HIDDEN), dense(HIDDEN), dense(INNER));
    let mut group = criterion.benchmark_group("tangents");
    group.sample_size(20);

    for precision in [Precision::Float32, Precision::BFloat16] {
        let x = hidden.clone().in_precision(precision);
        let products = ROWS * HIDDEN * INNER;
        operation(&mut group, &format!("linear, {precision}"), products, &x, |x| x.linear(&weights.expand, None));
    }
    let scores = NODES * TOKENS * TOKENS * TOKENS * HIDDEN;
    operation(&mut group, "attention of rows", 3 * scores, &rows, |x| Dual::attend(&x, &x, &x, None, HEADS));
    operation(&mut group, "attention", 6 * scores, &hidden, |x| Dual::attend(&x, &x, &x, None, HEADS));
    operation(&mut group, "layer norm", ROWS * HIDDEN, &hidden, |x| x.layer_norm(&weights.gamma, &weights.bias, 1e-5));
    operation(&mut group, "gelu", ROWS * INNER, &inner, |x| x.activate(Activation::Gelu));
    // The plain way takes the products of these two.
    let half = ROWS * HIDDEN * (HIDDEN + INNER);
    operation(&mut group, "first half by structure", half, &rows, |x| {
        let halves = x.first_half(&layer, None)?.expect("it is cheaper");
        Ok(black_box(halves).into_iter().next().expect("two halves"))
    });
    operation(&mut group, "last layer by structure", half + ROWS * HIDDEN * INNER, &rows, |x| {
        Ok(x.last_layer(&layer, None, &pooling)?.expect("it is cheaper"))
    });
    operation(&mut group, "end", ROWS * HIDDEN * INNER, &inner, |x| x.conclude(&hidden, &layer, &pooling));
    group.finish();
}

criterion_group!(benches, stages);
criterion_main!(benches);
