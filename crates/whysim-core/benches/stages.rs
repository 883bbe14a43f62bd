//! Times what tangents go through, operation by operation, at the sizes of all-mpnet-base-v2; no
//! model is needed.
//!
//! ```text
//! cargo bench --bench stages [-- NAME]
//! ```
//!
//! 8 nodes of a text of 16 tokens: 16 tangents, 2048 rows. Criterion compares with the run before.
#![allow(missing_docs)]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{
    BatchSize, BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime,
};
use whysim_core::{
    Activation, Array, Attention, FeedForward, Heads, Into, Layer, Linear, Mask, Norm, NormKind, Norms, Pooled,
    Precision, Tangents, Tape, Tensor, Texts,
};

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

fn tensor(shape: &[usize], size: f32) -> Tensor<f32> {
    Tensor::new(shape, numbers(shape.iter().product(), size))
}

fn linear(outputs: usize, inputs: usize) -> Linear<f32> {
    Linear { weight: tensor(&[outputs, inputs], 0.05), bias: Some(tensor(&[outputs], 0.1)), drops: false }
}

fn norm() -> Norm<f32> {
    let (gamma, beta) = (tensor(&[HIDDEN], 1.0), Some(tensor(&[HIDDEN], 0.1)));
    Norm { kind: NormKind::Layer, gamma, beta, epsilon: 1e-5 }
}

fn layer() -> Layer<f32> {
    let attention = Attention {
        norms: Norms::after(norm()),
        query: linear(HIDDEN, HIDDEN),
        key: linear(HIDDEN, HIDDEN),
        value: linear(HIDDEN, HIDDEN),
        head_norms: None,
        rotation: None,
        heads: Heads::plain(HEADS, HIDDEN),
        output: linear(HIDDEN, HIDDEN),
    };
    let (up, down) = (linear(INNER, HIDDEN), linear(HIDDEN, INNER));
    let half = FeedForward { norms: Norms::after(norm()), gate: None, up, activation: Activation::Gelu, down };
    Layer::new(attention, half)
}

/// Values, and one tangent for every token, in its row.
fn by_rows(width: usize) -> Tangents<f32> {
    let members = Arc::new((0..TOKENS).map(|s| vec![s]).collect());
    let (values, tangents) = (numbers(NODES * TOKENS * width, 1.0), numbers(TOKENS * width, 1.0));
    Tangents::grouped(Texts::uniform(NODES, TOKENS), values, tangents, members)
}

/// The same with tangents in all rows.
fn dense(width: usize) -> Tangents<f32> {
    let x = by_rows(width);
    Tangents::attend(x.clone(), x.clone(), x, Heads::plain(HEADS, width), &Mask::default())
}

/// An operation that consumes its input; what it takes to copy the input is not counted.
fn operation(
    group: &mut BenchmarkGroup<WallTime>,
    name: &str,
    products: usize,
    input: &Tangents<f32>,
    run: impl Fn(Tangents<f32>) -> Tangents<f32>,
) {
    group.throughput(Throughput::Elements(products as u64));
    group.bench_function(name, |bencher| {
        bencher.iter_batched(|| input.clone(), |x| black_box(run(x)), BatchSize::PerIteration);
    });
}

fn stages(criterion: &mut Criterion) {
    let (layer, mask, heads) = (layer(), Mask::default(), Heads::plain(HEADS, HIDDEN));
    let weights = vec![1f32 / TOKENS as f32; NODES * TOKENS];
    let (rows, hidden, inner) = (by_rows(HIDDEN), dense(HIDDEN), dense(INNER));
    let mut group = criterion.benchmark_group("tangents");
    group.sample_size(20);

    for precision in [Precision::Float32, Precision::BFloat16] {
        let x = hidden.clone().in_precision(precision);
        operation(&mut group, &format!("linear, {precision}"), ROWS * HIDDEN * INNER, &x, |x| {
            x.linear(&layer.feed_forward.up)
        });
    }
    let scores = NODES * TOKENS * TOKENS * TOKENS * HIDDEN;
    let attend = |x: Tangents<f32>| Tangents::attend(x.clone(), x.clone(), x, heads, &mask);
    operation(&mut group, "attention of rows", 3 * scores, &rows, attend);
    operation(&mut group, "attention", 6 * scores, &hidden, attend);
    operation(&mut group, "layer norm", ROWS * HIDDEN, &hidden, |x| x.normalise(&norm()));
    operation(&mut group, "gelu", ROWS * INNER, &inner, |x| x.activate(Activation::Gelu));
    // The plain way takes the products of the first half, and those of W_down for every row or for
    // every tangent.
    let half = ROWS * HIDDEN * (HIDDEN + INNER);
    let whole = half + ROWS * HIDDEN * INNER;
    operation(&mut group, "first layer by structure", whole, &rows, |x| x.layer(&layer, &mask, Into::States));
    operation(&mut group, "last layer by structure", whole, &rows, |x| {
        x.layer(&layer, &mask, Into::Pooled(Pooled { norm: None, weights: &weights }))
    });
    operation(&mut group, "last layer, pooled tail", whole, &hidden, |x| {
        x.layer(&layer, &mask, Into::Pooled(Pooled { norm: None, weights: &weights }))
    });
    group.finish();
    cotangents(criterion, &layer, &weights);
}

/// The way back of 12 cotangents through a last layer whose input is also the first one's.
fn cotangents(criterion: &mut Criterion, layer: &Layer<f32>, weights: &[f32]) {
    const COUNT: usize = 12;
    let mut group = criterion.benchmark_group("cotangents");
    group.sample_size(20);
    let texts = Texts::uniform(NODES, TOKENS);
    let (x, directions) = (numbers(NODES * TOKENS * HIDDEN, 1.0), numbers(TOKENS * HIDDEN, 1.0));
    let cotangents = numbers(COUNT * NODES * HIDDEN, 1.0);
    group.bench_function("a layer, there and back", |bencher| {
        bencher.iter(|| {
            let tape = Tape::new();
            let x = tape.along(texts.clone(), x.clone(), directions.clone());
            let y = x.layer(layer, &Mask::default(), Into::Pooled(Pooled { norm: None, weights }));
            black_box(tape.back_along(&y, cotangents.clone()))
        });
    });
    group.finish();
}

criterion_group!(benches, stages);
criterion_main!(benches);
