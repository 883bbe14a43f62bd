//! A run on disk: everything that its remaining steps depend on.
//!
//! Random numbers are functions of the seed and the step (`order.rs`), so the parameters, moments
//! and step are the whole state. The best parameters so far are in a separate file.

use std::collections::HashMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use whysim_core::Tensor;

use super::Options;
use super::task::Evaluation;
use super::tensors::{self, Named, Tensors};
use super::trainer::Trainer;
use crate::encoder::Parameter;
use crate::error::{Error, Result};

const CHECKPOINT: &str = "checkpoint.safetensors";
const BEST: &str = "best.safetensors";
const STATE: &str = "state";

/// How far a run has got, and which run it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    pub options: Options,
    /// Hash of the pairs.
    pub data: String,
    /// The base model's fingerprint.
    pub base: String,
    /// Steps done.
    pub step: usize,
    /// The best evaluation so far; its parameters are kept.
    pub best: Option<Evaluation>,
}

fn key(kind: &str, parameter: &Parameter) -> String {
    let Parameter { module, name, part, .. } = parameter;
    format!("{kind}:{module}:{name}:{part}")
}

/// Writes a run's checkpoint into its folder.
pub(super) fn save(folder: &Path, trainer: &Trainer, state: &State) -> Result<()> {
    let weights = trainer.model.weights();
    let mut all = parameters(trainer, &weights);
    for (parameter, moments) in trainer.model.parameters.iter().zip(&trainer.optimizer.moments) {
        for (kind, values) in [("first", &moments.first), ("second", &moments.second)] {
            all.push(Named { name: key(kind, parameter), shape: vec![values.len()], values: values.into() });
        }
    }
    let state = serde_json::to_string(state).map_err(|e| Error::malformed(folder, e))?;
    tensors::write_sealed(&folder.join(CHECKPOINT), &all, HashMap::from([(STATE.to_owned(), state)]))
}

/// Restores a trainer to the checkpoint in `folder`; None: there is none yet. `expected`: the
/// requested run, at any step.
///
/// # Errors
/// If it belongs to another run or is damaged.
pub(super) fn restore(folder: &Path, trainer: &mut Trainer, expected: &State) -> Result<Option<State>> {
    let path = folder.join(CHECKPOINT);
    if !path.is_file() {
        return Ok(None);
    }
    let file = Tensors::read(&path)?;
    let state = state(&file, &path)?;
    check(&path, &state, expected)?;
    set(&file, trainer)?;
    for (parameter, moments) in trainer.model.parameters.iter().zip(&mut trainer.optimizer.moments) {
        file.copy(&key("first", parameter), &mut moments.first)?;
        file.copy(&key("second", parameter), &mut moments.second)?;
    }
    trainer.optimizer.steps = state.step;
    Ok(Some(state))
}

fn state(file: &Tensors, path: &Path) -> Result<State> {
    serde_json::from_str(&file.metadata(STATE)?).map_err(|e| Error::malformed(path, e))
}

/// The steps that the unfinished run in `folder` has done; 0 without a readable checkpoint.
pub(super) fn steps(folder: &Path) -> usize {
    let path = folder.join(CHECKPOINT);
    Tensors::read(&path).and_then(|file| state(&file, &path)).map_or(0, |state| state.step)
}

fn check(path: &Path, state: &State, expected: &State) -> Result<()> {
    let differs =
        |what: &str| Err(Error::malformed(path, format!("it belongs to a run with {what}; resume with the same")));
    if state.options != expected.options {
        return differs(&format!("other options ({})", serde_json::to_string(&state.options).unwrap_or_default()));
    }
    match (state.data == expected.data, state.base == expected.base) {
        (false, _) => differs("other data"),
        (_, false) => differs("another base model"),
        _ => Ok(()),
    }
}

/// Saves the parameters as the best so far.
pub(super) fn save_best(folder: &Path, trainer: &Trainer) -> Result<()> {
    let weights = trainer.model.weights();
    tensors::write_sealed(&folder.join(BEST), &parameters(trainer, &weights), HashMap::new())
}

/// Restores the best parameters.
pub(super) fn restore_best(folder: &Path, trainer: &mut Trainer) -> Result<()> {
    set(&Tensors::read(&folder.join(BEST))?, trainer)
}

/// The parameters to write.
fn parameters<'a>(trainer: &Trainer, weights: &'a [Tensor<f32>]) -> Vec<Named<'a>> {
    let named = trainer.model.parameters.iter().zip(weights);
    named.map(|(parameter, weight)| Named::weight(weight, key("parameter", parameter))).collect()
}

fn set(file: &Tensors, trainer: &mut Trainer) -> Result<()> {
    let keys: Vec<String> = trainer.model.parameters.iter().map(|p| key("parameter", p)).collect();
    let mut done = Ok(());
    trainer.model.each(|i, weight| {
        if done.is_ok() {
            done = file.copy(&keys[i], weight.values_mut());
        }
    });
    done
}
