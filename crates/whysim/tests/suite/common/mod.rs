//! The fixtures: a tiny seeded model of every family, and PyTorch's results for it
//! (scripts/golden.py).

pub mod arrays;
pub mod weights;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde_json::Value;
use whysim::decomposition::Options;
use whysim::path::Steps;
use whysim::{Decomposition, Encoder};
use whysim_core::{Real, Values};

use arrays::Array;

pub const FAMILIES: [&str; 16] = [
    "bert",
    "mpnet",
    "roberta",
    "xlm-roberta",
    "camembert",
    "distilbert",
    "modernbert",
    "nomic",
    "gte",
    "qwen3",
    "eurobert",
    "gemma3",
    "jina",
    "t5",
    "albert",
    "electra",
];

/// Families with a smooth activation, for which quadrature converges fast.
pub fn smooth() -> impl Iterator<Item = &'static str> {
    FAMILIES.into_iter().filter(|family| *family != "camembert")
}

/// Families that normalise what leaves the last layer before it is pooled.
pub const FINAL_NORM: [&str; 5] = ["modernbert", "qwen3", "eurobert", "gemma3", "t5"];

/// The poolings of a fixture's golden values. A decoder's first token sees nothing but itself.
pub fn poolings(family: &str) -> [&'static str; 2] {
    ["mean", if family == "qwen3" { "lasttoken" } else { "cls" }]
}

pub fn folder(family: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(family)
}

/// A copy of a fixture's folder for a test to change.
pub struct Copy {
    pub dir: tempfile::TempDir,
}

impl Copy {
    pub fn of(family: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        copy(&folder(family), dir.path());
        Self { dir }
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn write(&self, file: &str, content: impl AsRef<[u8]>) {
        std::fs::create_dir_all(self.path().join(file).parent().unwrap()).unwrap();
        std::fs::write(self.path().join(file), content).unwrap();
    }

    pub fn remove(&self, file: &str) {
        std::fs::remove_file(self.path().join(file)).unwrap();
    }

    pub fn edit(&self, file: &str, change: impl FnOnce(&mut Value)) {
        let path = self.path().join(file);
        let mut json: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        change(&mut json);
        std::fs::write(path, json.to_string()).unwrap();
    }

    pub fn load(&self) -> whysim::Result<Encoder> {
        Encoder::load(self.path(), "copy")
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else if !entry.file_name().to_string_lossy().starts_with("golden") {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The fixture's model with another pooling, `mean` or `cls`.
pub fn encoder<T: Real>(family: &str, pooling: &str) -> Encoder<T> {
    let copy = Copy::of(family);
    copy.write("1_Pooling/config.json", format!(r#"{{"embedding_dimension": 32, "pooling_mode": "{pooling}"}}"#));
    Encoder::load_as(copy.path(), family).unwrap()
}

/// The fixture's model made exact: the same weights, shifted by the reference.
pub fn exact<T: Real>(family: &str, pooling: &str) -> Encoder<T> {
    let copy = Copy::of(family);
    make_exact(&copy, pooling);
    Encoder::load_as(copy.path(), family).unwrap()
}

/// The modules of the published exact checkpoints.
pub fn make_exact(copy: &Copy, pooling: &str) {
    copy.write(
        "modules.json",
        r#"[{"idx": 0, "name": "0", "path": "", "type": "xsbert.models.ShiftingReferenceTransformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]"#,
    );
    copy.write("1_Pooling/config.json", format!(r#"{{"embedding_dimension": 32, "pooling_mode": "{pooling}"}}"#));
}

pub struct Golden {
    pub tensors: HashMap<String, Array>,
    pub json: Value,
}

impl Golden {
    pub fn of(family: &str) -> Self {
        let folder = folder(family);
        let tensors = arrays::load(&folder.join("golden.safetensors"));
        let json = serde_json::from_slice(&std::fs::read(folder.join("golden.json")).unwrap()).unwrap();
        Self { tensors, json }
    }

    pub fn text(&self, name: &str) -> &str {
        self.json["texts"][name].as_str().unwrap()
    }

    pub fn values(&self, name: &str) -> Vec<f64> {
        self.tensors.get(name).unwrap_or_else(|| panic!("the fixture has no {name}")).values()
    }

    pub fn ids(&self, name: &str) -> Vec<u32> {
        self.values(name).into_iter().map(|v| v as u32).collect()
    }

    /// Checks that every element is within `tolerance` of the golden one, relative to the tensor's
    /// largest.
    pub fn compare(&self, family: &str, name: &str, got: &[f64], tolerance: f64) {
        let expected = self.values(name);
        assert_eq!(got.len(), expected.len(), "{family}: {name} has another size");
        let scale = expected.iter().fold(1.0f64, |m, v| m.max(v.abs()));
        for (i, (g, e)) in got.iter().zip(&expected).enumerate() {
            assert!((g - e).abs() <= tolerance * scale, "{family}: {name}[{i}] is {g}, PyTorch says {e}");
        }
    }
}

pub fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&v| f64::from(v)).collect()
}

pub fn flat<T: Real>(values: &Values<T>) -> Vec<f64> {
    values.values().iter().map(|v| v.to_f64()).collect()
}

pub fn options(layer: i64, steps: usize) -> Options {
    Options { layer: Some(layer), steps: Steps::Fixed(steps), ..Options::default() }
}

pub fn decompose<T: Real>(encoder: &Encoder<T>, text: &str, layer: usize, steps: usize) -> Decomposition {
    encoder.decompose_as(text, &options(layer as i64, steps), "to decompose").unwrap()
}
