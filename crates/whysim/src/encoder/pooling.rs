//! From token states to one embedding: pooling, then Dense modules.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};
use whysim_core::{Activation, Array, Linear, Real, Texts};

use super::weights::{Parameter, Weights};
use crate::error::{Error, Result};
use crate::folder::Folder;

/// One way to pool; a model may concatenate several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Cls,
    Max,
    Mean,
    /// Sum divided by the square root of the number of tokens.
    MeanSqrtLength,
    /// Mean with weights 1, 2, 3, …
    WeightedMean,
    LastToken,
}

/// sentence-transformers' names, in its order of concatenation.
const MODES: [(&str, &str, Mode); 6] = [
    ("cls", "pooling_mode_cls_token", Mode::Cls),
    ("max", "pooling_mode_max_tokens", Mode::Max),
    ("mean", "pooling_mode_mean_tokens", Mode::Mean),
    ("mean_sqrt_len_tokens", "pooling_mode_mean_sqrt_len_tokens", Mode::MeanSqrtLength),
    ("weightedmean", "pooling_mode_weightedmean_tokens", Mode::WeightedMean),
    ("lasttoken", "pooling_mode_lasttoken", Mode::LastToken),
];

/// How token states become a single vector.
#[derive(Clone, Debug)]
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
    /// Reads a Pooling module's `config.json`. Its modes are given by the key `pooling_mode`, or by
    /// older boolean keys.
    pub(crate) fn load(folder: &Folder, hidden: usize) -> Result<Self> {
        let (config, path): (Map<String, Value>, _) = (folder.json("config.json")?, folder.file("config.json"));
        for key in ["word_embedding_dimension", "embedding_dimension"] {
            match config.get(key) {
                Some(width) if width.as_u64() != Some(hidden as u64) => {
                    let problem = format!("{key} is {width}, but the encoder's hidden size is {hidden}");
                    return Err(Error::malformed(&path, problem));
                }
                _ => {}
            }
        }
        let mut modes = modes(&path, &config)?;
        if modes.is_empty() {
            // As sentence-transformers does.
            modes.push(Mode::Mean);
        }
        let includes_prompt = switch(&path, &config, "include_prompt", true)?;
        Ok(Self { modes, includes_prompt })
    }

    /// Width of the pooled vector.
    pub(crate) fn width(&self, hidden: usize) -> usize {
        hidden * self.modes.len()
    }

    /// Whether pooling a difference of states gives the difference of the pooled vectors.
    pub(crate) fn is_linear(&self) -> bool {
        !self.modes.contains(&Mode::Max)
    }

    /// The tokens' weights, `[T]`, if pooling is a single weighted sum of their states. read: the
    /// tokens to pool, `[T]`.
    pub(crate) fn as_weighted_sum<T: Real>(&self, texts: &Texts, read: &[bool]) -> Option<Vec<T>> {
        match self.modes.as_slice() {
            [one] if self.is_linear() => Some(one.weights(texts, read)),
            _ => None,
        }
    }

    /// x: [T, H], read: the tokens to pool, `[T]` -> [B, H x modes].
    pub(crate) fn forward<A: Array>(&self, x: &A, texts: &Texts, read: &[bool]) -> A {
        let pooled = self.modes.iter().map(|mode| match mode {
            Mode::Max => x.pool(whysim_core::Pooling::Max(read)),
            linear => x.pool(whysim_core::Pooling::Sum(&linear.weights(texts, read))),
        });
        A::concatenate(&pooled.collect::<Vec<A>>())
    }
}

/// A boolean key; `default` if it is absent or null.
fn switch(path: &Path, config: &Map<String, Value>, key: &str, default: bool) -> Result<bool> {
    match config.get(key) {
        None | Some(Value::Null) => Ok(default),
        Some(Value::Bool(on)) => Ok(*on),
        Some(other) => Err(Error::malformed(path, format!("{key} is {other}; it must be true or false"))),
    }
}

fn modes(path: &Path, config: &Map<String, Value>) -> Result<Vec<Mode>> {
    let unsupported = |got: &str| Error::Unsupported {
        what: "pooling_mode",
        got: got.to_owned(),
        supported: MODES.map(|(mode, ..)| mode).join(", "),
    };
    let named: Vec<&str> = match config.get("pooling_mode") {
        Some(Value::String(one)) => one.split('+').map(str::trim).collect(),
        Some(Value::Array(several)) => several
            .iter()
            .map(|name| name.as_str().ok_or_else(|| unsupported(&name.to_string())))
            .collect::<Result<_>>()?,
        None | Some(Value::Null) => return old_modes(path, config, unsupported),
        Some(other) => return Err(unsupported(&other.to_string())),
    };
    named
        .into_iter()
        .map(|name| MODES.iter().find(|(mode, ..)| *mode == name).map(|m| m.2).ok_or_else(|| unsupported(name)))
        .collect()
}

/// The modes given by boolean keys.
fn old_modes(path: &Path, config: &Map<String, Value>, unsupported: impl Fn(&str) -> Error) -> Result<Vec<Mode>> {
    let mut modes = Vec::new();
    for (_, key, mode) in MODES {
        if switch(path, config, key, false)? {
            modes.push(mode);
        }
    }
    // An enabled but unknown mode must not be ignored silently.
    let known = |key: &str| MODES.iter().any(|(_, name, _)| *name == key);
    match config.iter().find(|(key, on)| key.starts_with("pooling_mode_") && **on == true && !known(key)) {
        Some((key, _)) => Err(unsupported(key)),
        None => Ok(modes),
    }
}

impl Mode {
    /// Each token's share of its text's pooled vector, `[T]`, for all modes but Max.
    fn weights<T: Real>(self, texts: &Texts, read: &[bool]) -> Vec<T> {
        texts.iter().flat_map(|rows| self.shares(&read[rows])).map(T::of).collect()
    }

    /// The same for one text, `[S]`.
    fn shares(self, read: &[bool]) -> Vec<f64> {
        let mask: Vec<f64> = read.iter().map(|&read| if read { 1.0 } else { 0.0 }).collect();
        // With nothing to pool the result is zero, as in sentence-transformers.
        let length = mask.iter().sum::<f64>().max(1e-9);
        let only = |token: usize| (0..mask.len()).map(|s| if s == token { 1.0 } else { 0.0 }).collect();
        match self {
            Self::Cls => only(read.iter().position(|&m| m).unwrap_or(0)),
            Self::LastToken => only(read.iter().rposition(|&m| m).unwrap_or(0)),
            Self::MeanSqrtLength => mask.iter().map(|m| m / length.sqrt()).collect(),
            Self::WeightedMean => {
                let weights: Vec<f64> = mask.iter().zip(1..).map(|(m, i)| m * f64::from(i)).collect();
                let total = weights.iter().sum::<f64>().max(1e-9);
                weights.iter().map(|w| w / total).collect()
            }
            Self::Mean | Self::Max => mask.iter().map(|m| m / length).collect(),
        }
    }
}

/// A Dense module: a linear map and an activation.
#[derive(Clone)]
pub(crate) struct Dense<T> {
    pub linear: Linear<T>,
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

/// A Dense module after loading.
pub(crate) struct Loaded<T> {
    pub module: Dense<T>,
    /// The width of its output.
    pub width: usize,
    /// The hash of its weights.
    pub hash: String,
    pub parameters: Vec<Parameter>,
}

impl<T: Real> Dense<T> {
    /// Reads the Dense module in the folder `module` of a model.
    pub(crate) fn load(model: &Folder, module: &str, inputs: usize) -> Result<Loaded<T>> {
        let folder = model.join(module);
        let (config, path): (DenseConfig, _) = (folder.json("config.json")?, folder.file("config.json"));
        if config.in_features != inputs {
            let problem = format!("in_features is {}, but the module before gives {inputs}", config.in_features);
            return Err(Error::malformed(&path, problem));
        }
        if config.out_features == 0 {
            return Err(Error::malformed(&path, "out_features is 0; it must be at least 1"));
        }
        config.check()?;
        // sentence-transformers' own default.
        let name = config.activation_function.as_deref().unwrap_or("tanh");
        let activation = Activation::named(name).ok_or_else(|| Error::Unsupported {
            what: "activation_function",
            got: name.to_owned(),
            supported: Activation::NAMES.into(),
        })?;
        let mut weights = Weights::open(&folder, module)?;
        let shape = [config.out_features, inputs];
        let weight = weights.get("linear.weight", &shape)?;
        let bias = config.bias.then(|| weights.get("linear.bias", &shape[..1])).transpose()?;
        weights.hash_text(&format!("{activation:?}"));
        let module = Self { linear: Linear { weight, bias, drops: false }, activation };
        Ok(Loaded { module, width: config.out_features, hash: weights.fingerprint(), parameters: weights.read })
    }

    /// Whether it is linear without an offset.
    pub(crate) fn is_linear(&self) -> bool {
        self.activation == Activation::Identity && self.linear.bias.is_none()
    }

    /// x: [B, I] -> [B, O].
    pub(crate) fn forward<A: Array<Real = T>>(&self, x: &A) -> A {
        x.linear(&self.linear).activate(self.activation)
    }
}
