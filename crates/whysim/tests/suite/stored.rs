//! Stored decompositions: files and bytes, matrices from them, and watched long batches.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::common::{FAMILIES, Golden, decompose, encoder};
use whysim::{Decomposition, Error, Options, Progress, Similarity};

fn one(family: &str) -> Decomposition {
    decompose(&encoder::<f32>(family, "mean"), Golden::of(family).text("b"), 1, 4)
}

#[test]
fn what_is_saved_is_read_back_to_the_last_bit() {
    let folder = tempfile::tempdir().unwrap();
    for family in FAMILIES {
        let d = one(family);
        assert_eq!(Decomposition::from_bytes(&d.to_bytes().unwrap()).unwrap(), d, "{family}");
        let path = folder.path().join("d.safetensors");
        d.save(&path).unwrap();
        assert_eq!(Decomposition::load(&path).unwrap(), d, "{family}");
        assert!((0..4).all(|_| d.to_bytes().unwrap() == std::fs::read(&path).unwrap()), "the same bytes every time");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "temporary files are left");
}

#[test]
fn what_was_saved_before_there_were_precisions_was_in_float32() {
    let recipe = one("bert").recipe.clone();
    let mut old = serde_json::to_value(&recipe).unwrap();
    assert!(old.as_object_mut().unwrap().remove("precision").is_some());
    assert_eq!(serde_json::from_value::<whysim::decomposition::Recipe>(old).unwrap(), recipe);
}

#[test]
fn the_arrays_are_those_of_any_safetensors_file() {
    let d = one("bert");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("d.safetensors");
    d.save(&path).unwrap();
    let arrays = crate::common::arrays::load(&path);
    assert_eq!(arrays["contributions"].values(), crate::common::wide(&d.contributions));
    assert_eq!(arrays["embedding"].values(), crate::common::wide(&d.embedding));
}

#[test]
fn other_bytes_are_refused() {
    let whole = one("bert").to_bytes().unwrap();
    for cut in [0, 7, 8, 100, whole.len() / 2, whole.len() - 1] {
        let error = Decomposition::from_bytes(&whole[..cut]).unwrap_err();
        assert!(matches!(error, Error::Malformed { .. }), "{cut}: {error}");
    }
    let mut broken = whole.clone();
    broken.splice(whole.len() - 4.., f32::NAN.to_le_bytes());
    let error = Decomposition::from_bytes(&broken).unwrap_err().to_string();
    assert!(error.contains("its checksum is wrong"), "{error}");
    // Any single bit may change: the result is an error, or the same decomposition where the bit is
    // of the header's form alone.
    for at in (0..1500).chain((1500..whole.len()).step_by(7)) {
        let mut changed = whole.clone();
        changed[at] ^= 1 << (at % 8);
        if let Ok(read) = Decomposition::from_bytes(&changed) {
            assert_eq!(read, one("bert"), "byte {at}");
        }
    }
    let model = crate::common::folder("bert").join("model.safetensors");
    let error = Decomposition::load(&model).unwrap_err().to_string();
    assert!(error.contains("not a decomposition saved by whysim"), "{error}");
}

#[test]
fn files_that_cannot_be_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("no such folder/d");
    for error in [Decomposition::load(&nowhere).unwrap_err(), one("bert").save(&nowhere).unwrap_err()] {
        assert!(matches!(error, Error::Io { .. }) && error.to_string().contains("no such folder"), "{error}");
    }
    // A folder cannot be overwritten, and nothing is left next to it.
    assert!(one("bert").save(folder.path()).is_err());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn the_matrix_alone_is_that_of_the_explanation() {
    let model = encoder::<f32>("bert", "mean");
    let golden = Golden::of("bert");
    let [a, b] = ["a", "b"].map(|t| decompose(&model, golden.text(t), 1, 4));
    for similarity in [Similarity::Cos, Similarity::Dot] {
        assert_eq!(a.matrix(&b, similarity).unwrap(), a.explain(&b, similarity).unwrap().matrix.concat());
    }
    let other = decompose(&model, golden.text("b"), 2, 4);
    assert!(matches!(a.matrix(&other, Similarity::Cos), Err(Error::Recipe(_))));
}

/// Counts steps, and stops after a given number.
struct Counter {
    done: AtomicU64,
    limit: u64,
}

impl Progress for Counter {
    fn advance(&self, steps: u64) {
        self.done.fetch_add(steps, Ordering::Relaxed);
    }

    fn stopped(&self) -> bool {
        self.done.load(Ordering::Relaxed) >= self.limit
    }
}

#[test]
fn batches_are_watched_and_stopped() {
    let model = encoder::<f32>("bert", "mean");
    let texts: Vec<String> = (0..200).map(|i| format!("The cat sleeps on roof {i}.")).collect();
    let counter = |limit| Counter { done: AtomicU64::new(0), limit };
    let all = counter(u64::MAX);
    assert_eq!(model.decompose_all_with_progress(&texts, &Options::default(), &all).unwrap().len(), 200);
    assert_eq!(model.embed_with_progress(&texts, None, &all).unwrap().len(), 200);
    assert_eq!(all.done.into_inner(), 400);
    let few = counter(3);
    let stopped = model.decompose_all_with_progress(&texts, &Options::default(), &few);
    assert!(matches!(stopped, Err(Error::Interrupted)));
    assert!(few.done.into_inner() < 150, "it went on");
    let none = counter(0);
    assert!(matches!(model.embed_with_progress(&texts, None, &none), Err(Error::Interrupted)));
}

#[cfg(feature = "index")]
mod sets {
    use super::*;
    use whysim::decomposition::Stored;
    use whysim::removal;

    /// Decompositions of short and long texts, more than are written at once.
    fn some(options: &Options) -> Vec<Decomposition> {
        let texts: Vec<String> = (0..70).map(|i| format!("The dog {}runs home.", "ran and ".repeat(i % 5))).collect();
        encoder::<f32>("bert", "mean").decompose_all(&texts, options).unwrap()
    }

    #[test]
    fn single_precision_gives_the_same_bits_and_half_precision_says_what_it_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("set.parquet");
        let sampled = removal::Options { budget: Some(96), ..removal::Options::default() };
        for options in [Options::default(), Options { removal: Some(sampled), ..Options::default() }] {
            let set = some(&options);
            Decomposition::save_set(&path, &set, Stored::Float32).unwrap();
            assert_eq!(Decomposition::load_set(&path).unwrap(), set);
            let whole = std::fs::metadata(&path).unwrap().len();
            Decomposition::save_set(&path, &set, Stored::Float16).unwrap();
            assert!(std::fs::metadata(&path).unwrap().len() < whole);
            for (half, one) in Decomposition::load_set(&path).unwrap().iter().zip(&set) {
                assert_eq!(
                    (&half.embedding, &half.tokens, &half.deviations),
                    (&one.embedding, &one.tokens, &one.deviations)
                );
                for (x, y) in half.contributions.iter().zip(&one.contributions) {
                    assert!((x - y).abs() <= y.abs() / 2048.0 + 1e-7, "{x} {y}");
                }
                assert!(half.contributions != one.contributions);
                let why = half.explain(half, Similarity::Cos).unwrap();
                assert!(why.error.abs() <= why.bound, "{} {}", why.error, why.bound);
            }
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "temporary files are left");
    }

    #[test]
    fn what_cannot_be_a_set_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("set.parquet");
        let problem = |set: &[Decomposition]| {
            let problem = Decomposition::save_set(&path, set, Stored::Float16).unwrap_err().to_string();
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
            problem
        };
        assert!(problem(&[]).contains("one decomposition or more"));
        assert!(problem(&[one("bert"), one("mpnet")]).contains("number 2 of the set was made in another way"));
        std::fs::write(&path, "PAR1").unwrap();
        assert!(Decomposition::load_set(&path).unwrap_err().to_string().contains("it is not a set of decompositions"));
    }

    #[test]
    fn broken_files_are_errors() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("set.parquet");
        Decomposition::save_set(&path, &some(&Options::default())[..2], Stored::Float32).unwrap();
        let whole = std::fs::read(&path).unwrap();
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        for at in (0..whole.len()).step_by(97).chain(whole.len().saturating_sub(600)..whole.len()) {
            let mut changed = whole.clone();
            changed[at] ^= 1 << (at % 8);
            std::fs::write(&path, &changed).unwrap();
            if let Ok(set) = Decomposition::load_set(&path) {
                assert!(set.iter().all(|one| one.contributions.iter().all(|v| v.is_finite())));
            }
        }
        std::panic::set_hook(hook);
        for cut in [0, 4, whole.len() / 2, whole.len() - 1] {
            std::fs::write(&path, &whole[..cut]).unwrap();
            assert!(Decomposition::load_set(&path).is_err(), "{cut}");
        }
    }
}
