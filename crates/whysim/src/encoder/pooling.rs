//! From token states to one embedding: pooling, then Dense modules.

use std::path::Path;

use candle_core::{DType, Device, Tensor};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::config::{read_json, read_optional_json};
use super::layers::Linear;
use super::weights::Weights;
use crate::array::{Activation, Array};
use crate::error::{Error, Result};

/// One way to pool; a model may concatenate several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Cls,
    Max,
    Mean,
    /// Sum over the square root of the number of tokens.
    MeanSqrtLength,
    /// Mean with weights 1, 2, 3, …
    WeightedMean,
    LastToken,
}

/// sentence-transformers' names, in the order in which it concatenates.
const MODES: [(&str, &str, Mode); 6] = [
    ("cls", "pooling_mode_cls_token", Mode::Cls),
    ("max", "pooling_mode_max_tokens", Mode::Max),
    ("mean", "pooling_mode_mean_tokens", Mode::Mean),
    ("mean_sqrt_len_tokens", "pooling_mode_mean_sqrt_len_tokens", Mode::MeanSqrtLength),
    ("weightedmean", "pooling_mode_weightedmean_tokens", Mode::WeightedMean),
    ("lasttoken", "pooling_mode_lasttoken", Mode::LastToken),
];

/// How token states become one vector.
#[derive(Debug)]
pub(crate) struct Pooling {
    modes: Vec<Mode>,
    /// Whether the prompt's tokens are pooled too.
    pub includes_prompt: bool,
}

impl Default for Pooling {
    fn default() -> Self {
        Self { modes: vec![Mode::Mean], includes_prompt: true }
    }
}

impl Pooling {
    /// Reads a Pooling module's `config.json`, whose modes are either one key `pooling_mode` or old boolean keys.
    pub(crate) fn load(folder: &Path, hidden: usize) -> Result<Self> {
        let path = folder.join("config.json");
        let config: Map<String, Value> = read_json(&path)?;
        for key in ["word_embedding_dimension", "embedding_dimension"] {
            match config.get(key).and_then(Value::as_u64) {
                Some(width) if width != hidden as u64 => {
                    let problem = format!("{key} is {width}, but the encoder's hidden size is {hidden}");
                    return Err(Error::malformed(&path, problem));
                }
                _ => {}
            }
        }
        let mut modes = modes(&config)?;
        if modes.is_empty() {
            // As sentence-transformers does.
            modes.push(Mode::Mean);
        }
        let includes_prompt = config.get("include_prompt").and_then(Value::as_bool).unwrap_or(true);
        Ok(Self { modes, includes_prompt })
    }

    /// Width of the pooled vector.
    pub(crate) fn width(&self, hidden: usize) -> usize {
        hidden * self.modes.len()
    }

    /// Whether the pooled vector of a difference of states is the difference of the pooled vectors.
    pub(crate) fn is_linear(&self) -> bool {
        !self.modes.contains(&Mode::Max)
    }

    /// The tokens' weights, [B, S], where pooling is one weighted sum.
    pub(crate) fn as_weighted_sum(&self, mask: &Tensor) -> Result<Option<Tensor>> {
        match self.modes.as_slice() {
            [Mode::Max] => Ok(None),
            [one] => one.weights(mask).map(Some),
            _ => Ok(None),
        }
    }

    /// x: [B, S, H], mask: [B, S] (1 for the tokens to pool) -> [B, H x modes].
    pub(crate) fn forward<A: Array>(&self, x: &A, mask: &Tensor) -> Result<A> {
        let pooled = self
            .modes
            .iter()
            .map(|mode| match mode {
                Mode::Max => x.max(mask),
                linear => x.weighted_sum(&linear.weights(mask)?),
            })
            .collect::<Result<Vec<A>>>()?;
        match <[A; 1]>::try_from(pooled) {
            Ok([one]) => Ok(one),
            Err(several) => A::concatenate(&several),
        }
    }
}

fn modes(config: &Map<String, Value>) -> Result<Vec<Mode>> {
    let named: Vec<&str> = match config.get("pooling_mode") {
        Some(Value::String(one)) => one.split('+').map(str::trim).collect(),
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => {
            let on = |key| config.get(key).and_then(Value::as_bool).unwrap_or(false);
            return Ok(MODES.iter().filter(|(_, key, _)| on(*key)).map(|&(_, _, mode)| mode).collect());
        }
    };
    named
        .into_iter()
        .map(|name| {
            let known = MODES.iter().find(|(mode, ..)| *mode == name).map(|&(_, _, mode)| mode);
            known.ok_or_else(|| Error::Unsupported {
                what: "pooling_mode",
                got: name.to_owned(),
                supported: MODES.map(|(mode, ..)| mode).join(", "),
            })
        })
        .collect()
}

impl Mode {
    /// The share of every token in the pooled vector, [B, S], for all modes but Max. mask: [B, S].
    fn weights(self, mask: &Tensor) -> Result<Tensor> {
        let rows: Vec<Vec<f64>> = mask.to_dtype(DType::F64)?.to_vec2()?;
        let shape = mask.dims2()?;
        let weights: Vec<f64> = rows.iter().flat_map(|row| self.shares(row)).collect();
        Ok(Tensor::from_vec(weights, shape, &Device::Cpu)?.to_dtype(mask.dtype())?)
    }

    fn shares(self, mask: &[f64]) -> Vec<f64> {
        let length: f64 = mask.iter().sum();
        let only = |token: usize| (0..mask.len()).map(|s| if s == token { 1.0 } else { 0.0 }).collect();
        match self {
            Self::Cls => only(mask.iter().position(|&m| m > 0.0).unwrap_or(0)),
            Self::LastToken => only(mask.iter().rposition(|&m| m > 0.0).unwrap_or(0)),
            Self::MeanSqrtLength => mask.iter().map(|m| m / length.sqrt()).collect(),
            Self::WeightedMean => {
                let weights: Vec<f64> = mask.iter().zip(1..).map(|(m, i)| m * f64::from(i)).collect();
                let total: f64 = weights.iter().sum();
                weights.iter().map(|w| w / total).collect()
            }
            Self::Mean | Self::Max => mask.iter().map(|m| m / length).collect(),
        }
    }
}

/// A Dense module: a linear map and an activation.
pub(crate) struct Dense {
    linear: Linear,
    activation: Activation,
}

#[derive(Deserialize)]
struct DenseConfig {
    in_features: usize,
    out_features: usize,
    #[serde(default = "yes")]
    bias: bool,
    activation_function: Option<String>,
    #[serde(default)]
    use_residual: bool,
    module_input_name: Option<String>,
}

fn yes() -> bool {
    true
}

impl DenseConfig {
    fn check(&self) -> Result<()> {
        let got = match self.module_input_name.as_deref() {
            _ if self.use_residual => "use_residual: true",
            None | Some("sentence_embedding") => return Ok(()),
            Some(_) => "a module_input_name other than sentence_embedding",
        };
        Err(Error::Unsupported {
            what: "Dense module with",
            got: got.into(),
            supported: "a Dense module of the pooled embedding, without a residual".into(),
        })
    }
}

impl Dense {
    /// Reads a Dense module's folder; returns it with its output width and the hash of its weights.
    pub(crate) fn load(folder: &Path, inputs: usize, dtype: DType) -> Result<(Self, usize, String)> {
        let path = folder.join("config.json");
        let config: DenseConfig = read_json(&path)?;
        if config.in_features != inputs {
            let problem = format!("in_features is {}, but the module before gives {inputs}", config.in_features);
            return Err(Error::malformed(&path, problem));
        }
        config.check()?;
        // sentence-transformers' own default.
        let name = config.activation_function.as_deref().unwrap_or("tanh");
        let activation = Activation::named(name).ok_or_else(|| Error::Unsupported {
            what: "activation_function",
            got: name.to_owned(),
            supported: Activation::NAMES.into(),
        })?;
        let mut weights = Weights::open(folder, dtype)?;
        let shape = [config.out_features, inputs];
        let weight = weights.get("linear.weight", &shape)?;
        let bias = config.bias.then(|| weights.get("linear.bias", &shape[..1])).transpose()?;
        weights.hash_text(&format!("{activation:?}"));
        let dense = Self { linear: Linear { weight, bias }, activation };
        Ok((dense, config.out_features, weights.fingerprint()))
    }

    /// Whether it is linear without an offset.
    pub(crate) fn is_linear(&self) -> bool {
        self.activation == Activation::Identity && self.linear.bias.is_none()
    }

    /// x: [B, I] -> [B, O].
    pub(crate) fn forward<A: Array>(&self, x: &A) -> Result<A> {
        self.linear.forward(x)?.activate(self.activation)
    }
}

/// The kinds of modules that a folder may be made of, by `modules.json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Transformer,
    /// A transformer whose output is shifted by that of a reference: the exact models.
    Shifted,
    Pooling,
    Dense,
    Normalize,
}

/// One line of `modules.json`.
#[derive(Deserialize)]
struct Module {
    path: String,
    #[serde(rename = "type")]
    class: String,
}

/// The modules of a sentence-transformers folder in order: kind and path. None for a bare transformers folder.
pub(crate) fn modules(folder: &Path) -> Result<Option<Vec<(Kind, String)>>> {
    let path = folder.join("modules.json");
    let Some(modules) = read_optional_json::<Vec<Module>>(&path)? else { return Ok(None) };
    let kind = |class: &str| {
        // Old and new spellings differ in the module path only; the published exact models may repeat the class's name.
        Ok(match class.rsplit('.').next().unwrap_or(class) {
            "Transformer" | "ReferenceTransformer" => Kind::Transformer,
            "ShiftingReferenceTransformer" => Kind::Shifted,
            "Pooling" => Kind::Pooling,
            "Dense" => Kind::Dense,
            "Normalize" => Kind::Normalize,
            _ => {
                return Err(Error::Unsupported {
                    what: "module",
                    got: class.to_owned(),
                    supported: "Transformer, Pooling, Dense, Normalize, ShiftingReferenceTransformer".into(),
                });
            }
        })
    };
    modules.into_iter().map(|m| Ok((kind(&m.class)?, m.path))).collect::<Result<_>>().map(Some)
}
