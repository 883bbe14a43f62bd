//! The modules after pooling: Dense, LayerNorm and Normalize.

use serde::Deserialize;
use whysim_core::{Activation, Array, Linear, Norm, NormKind, Real, Tensor};

use super::modules::{Kind, Module};
use super::weights::{Parameter, Weights};
use crate::error::{Error, Result};
use crate::folder::Folder;

/// The modules after pooling, in order. A `Normalize` at the end is not among them: similarity
/// takes care of it.
#[derive(Clone, Default)]
pub(crate) struct Head<T> {
    stages: Vec<Stage<T>>,
}

#[derive(Clone)]
enum Stage<T> {
    Dense(Dense<T>),
    Norm(Norm<T>),
    /// Length 1, as an RMSNorm with a constant gain.
    Normalize(Norm<T>),
}

/// A Dense module: `f(x W^T + b)`, plus x or x R^T if it has a residual.
#[derive(Clone)]
struct Dense<T> {
    linear: Linear<T>,
    activation: Activation,
    residual: Option<Residual<T>>,
}

#[derive(Clone)]
enum Residual<T> {
    Same,
    Projected(Linear<T>),
}

/// A head after loading.
pub(crate) struct Loaded<T> {
    pub head: Head<T>,
    /// Width of its output.
    pub width: usize,
    /// One hash for each module.
    pub hashes: Vec<String>,
    pub parameters: Vec<Parameter>,
    pub notes: Vec<String>,
}

impl<T: Real> Head<T> {
    /// Reads the modules `modules` of a model. `width`: of the pooled vector.
    pub(crate) fn load(model: &Folder, modules: &[Module], width: usize) -> Result<Loaded<T>> {
        let mut all = Loaded {
            head: Self { stages: Vec::new() },
            width,
            hashes: Vec::new(),
            parameters: Vec::new(),
            notes: Vec::new(),
        };
        for module in modules {
            let stage = match module.kind {
                Kind::Dense => Stage::Dense(all.dense(model, &module.path)?),
                Kind::LayerNorm => Stage::Norm(all.norm(model, &module.path)?),
                _ => Stage::Normalize(unit(all.width)),
            };
            if matches!(stage, Stage::Normalize(_)) {
                all.hashes.push("normalize".to_owned());
            }
            all.head.stages.push(stage);
        }
        Ok(all)
    }

    /// Whether the head of a difference is the difference of the heads.
    pub(crate) fn is_linear(&self) -> bool {
        self.stages.iter().all(|stage| match stage {
            Stage::Dense(dense) => dense.activation == Activation::Identity && dense.linear.bias.is_none(),
            Stage::Norm(_) | Stage::Normalize(_) => false,
        })
    }

    /// x: [B, C] -> [B, D].
    pub(crate) fn forward<A: Array<Real = T>>(&self, x: A) -> A {
        self.stages.iter().fold(x, |x, stage| match stage {
            Stage::Dense(dense) => dense.forward(&x),
            Stage::Norm(norm) | Stage::Normalize(norm) => x.normalise(norm),
        })
    }

    /// Calls `f` with every weight, in a fixed order.
    pub(crate) fn each<'a>(&'a mut self, f: &mut dyn FnMut(&'a mut Tensor<T>)) {
        for stage in &mut self.stages {
            match stage {
                Stage::Dense(dense) => {
                    dense.linear.each(f);
                    if let Some(Residual::Projected(linear)) = &mut dense.residual {
                        linear.each(f);
                    }
                }
                Stage::Norm(norm) => norm.each(f),
                Stage::Normalize(_) => {}
            }
        }
    }
}

/// Division by the length, `x / |x|`: an RMSNorm with the gain `1 / sqrt(C)`.
fn unit<T: Real>(width: usize) -> Norm<T> {
    // A vector of zeros stays one.
    const TINY: f64 = 1e-24;
    let width_float = width as f64;
    let gamma = Tensor::new(&[width], vec![T::of(width_float.sqrt().recip()); width]);
    Norm { kind: NormKind::Rms, gamma, beta: None, epsilon: TINY / width_float }
}

/// `config.json` of a Dense module.
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
    module_output_name: Option<String>,
}

fn yes() -> bool {
    true
}

impl DenseConfig {
    fn check(&self, folder: &Folder, inputs: usize) -> Result<()> {
        let path = folder.file("config.json");
        if self.in_features != inputs {
            let problem = format!("in_features is {}, but the module before gives {inputs}", self.in_features);
            return Err(Error::malformed(&path, problem));
        }
        if self.out_features == 0 {
            return Err(Error::malformed(&path, "out_features is 0; it must be at least 1"));
        }
        for (key, name) in
            [("module_input_name", &self.module_input_name), ("module_output_name", &self.module_output_name)]
        {
            if let Some(name) = name.as_deref().filter(|name| *name != EMBEDDING) {
                return Err(Error::setting(
                    &path,
                    key,
                    &name.into(),
                    "only Dense modules of the pooled embedding (`sentence_embedding`) are supported",
                ));
            }
        }
        Ok(())
    }
}

/// sentence-transformers' name of the pooled embedding.
const EMBEDDING: &str = "sentence_embedding";

impl<T: Real> Loaded<T> {
    fn dense(&mut self, model: &Folder, module: &str) -> Result<Dense<T>> {
        let folder = model.join(module);
        let config: DenseConfig = folder.json("config.json")?;
        config.check(&folder, self.width)?;
        let activation = self.activation(module, config.activation_function.as_deref())?;
        let mut weights = Weights::open(&folder, module)?;
        let (inputs, outputs) = (self.width, config.out_features);
        let linear = Linear {
            weight: weights.get("linear.weight", &[outputs, inputs])?,
            bias: config.bias.then(|| weights.get("linear.bias", &[outputs])).transpose()?,
            drops: false,
        };
        let residual = match config.use_residual {
            false => None,
            true if inputs == outputs => Some(Residual::Same),
            true => {
                let weight = weights.get("residual.weight", &[outputs, inputs])?;
                Some(Residual::Projected(Linear { weight, bias: None, drops: false }))
            }
        };
        let kind = if config.use_residual { " residual" } else { "" };
        weights.hash_text(&format!("{activation:?}{kind}"));
        self.finish(weights, outputs);
        Ok(Dense { linear, activation, residual })
    }

    /// sentence-transformers trusts PyTorch's own activations only, and takes tanh for all others.
    fn activation(&mut self, module: &str, name: Option<&str>) -> Result<Activation> {
        let Some(name) = name else { return Ok(Activation::Tanh) };
        if !name.starts_with("torch.") {
            self.notes.push(format!(
                "the activation_function `{name}` of the module {module} is not PyTorch's own; using tanh, as sentence-transformers does"
            ));
            return Ok(Activation::Tanh);
        }
        Activation::named(name).ok_or_else(|| Error::Unsupported {
            what: "activation_function",
            got: name.to_owned(),
            supported: Activation::NAMES.into(),
        })
    }

    fn norm(&mut self, model: &Folder, module: &str) -> Result<Norm<T>> {
        #[derive(Deserialize)]
        struct Config {
            dimension: usize,
        }
        let folder = model.join(module);
        let config: Config = folder.json("config.json")?;
        if config.dimension != self.width {
            let problem = format!("dimension is {}, but the module before gives {}", config.dimension, self.width);
            return Err(Error::malformed(&folder.file("config.json"), problem));
        }
        let mut weights = Weights::open(&folder, module)?;
        let norm = Norm {
            kind: NormKind::Layer,
            gamma: weights.get("norm.weight", &[self.width])?,
            beta: Some(weights.get("norm.bias", &[self.width])?),
            // PyTorch's default.
            epsilon: 1e-5,
        };
        self.finish(weights, self.width);
        Ok(norm)
    }

    fn finish(&mut self, weights: Weights, width: usize) {
        self.hashes.push(weights.fingerprint());
        self.parameters.extend(weights.read);
        self.width = width;
    }
}

impl<T: Real> Dense<T> {
    /// x: [B, I] -> [B, O].
    fn forward<A: Array<Real = T>>(&self, x: &A) -> A {
        let out = x.linear(&self.linear).activate(self.activation);
        match &self.residual {
            None => out,
            Some(Residual::Same) => out.add(x),
            Some(Residual::Projected(linear)) => out.add(&x.linear(linear)),
        }
    }
}
