//! Decompositions on disk and in messages: a safetensors file of arrays; the rest is JSON in its
//! metadata.
//!
//! | tensor | shape | |
//! |---|---|---|
//! | `contributions` | `[rows, D]` | V |
//! | `embedding` | `[D]` | e |
//! | `reference` | `[D]` | q |
//! | `deviations` | `[groups, rows, D]` | D, for sampled contributions by removal only |
//!
//! The metadata has one key, `whysim`: the order of several would be random, and the same
//! decomposition must give the same bytes. Any safetensors reader can read the arrays.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use safetensors::{Dtype, SafeTensors, View};
use serde::{Deserialize, Serialize};

use super::{Decomposition, Recipe, Record};
use crate::checksum;
use crate::error::{Error, Result};
use crate::explanation::Truncated;
use crate::leftovers;
use crate::text::Token;

/// The metadata's key.
const KEY: &str = "whysim";

/// The arrays, in the order of the checksum.
const ARRAYS: [&str; 4] = ["contributions", "embedding", "reference", "deviations"];

/// Everything in a decomposition except its arrays.
#[derive(Serialize, Deserialize)]
struct Head {
    recipe: Recipe,
    text: String,
    tokens: Vec<Token>,
    truncated: Option<Truncated>,
    #[serde(default)]
    length: Option<f64>,
    steps: usize,
    residual: f64,
    gap: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tolerance: Option<f64>,
}

/// The same with the checksum of all.
#[derive(Serialize, Deserialize)]
struct Sealed<H> {
    checksum: String,
    #[serde(flatten)]
    head: H,
}

/// The checksum of a head and the arrays, in the order of [`ARRAYS`].
fn sum<'a>(head: &Head, arrays: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> serde_json::Result<String> {
    let head = serde_json::to_string(head)?;
    let mut parts = vec![(KEY, head.as_bytes())];
    for (name, bytes) in arrays {
        parts.push((name, bytes));
    }
    Ok(checksum::of(parts))
}

/// An array to write.
struct Rows<'a> {
    shape: Vec<usize>,
    values: &'a [f32],
}

impl View for Rows<'_> {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        bytemuck::cast_slice(self.values).into()
    }

    fn data_len(&self) -> usize {
        size_of_val(self.values)
    }
}

impl Decomposition {
    /// The decomposition as a safetensors file: 4 bytes per number, and the rest as JSON.
    ///
    /// # Errors
    /// If its arrays do not fit together, which never happens with [`crate::Encoder::decompose`].
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let head = Head {
            recipe: self.recipe.clone(),
            text: self.text.clone(),
            tokens: self.tokens.clone(),
            truncated: self.truncated,
            length: self.length,
            steps: self.steps,
            residual: self.residual,
            gap: self.gap,
            tolerance: self.tolerance,
        };
        let place = Path::new("the decomposition");
        let dim = self.embedding.len();
        let rows = self.tokens.len();
        let groups = self.deviations.len() / (rows * dim).max(1);
        let mut arrays = vec![
            ("contributions", Rows { shape: vec![rows, dim], values: &self.contributions }),
            ("embedding", Rows { shape: vec![dim], values: &self.embedding }),
            ("reference", Rows { shape: vec![dim], values: &self.reference }),
        ];
        if groups > 0 {
            arrays.push(("deviations", Rows { shape: vec![groups, rows, dim], values: &self.deviations }));
        }
        let values = arrays.iter().map(|(name, rows)| (*name, bytemuck::cast_slice(rows.values)));
        let sealed = sum(&head, values).and_then(|checksum| serde_json::to_string(&Sealed { checksum, head: &head }));
        let sealed = sealed.map_err(|e| Error::malformed(place, e))?;
        safetensors::serialize(arrays, Some(HashMap::from([(KEY.to_owned(), sealed)])))
            .map_err(|e| Error::malformed(place, e))
    }

    /// Reads what [`Decomposition::to_bytes`] wrote.
    ///
    /// # Errors
    /// If the bytes are anything else, or truncated.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        read(bytes).map_err(|problem| Error::malformed(Path::new("the saved decomposition"), problem))
    }

    /// Writes [`Decomposition::to_bytes`] to a file atomically.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let bytes = self.to_bytes()?;
        // Concurrent processes and threads that save to the same path use different temporary
        // files.
        let unique = format!("{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let temporary = path.with_file_name(format!(".{name}.{unique}.unfinished"));
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let own = format!(".{name}.");
        leftovers::remove(folder, |file| file.starts_with(&own) && file.ends_with(".unfinished"));
        let written = std::fs::write(&temporary, bytes).and_then(|()| std::fs::rename(&temporary, path));
        written.map_err(|error| {
            // Best effort: leave nothing behind if the write failed.
            let _ = std::fs::remove_file(&temporary);
            Error::io("write", path)(error)
        })
    }

    /// Reads a file that [`Decomposition::save`] wrote.
    ///
    /// # Errors
    /// If the file cannot be read, or is not a decomposition.
    pub fn load(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(Error::io("read", path))?;
        read(&bytes).map_err(|problem| Error::malformed(path, problem))
    }
}

fn read(bytes: &[u8]) -> std::result::Result<Decomposition, String> {
    let wrong = |problem: &dyn std::fmt::Display| format!("it is not a decomposition saved by whysim: {problem}");
    let file = SafeTensors::deserialize(bytes).map_err(|e| wrong(&e))?;
    let (_, about) = SafeTensors::read_metadata(bytes).map_err(|e| wrong(&e))?;
    let text = about.metadata().as_ref().and_then(|all| all.get(KEY));
    let text = text.ok_or_else(|| wrong(&format!("its metadata has no `{KEY}`")))?;
    let Sealed { checksum: stated, head }: Sealed<Head> = serde_json::from_str(text).map_err(|e| wrong(&e))?;
    let data = |name| file.tensor(name).map(|tensor| (name, tensor.data()));
    let arrays: Vec<_> = ARRAYS.into_iter().filter_map(|name| data(name).ok()).collect();
    if stated != sum(&head, arrays).map_err(|e| wrong(&e))? {
        return Err(checksum::WRONG.into());
    }
    let embedding = array(&file, "embedding", None)?;
    let dim = embedding.len();
    let deviations = match file.tensor("deviations") {
        Ok(found) => array(
            &file,
            "deviations",
            Some(vec![found.shape().first().copied().unwrap_or_default(), head.tokens.len(), dim]),
        )?,
        Err(_) => Vec::new(),
    };
    Decomposition::try_from(Record {
        contributions: array(&file, "contributions", Some(vec![head.tokens.len(), dim]))?,
        reference: array(&file, "reference", Some(vec![dim]))?,
        deviations,
        embedding,
        recipe: head.recipe,
        text: head.text,
        tokens: head.tokens,
        truncated: head.truncated,
        length: head.length,
        steps: head.steps,
        residual: head.residual,
        gap: head.gap,
        tolerance: head.tolerance,
    })
}

/// An array of finite numbers from a file, checked against its expected shape.
fn array(file: &SafeTensors, name: &str, shape: Option<Vec<usize>>) -> std::result::Result<Vec<f32>, String> {
    let tensor = file.tensor(name).map_err(|e| format!("its array `{name}` cannot be read: {e}"))?;
    if tensor.dtype() != Dtype::F32 {
        return Err(format!("its array `{name}` has type {:?}, not F32", tensor.dtype()));
    }
    if let Some(shape) = shape.filter(|shape| shape != tensor.shape()) {
        return Err(format!("its array `{name}` has shape {:?}, not {shape:?}", tensor.shape()));
    }
    let number = |bytes: &[u8]| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    let values: Vec<f32> = tensor.data().chunks_exact(4).map(number).collect();
    match values.iter().all(|v| v.is_finite()) {
        true => Ok(values),
        false => Err(format!("its array `{name}` holds NaN or infinite values")),
    }
}
