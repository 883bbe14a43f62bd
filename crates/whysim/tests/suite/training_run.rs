//! Whole trainings: checkpoints, resuming, the folder that comes of it, and every refusal.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::common::{Copy, FAMILIES, folder};
use whysim::pairs::Row;
use whysim::train::{
    Agreement, Dropout, Options, Pair, Report, Shift, Spread, Start, Task, Test, agreement, mean_absolute_difference,
    teach, train,
};
use whysim::{Encoder, Error, Progress, Similarity};

const TEXTS: [&str; 8] = [
    "The dog runs after the kitten.",
    "A cat is chased by the dog in the garden.",
    "Birds sing.",
    "The old man reads a book about the history of music.",
    "The train leaves at nine, and the bus at ten.",
    "A small bird sings in the old tree.",
    "The price of bread rises again.",
    "She naps in the sun.",
];

/// Every pair of texts, with scores that do not follow from anything.
fn pairs() -> Vec<Pair> {
    let pair = |i: usize| Pair {
        a: TEXTS[i % 8].into(),
        b: TEXTS[(i * 3 + 1) % 8].into(),
        score: ((i * 7) % 11) as f64 / 10.0,
    };
    (0..20).map(pair).collect()
}

/// Stops after the step of this number.
struct StopAfter(usize, AtomicUsize);

impl StopAfter {
    fn new(step: usize) -> Self {
        Self(step, AtomicUsize::new(0))
    }
}

impl Progress for StopAfter {
    fn advance(&self, steps: u64) {
        self.1.fetch_add(steps as usize, Ordering::Relaxed);
    }

    fn stopped(&self) -> bool {
        self.1.load(Ordering::Relaxed) == self.0
    }
}

pub fn options() -> Options {
    Options { epochs: 2, batch_size: 3, learning_rate: 1e-3, seed: 3, eval_every: Some(4), ..Options::default() }
}

pub fn run(
    base: &Path,
    output: &Path,
    start: Start,
    options: &Options,
    progress: &dyn Progress,
) -> whysim::Result<Report> {
    let (train_pairs, dev) = (pairs(), pairs().split_off(12));
    let tests = [Test { name: "test".into(), pairs: pairs() }];
    let task = Task { base, name: "base", train: &train_pairs, dev: &dev, tests: &tests, output, start };
    train(&task, options, progress)
}

pub fn bytes(folder: &Path, name: &str) -> Vec<u8> {
    std::fs::read(folder.join(name)).unwrap()
}

#[test]
fn a_resumed_run_is_the_uninterrupted_one_bit_by_bit() {
    let dir = tempfile::tempdir().unwrap();
    let (base, options) = (folder("mpnet"), options());
    let whole = dir.path().join("whole");
    let report = run(&base, &whole, Start::New, &options, &()).unwrap();
    assert_eq!(report.steps, 14);
    // Within an epoch, at an evaluation, and at the end of an epoch.
    for stops in [vec![3], vec![4, 5], vec![7, 13]] {
        let parts = dir.path().join(format!("parts-{stops:?}"));
        let mut start = Start::New;
        for stop in stops {
            let stopped = run(&base, &parts, start, &options, &StopAfter::new(stop)).unwrap_err();
            assert!(matches!(stopped, Error::Paused { step, .. } if step == stop), "{stopped}");
            assert!(!parts.exists());
            start = Start::Resume;
        }
        assert_eq!(run(&base, &parts, Start::Resume, &options, &()).unwrap(), report);
        for name in ["model.safetensors", "metrics.jsonl"] {
            assert!(bytes(&parts, name) == bytes(&whole, name), "{name} differs");
        }
    }
    let again = dir.path().join("other");
    run(&base, &again, Start::New, &Options { seed: 4, ..options }, &()).unwrap();
    assert!(bytes(&again, "model.safetensors") != bytes(&whole, "model.safetensors"));
}

#[test]
fn a_run_that_died_goes_on_from_its_last_checkpoint() {
    let dir = tempfile::tempdir().unwrap();
    let (base, options) = (folder("bert"), options());
    let (whole, died) = (dir.path().join("whole"), dir.path().join("died"));
    run(&base, &whole, Start::New, &options, &()).unwrap();
    run(&base, &died, Start::New, &options, &StopAfter::new(5)).unwrap_err();
    // Lines of steps after the checkpoint, the last one cut off, as a machine that loses power
    // leaves them.
    let metrics = dir.path().join("died.training/metrics.jsonl");
    let mut text = std::fs::read_to_string(&metrics).unwrap();
    text += "{\"step\":6,\"loss\":1.0}\n{\"step\":7,\"lo";
    std::fs::write(&metrics, text).unwrap();
    run(&base, &died, Start::Resume, &options, &()).unwrap();
    for name in ["model.safetensors", "metrics.jsonl"] {
        assert!(bytes(&died, name) == bytes(&whole, name), "{name} differs");
    }
}

#[test]
fn the_folder_is_the_model_that_was_measured() {
    for family in FAMILIES {
        for (shift, similarity) in
            [(Shift::On, Similarity::Cos), (Shift::On, Similarity::Dot), (Shift::Off, Similarity::Cos)]
        {
            let dir = tempfile::tempdir().unwrap();
            let output = dir.path().join("model");
            let options = Options { shift, similarity, learning_rate: 1e-4, ..options() };
            let report = run(&folder(family), &output, Start::New, &options, &()).unwrap();
            let model = Encoder::load(&output, "model").unwrap();
            assert_eq!(
                (model.identity().exact, model.similarity(None).unwrap()),
                (shift == Shift::On, similarity),
                "{family}"
            );
            let dev = agreement(&model, &pairs().split_off(12), similarity).unwrap();
            assert_same(&dev, &report.best.unwrap().dev, family);
            assert_same(&agreement(&model, &pairs(), similarity).unwrap(), &report.tests[0], family);
            let card = String::from_utf8(bytes(&output, "README.md")).unwrap();
            assert!(card.contains(&format!("| test | 20 | {:.2} |", 100.0 * report.tests[0].spearman)), "{card}");
            let left: Vec<PathBuf> = std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().path()).collect();
            assert_eq!(left, std::slice::from_ref(&output));
            let unfinished = |e: &std::fs::DirEntry| {
                ["checkpoint", "best", "unfinished"].iter().any(|n| e.file_name().to_string_lossy().contains(n))
            };
            assert!(!std::fs::read_dir(&output).unwrap().any(|e| unfinished(&e.unwrap())));
        }
    }
}

fn assert_same(got: &Agreement, expected: &Agreement, family: &str) {
    assert!(
        (got.mean_absolute_difference - expected.mean_absolute_difference).abs() < 1e-6,
        "{family}: {got:?} {expected:?}"
    );
    assert!((got.spearman - expected.spearman).abs() < 1e-9, "{family}: {got:?} {expected:?}");
}

#[test]
fn training_learns() {
    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("model");
    let options = Options { epochs: 80, dropout: Dropout::Off, learning_rate: 3e-3, eval_every: None, ..options() };
    let pairs: Vec<Pair> = pairs()[..8].to_vec();
    let task = Task {
        base: &folder("bert"),
        name: "bert",
        train: &pairs,
        dev: &pairs,
        tests: &[],
        output: &output,
        start: Start::New,
    };
    let report = train(&task, &options, &()).unwrap();
    let dev = report.best.unwrap().dev;
    assert!(dev.spearman > 0.9 && dev.mean_absolute_difference < 0.1, "{dev:?}");
}

#[test]
fn a_twin_learns_its_teacher() {
    let (base, dir) = (folder("bert"), tempfile::tempdir().unwrap());
    let teacher = Encoder::load(&base, "teacher").unwrap();
    let rows: Vec<Row> = TEXTS.iter().map(|&a| Row { a: a.into(), b: None, score: None }).collect();
    let pairs = teach(&teacher, &rows, Similarity::Cos, &Spread { partners: 3, ..Spread::default() }).unwrap();
    assert!(pairs.len() > 12, "{}", pairs.len());
    for pair in &pairs {
        let score = teacher.compare(&pair.a, &pair.b, Similarity::Cos).unwrap();
        assert!((pair.score - score).abs() < 1e-5 && pair.a != pair.b, "{pair:?} {score}");
    }
    let before = {
        let options = Options { epochs: 1, learning_rate: 1e-9, dropout: Dropout::Off, ..options() };
        distilled(&base, &dir.path().join("before"), &pairs, &options)
    };
    let options = Options { epochs: 30, learning_rate: 1e-3, dropout: Dropout::Off, ..options() };
    let after = distilled(&base, &dir.path().join("after"), &pairs, &options);
    assert!(after.mean_absolute_difference < 0.3 * before.mean_absolute_difference, "{before:?} {after:?}");
    assert!(after.spearman > before.spearman.max(0.95), "{before:?} {after:?}");
}

fn distilled(base: &Path, output: &Path, pairs: &[Pair], options: &Options) -> Agreement {
    let task = Task { base, name: "bert", train: pairs, dev: pairs, tests: &[], output, start: Start::New };
    train(&task, options, &()).unwrap().best.unwrap().dev
}

#[test]
fn a_training_that_diverges_stops_and_keeps_its_checkpoint() {
    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("model");
    let options = Options { learning_rate: 1e30, ..options() };
    let error = run(&folder("bert"), &output, Start::New, &options, &()).unwrap_err();
    assert!(matches!(error, Error::Diverged { .. }), "{error}");
    assert!(error.to_string().contains("smaller learning rate"), "{error}");
    assert!(!output.exists());
}

#[test]
fn what_cannot_be_trained_is_refused_with_a_reason() {
    let dir = tempfile::tempdir().unwrap();
    let (base, output) = (folder("bert"), dir.path().join("model"));
    let message =
        |output: &Path, start, options: &Options| run(&base, output, start, options, &()).unwrap_err().to_string();
    assert!(message(&output, Start::Resume, &options()).contains("no unfinished run"));
    assert!(message(&dir.path().join("no/model"), Start::New, &options()).contains("no is missing"));
    assert!(message(dir.path(), Start::New, &options()).contains("already exists"));
    assert!(message(&output, Start::New, &Options { epochs: 0, ..options() }).contains("epochs must be"));

    run(&base, &output, Start::New, &options(), &StopAfter::new(2)).unwrap_err();
    let lost = message(&output, Start::New, &options());
    assert!(lost.contains("checkpoint after step 2") && lost.contains("loses these steps"), "{lost}");
    let other = message(&output, Start::Resume, &Options { seed: 9, ..options() });
    assert!(other.contains("other options") && other.contains("\"seed\":3"), "{other}");
    let error = run(&folder("roberta"), &output, Start::Resume, &options(), &()).unwrap_err().to_string();
    assert!(error.contains("another base model"), "{error}");
    let checkpoint = dir.path().join("model.training/checkpoint.safetensors");
    let whole = std::fs::read(&checkpoint).unwrap();
    std::fs::write(&checkpoint, &whole[..whole.len() / 2]).unwrap();
    assert!(message(&output, Start::Resume, &options()).contains("checkpoint.safetensors is not usable"));
    for at in [whole.len() / 3, whole.len() - 5] {
        let mut flipped = whole.clone();
        flipped[at] ^= 4;
        std::fs::write(&checkpoint, flipped).unwrap();
        assert!(message(&output, Start::Resume, &options()).contains("its checksum is wrong"));
    }
}

#[test]
fn models_and_pairs_that_do_not_fit_are_refused() {
    let (base, dir) = (folder("bert"), tempfile::tempdir().unwrap());
    let copy = Copy::of("bert");
    copy.write("1_Pooling/config.json", r#"{"embedding_dimension": 32, "pooling_mode": "max"}"#);
    let error = run(copy.path(), &dir.path().join("max"), Start::New, &options(), &()).unwrap_err().to_string();
    assert!(error.contains("linear pooling") && error.contains("without it"), "{error}");
    let blank = [Pair { a: "dog".into(), b: "  ".into(), score: 0.0 }];
    let task = Task {
        base: &base,
        name: "b",
        train: &blank,
        dev: &[],
        tests: &[],
        output: &dir.path().join("x"),
        start: Start::New,
    };
    let error = train(&task, &options(), &()).unwrap_err().to_string();
    assert!(error.contains("B of pair 1"), "{error}");
    let error = train(&Task { train: &[], ..task }, &options(), &()).unwrap_err().to_string();
    assert!(error.contains("training pairs"), "{error}");
}

#[test]
fn agreement_is_of_the_model_s_own_similarities() {
    let model = crate::common::exact::<f32>("camembert", "mean");
    let pairs = pairs();
    for similarity in [Similarity::Cos, Similarity::Dot] {
        let scores = |f: &dyn Fn(&Pair) -> f64| pairs.iter().map(f).collect::<Vec<f64>>();
        let own = scores(&|pair| model.compare(&pair.a, &pair.b, similarity).unwrap());
        let gold = scores(&|pair| pair.score);
        let got = agreement(&model, &pairs, similarity).unwrap();
        assert!((got.spearman - whysim::rank::spearman(&own, &gold).unwrap()).abs() < 0.02, "{got:?}");
        assert!((got.mean_absolute_difference - mean_absolute_difference(&own, &gold)).abs() < 1e-5, "{got:?}");
    }
}

#[test]
fn a_dense_module_is_trained_and_saved_too() {
    let (copy, dir) = (Copy::of("bert"), tempfile::tempdir().unwrap());
    let dense =
        serde_json::json!({"idx": 2, "name": "2", "path": "dense", "type": "sentence_transformers.models.Dense"});
    copy.edit("modules.json", |modules| modules[2] = dense);
    let output = dir.path().join("model");
    let options = Options { shift: Shift::Off, ..options() };
    let report = run(copy.path(), &output, Start::New, &options, &()).unwrap();
    assert_ne!(bytes(&output, "2_Dense/model.safetensors"), bytes(copy.path(), "dense/model.safetensors"));
    let own = agreement(&Encoder::load(&output, "model").unwrap(), &pairs(), Similarity::Cos).unwrap();
    assert_same(&own, &report.tests[0], "dense");
    // With its bias and activation, the shift would not be one of the embedding.
    let exact = Options { shift: Shift::On, ..options };
    let error = run(copy.path(), &dir.path().join("exact"), Start::New, &exact, &()).unwrap_err().to_string();
    assert!(error.contains("no Dense module with a bias"), "{error}");
}
