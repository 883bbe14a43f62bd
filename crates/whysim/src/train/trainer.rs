//! One training step: loss, gradients, update.

use std::path::Path;
use std::sync::Arc;

use candle_core::{D, Device, Tensor};

use super::Options;
use super::optimizer::{self, AdamW};
use super::options;
use super::order::{DROPOUT, Random};
use crate::Encoder;
use crate::array::packed::{Dropout, Gradients, Tape};
use crate::encoder::{Input, Trainable};
use crate::error::{Error, Result};
use crate::explanation::Similarity;
use crate::pairs::Pair;

/// A model in training.
pub struct Trainer {
    pub(super) model: Trainable,
    pub(super) optimizer: AdamW,
    gradients: Arc<Gradients>,
    options: Options,
    prompt: String,
    left_out: usize,
}

/// The gradient of one parameter.
#[derive(Clone, Debug)]
pub struct Gradient {
    /// The parameter's name in the model's weights.
    pub name: String,
    /// Row-major, in the parameter's shape.
    pub values: Vec<f32>,
}

/// A pair as the model reads it.
pub(super) struct Example {
    a: Input,
    b: Input,
    /// What the similarity should be.
    score: f64,
}

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stepped {
    pub loss: f64,
    /// Length of all gradients together, before they were clipped.
    pub norm: f64,
}

impl Trainer {
    /// Loads the base model. `name` is what results call it.
    ///
    /// # Errors
    /// When an option is out of range, the model cannot be loaded, or it cannot be shifted.
    pub fn new(base: &Path, name: &str, options: &Options) -> Result<Self> {
        options.check()?;
        let model = Trainable::load(base, name, options.shift)?;
        let prompt = model.inference.prompt(None)?.to_owned();
        Ok(Self {
            left_out: model.inference.left_out(&prompt)?,
            optimizer: AdamW::new(&model.parameters),
            gradients: Arc::new(Gradients::of(model.parameters.iter().map(|p| &p.var))),
            options: options.clone(),
            prompt,
            model,
        })
    }

    /// The model as it is now, for inference. It changes with every step.
    pub fn encoder(&self) -> &Encoder {
        &self.model.inference
    }

    /// Mean-squared error of the pairs' similarities, and the gradient of every parameter, without dropout.
    ///
    /// # Errors
    /// When a text is empty.
    pub fn gradients(&mut self, pairs: &[Pair]) -> Result<(f64, Vec<Gradient>)> {
        let examples = self.read(pairs)?;
        let loss = self.backward(&examples.iter().collect::<Vec<_>>(), None)?;
        let mut all = Vec::new();
        self.gradients.each(|i, values| {
            all.push(Gradient { name: self.model.parameters[i].name.clone(), values: values.to_vec() });
        });
        Ok((loss, all))
    }

    /// One step on the pairs with the given learning rate; returns the loss before it. Dropout is the options'.
    ///
    /// # Errors
    /// When a text is empty, or the loss is not finite; then nothing has changed.
    pub fn step(&mut self, pairs: &[Pair], rate: f64) -> Result<f64> {
        let examples = self.read(pairs)?;
        Ok(self.advance(&examples.iter().collect::<Vec<_>>(), rate)?.loss)
    }

    /// What the model reads of pairs.
    pub(super) fn read(&self, pairs: &[Pair]) -> Result<Vec<Example>> {
        let read = |text: &str, side: &str, i: usize| {
            self.model.read(&self.prompt, text, &format!("{side} of pair {}", i + 1))
        };
        let example = |(i, pair): (usize, &Pair)| {
            Ok(Example { a: read(&pair.a, "A", i)?, b: read(&pair.b, "B", i)?, score: pair.score })
        };
        pairs.iter().enumerate().map(example).collect()
    }

    /// One step.
    pub(super) fn advance(&mut self, examples: &[&Example], rate: f64) -> Result<Stepped> {
        let key = Random::new(self.options.seed, DROPOUT, self.optimizer.steps as u64).next();
        let dropout = match self.options.dropout {
            options::Dropout::Config => Some(Dropout::new(self.model.rates, key)),
            options::Dropout::Off => None,
        };
        let loss = self.backward(examples, dropout)?;
        let norm = optimizer::norm(&self.gradients);
        if !(loss.is_finite() && norm.is_finite()) {
            return Err(Error::Diverged { step: self.optimizer.steps + 1 });
        }
        let scale = optimizer::clip(norm, self.options.max_grad_norm);
        let decay = self.options.weight_decay;
        self.optimizer.step(&self.model.parameters, &self.gradients, scale, rate, decay)?;
        Ok(Stepped { loss, norm })
    }

    /// The loss of a batch; its gradients are in `gradients` then.
    fn backward(&self, examples: &[&Example], dropout: Option<Dropout>) -> Result<f64> {
        self.gradients.each(|_, sum| sum.fill(0.0));
        let tape = Tape::new(self.gradients.clone(), dropout);
        let texts: Vec<&Input> = examples.iter().map(|e| &e.a).chain(examples.iter().map(|e| &e.b)).collect();
        let embeddings = self.model.embed(&texts, self.left_out, &tape)?;
        let pairs = examples.len();
        let (a, b) = (embeddings.narrow(0, 0, pairs)?, embeddings.narrow(0, pairs, pairs)?);
        let scores: Vec<f32> = examples.iter().map(|e| e.score as f32).collect();
        let loss = mean_squared_error(&similarities(&a, &b, self.options.similarity)?, &scores)?;
        let by_candle = loss.backward()?;
        for parameter in &self.model.parameters {
            if let Some(gradient) = by_candle.get(parameter.var.as_tensor()) {
                self.gradients.add_tensor(&parameter.var, gradient)?;
            }
        }
        Ok(f64::from(loss.to_scalar::<f32>()?))
    }
}

/// The similarity of every row of a with that of b, [pairs]. a, b: [pairs, D].
fn similarities(a: &Tensor, b: &Tensor, similarity: Similarity) -> Result<Tensor> {
    let dot = |x: &Tensor, y: &Tensor| (x * y)?.sum(D::Minus1);
    Ok(match similarity {
        Similarity::Dot => dot(a, b)?,
        Similarity::Cos => (dot(a, b)? / (dot(a, a)?.sqrt()? * dot(b, b)?.sqrt()?)?)?,
    })
}

/// `mean_i (x_i - score_i)²`. x: [pairs].
fn mean_squared_error(x: &Tensor, scores: &[f32]) -> Result<Tensor> {
    Ok((x - Tensor::new(scores, &Device::Cpu)?)?.sqr()?.mean_all()?)
}
