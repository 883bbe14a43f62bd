//! Training runs that died at a bad moment.

use std::path::Path;

use whysim::train::Start;

use crate::common::folder;
use crate::training_run::{bytes, options, run};

#[test]
fn a_run_that_died_before_its_first_checkpoint_begins_again() {
    let dir = tempfile::tempdir().unwrap();
    let (base, output, whole) = (folder("bert"), dir.path().join("model"), dir.path().join("whole"));
    run(&base, &whole, Start::New, &options(), &()).unwrap();
    let work = dir.path().join("model.training");
    std::fs::create_dir_all(work.join("model")).unwrap();
    // What deaths while writing leave.
    for name in ["checkpoint.unfinished", "best.unfinished", "model/config.json", "model/stray.txt"] {
        std::fs::write(work.join(name), "{").unwrap();
    }
    let error = run(&base, &output, Start::New, &options(), &()).unwrap_err().to_string();
    assert!(error.contains("without a checkpoint") && error.contains("begin it again"), "{error}");
    run(&base, &output, Start::Resume, &options(), &()).unwrap();
    assert!(!work.exists());
    let names = |folder: &Path| {
        let mut all: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name()).collect();
        all.sort();
        all
    };
    assert_eq!(names(&output), names(&whole));
    assert!(bytes(&output, "model.safetensors") == bytes(&whole, "model.safetensors"));
}
