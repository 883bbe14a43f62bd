//! Long work on one text or pair can be followed, and stopped anywhere inside.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crate::common::{encoder, options};
use whysim::highlight;
use whysim::path::Rule;
use whysim::removal;
use whysim::{Encoder, Error, Options, Progress, Result, Similarity};

const A: &str = "The dog runs after the kitten in the garden.";
const B: &str = "Outside, the cat is chased by the dog. Nobody saw it. The sun shone on the roof.";

/// Counts what is done, and stops when it is asked for the n-th time.
struct Impatient {
    done: AtomicU64,
    patience: AtomicUsize,
}

impl Impatient {
    fn new(patience: usize) -> Self {
        Self { done: AtomicU64::new(0), patience: AtomicUsize::new(patience) }
    }
}

impl Progress for Impatient {
    fn advance(&self, done: u64) {
        self.done.fetch_add(done, Ordering::Relaxed);
    }

    fn stopped(&self) -> bool {
        self.patience.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_err()
    }
}

/// Does the work with less and less patience taken away; it is stopped some times, and then done.
fn stopped_anywhere(work: impl Fn(&Impatient) -> Result<()>, which: &str) {
    let mut stopped = 0;
    loop {
        match work(&Impatient::new(stopped)) {
            Err(Error::Interrupted) => stopped += 1,
            Err(other) => panic!("{which}: {other}"),
            Ok(()) => break,
        }
    }
    assert!(stopped > 0, "{which} never asked");
}

fn everything(model: &Encoder, options: &Options, which: &str) {
    let both = [options; 2];
    let own = highlight::Options { contributions: options.clone(), ..Default::default() };
    let cos = Similarity::Cos;
    stopped_anywhere(|p| model.decompose_with_progress(B, options, "B", p).map(drop), which);
    stopped_anywhere(|p| model.explain_with_progress([A, B], both, cos, p).map(drop), which);
    stopped_anywhere(|p| model.decompose_pair_with_progress([A, B], both, p).map(drop), which);
    stopped_anywhere(|p| model.relevance_with_progress(A, &[B], None, options, cos, p).map(drop), which);
    stopped_anywhere(|p| model.highlight(A, &[B], None, &own, cos, p).map(drop), which);
}

#[test]
fn it_can_be_stopped_anywhere() {
    let model = encoder::<f32>("bert", "mean");
    for layer in [0, 2] {
        everything(&model, &Options { layer: Some(layer), ..Options::default() }, &format!("layer {layer}"));
    }
    everything(&model, &Options { rule: Rule::Riemann, ..options(1, 8) }, "a Riemann sum");
    let removal = Some(removal::Options { budget: Some(96), ..Default::default() });
    everything(&model, &Options { removal, ..Options::default() }, "removal");
    stopped_anywhere(|p| model.features_with_progress(A, &options(2, 3), p).map(drop), "features");
}

#[test]
fn every_tangent_at_a_node_is_counted() {
    let model = encoder::<f32>("bert", "mean");
    let count = |work: &dyn Fn(&Impatient)| {
        let watch = Impatient::new(usize::MAX);
        work(&watch);
        watch.done.into_inner()
    };
    let fixed = options(1, 5);
    let rows = model.decompose(A, &fixed).unwrap().tokens.len() as u64;
    let decomposed = count(&|watch| drop(model.decompose_with_progress(A, &fixed, "A", watch).unwrap()));
    assert_eq!(decomposed, 5 * rows);
    // A slope at each node, and then a cotangent for each dimension.
    let features = count(&|watch| drop(model.features_with_progress(A, &fixed, watch).unwrap()));
    assert_eq!(features, 5 + 5 * model.dim() as u64);
}
