//! `modules.json`: the modules of a sentence-transformers folder.

use std::path::{Component, Path};

use serde::Deserialize;

use super::config::Config;
use super::family;
use crate::error::{Error, Result};
use crate::folder::Folder;

const FILE: &str = "modules.json";

/// The kinds of modules that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Transformer,
    /// A transformer whose output is shifted by a reference's output: the exact models.
    Shifted,
    /// A table of word vectors whose mean is the embedding.
    Static,
    /// A weighted mean of the outputs of several layers.
    WeightedLayers,
    Pooling,
    Dense,
    LayerNorm,
    Normalize,
    /// It does nothing outside training.
    Dropout,
}

impl Kind {
    /// sentence-transformers' class.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Transformer => "Transformer",
            Self::Shifted => "ShiftingReferenceTransformer",
            Self::Static => "StaticEmbedding",
            Self::WeightedLayers => "WeightedLayerPooling",
            Self::Pooling => "Pooling",
            Self::Dense => "Dense",
            Self::LayerNorm => "LayerNorm",
            Self::Normalize => "Normalize",
            Self::Dropout => "Dropout",
        }
    }
}

/// One module of a model.
#[derive(Clone, Debug)]
pub(crate) struct Module {
    pub kind: Kind,
    /// Its folder within the model's; empty for the model's own.
    pub path: String,
}

/// The modules of a folder, checked to be in an order that an encoder can have.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// What turns tokens into states.
    pub main: Module,
    pub weighted_layers: Option<String>,
    /// None: the folder does not say how to pool.
    pub pooling: Option<String>,
    /// What follows pooling, without a `Normalize` at the end.
    pub head: Vec<Module>,
    /// Whether there is one.
    pub normalizes: bool,
}

/// One entry of `modules.json`.
#[derive(Deserialize)]
struct Entry {
    path: String,
    #[serde(rename = "type")]
    class: String,
}

/// sentence-transformers' modules that are not read, and why.
const REFUSED: [(&str, &str); 9] = [
    ("Router", "it sends queries and documents through different modules: give the folder of one of them"),
    ("Asym", "it sends queries and documents through different modules: give the folder of one of them"),
    ("CLIPModel", "it embeds pictures"),
    ("WordEmbeddings", "it is not a transformer"),
    ("BoW", "it is not a transformer"),
    ("LSTM", "it is not a transformer"),
    ("CNN", "it is not a transformer"),
    ("MLMTransformer", "its embeddings are sparse"),
    ("SpladePooling", "its embeddings are sparse"),
];

/// Packages whose modules are known, the short one as in old folders.
const PACKAGES: [&str; 3] = ["sentence_transformers", "xsbert", "models"];

const OWN_CODE: &str = "the model runs code of its own, which is not supported";

fn refused(folder: &Folder, class: &str, why: &str) -> Error {
    let supported = "supported modules: Transformer, StaticEmbedding, Pooling, Dense, LayerNorm, Normalize, Dropout, \
                     WeightedLayerPooling, ShiftingReferenceTransformer";
    Error::setting(&folder.file(FILE), "type", &class.into(), format!("{why}; {supported}"))
}

impl Layout {
    /// The layout of a folder; a bare transformers folder has a single module.
    ///
    /// # Errors
    /// If a module is of an unknown kind, outside the folder, or out of order.
    pub(crate) fn read(folder: &Folder) -> Result<Self> {
        let Some(entries) = folder.optional_json::<Vec<Entry>>(FILE)? else {
            let main = Module { kind: Kind::Transformer, path: String::new() };
            return Ok(Self { main, weighted_layers: None, pooling: None, head: Vec::new(), normalizes: false });
        };
        let inside = |e: &Entry| Path::new(&e.path).components().all(|part| matches!(part, Component::Normal(_)));
        if let Some(entry) = entries.iter().find(|entry| !inside(entry)) {
            let problem = format!("it names the module folder `{}`, which is not inside the model's", entry.path);
            return Err(Error::malformed(&folder.file(FILE), problem));
        }
        let modules: Vec<Module> = entries
            .into_iter()
            .map(|entry| Ok(Module { kind: kind(folder, &entry.class)?, path: entry.path }))
            .collect::<Result<_>>()?;
        Self::ordered(modules).ok_or_else(|| Error::Unsupported {
            what: "order of modules in modules.json of",
            got: folder.path().display().to_string(),
            supported:
                "Transformer, Pooling (or StaticEmbedding alone), then any number of Dense, LayerNorm and Normalize"
                    .into(),
        })
    }

    fn ordered(modules: Vec<Module>) -> Option<Self> {
        let mut modules = modules.into_iter().filter(|module| module.kind != Kind::Dropout).peekable();
        let main =
            modules.next().filter(|module| matches!(module.kind, Kind::Transformer | Kind::Shifted | Kind::Static))?;
        let mut next = |kind: Kind| modules.next_if(|module| module.kind == kind).map(|module| module.path);
        let weighted_layers = next(Kind::WeightedLayers);
        let pooling = next(Kind::Pooling);
        let mut head: Vec<Module> = modules.collect();
        let pools = main.kind != Kind::Static;
        let in_head = |module: &Module| matches!(module.kind, Kind::Dense | Kind::LayerNorm | Kind::Normalize);
        if !head.iter().all(in_head) || pooling.is_some() != pools && !(pools && head.is_empty()) {
            return None;
        }
        if weighted_layers.is_some() && pooling.is_none() {
            return None;
        }
        let mut normalizes = false;
        while head.pop_if(|module| module.kind == Kind::Normalize).is_some() {
            normalizes = true;
        }
        Some(Self { main, weighted_layers, pooling, head, normalizes })
    }

    /// Whether the model subtracts a reference's output from its own.
    pub(crate) fn is_exact(&self) -> bool {
        self.main.kind == Kind::Shifted
    }
}

/// The kind of a class. Old and new spellings differ only in the module path; the published exact
/// models may repeat the class name.
fn kind(folder: &Folder, class: &str) -> Result<Kind> {
    let name = class.rsplit('.').next().unwrap_or(class);
    let is_own = PACKAGES.contains(&class.split('.').next().unwrap_or(class)) || class == name;
    Ok(match name {
        // A class of the same name in a package of the model's own does something else.
        _ if is_jina(folder, class) => Kind::Transformer,
        _ if !is_own => return Err(refused(folder, class, OWN_CODE)),
        "Transformer" | "ReferenceTransformer" => Kind::Transformer,
        "ShiftingReferenceTransformer" => Kind::Shifted,
        "StaticEmbedding" => Kind::Static,
        "WeightedLayerPooling" => Kind::WeightedLayers,
        "Pooling" => Kind::Pooling,
        "Dense" => Kind::Dense,
        "LayerNorm" => Kind::LayerNorm,
        "Normalize" => Kind::Normalize,
        "Dropout" => Kind::Dropout,
        _ => {
            let why = REFUSED.iter().find(|(refused, _)| *refused == name).map(|(_, why)| *why);
            return Err(refused(folder, class, why.unwrap_or("whysim does not know this module")));
        }
    })
}

/// Whether a class of the authors' own is a transformer that can be read without it: that of
/// jina-embeddings-v3, which chooses between adapters.
fn is_jina(folder: &Folder, class: &str) -> bool {
    class == "custom_st.Transformer" && Config::read(folder).is_ok_and(|config| family::is_jina(&config))
}
