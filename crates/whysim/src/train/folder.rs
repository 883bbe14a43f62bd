//! A trained model's folder, in sentence-transformers' layout, which both libraries read.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use whysim_core::Tensor;

use super::Options;
use super::checkpoint;
use super::task::{Start, Task};
use super::tensors::{self, Named};
use crate::encoder::{Kind, Module, Parameter, Shift, Trainable};
use crate::error::{Error, Result};
use crate::folder::Folder;
use crate::similarity::Similarity;

/// Files that are copied from the base model's transformer unchanged, if it has them.
const COPIED: [&str; 14] = [
    "sentence_bert_config.json",
    "sentence_roberta_config.json",
    "sentence_distilbert_config.json",
    "sentence_camembert_config.json",
    "sentence_xlm-roberta_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "sentencepiece.bpe.model",
    "spiece.model",
];

/// The folder of the unfinished run.
///
/// # Errors
/// If the output exists already, its parent folder does not, or whether there is an unfinished run
/// contradicts `start`.
pub(super) fn work(task: &Task) -> Result<PathBuf> {
    let exists = |what: String| Err(Error::Exists { what });
    let output = task.output;
    if output.exists() {
        return exists(format!(
            "{} already exists; choose another folder for the model, or remove it",
            output.display()
        ));
    }
    let Some(name) = output.file_name() else {
        let expected = "the name of a folder to make".into();
        return Err(Error::Option { option: "output", expected, got: format!("`{}`", output.display()) });
    };
    let parent = output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !parent.is_dir() {
        return Err(Error::Missing { path: parent.to_owned(), hint: "the output's parent folder must exist".into() });
    }
    let work = parent.join(format!("{}.training", name.to_string_lossy()));
    match task.start {
        Start::New if work.exists() => {
            let run = work.display();
            exists(match checkpoint::steps(&work) {
                0 => format!(
                    "{run} holds an unfinished run without a checkpoint: resume it to begin it again, or remove it"
                ),
                steps => format!(
                    "{run} holds an unfinished run with a checkpoint after step {steps}: resume it to continue, or remove it, \
                     which loses these steps"
                ),
            })
        }
        Start::Resume if !work.is_dir() => {
            let hint = "there is no unfinished run to resume; start the training without it".into();
            Err(Error::Missing { path: work, hint })
        }
        _ => Ok(work),
    }
}

/// A new folder for the finished model in the run's.
pub(super) fn fresh(work: &Path) -> Result<PathBuf> {
    let model = work.join("model");
    if model.exists() {
        std::fs::remove_dir_all(&model).map_err(Error::io("remove", &model))?;
    }
    create(&model)?;
    Ok(model)
}

/// Writes everything but the model card.
pub(super) fn write(folder: &Path, model: &Trainable, options: &Options) -> Result<()> {
    let base = model.folders.root.join(&model.folders.transformer);
    for name in COPIED {
        if base.join(name).is_file() {
            copy(&base.join(name), &folder.join(name))?;
        }
    }
    let mut config: Map<String, Value> = Folder::on_disk(&base).json("config.json")?;
    // Weights are saved as f32, whatever they were.
    for key in ["torch_dtype", "dtype"] {
        config.entry(key).and_modify(|value| *value = json!("float32"));
    }
    write_json(&folder.join("config.json"), &config)?;
    write_settings(folder, model, options)?;
    save_weights(&folder.join("model.safetensors"), model, &model.folders.transformer, &model.head)?;
    let mut modules = vec![module(0, "", transformer_class(options.shift))];
    write_pooling(folder, model)?;
    modules.push(module(1, "1_Pooling", "sentence_transformers.models.Pooling"));
    for own in &model.folders.head {
        let class = own.kind.class();
        let name = format!("{}_{class}", modules.len());
        write_module(&folder.join(&name), model, own)?;
        modules.push(module(modules.len(), &name, &format!("sentence_transformers.models.{class}")));
    }
    // It does not affect a cosine, and must not affect a dot product.
    if model.normalizes && options.shift == Shift::Off && options.similarity == Similarity::Cos {
        let name = format!("{}_Normalize", modules.len());
        create(&folder.join(&name))?;
        modules.push(module(modules.len(), &name, "sentence_transformers.models.Normalize"));
    }
    write_json(&folder.join("modules.json"), &modules)
}

fn transformer_class(shift: Shift) -> &'static str {
    match shift {
        // Of the papers' own package: the layout of the published exact checkpoints.
        Shift::On => "xsbert.models.ShiftingReferenceTransformer",
        Shift::Off => "sentence_transformers.models.Transformer",
    }
}

fn module(index: usize, path: &str, class: &str) -> Value {
    json!({"idx": index, "name": index.to_string(), "path": path, "type": class})
}

/// config_sentence_transformers.json: the base model's, with the similarity that was trained.
fn write_settings(folder: &Path, model: &Trainable, options: &Options) -> Result<()> {
    const NAME: &str = "config_sentence_transformers.json";
    let mut settings: Map<String, Value> =
        Folder::on_disk(&model.folders.root).optional_json(NAME)?.unwrap_or_default();
    let similarity = match options.similarity {
        Similarity::Cos => "cosine",
        Similarity::Dot => "dot",
    };
    settings.insert("similarity_fn_name".into(), json!(similarity));
    write_json(&folder.join(NAME), &settings)
}

fn write_pooling(folder: &Path, model: &Trainable) -> Result<()> {
    let target = folder.join("1_Pooling");
    create(&target)?;
    let config = target.join("config.json");
    match &model.folders.pooling {
        Some(path) => copy(&model.folders.root.join(path).join("config.json"), &config),
        None => {
            let width = model.encoder.hidden();
            write_json(&config, &json!({"word_embedding_dimension": width, "pooling_mode_mean_tokens": true}))
        }
    }
}

fn write_module(folder: &Path, model: &Trainable, module: &Module) -> Result<()> {
    create(folder)?;
    if module.kind == Kind::Normalize {
        return Ok(());
    }
    copy(&model.folders.root.join(&module.path).join("config.json"), &folder.join("config.json"))?;
    save_weights(&folder.join("model.safetensors"), model, &module.path, &[])
}

/// Writes the weights of one module, and of a head that goes with it.
fn save_weights(path: &Path, model: &Trainable, module: &str, head: &[(String, Tensor<f32>)]) -> Result<()> {
    let less = |(weight, parameter): (Tensor<f32>, &Parameter)| {
        weight.iter().map(|value| value - parameter.offset).collect::<Vec<f32>>()
    };
    let values = model.weights().into_iter().zip(&model.parameters).map(less).collect();
    let own = model.stored(values).into_iter().filter(|stored| stored.module == module);
    let own = own.map(|stored| {
        let name = new_name(&stored.name);
        Named { name, shape: stored.shape, values: stored.values.into() }
    });
    let head = head.iter().map(|(name, weight)| Named::weight(weight, name.clone()));
    // Without it transformers does not take the file for one of its own.
    let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    tensors::write(path, &own.chain(head).collect::<Vec<_>>(), metadata)
}

/// Old checkpoints call the weights of normalisations gamma and beta.
fn new_name(name: &str) -> String {
    let renamed = [(".gamma", ".weight"), (".beta", ".bias")].into_iter();
    let mut found = renamed.filter_map(|(old, new)| Some(format!("{}{new}", name.strip_suffix(old)?)));
    found.next().unwrap_or_else(|| name.to_owned())
}

fn create(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path).map_err(Error::io("create", path))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let bytes = std::fs::read(from).map_err(Error::io("read", from))?;
    std::fs::write(to, bytes).map_err(Error::io("write", to))
}

fn write_json(path: &Path, value: &impl serde::Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(value).map_err(|e| Error::malformed(path, e))?;
    std::fs::write(path, text + "\n").map_err(Error::io("write", path))
}
