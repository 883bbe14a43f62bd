//! Which files of a repository form the model: those of a sentence-transformers folder. A folder
//! without `modules.json` is a bare transformers model, treated as one Transformer module in the
//! folder itself.
//!
//! The same rule is applied to a repository's file list and to a folder on disk, so that what is
//! downloaded and what is considered complete cannot differ.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Deserialize;

/// Lists the modules; a bare transformers model has none.
pub(super) const MODULES: &str = "modules.json";
/// Read from a transformer's folder, and from the model's own folder.
const CONFIGS: [&str; 12] = [
    "adapter_config.json",
    "config.json",
    "config_sentence_transformers.json",
    "sentence_bert_config.json",
    "sentence_roberta_config.json",
    "sentence_distilbert_config.json",
    "sentence_camembert_config.json",
    "sentence_albert_config.json",
    "sentence_xlm-roberta_config.json",
    "sentence_xlnet_config.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
];
const TOKENIZERS: [&str; 3] = ["tokenizer.json", "vocab.txt", "vocab.json"];
/// Parts of a tokenizer, useless without one of [`TOKENIZERS`].
const TOKENIZER_PARTS: [&str; 2] = ["merges.txt", "added_tokens.json"];
/// The first that exists holds the weights; an index lists the files that do.
const INDEX: &str = ".index.json";
const WEIGHTS: [&str; 4] =
    ["model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json"];
/// The weights of a LoRA adapter, which need no others beside them.
const ADAPTER: [&str; 2] = ["adapter_model.safetensors", "adapter_model.bin"];

/// Whether a file lists the files that hold the weights.
pub(super) fn is_index(file: &str) -> bool {
    file.ends_with(INDEX)
}

/// Modules with weights of their own.
const WEIGHTED: [&str; 5] = ["Transformer", "StaticEmbedding", "Dense", "LayerNorm", "WeightedLayerPooling"];
/// Modules after the transformer that need their `config.json`.
const CONFIGURED: [&str; 4] = ["Pooling", "Dense", "LayerNorm", "WeightedLayerPooling"];

/// One entry of `modules.json`.
#[derive(Debug, Deserialize)]
pub(super) struct Module {
    #[serde(default)]
    path: String,
    #[serde(rename = "type")]
    kind: String,
}

impl Module {
    fn is(&self, name: &str) -> bool {
        self.kind.ends_with(name)
    }

    fn file(&self, name: &str) -> String {
        join(&self.path, name)
    }
}

/// Parses `modules.json`; None stands for a folder without one. Its paths come from a server and
/// become paths on disk, so they must not leave the model's folder.
pub(super) fn modules(json: Option<&str>) -> Result<Vec<Module>, String> {
    let Some(json) = json else {
        return Ok(vec![Module { path: String::new(), kind: "Transformer".to_owned() }]);
    };
    let modules: Vec<Module> =
        serde_json::from_str(json).map_err(|error| format!("its modules.json cannot be read: {error}"))?;
    match modules.iter().find(|module| !module.path.is_empty() && !is_inner(&module.path)) {
        Some(module) => Err(format!("its modules.json names `{}`, which is not a folder of the model", module.path)),
        None if modules.is_empty() => Err("its modules.json names no modules".to_owned()),
        None => Ok(modules),
    }
}

/// True for a relative path that stays inside the folder on any system.
pub(super) fn is_inner(path: &str) -> bool {
    !path.contains(['\\', ':', '\0']) && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

/// The files from `all` that form the model, small ones first. For sharded weights the index stands
/// in for the weights.
///
/// An error says what is missing from `all`.
pub(super) fn needed(all: &BTreeSet<String>, modules: &[Module]) -> Result<Vec<String>, String> {
    let mut files = BTreeSet::from([MODULES.to_owned()]);
    let mut weights = Vec::new();
    files.extend(CONFIGS.iter().map(|name| (*name).to_owned()));
    for module in modules {
        let first = |names: &[&str]| names.iter().map(|name| module.file(name)).find(|file| all.contains(file));
        let found = first(&WEIGHTS);
        let adapter = first(&ADAPTER).filter(|_| all.contains(&module.file("adapter_config.json")));
        let is_static = module.is("StaticEmbedding");
        if module.is("Transformer") || is_static {
            let names = CONFIGS.iter().chain(&TOKENIZERS).chain(&TOKENIZER_PARTS);
            files.extend(names.map(|name| module.file(name)));
            required(all, module, if is_static { &TOKENIZERS[..1] } else { &TOKENIZERS })?;
        }
        if module.is("Transformer") && adapter.is_none() {
            required(all, module, &["config.json"])?;
        }
        if !(module.is("Transformer") || is_static || module.path.is_empty()) {
            let prefix = format!("{}/", module.path);
            let is_small = |file: &str| file.ends_with(".json") || file.ends_with(".txt");
            let own =
                |file: &&String| file.strip_prefix(&prefix).is_some_and(|name| !name.contains('/') && is_small(name));
            files.extend(all.iter().filter(own).cloned());
        }
        if adapter.is_none() && WEIGHTED.iter().any(|name| module.is(name)) {
            required(all, module, &WEIGHTS)?;
        }
        if CONFIGURED.iter().any(|name| module.is(name)) {
            required(all, module, &["config.json"])?;
        }
        weights.extend(found);
        weights.extend(adapter);
    }
    files.retain(|file| all.contains(file) && !weights.contains(file));
    Ok(files.into_iter().chain(weights).collect())
}

fn required(all: &BTreeSet<String>, module: &Module, names: &[&str]) -> Result<(), String> {
    if names.iter().any(|name| all.contains(&module.file(name))) {
        return Ok(());
    }
    let place = if module.path.is_empty() { "it".to_owned() } else { format!("its folder {}", module.path) };
    Err(format!("{place} has none of the files that it needs: {}", names.join(" or ")))
}

/// The files listed in an index of sharded weights, as paths in the model's folder.
pub(super) fn shards(index_file: &str, json: &str) -> Result<BTreeSet<String>, String> {
    #[derive(Deserialize)]
    struct Index {
        weight_map: std::collections::BTreeMap<String, String>,
    }
    let index: Index =
        serde_json::from_str(json).map_err(|error| format!("its {index_file} cannot be read: {error}"))?;
    let folder = index_file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let shards: BTreeSet<String> = index.weight_map.into_values().collect();
    match shards.iter().find(|shard| !is_inner(shard)) {
        Some(shard) => Err(format!("its {index_file} names `{shard}`, which is not a file of the model")),
        None if shards.is_empty() => Err(format!("its {index_file} names no files")),
        None => Ok(shards.iter().map(|shard| join(folder, shard)).collect()),
    }
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// The modules of a folder on disk.
fn modules_of(folder: &Path) -> Result<Vec<Module>, String> {
    match std::fs::read_to_string(folder.join(MODULES)) {
        Ok(json) => modules(Some(&json)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => modules(None),
        Err(error) => Err(format!("its modules.json cannot be read: {error}")),
    }
}

/// The `model_type` in the config of the folder's transformer.
pub(super) fn model_type(folder: &Path) -> Option<String> {
    #[derive(Deserialize)]
    struct Config {
        model_type: String,
    }
    let modules = modules_of(folder).ok()?;
    let transformer = modules.iter().find(|module| module.is("Transformer"))?;
    let json = std::fs::read_to_string(folder.join(transformer.file("config.json"))).ok()?;
    serde_json::from_str(&json).ok().map(|config: Config| config.model_type)
}

/// What a LoRA adapter says of its base model.
#[derive(Debug, Deserialize)]
pub(super) struct Base {
    #[serde(rename = "base_model_name_or_path")]
    pub name: Option<String>,
    pub revision: Option<String>,
}

/// The base model of the adapter in a folder; None: there is no adapter, or its base is beside it.
pub(super) fn base(folder: &Path) -> Result<Option<Base>, String> {
    let modules = modules_of(folder)?;
    let Some(transformer) = modules.iter().find(|module| module.is("Transformer")) else { return Ok(None) };
    let has = |name: &str| folder.join(transformer.file(name)).is_file();
    if !has("adapter_config.json") || has("config.json") && WEIGHTS.iter().any(|name| has(name)) {
        return Ok(None);
    }
    let read = std::fs::read_to_string(folder.join(transformer.file("adapter_config.json")));
    let read = read.map_err(|e| e.to_string()).and_then(|json| serde_json::from_str(&json).map_err(|e| e.to_string()));
    read.map(Some).map_err(|error| format!("its adapter_config.json cannot be read: {error}"))
}

/// True if the folder has every required file.
pub(super) fn is_whole(folder: &Path) -> bool {
    let check = || -> Option<()> {
        let read = |file: &str| std::fs::read_to_string(folder.join(file)).ok();
        let modules = modules_of(folder).ok()?;
        let mut all = names(folder, "");
        for module in modules.iter().filter(|module| !module.path.is_empty()) {
            all.extend(names(folder, &module.path));
        }
        for file in needed(&all, &modules).ok()?.iter().filter(|file| is_index(file)) {
            let is_there = |shard: &String| folder.join(shard).is_file();
            shards(file, &read(file)?).ok()?.iter().all(is_there).then_some(())?;
        }
        Some(())
    };
    check().is_some()
}

/// The files directly in a folder of the model. Cache links to deleted blobs do not count.
fn names(folder: &Path, inner: &str) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder.join(inner)).into_iter().flatten().flatten();
    let files = entries.filter(|entry| entry.path().is_file());
    files.map(|entry| join(inner, &entry.file_name().to_string_lossy())).collect()
}

#[cfg(test)]
#[path = "layout_tests.rs"]
mod tests;
