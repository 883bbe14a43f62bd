//! LoRA adapters (Hu et al., LoRA, ICLR 2022) as PEFT saves them: `W + s B A`, with s the ratio of
//! `lora_alpha` to the rank r, or for rsLoRA to its root (Kalajdzievski, arXiv 2312.03732).

use std::collections::HashMap;
use std::path::PathBuf;

use serde::Deserialize;
use whysim_core::{Real, parallel};

use super::Store;
use crate::error::{Error, Result};
use crate::folder::Folder;

pub(crate) const CONFIG: &str = "adapter_config.json";

/// The relevant part of `adapter_config.json`.
#[derive(Deserialize)]
struct Config {
    r: usize,
    lora_alpha: f64,
    #[serde(default)]
    use_rslora: bool,
    #[serde(default)]
    rank_pattern: HashMap<String, usize>,
    #[serde(default)]
    alpha_pattern: HashMap<String, f64>,
    base_model_name_or_path: Option<String>,
    #[serde(default)]
    init_lora_weights: serde_json::Value,
}

/// Ways to start the adapter that leave the base's weights as they are.
const STARTS: [&str; 3] = ["gaussian", "eva", "orthogonal"];

/// An adapter, applied to weights as they are read.
pub(crate) struct Adapter {
    config: Config,
    path: PathBuf,
    store: Store,
    /// The modules that it changes, by the name of A in the file; taken away when applied.
    modules: HashMap<String, String>,
}

impl Adapter {
    /// The adapter in a folder, if there is one.
    ///
    /// # Errors
    /// If it is not a plain LoRA.
    pub(crate) fn read(folder: &Folder) -> Result<Option<Self>> {
        let Some(config) = folder.optional_json::<Config>(CONFIG)? else { return Ok(None) };
        if let Some(start) = config.init_lora_weights.as_str().filter(|start| !STARTS.contains(start)) {
            let problem = "the base's own weights were changed at the start: merge the adapter into its base (PEFT's \
                           merge_and_unload) and save that";
            return Err(Error::setting(&folder.file(CONFIG), "init_lora_weights", &start.into(), problem));
        }
        let names = ["adapter_model.safetensors", "adapter_model.bin"];
        let Some(file) = names.into_iter().find(|name| folder.has(name)) else {
            let hint = format!("{CONFIG} describes an adapter, whose weights are in {} or {}", names[0], names[1]);
            return Err(Error::Missing { path: folder.file(names[0]), hint });
        };
        let path = folder.file(file);
        let store = Store::open(folder, file)?;
        let mut modules = HashMap::new();
        for name in store.names() {
            let stem = name.strip_prefix("base_model.model.").unwrap_or(name);
            match stem.strip_suffix(".lora_A.weight") {
                Some(module) => drop(modules.insert(module.to_owned(), name.to_owned())),
                None if stem.ends_with(".lora_B.weight") => {}
                None => {
                    let problem = format!(
                        "it holds `{name}`, which is not part of a plain LoRA: merge the adapter into its base (PEFT's merge_and_unload) and save that"
                    );
                    return Err(Error::malformed(&path, problem));
                }
            }
        }
        Ok(Some(Self { config, path, store, modules }))
    }

    /// The base model as the adapter names it.
    pub(crate) fn base(&self) -> Option<&str> {
        self.config.base_model_name_or_path.as_deref()
    }

    /// Adds the adapter's part to the weight `name`, [O, I], if it has one.
    pub(crate) fn apply<T: Real>(&mut self, name: &str, shape: &[usize], values: &mut [T]) -> Result<()> {
        let Some(stem) = name.strip_suffix(".weight") else { return Ok(()) };
        let ours =
            |module: &String| module == stem || module.strip_suffix(stem).is_some_and(|rest| rest.ends_with('.'));
        let Some(module) = self.modules.keys().find(|module| ours(module)).cloned() else { return Ok(()) };
        let down = self.modules.remove(&module).unwrap_or_default();
        let up = down.replace(".lora_A.weight", ".lora_B.weight");
        let rank = pattern(&self.config.rank_pattern, &module).unwrap_or(self.config.r);
        let alpha = pattern(&self.config.alpha_pattern, &module).unwrap_or(self.config.lora_alpha);
        let &[outputs, inputs] = shape else {
            return Err(Error::malformed(&self.path, format!("it changes `{name}`, which is not a matrix")));
        };
        let a: Vec<f64> = self.matrix(&down, [rank, inputs])?;
        let b: Vec<f64> = self.matrix(&up, [outputs, rank])?;
        let divisor = if self.config.use_rslora { (rank as f64).sqrt() } else { rank as f64 };
        let scale = alpha / divisor;
        parallel::tasks(values.chunks_exact_mut(inputs).zip(b.chunks_exact(rank)), |_, (row, b)| {
            for (i, value) in row.iter_mut().enumerate() {
                let product: f64 = b.iter().enumerate().map(|(k, b)| b * a[k * inputs + i]).sum();
                *value = T::of(value.to_f64() + scale * product);
            }
        });
        Ok(())
    }

    /// Checks that every module was applied. BERT's pooler has no part in embeddings.
    pub(crate) fn finish(&self) -> Result<()> {
        match self.modules.keys().filter(|module| !module.contains("pooler.")).min() {
            None => Ok(()),
            Some(module) => {
                let problem =
                    format!("it changes `{module}`, which is not a weight of the base model that can be adapted");
                Err(Error::malformed(&self.path, problem))
            }
        }
    }

    fn matrix(&mut self, name: &str, shape: [usize; 2]) -> Result<Vec<f64>> {
        match self.store.shape(name) {
            Some(got) if got == shape => {}
            Some(got) => {
                return Err(Error::Shape { name: name.to_owned(), expected: shape.to_vec(), got: got.to_vec() });
            }
            None => return Err(Error::malformed(&self.path, format!("it lacks `{name}`"))),
        }
        let values: Vec<f64> = self.store.read(name)?.unwrap_or_default();
        match values.iter().all(|v| v.is_finite()) {
            true => Ok(values),
            false => Err(Error::NotFinite { name: name.to_owned() }),
        }
    }
}

/// The value for a module: of its whole name, or of the end of it.
fn pattern<T: Copy>(patterns: &HashMap<String, T>, module: &str) -> Option<T> {
    let fits = |key: &str| module == key || module.strip_suffix(key).is_some_and(|rest| rest.ends_with('.'));
    patterns.iter().find(|(key, _)| fits(key)).map(|(_, &value)| value)
}
