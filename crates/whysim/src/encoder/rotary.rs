//! Rotary positions: the frequencies that a config asks for (Su et al., arXiv 2104.09864).
//!
//! Rules for texts longer than those of pretraining: `linear` divides all frequencies, `yarn` (Peng
//! et al., ICLR 2024) and `llama3` only low ones, `ntk` raises the base. They hold for texts of any
//! length, as in the models' own code. `dynamic` changes nothing up to max_position_embeddings.

use std::f64::consts::PI;

use serde::Deserialize;
use serde_json::Value;
use whysim_core::{Pairing, Real, Rotation};

use super::config::Config;
use super::treatment::Keys;
use super::treatment::Treatment::Read;
use crate::error::Result;

/// The keys that [`Rotary::read`] honours.
pub(super) const KEYS: Keys = &[("rope_parameters", Read), ("rope_theta", Read), ("rope_scaling", Read)];

/// An entry of `rope_parameters`, or `rope_scaling` as it was called before.
#[derive(Clone, Debug, Default, Deserialize)]
struct Parameters {
    rope_type: Option<String>,
    #[serde(rename = "type")]
    old_type: Option<String>,
    rope_theta: Option<f64>,
    partial_rotary_factor: Option<f64>,
    factor: Option<f64>,
    original_max_position_embeddings: Option<f64>,
    attention_factor: Option<f64>,
    beta_fast: Option<f64>,
    beta_slow: Option<f64>,
    mscale: Option<f64>,
    mscale_all_dim: Option<f64>,
    truncate: Option<bool>,
    low_freq_factor: Option<f64>,
    high_freq_factor: Option<f64>,
    mixed_b: Option<f64>,
}

/// How heads are turned by their positions.
#[derive(Clone, Debug)]
pub(crate) struct Rotary {
    /// `[R/2]`.
    frequencies: Vec<f32>,
    /// What turned features are multiplied by.
    scale: f64,
    /// Width of a head.
    head: usize,
}

/// Which parameters to read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Which<'a> {
    /// The key of the parameters within `rope_parameters`, where they differ between layers.
    pub layers: Option<&'a str>,
    /// The older key of the base.
    pub theta: &'a str,
    /// The base if the config has none.
    pub default: f64,
    /// Whether `rope_scaling` applies.
    pub scales: bool,
}

impl Which<'_> {
    /// The same for all layers, with this base by default.
    pub(crate) fn all(default: f64) -> Self {
        Self { layers: None, theta: "rope_theta", default, scales: true }
    }
}

impl Rotary {
    /// Reads the rotation of heads of `head` features.
    ///
    /// # Errors
    /// If the config asks for a rule that is not supported, or a number is missing or senseless.
    pub(crate) fn read(config: &Config, which: Which, head: usize) -> Result<Self> {
        let given = |key: &str| config.get(key).cloned();
        let of_layers = |value: Value| match which.layers {
            Some(layers) => value.get(layers).cloned(),
            None => Some(value),
        };
        let scaling = if which.scales { given("rope_scaling") } else { None };
        let key = if scaling.is_some() { "rope_scaling" } else { "rope_parameters" };
        let value = scaling.or_else(|| of_layers(given("rope_parameters")?)).unwrap_or_default();
        let parameters: Option<Parameters> = serde_json::from_value(value).map_err(|e| config.refused(key, e))?;
        let parameters = parameters.unwrap_or_default();
        let theta = match parameters.rope_theta {
            Some(theta) => theta,
            None => match given(which.theta) {
                Some(theta) => theta.as_f64().ok_or_else(|| config.refused(which.theta, "it must be a number"))?,
                None => which.default,
            },
        };
        let positions = config.positions(Some(2048))? as f64;
        parameters.rotary(theta, head, positions).map_err(|problem| config.refused(key, problem))
    }

    /// The angles of positions below `length`.
    pub(crate) fn rotation<T: Real>(&self, length: usize) -> Rotation<T> {
        Rotation::new(&self.frequencies, self.scale, length, self.head, Pairing::Halves)
    }
}

impl Parameters {
    fn rotary(&self, theta: f64, head: usize, positions: f64) -> Result<Rotary, String> {
        if !(theta > 0.0 && theta.is_finite()) {
            return Err(format!("rope_theta is {theta}; it must be a positive number"));
        }
        let name = self.rope_type.as_deref().or(self.old_type.as_deref()).unwrap_or("default");
        // transformers ignores the part where the rule is the default one, and fails on it
        // elsewhere.
        if let Some(part) = self.partial_rotary_factor.filter(|&part| name != "default" && part != 1.0) {
            return Err(format!("partial_rotary_factor is {part}; only 1 is supported, and rotates all features"));
        }
        if !head.is_multiple_of(2) {
            return Err(format!("the {head} features of a head cannot be rotated in pairs"));
        }
        let mut frequencies = frequencies(theta, head);
        let mut scale = 1.0;
        match name {
            "default" | "dynamic" => {}
            "linear" => {
                let factor = self.factor()?;
                frequencies.iter_mut().for_each(|f| *f /= factor as f32);
            }
            "ntk" if self.mixed_b.is_none() => {
                let factor = self.factor()?;
                frequencies = self::frequencies(theta * factor, head);
                frequencies.iter_mut().for_each(|f| *f /= factor.powf(2.0 / head as f64) as f32);
            }
            "yarn" => scale = self.yarn(theta, positions, &mut frequencies)?,
            "llama3" => self.llama3(positions, &mut frequencies)?,
            other => {
                return Err(format!(
                    "`{other}` is not supported; supported are default, dynamic, linear, ntk, yarn, llama3"
                ));
            }
        }
        Ok(Rotary { frequencies, scale, head })
    }

    fn factor(&self) -> Result<f64, String> {
        match self.factor {
            Some(factor) if factor >= 1.0 && factor.is_finite() => Ok(factor),
            Some(factor) => Err(format!("factor is {factor}; it must be at least 1")),
            None => Err("factor is missing".into()),
        }
    }

    /// Low frequencies are divided by the factor, those in between in part.
    fn llama3(&self, positions: f64, frequencies: &mut [f32]) -> Result<(), String> {
        let (Some(low), Some(high)) = (self.low_freq_factor, self.high_freq_factor) else {
            return Err("low_freq_factor or high_freq_factor is missing".into());
        };
        let (factor, before) = (self.factor()?, self.original_max_position_embeddings.unwrap_or(positions));
        for f in frequencies {
            let own = f64::from(*f);
            let turns = before * own / (2.0 * PI);
            let kept = ((turns - low) / (high - low)).clamp(0.0, 1.0);
            *f = ((1.0 - kept) * own / factor + kept * own) as f32;
        }
        Ok(())
    }

    /// The same, by the rules of YaRN; returns the scale.
    fn yarn(&self, theta: f64, positions: f64, frequencies: &mut [f32]) -> Result<f64, String> {
        let before = self.original_max_position_embeddings.unwrap_or(positions);
        let factor = if self.factor.is_some() { self.factor()? } else { (positions / before).max(1.0) };
        let turned = 2.0 * frequencies.len() as f64;
        let place = |turns: f64| turned * (before / (turns * 2.0 * PI)).ln() / (2.0 * theta.ln());
        let (mut low, mut high) = (place(self.beta_fast.unwrap_or(32.0)), place(self.beta_slow.unwrap_or(1.0)));
        if self.truncate.unwrap_or(true) {
            (low, high) = (low.floor(), high.ceil());
        }
        let (low, mut high) = (low.max(0.0), high.min(turned - 1.0));
        if low == high {
            high += 0.001;
        }
        for (i, f) in frequencies.iter_mut().enumerate() {
            let divided = ((i as f64 - low) / (high - low)).clamp(0.0, 1.0) as f32;
            *f = *f / factor as f32 * divided + *f * (1.0 - divided);
        }
        let scale = |by: f64| if factor <= 1.0 { 1.0 } else { 0.1 * by * factor.ln() + 1.0 };
        Ok(match (self.attention_factor, self.mscale, self.mscale_all_dim) {
            (Some(given), ..) => given,
            (None, Some(own), Some(all)) if own != 0.0 && all != 0.0 => scale(own) / scale(all),
            _ => scale(1.0),
        })
    }
}

/// `theta^(-2i/R)` in float32, as the models were trained with.
fn frequencies(theta: f64, turned: usize) -> Vec<f32> {
    let exponent = |i: usize| f64::from(2.0 * i as f32 / turned as f32);
    (0..turned / 2).map(|i| 1.0 / theta.powf(exponent(i)) as f32).collect()
}
