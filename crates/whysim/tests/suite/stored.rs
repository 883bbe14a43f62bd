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
