//! Loads an [`Encoder`] from a folder.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use whysim_core::Real;

use super::config::Config;
use super::modules::{self, Kind};
use super::pooling::{Dense, Pooling};
use super::references::References;
use super::transformer::Transformer;
use super::weights::{Parameter, Weights};
use super::{Encoder, Identity};
use crate::error::{Error, Result};
use crate::folder::{Embedded, Folder};
use crate::similarity::Similarity;
use crate::text::{Declared, Limits, Tokenizer};

/// The model's prompts, and the default one.
#[derive(Clone, Default)]
pub(super) struct Prompts {
    texts: HashMap<String, String>,
    default: Option<String>,
}

impl Prompts {
    pub(super) fn get(&self, name: Option<&str>) -> Result<&str> {
        let Some(name) = name.or(self.default.as_deref()) else { return Ok("") };
        self.texts.get(name).map(String::as_str).ok_or_else(|| {
            let mut known: Vec<&str> = self.texts.keys().map(String::as_str).collect();
            known.sort_unstable();
            let known = if known.is_empty() { "none: this model has no prompts".to_owned() } else { known.join(", ") };
            Error::Unsupported { what: "prompt", got: name.to_owned(), supported: known }
        })
    }
}

/// `config_sentence_transformers.json`.
#[derive(Default, Deserialize)]
struct Settings {
    prompts: Option<HashMap<String, String>>,
    default_prompt_name: Option<String>,
    similarity_fn_name: Option<String>,
}

impl Settings {
    fn read(folder: &Folder) -> Result<Self> {
        folder.optional_json("config_sentence_transformers.json").map(Option::unwrap_or_default)
    }

    /// Its prompts; the default must be one of them.
    fn prompts(&self) -> Result<Prompts> {
        let texts = self.prompts.clone().unwrap_or_default();
        let prompts = Prompts { texts, default: self.default_prompt_name.clone() };
        prompts.get(None)?;
        Ok(prompts)
    }
}

/// The modules of a folder, checked to be in an order that an encoder can have.
pub(super) struct Layout {
    pub transformer: String,
    exact: bool,
    pub pooling: Option<String>,
    pub dense: Vec<String>,
    normalizes: bool,
}

impl Encoder {
    /// Loads a sentence-transformers folder, or a bare transformers folder, which is given mean
    /// pooling.
    ///
    /// `name` is the model's name in results.
    ///
    /// # Errors
    /// If a file is missing, malformed, truncated or unsupported. The error says which file, and
    /// what was expected.
    pub fn load(folder: &Path, name: &str) -> Result<Self> {
        Ok(load(&Folder::on_disk(folder), name)?.0)
    }

    /// Like [`Encoder::load`], from files embedded in the program, keyed by their paths in the
    /// model's folder.
    ///
    /// # Errors
    /// As [`Encoder::load`].
    pub fn load_embedded(files: &'static [Embedded], name: &str) -> Result<Self> {
        Ok(load(&Folder::embedded(files), name)?.0)
    }
}

impl<T: Real> Encoder<T> {
    /// [`Encoder::load`] with any number type.
    #[doc(hidden)]
    pub fn load_as(folder: &Path, name: &str) -> Result<Self> {
        Ok(load(&Folder::on_disk(folder), name)?.0)
    }
}

/// The encoder in a folder, and all the weights that were read for it.
pub(super) fn load<T: Real>(folder: &Folder, name: &str) -> Result<(Encoder<T>, Vec<Parameter>)> {
    if !folder.exists() {
        let hint = "it should be a model's folder".into();
        return Err(Error::Missing { path: folder.path().to_owned(), hint });
    }
    let layout = layout(folder)?;
    let main = folder.join(&layout.transformer);
    let config = Config::read(&main)?;
    super::family::of(&config)?;
    let mut weights = Weights::open(&main, &layout.transformer)?;
    let transformer = Transformer::load(&config, &mut weights)?;
    let hidden = config.hidden_size;
    let pooling = match &layout.pooling {
        Some(path) => Pooling::load(&folder.join(path), hidden)?,
        None => Pooling::default(),
    };
    let (dense, dim) = dense(folder, &layout, pooling.width(hidden), &mut weights)?;
    check_exact(folder, &layout, &pooling, &dense)?;
    weights.hash_text(&format!("{config:?} {pooling:?} {} {}", layout.exact, layout.normalizes));
    let declared = Declared {
        model_type: &config.model_type,
        class: config.tokenizer_class.as_deref(),
        padding: config.pad_token_id,
        longest: transformer.longest(),
    };
    let (tokenizer, noted) = Tokenizer::load(&main, &limits(&main)?, declared)?;
    check_vocabulary(&tokenizer, transformer.vocabulary())?;
    weights.hash_text(tokenizer.fingerprint());
    let settings = Settings::read(folder)?;
    let identity = Identity { name: name.to_owned(), fingerprint: weights.fingerprint(), exact: layout.exact };
    let encoder = Encoder {
        identity: Arc::new(identity),
        transformer,
        pooling,
        dense,
        normalizes: layout.normalizes,
        similarity: similarity(&settings, name)?,
        prompts: settings.prompts()?,
        tokenizer,
        hidden,
        dim,
        notes: [notes(&layout, &settings), noted].concat(),
        references: References::default(),
    };
    Ok((encoder, weights.read))
}

/// The Dense modules, and the resulting width. Their weight hashes go into the encoder's
/// fingerprint.
fn dense<T: Real>(
    folder: &Folder,
    layout: &Layout,
    mut dim: usize,
    weights: &mut Weights,
) -> Result<(Vec<Dense<T>>, usize)> {
    let mut modules = Vec::new();
    for path in &layout.dense {
        let dense = Dense::load(folder, path, dim)?;
        weights.hash_text(&dense.hash);
        weights.read.extend(dense.parameters);
        modules.push(dense.module);
        dim = dense.width;
    }
    Ok((modules, dim))
}

/// The legacy names of sentence_bert_config.json are accepted too, as in sentence-transformers.
fn limits(main: &Folder) -> Result<Limits> {
    const NAMES: [&str; 7] = ["bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet"];
    let names = std::iter::once("sentence_bert_config.json".to_owned());
    for name in names.chain(NAMES.iter().map(|n| format!("sentence_{n}_config.json"))) {
        if let Some(limits) = main.optional_json(&name)? {
            return Ok(limits);
        }
    }
    Ok(Limits::default())
}

fn notes(layout: &Layout, settings: &Settings) -> Vec<String> {
    let mut notes = Vec::new();
    if layout.pooling.is_none() {
        notes.push(
            "the model specifies no pooling; using the mean over all tokens, as sentence-transformers does".into(),
        );
    }
    if let Some(distance @ ("euclidean" | "manhattan")) = settings.similarity_fn_name.as_deref() {
        notes.push(format!(
            "the model specifies {distance} distance, which is not a product of embeddings; using cosine"
        ));
    }
    notes
}

/// Dot if the config says so. The published exact checkpoints show theirs only in their names.
fn similarity(settings: &Settings, name: &str) -> Result<Similarity> {
    match settings.similarity_fn_name.as_deref() {
        Some("cosine" | "cos") => Ok(Similarity::Cos),
        Some("dot" | "dot_product") => Ok(Similarity::Dot),
        Some("euclidean" | "manhattan") | None => {
            Ok(if name.trim_end_matches('/').ends_with("_dot") { Similarity::Dot } else { Similarity::Cos })
        }
        Some(other) => Err(Error::Unsupported {
            what: "similarity_fn_name",
            got: other.to_owned(),
            supported: "cosine, dot".into(),
        }),
    }
}

pub(super) fn layout(folder: &Folder) -> Result<Layout> {
    let Some(modules) = modules::modules(folder)? else {
        return Ok(Layout {
            transformer: String::new(),
            exact: false,
            pooling: None,
            dense: Vec::new(),
            normalizes: false,
        });
    };
    let mut modules = modules.into_iter().peekable();
    let order = || Error::Unsupported {
        what: "order of modules in modules.json of",
        got: folder.path().display().to_string(),
        supported: "Transformer, Pooling, any number of Dense, then optionally Normalize".into(),
    };
    let (kind, transformer) = modules.next().ok_or_else(order)?;
    if !matches!(kind, Kind::Transformer | Kind::Shifted) {
        return Err(order());
    }
    let pooling = modules.next_if(|(kind, _)| *kind == Kind::Pooling).map(|(_, path)| path);
    if pooling.is_none() && modules.peek().is_some() {
        return Err(order());
    }
    let mut dense = Vec::new();
    while let Some((_, path)) = modules.next_if(|(kind, _)| *kind == Kind::Dense) {
        dense.push(path);
    }
    let normalizes = modules.next_if(|(kind, _)| *kind == Kind::Normalize).is_some();
    if modules.next().is_some() {
        return Err(order());
    }
    Ok(Layout { transformer, exact: kind == Kind::Shifted, pooling, dense, normalizes })
}

/// An exact model shifts its token states before pooling. That is a shift of the embedding only if
/// everything after it is linear.
fn check_exact<T: Real>(folder: &Folder, layout: &Layout, pooling: &Pooling, dense: &[Dense<T>]) -> Result<()> {
    if layout.exact && !(pooling.is_linear() && dense.iter().all(Dense::is_linear)) {
        let problem =
            "an exact model needs a linear pooling (not max) and no Dense module with a bias or an activation";
        return Err(Error::malformed(&folder.file("modules.json"), problem));
    }
    Ok(())
}

fn check_vocabulary(tokenizer: &Tokenizer, rows: usize) -> Result<()> {
    let ids = tokenizer.vocabulary()?;
    if ids <= rows {
        return Ok(());
    }
    Err(Error::Tokenizer(format!(
        "it does not fit the model: it gives ids up to {}, but the word table has {rows} rows; are the tokenizer's files from another model?",
        ids - 1
    )))
}
