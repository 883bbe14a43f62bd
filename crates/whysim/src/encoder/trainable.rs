//! An encoder that is trained.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use whysim_core::{Cotangents, Rates, Tape, Tensor};

use super::Encoder;
use super::load::{self, layout};
use super::references::References;
use super::weights::{Parameter, Weights};
use crate::error::{Error, Result};
use crate::folder::Folder;
use crate::text::Reference;

/// A model to train.
pub(crate) struct Trainable {
    /// The model as it is now.
    pub encoder: Encoder,
    /// Where each of its weights is kept, in the order of [`Trainable::each`].
    pub parameters: Vec<Parameter>,
    /// The weights of a head that the function does not depend on but other libraries look for:
    /// name and value.
    pub head: Vec<(String, Tensor<f32>)>,
    /// Dropout by the model's config.
    pub rates: Rates,
    /// Whether the base model ends with a `Normalize` module.
    pub normalizes: bool,
    /// The model's modules on disk.
    pub folders: Folders,
}

/// What the model reads of one text.
pub(crate) struct Input {
    pub ids: Vec<u32>,
    /// The ids of its reference, as many.
    pub reference: Vec<u32>,
}

/// Where the parts of a model's folder are, relative to it.
#[derive(Clone, Debug)]
pub(crate) struct Folders {
    /// The model's folder.
    pub root: PathBuf,
    /// The transformer's, often empty.
    pub transformer: String,
    /// None: pooling is not written there but assumed to be the mean.
    pub pooling: Option<String>,
    pub dense: Vec<String>,
}

/// The dropout of `config.json`, under the names of all families. 0.1 is the default of all.
#[derive(Deserialize)]
struct Dropouts {
    #[serde(alias = "dropout", default = "tenth")]
    hidden_dropout_prob: f64,
    #[serde(alias = "attention_dropout", default = "tenth")]
    attention_probs_dropout_prob: f64,
}

fn tenth() -> f64 {
    0.1
}

impl Trainable {
    /// Loads a folder. `shift`: whether the model that comes of it takes each text's reference off
    /// its embedding.
    ///
    /// # Errors
    /// As [`Encoder::load`], and when the folder's modules cannot be shifted.
    pub(crate) fn load(folder: &Path, name: &str, shift: Shift) -> Result<Self> {
        let root = folder;
        let folder = &Folder::on_disk(root);
        let (mut encoder, read) = load::load::<f32>(folder, name)?;
        let layout = layout(folder)?;
        if shift == Shift::On && !(encoder.pooling.is_linear() && encoder.dense.iter().all(|d| d.is_linear())) {
            let problem = "the shift needs a linear pooling (not max) and no Dense module with a bias or an activation; \
                           train this model without it";
            return Err(Error::malformed(&folder.file("modules.json"), problem));
        }
        let identity = super::Identity { exact: shift == Shift::On, ..(*encoder.identity).clone() };
        encoder.identity = Arc::new(identity);
        let normalizes = encoder.normalizes;
        // A cosine does not see it, and a model that is trained for the dot product has none.
        encoder.normalizes = false;
        let main = folder.join(&layout.transformer);
        Ok(Self {
            parameters: ordered(&mut encoder, read),
            head: head(&main, encoder.hidden)?,
            rates: rates(&main)?,
            folders: Folders {
                root: root.to_owned(),
                transformer: layout.transformer,
                pooling: layout.pooling,
                dense: layout.dense,
            },
            normalizes,
            encoder,
        })
    }

    /// Calls `f` with the number of every weight and the weight, to change.
    pub(crate) fn each(&mut self, mut f: impl FnMut(usize, &mut Tensor<f32>)) {
        let mut place = 0;
        self.encoder.each(&mut |weight| {
            f(place, weight);
            place += 1;
        });
    }

    /// All weights, in the same order. They share memory with the encoder's until these are
    /// changed.
    pub(crate) fn weights(&self) -> Vec<Tensor<f32>> {
        let mut weights = Vec::new();
        self.encoder.clone().each(&mut |weight| weights.push(weight.clone()));
        weights
    }

    /// What the model reads of a text. `which` names it in errors.
    pub(crate) fn read(&self, prompt: &str, text: &str, which: &str) -> Result<Input> {
        let tokens = self.encoder.tokenize(prompt, text, which)?;
        let reference = Reference::Pad.ids(&tokens, &self.encoder.tokenizer)?.unwrap_or_default();
        Ok(Input { ids: tokens.ids, reference })
    }

    /// F of rows of ids on a tape that trains: [rows, D].
    pub(crate) fn forward(&self, rows: &[&[u32]], left_out: usize, tape: &Tape<f32>) -> Cotangents<f32> {
        let encoder = &self.encoder;
        let context = encoder.context(rows.iter().map(|row| row.len()), left_out);
        encoder.suffix(encoder.transformer.embed_on(tape, rows), 0, &context)
    }

    /// The rows that the embeddings of texts are made of: the texts', and of a shifted model each
    /// distinct reference once; and where each text's reference is among them. Texts of one length
    /// have one reference.
    pub(crate) fn rows<'a>(&self, texts: &[&'a Input]) -> (Vec<&'a [u32]>, Option<Vec<usize>>) {
        let mut rows: Vec<&[u32]> = texts.iter().map(|text| text.ids.as_slice()).collect();
        if !self.encoder.identity.exact {
            return (rows, None);
        }
        let mut known = HashMap::<&[u32], usize>::new();
        let mut place = |text: &&'a Input| {
            *known.entry(text.reference.as_slice()).or_insert_with_key(|ids| {
                rows.push(ids);
                rows.len() - 1
            })
        };
        let places = texts.iter().map(&mut place).collect();
        (rows, Some(places))
    }
}

impl Encoder {
    /// Calls `f` with every weight, in a fixed order. What was worked out from them is forgotten.
    fn each<'a>(&'a mut self, f: &mut dyn FnMut(&'a mut Tensor<f32>)) {
        self.references = References::default();
        self.transformer.each(f);
        self.dense.iter_mut().for_each(|dense| dense.linear.each(f));
    }
}

/// The weights that were read, in the order in which the encoder has them.
fn ordered(encoder: &mut Encoder, read: Vec<Parameter>) -> Vec<Parameter> {
    let mut places: HashMap<usize, Parameter> = read.into_iter().map(|parameter| (parameter.id, parameter)).collect();
    let mut parameters = Vec::with_capacity(places.len());
    encoder.each(&mut |weight| parameters.extend(places.remove(&weight.id())));
    debug_assert!(places.is_empty(), "a weight was read that the encoder does not have");
    parameters
}

/// Whether a model's embedding is less that of its reference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shift {
    /// It is: the model is exact.
    #[default]
    On,
    /// It is not, as in any sentence transformer.
    Off,
}

fn rates(main: &Folder) -> Result<Rates> {
    let read: Dropouts = main.json("config.json")?;
    let rates = Rates { hidden: read.hidden_dropout_prob, attention: read.attention_probs_dropout_prob };
    for (name, rate) in [("hidden", rates.hidden), ("attention", rates.attention)] {
        if !(0.0..1.0).contains(&rate) {
            let problem = format!("its {name} dropout is {rate}; it must be from 0 to below 1");
            return Err(Error::malformed(&main.file("config.json"), problem));
        }
    }
    Ok(rates)
}

/// BERT's pooler: no sentence embedding reads it, but transformers would fill it with random
/// numbers if it were not there.
fn head(main: &Folder, hidden: usize) -> Result<Vec<(String, Tensor<f32>)>> {
    let mut weights = Weights::open(main, "")?;
    weights.strip_prefix("embeddings.word_embeddings.weight")?;
    let parts = [("pooler.dense.weight", vec![hidden; 2]), ("pooler.dense.bias", vec![hidden])];
    let present: Vec<_> = parts.into_iter().filter(|(name, _)| weights.has(name)).collect();
    present.into_iter().map(|(name, shape)| Ok((name.to_owned(), weights.get(name, &shape)?))).collect()
}
