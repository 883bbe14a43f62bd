//! The contents of `config.json`.

use std::path::PathBuf;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use whysim_core::{Activation, Heads};

use super::family;
use super::treatment::Keys;
use super::treatment::Treatment::Read;
use crate::error::{Error, Result};
use crate::folder::Folder;

const FILE: &str = "config.json";

/// No encoder has nearly as many.
const MOST_LAYERS: usize = 1000;

/// `config.json`: what all families share, and the rest as it is.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub model_type: String,
    pub pad_token_id: Option<u32>,
    pub output_hidden_states: bool,
    pub tokenizer_class: Option<String>,
    /// Whether it names code of its own.
    pub has_code: bool,
    path: PathBuf,
    /// With the usual names for the keys in `renamed`.
    map: Map<String, Value>,
    renamed: Vec<(&'static str, &'static str)>,
}

#[derive(Deserialize)]
struct Shared {
    model_type: String,
    pad_token_id: Option<u32>,
    #[serde(default)]
    output_hidden_states: bool,
    tokenizer_class: Option<String>,
    auto_map: Option<Value>,
}

/// The sizes that all families have.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Sizes {
    #[serde(rename = "hidden_size")]
    pub hidden: usize,
    #[serde(rename = "num_hidden_layers")]
    pub layers: usize,
    #[serde(rename = "num_attention_heads")]
    pub heads: usize,
    #[serde(rename = "intermediate_size")]
    pub inner: usize,
    #[serde(rename = "vocab_size")]
    pub words: usize,
}

/// Their keys.
pub(super) const SIZES: Keys = &[
    ("hidden_size", Read),
    ("num_hidden_layers", Read),
    ("num_attention_heads", Read),
    ("intermediate_size", Read),
    ("max_position_embeddings", Read),
];

/// Names that older configs and some families have for the same keys.
const OTHER_NAMES: [(&str, &str); 17] = [
    ("dim", "hidden_size"),
    ("d_model", "hidden_size"),
    ("n_embd", "hidden_size"),
    ("n_layers", "num_hidden_layers"),
    ("num_layers", "num_hidden_layers"),
    ("n_layer", "num_hidden_layers"),
    ("n_heads", "num_attention_heads"),
    ("num_heads", "num_attention_heads"),
    ("n_head", "num_attention_heads"),
    ("hidden_dim", "intermediate_size"),
    ("d_ff", "intermediate_size"),
    ("n_inner", "intermediate_size"),
    ("d_kv", "head_dim"),
    ("n_positions", "max_position_embeddings"),
    ("activation", "hidden_act"),
    ("layer_norm_epsilon", "layer_norm_eps"),
    ("_sliding_window_pattern", "sliding_window_pattern"),
];

impl Config {
    /// Reads a folder's `config.json`.
    ///
    /// # Errors
    /// If it is missing or malformed, or its `model_type` is not supported.
    pub(crate) fn read(folder: &Folder) -> Result<Self> {
        let mut map: Map<String, Value> = folder.json(FILE)?;
        let shared: Shared = match folder.json(FILE) {
            Ok(shared) => shared,
            Err(error) => return Err(own_code(folder, &map).unwrap_or(error)),
        };
        if !family::is_supported(&shared.model_type) {
            return Err(own_code(folder, &map).unwrap_or_else(|| family::unsupported(&shared.model_type)));
        }
        let mut renamed = OTHER_NAMES.to_vec();
        renamed.retain(|(old, new)| !map.contains_key(*new) && map.contains_key(*old));
        for (old, new) in &renamed {
            let value = map[*old].clone();
            map.insert((*new).to_owned(), value);
        }
        Ok(Self {
            model_type: shared.model_type,
            pad_token_id: shared.pad_token_id,
            output_hidden_states: shared.output_hidden_states,
            tokenizer_class: shared.tokenizer_class,
            has_code: shared.auto_map.is_some(),
            path: folder.file(FILE),
            map,
            renamed,
        })
    }

    /// Some of its keys.
    ///
    /// # Errors
    /// If one is missing or has a value of the wrong type.
    pub(crate) fn keys<K: DeserializeOwned>(&self) -> Result<K> {
        let given = self.map.iter().filter(|(_, value)| !value.is_null());
        let given: Map<String, Value> = given.map(|(key, value)| (key.clone(), value.clone())).collect();
        serde_json::from_value(Value::Object(given.clone())).map_err(|error| self.unreadable::<K>(given, &error))
    }

    /// The error about the key without which the others can be read.
    fn unreadable<K: DeserializeOwned>(&self, given: Map<String, Value>, error: &serde_json::Error) -> Error {
        if error.to_string().starts_with("missing field") {
            return self.wrong(error);
        }
        let is_wrong = |key: &String| {
            let mut others = given.clone();
            others.remove(key);
            match serde_json::from_value::<K>(Value::Object(others)) {
                Ok(_) => true,
                Err(error) => error.to_string() == format!("missing field `{key}`"),
            }
        };
        match given.keys().find(|key| is_wrong(key)) {
            Some(key) => self.refused(key, error),
            None => self.wrong(error),
        }
    }

    /// One key; None if it is absent or null.
    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.map.get(key).filter(|value| !value.is_null())
    }

    /// The sizes.
    ///
    /// # Errors
    /// If one is missing, or 0.
    pub(crate) fn sizes(&self) -> Result<Sizes> {
        let sizes: Sizes = self.keys()?;
        let Sizes { hidden, layers, heads, inner, words } = sizes;
        let named = [
            ("hidden_size", hidden),
            ("num_hidden_layers", layers),
            ("num_attention_heads", heads),
            ("intermediate_size", inner),
            ("vocab_size", words),
        ];
        named.into_iter().try_for_each(|(name, size)| self.at_least_one(name, size))?;
        if layers > MOST_LAYERS {
            return Err(self.wrong(format!("num_hidden_layers is {layers}; it must be at most {MOST_LAYERS}")));
        }
        Ok(sizes)
    }

    /// Checks a size that must not be 0.
    pub(crate) fn at_least_one(&self, name: &str, size: usize) -> Result<()> {
        if size > 0 { Ok(()) } else { Err(self.wrong(format!("{name} is 0; it must be at least 1"))) }
    }

    /// The heads, of the width that the config names, or else of equal shares of the hidden size.
    pub(crate) fn heads(&self, sizes: Sizes) -> Result<Heads> {
        #[derive(Deserialize)]
        struct Head {
            head_dim: Option<usize>,
        }
        let width = match self.keys::<Head>()?.head_dim {
            Some(width) => width,
            None => self.head(sizes)?,
        };
        self.grouped(sizes.heads, None, width)
    }

    /// The width of a head, where heads share the hidden size.
    pub(crate) fn head(&self, sizes: Sizes) -> Result<usize> {
        let Sizes { hidden, heads, .. } = sizes;
        if hidden % heads == 0 {
            return Ok(hidden / heads);
        }
        Err(self.wrong(format!("hidden_size {hidden} is not a multiple of num_attention_heads {heads}")))
    }

    /// Heads of their own width, of which some share keys and values.
    pub(crate) fn grouped(&self, count: usize, keys: Option<usize>, width: usize) -> Result<Heads> {
        let keys = keys.unwrap_or(count);
        self.at_least_one("head_dim", width)?;
        if keys == 0 || !count.is_multiple_of(keys) {
            let problem = format!("num_attention_heads {count} is not a multiple of num_key_value_heads {keys}");
            return Err(self.wrong(problem));
        }
        Ok(Heads { keys, ..Heads::plain(count, count * width) })
    }

    /// Whether each layer sees all tokens: by `layer_types`, or else by `rule`.
    pub(crate) fn sees_all(&self, layers: usize, rule: impl Fn(usize) -> bool) -> Result<Vec<bool>> {
        let Some(types) = self.get("layer_types") else { return Ok((0..layers).map(rule).collect()) };
        let problem = || {
            format!(
                "it must be a list of \"full_attention\" and \"sliding_attention\", one for each of {layers} layers"
            )
        };
        let all =
            types.as_array().filter(|all| all.len() == layers).ok_or_else(|| self.refused("layer_types", problem()))?;
        let each = all.iter().map(|kind| match kind.as_str() {
            Some("full_attention") => Ok(true),
            Some("sliding_attention") => Ok(false),
            _ => Err(self.refused("layer_types", problem())),
        });
        each.collect()
    }

    /// Checks the epsilon of normalisations.
    pub(crate) fn check_epsilon(&self, epsilon: f64) -> Result<()> {
        if epsilon >= 0.0 && epsilon.is_finite() {
            return Ok(());
        }
        Err(self.wrong(format!("the epsilon of its normalisations is {epsilon}; it must be a small positive number")))
    }

    /// The number of positions, `default` if the config has none; it must have one where there is
    /// no default.
    pub(crate) fn positions(&self, default: Option<usize>) -> Result<usize> {
        #[derive(Deserialize)]
        struct Positions {
            max_position_embeddings: Option<usize>,
        }
        let positions = self.keys::<Positions>()?.max_position_embeddings.or(default);
        let positions = positions.ok_or_else(|| self.wrong("missing field `max_position_embeddings`"))?;
        self.at_least_one("max_position_embeddings", positions)?;
        Ok(positions)
    }

    /// The activation that the config calls `name`.
    pub(crate) fn activation(&self, name: &str) -> Result<Activation> {
        Activation::named(name).ok_or_else(|| Error::Unsupported {
            what: "hidden_act",
            got: name.to_owned(),
            supported: Activation::NAMES.into(),
        })
    }

    /// An error about the file.
    pub(crate) fn wrong(&self, problem: impl ToString) -> Error {
        Error::malformed(&self.path, problem)
    }

    /// An error about one of its keys.
    pub(crate) fn refused(&self, key: &str, problem: impl ToString) -> Error {
        let spelled = self.renamed.iter().find(|(_, new)| *new == key).map_or(key, |(old, _)| old);
        Error::setting(&self.path, spelled, self.map.get(key).unwrap_or(&Value::Null), problem)
    }
}

/// A model that names code of its own and is not of a supported type runs that code.
fn own_code(folder: &Folder, config: &Map<String, Value>) -> Option<Error> {
    let code = config.get("auto_map").filter(|code| !code.is_null())?;
    let problem = format!(
        "the model runs code of its own, which is not supported; supported without it are models with a model_type of {}",
        family::supported().join(", ")
    );
    Some(Error::setting(&folder.file(FILE), "auto_map", code, problem))
}
