//! From token states to one vector.

use std::path::Path;

use serde_json::{Map, Value};
use whysim_core::{Array, Real, Texts};

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
        self.scaled(x, texts, read, 1.0)
    }

    /// `share` times the pooled vector, if pooling is linear.
    pub(crate) fn scaled<A: Array>(&self, x: &A, texts: &Texts, read: &[bool], share: f64) -> A {
        let share = A::Real::of(share);
        let pooled = self.modes.iter().map(|mode| match mode {
            Mode::Max => x.pool(whysim_core::Pooling::Max(read)),
            linear => {
                let weights: Vec<A::Real> = linear.weights(texts, read);
                x.pool(whysim_core::Pooling::Sum(&weights.into_iter().map(|w| w * share).collect::<Vec<_>>()))
            }
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
