//! The contents of `config.json`.

use serde::Deserialize;
use serde_json::{Map, Value};
use whysim_core::Activation;

use super::family;
use crate::error::{Error, Result};
use crate::folder::Folder;

/// The keys of `config.json` that define an encoder, under every name used by the supported
/// families.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Config {
    pub model_type: String,
    #[serde(alias = "dim")]
    pub hidden_size: usize,
    #[serde(alias = "n_layers")]
    pub num_hidden_layers: usize,
    #[serde(alias = "n_heads")]
    pub num_attention_heads: usize,
    #[serde(alias = "hidden_dim")]
    pub intermediate_size: usize,
    #[serde(alias = "activation", default = "gelu")]
    pub hidden_act: String,
    pub vocab_size: usize,
    pub max_position_embeddings: usize,
    #[serde(default = "epsilon")]
    pub layer_norm_eps: f64,
    pub type_vocab_size: Option<usize>,
    pub pad_token_id: Option<u32>,
    #[serde(default = "absolute")]
    pub position_embedding_type: String,
    #[serde(default = "buckets")]
    pub relative_attention_num_buckets: usize,
    #[serde(default)]
    pub is_decoder: bool,
    #[serde(default)]
    pub output_hidden_states: bool,
    pub tokenizer_class: Option<String>,
    pub auto_map: Option<Value>,
}

fn gelu() -> String {
    "gelu".into()
}

fn absolute() -> String {
    "absolute".into()
}

/// The default in every family's own config class.
fn epsilon() -> f64 {
    1e-12
}

fn buckets() -> usize {
    32
}

/// A model that names code of its own and is not of a supported type runs that code.
fn check_own_code(folder: &Folder) -> Result<()> {
    let config: Map<String, Value> = folder.json("config.json")?;
    let Some(code) = config.get("auto_map").filter(|code| !code.is_null()) else { return Ok(()) };
    if config.get("model_type").and_then(Value::as_str).is_some_and(|own| family::SUPPORTED.contains(&own)) {
        return Ok(());
    }
    let problem = format!(
        "the model runs code of its own, which is not supported; supported without it are models with a model_type of {}",
        family::SUPPORTED.join(", ")
    );
    Err(Error::setting(&folder.file("config.json"), "auto_map", code, problem))
}

impl Config {
    /// Reads and checks a folder's `config.json`.
    pub(crate) fn read(folder: &Folder) -> Result<Self> {
        check_own_code(folder)?;
        let config: Self = folder.json("config.json")?;
        config.check_sizes().map_err(|problem| Error::malformed(&folder.file("config.json"), problem))?;
        let unsupported =
            |what, got, supported: &str| Err(Error::Unsupported { what, got, supported: supported.to_owned() });
        if config.position_embedding_type != "absolute" {
            return unsupported("position_embedding_type", config.position_embedding_type, "absolute");
        }
        if config.is_decoder {
            return unsupported("is_decoder", "true".into(), "false: encoders, whose tokens see the whole text");
        }
        config.activation()?;
        Ok(config)
    }

    fn check_sizes(&self) -> std::result::Result<(), String> {
        let sizes = [
            ("hidden_size", self.hidden_size),
            ("num_hidden_layers", self.num_hidden_layers),
            ("num_attention_heads", self.num_attention_heads),
            ("intermediate_size", self.intermediate_size),
            ("vocab_size", self.vocab_size),
            ("max_position_embeddings", self.max_position_embeddings),
        ];
        if let Some((name, _)) = sizes.iter().find(|(_, size)| *size == 0) {
            return Err(format!("{name} is 0; it must be at least 1"));
        }
        let (hidden, heads) = (self.hidden_size, self.num_attention_heads);
        if hidden % heads != 0 {
            return Err(format!("hidden_size {hidden} is not a multiple of num_attention_heads {heads}"));
        }
        if !(self.layer_norm_eps >= 0.0 && self.layer_norm_eps.is_finite()) {
            return Err(format!("layer_norm_eps is {}; it must be a small positive number", self.layer_norm_eps));
        }
        // MPNet uses a quarter of its buckets for near distances: at least one, and fewer than 128.
        let buckets = self.relative_attention_num_buckets;
        if !(4..512).contains(&buckets) {
            return Err(format!("relative_attention_num_buckets is {buckets}; it must be 4 to 511"));
        }
        Ok(())
    }

    /// The activation of the feed-forward layers.
    pub(crate) fn activation(&self) -> Result<Activation> {
        Activation::named(&self.hidden_act).ok_or_else(|| Error::Unsupported {
            what: "hidden_act",
            got: self.hidden_act.clone(),
            supported: Activation::NAMES.into(),
        })
    }
}
