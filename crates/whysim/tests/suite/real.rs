//! Parity with the papers' own implementation on the real all-mpnet-base-v2, element by element.
//!
//! The model is not in the repository (scripts/fetch-models downloads it). Without it this test
//! says so and passes, unless WHYSIM_REQUIRE_MODELS is set, as in `scripts/check --full`.

use std::path::{Path, PathBuf};

use serde_json::Value;
use whysim::path::{Rule, Steps};
use whysim::{Encoder, Options, Similarity};

/// The reference values were computed in f32 and rounded to 8 decimals.
const TOLERANCE: f64 = 1e-5;

fn model(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models").join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    let required = std::env::var_os("WHYSIM_REQUIRE_MODELS").is_some();
    assert!(!required, "{} is missing: run scripts/fetch-models", folder.display());
    println!("not run: {} is missing; scripts/fetch-models gets it", folder.display());
    None
}

/// The same weights as an exact model: the modules of the published checkpoints with the real
/// files.
fn exact(folder: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_name() != "modules.json" {
            let target = copy.path().join(entry.file_name());
            std::os::unix::fs::symlink(std::fs::canonicalize(entry.path()).unwrap(), target).unwrap();
        }
    }
    let modules = r#"[{"path": "", "type": "xsbert.models.ShiftingReferenceTransformer"},
                      {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]"#;
    std::fs::write(copy.path().join("modules.json"), modules).unwrap();
    copy
}

fn compare(model: &Encoder, golden: &Value, run: &Value) {
    let steps = run["steps"].as_u64().unwrap() as usize;
    let options =
        Options { layer: run["layer"].as_i64(), rule: Rule::Riemann, steps: Steps::Fixed(steps), ..Options::default() };
    let [a, b] = ["text_a", "text_b"].map(|t| model.decompose(golden[t].as_str().unwrap(), &options).unwrap());
    let e = a.explain(&b, Similarity::Cos).unwrap();
    let rows = run["matrix"].as_array().unwrap();
    assert_eq!((e.matrix.len(), e.matrix[0].len()), (rows.len(), rows[0].as_array().unwrap().len()));
    for (i, row) in rows.iter().enumerate() {
        for (j, expected) in row.as_array().unwrap().iter().enumerate() {
            let (got, expected) = (f64::from(e.matrix[i][j]), expected.as_f64().unwrap());
            let at =
                format!("{} layer {}: ({}, {})", run["mode"], run["layer"], e.a.tokens[i].text, e.b.tokens[j].text);
            assert!((got - expected).abs() < TOLERANCE, "{at} is {got}, the original gives {expected}");
        }
    }
    assert!((e.sum - run["sum"].as_f64().unwrap()).abs() < 1e-4);
    assert!(e.error.abs() <= e.bound);
}

#[test]
fn every_element_of_the_originals_matrices() {
    let Some(folder) = model("all-mpnet-base-v2") else { return };
    let golden = crate::common::folder("real").join("mpnet_original.json");
    let golden: Value = serde_json::from_slice(&std::fs::read(golden).unwrap()).unwrap();
    let shifted = exact(&folder);
    let (plain, shifted) = (Encoder::load(&folder, "mpnet").unwrap(), Encoder::load(shifted.path(), "exact").unwrap());
    assert!(shifted.identity().exact && !plain.identity().exact);
    let runs = golden["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 3);
    for run in runs {
        let is_exact = run["mode"].as_str().unwrap().starts_with("exact");
        compare(if is_exact { &shifted } else { &plain }, &golden, run);
    }
}
