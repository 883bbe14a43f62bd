//! An encoder in training.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use whysim_core::{Cotangents, Rates, Tape, Tensor};

use super::Encoder;
use super::config::Config;
use super::family;
use super::load;
use super::modules::{Kind, Layout, Module};
use super::references::References;
use super::weights::{Parameter, Weights};
use crate::error::{Error, Result};
use crate::folder::Folder;
use crate::text::Reference;

/// A model to train.
pub(crate) struct Trainable {
    /// The model in its current state.
    pub encoder: Encoder,
    /// Where each weight is stored, in the order of [`Trainable::each`].
    pub parameters: Vec<Parameter>,
    /// The weights of a head that F ignores but other libraries expect: name and value.
    pub head: Vec<(String, Tensor<f32>)>,
    /// The model config's dropout rates.
    pub rates: Rates,
    /// Whether the base model ends with a `Normalize` module.
    pub normalizes: bool,
    /// The model's modules on disk.
    pub folders: Folders,
}

/// What the model reads of one text.
pub(crate) struct Input {
    pub ids: Vec<u32>,
    /// The ids of its reference, of the same length.
    pub reference: Vec<u32>,
}

/// An array as a file holds it.
pub(crate) struct Stored {
    pub module: String,
    pub name: String,
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

/// Where the parts of a model are, relative to its folder.
#[derive(Clone, Debug)]
pub(crate) struct Folders {
    /// The model's folder.
    pub root: PathBuf,
    /// The transformer's folder, often empty.
    pub transformer: String,
    /// None: the folder has no pooling module, and mean pooling is assumed.
    pub pooling: Option<String>,
    /// The modules after pooling.
    pub head: Vec<Module>,
}

impl Trainable {
    /// Loads a folder. `shift`: whether the resulting model subtracts each text's reference
    /// embedding.
    ///
    /// # Errors
    /// As [`Encoder::load`], and if the folder's modules cannot be shifted.
    pub(crate) fn load(folder: &Path, name: &str, shift: Shift) -> Result<Self> {
        let root = folder;
        let folder = &Folder::on_disk(root);
        let (mut encoder, read) = load::load::<f32>(folder, None, name, None)?;
        let layout = Layout::read(folder)?;
        let wrong = |problem: &str| Err(Error::malformed(&folder.file("modules.json"), problem));
        if folder.join(&layout.main.path).has("adapter_config.json") {
            let problem = "the folder holds an adapter: merge it into its base (PEFT's merge_and_unload), save that, and train it";
            return Err(Error::malformed(&folder.join(&layout.main.path).file("adapter_config.json"), problem));
        }
        if encoder.tasks.is_some() {
            return wrong("models with an adapter for each task cannot be trained: save the model without adapters");
        }
        if layout.main.kind == Kind::Static || encoder.mixture.is_some() {
            return wrong("models with StaticEmbedding or WeightedLayerPooling cannot be trained");
        }
        if shift == Shift::On && !(encoder.pooling.is_linear() && encoder.head.is_linear()) {
            return wrong(
                "the shift needs a linear pooling (not max) and no Dense module with a bias or an activation, no LayerNorm, and no \
                 Normalize before another module; train this model without it",
            );
        }
        let identity = super::Identity { exact: shift == Shift::On, ..(*encoder.identity).clone() };
        encoder.identity = Arc::new(identity);
        let normalizes = encoder.normalizes;
        // The cosine ignores normalisation, and a model trained for the dot product has none.
        encoder.normalizes = false;
        let main = folder.join(&layout.main.path);
        Ok(Self {
            parameters: ordered(&mut encoder, read),
            head: head(&main, encoder.hidden)?,
            rates: rates(&main, encoder.transformer.rates)?,
            folders: Folders {
                root: root.to_owned(),
                transformer: layout.main.path,
                pooling: layout.pooling,
                head: layout.head,
            },
            normalizes,
            encoder,
        })
    }

    /// Calls `f` with the index of every weight and a mutable reference to it.
    pub(crate) fn each(&mut self, mut f: impl FnMut(usize, &mut Tensor<f32>)) {
        let mut place = 0;
        self.encoder.each(&mut |weight| {
            f(place, weight);
            place += 1;
        });
    }

    /// Arrays of the weights' sizes, in the same order, as they are stored: by module and name,
    /// with those that are stored as one put together.
    pub(crate) fn stored(&self, arrays: Vec<Vec<f32>>) -> Vec<Stored> {
        let mut all: Vec<Stored> = Vec::with_capacity(arrays.len());
        let weights = self.weights();
        let mut each: Vec<_> = self.parameters.iter().zip(&weights).zip(arrays).collect();
        each.sort_by_key(|((parameter, _), _)| parameter.part);
        for ((parameter, weight), values) in each {
            let same = |stored: &&mut Stored| stored.module == parameter.module && stored.name == parameter.name;
            match all.iter_mut().find(same) {
                Some(stored) => {
                    stored.shape[0] += weight.rows();
                    stored.values.extend(values);
                }
                None => {
                    let (module, name) = (parameter.module.clone(), parameter.name.clone());
                    all.push(Stored { module, name, shape: weight.shape().to_vec(), values });
                }
            }
        }
        all
    }

    /// All weights, in the same order. They share memory with the encoder's until those change.
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

    /// F of rows of ids on a training tape: [rows, D].
    pub(crate) fn forward(&self, rows: &[&[u32]], left_out: usize, tape: &Tape<f32>) -> Cotangents<f32> {
        let encoder = &self.encoder;
        let context = encoder.context(rows.iter().map(|row| row.len()), left_out);
        encoder.suffix(encoder.transformer.embed_on(tape, rows), 0, &context).0
    }

    /// The rows to embed: the texts, and for a shifted model each distinct reference once; and the
    /// index of each text's reference among them. Texts of the same length share one reference.
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
    /// Calls `f` with every weight, in a fixed order. Discards anything computed from them.
    fn each<'a>(&'a mut self, f: &mut dyn FnMut(&'a mut Tensor<f32>)) {
        self.references = References::default();
        self.transformer.each(f);
        self.head.each(f);
    }
}

/// The weights that were read, in the encoder's order.
fn ordered(encoder: &mut Encoder, read: Vec<Parameter>) -> Vec<Parameter> {
    let mut places: HashMap<usize, Parameter> = read.into_iter().map(|parameter| (parameter.id, parameter)).collect();
    let mut parameters = Vec::with_capacity(places.len());
    encoder.each(&mut |weight| parameters.extend(places.remove(&weight.id())));
    debug_assert!(places.is_empty(), "a weight was read that the encoder does not have");
    parameters
}

/// Whether a model subtracts its reference's embedding from its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shift {
    /// It does: the model is exact.
    #[default]
    On,
    /// It does not, like any ordinary sentence transformer.
    Off,
}

fn rates(main: &Folder, rates: Rates) -> Result<Rates> {
    for (name, rate) in [("hidden", rates.hidden), ("attention", rates.attention)] {
        if !(0.0..1.0).contains(&rate) {
            let problem = format!("its {name} dropout is {rate}; it must be from 0 to below 1");
            return Err(Error::malformed(&main.file("config.json"), problem));
        }
    }
    Ok(rates)
}

/// BERT's pooler, which some others have too. No sentence embedding uses it, but if it were
/// missing, transformers would fill it with random numbers.
fn head(main: &Folder, hidden: usize) -> Result<Vec<(String, Tensor<f32>)>> {
    let mut weights = Weights::open(main, "")?;
    let words = family::of(&Config::read(main)?, &weights)?.embeddings.words;
    weights.strip_prefix(&format!("{words}.weight"))?;
    let dense = |name| [(format!("{name}.weight"), vec![hidden; 2]), (format!("{name}.bias"), vec![hidden])];
    let parts = ["pooler.dense", "pooler"].into_iter().flat_map(dense);
    let present: Vec<_> = parts.filter(|(name, _)| weights.has(name)).collect();
    present.into_iter().map(|(name, shape)| Ok((name.clone(), weights.get(&name, &shape)?))).collect()
}
