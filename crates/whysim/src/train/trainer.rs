//! One training step: loss, gradients, update.

use std::path::Path;

use whysim_core::{Gradients, Tape};

use super::Options;
use super::loss::Batch;
use super::optimizer::{self, AdamW};
use super::options;
use super::order::{DROPOUT, Random};
use crate::Encoder;
use crate::encoder::{Input, Stored, Trainable};
use crate::error::{Error, Result};
use crate::pairs::Pair;

/// A model in training.
pub struct Trainer {
    pub(super) model: Trainable,
    pub(super) optimizer: AdamW,
    gradients: Gradients<f32>,
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
    /// The target similarity.
    score: f64,
}

/// The result of a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stepped {
    pub loss: f64,
    /// Norm of all gradients together, before clipping.
    pub norm: f64,
}

impl Trainer {
    /// Loads the base model. `name` is its name in results.
    ///
    /// # Errors
    /// If an option is out of range, or the model cannot be loaded or shifted.
    pub fn new(base: &Path, name: &str, options: &Options) -> Result<Self> {
        options.check()?;
        let model = Trainable::load(base, name, options.shift)?;
        let prompt = model.encoder.prompt(None)?.to_owned();
        Ok(Self {
            left_out: model.encoder.left_out(&prompt)?,
            optimizer: AdamW::new(&model.weights()),
            gradients: Gradients::of(&model.weights()),
            options: options.clone(),
            prompt,
            model,
        })
    }

    /// The current model, for inference. It changes with every step.
    pub fn encoder(&self) -> &Encoder {
        &self.model.encoder
    }

    /// Mean-squared error of the pairs' similarities, and the gradient of every parameter, without
    /// dropout.
    ///
    /// # Errors
    /// If a text is empty.
    pub fn gradients(&mut self, pairs: &[Pair]) -> Result<(f64, Vec<Gradient>)> {
        let examples = self.read(pairs)?;
        let loss = self.backward(&examples.iter().collect::<Vec<_>>(), None)?;
        let stored = self.model.stored(self.gradients.sums.clone());
        Ok((loss, stored.into_iter().map(|Stored { name, values, .. }| Gradient { name, values }).collect()))
    }

    /// Takes one step on the pairs with the given learning rate, and returns the loss before it.
    /// Dropout follows the options.
    ///
    /// # Errors
    /// If a text is empty, or the loss is not finite; nothing has changed then.
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
            options::Dropout::Config => Some(whysim_core::Dropout::new(self.model.rates, key)),
            options::Dropout::Off => None,
        };
        let loss = self.backward(examples, dropout)?;
        let norm = optimizer::norm(&self.gradients.sums);
        if !(loss.is_finite() && norm.is_finite()) {
            return Err(Error::Diverged { step: self.optimizer.steps + 1 });
        }
        let scale = optimizer::clip(norm, self.options.max_grad_norm);
        let decay = self.options.weight_decay;
        self.optimizer.step(&mut self.model, &self.gradients.sums, scale, rate, decay);
        Ok(Stepped { loss, norm })
    }

    /// The loss of a batch; leaves its gradients in `gradients`.
    fn backward(&mut self, examples: &[&Example], dropout: Option<whysim_core::Dropout>) -> Result<f64> {
        self.gradients.reset(&self.model.weights());
        let texts: Vec<&Input> = examples.iter().map(|e| &e.a).chain(examples.iter().map(|e| &e.b)).collect();
        let (rows, references) = self.model.rows(&texts);
        let tape = Tape::training(dropout);
        let embedded = self.model.forward(&rows, self.left_out, &tape);
        let scores: Vec<f64> = examples.iter().map(|example| example.score).collect();
        let batch = Batch { embeddings: embedded.values(), references, scores: &scores };
        let (loss, cotangents) = batch.loss(self.options.similarity);
        tape.back_to_weights(&embedded, cotangents, &mut self.gradients);
        Ok(loss)
    }
}
