//! The known Spearman correlations of real models on STS-benchmark.
//!
//! Neither models nor data are in the repository: scripts/fetch-models downloads the models, and
//! WHYSIM_STSB names the folder with sts-dev.csv and sts-test.csv. Without them this test says so
//! and passes; if WHYSIM_REQUIRE_MODELS is set, the models are required.

use std::path::{Path, PathBuf};

use whysim::Encoder;
use whysim::evaluate::{Metric, Settings, evaluate};
use whysim::pairs::{Reading, read};

/// Cosine Spearman x 100 according to sentence-transformers' EmbeddingSimilarityEvaluator.
const KNOWN: [(&str, &str, f64); 4] = [
    ("all-MiniLM-L6-v2", "sts-dev.csv", 86.72),
    ("all-MiniLM-L6-v2", "sts-test.csv", 82.03),
    ("all-mpnet-base-v2", "sts-dev.csv", 88.11),
    ("all-mpnet-base-v2", "sts-test.csv", 83.42),
];

fn model(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models").join(name);
    let required = std::env::var_os("WHYSIM_REQUIRE_MODELS").is_some();
    assert!(folder.is_dir() || !required, "{} is missing: run scripts/fetch-models", folder.display());
    folder.is_dir().then_some(folder)
}

#[test]
fn spearman_on_sts_benchmark() {
    let Some(data) = std::env::var_os("WHYSIM_STSB").map(PathBuf::from) else {
        println!("not run: WHYSIM_STSB names no folder with STS-benchmark's sts-dev.csv and sts-test.csv");
        return;
    };
    for (name, file, expected) in KNOWN {
        let Some(folder) = model(name) else {
            println!("not run: models/{name} is missing; scripts/fetch-models gets it");
            continue;
        };
        let pairs = read(&data.join(file), &Reading::default()).unwrap().pairs();
        let settings = Settings { metrics: vec![Metric::Predictive], ..Settings::default() };
        let report = evaluate(Encoder::load(&folder, name).unwrap(), None, &pairs, &settings, &()).unwrap();
        let got = 100.0 * report.predictive.unwrap().cos.spearman.unwrap().value;
        println!("{name} {file}: {got:.3}");
        assert!((got - expected).abs() < 0.006, "{name} on {file}: {got:.3}, not {expected}");
    }
}
