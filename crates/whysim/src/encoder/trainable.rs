//! An encoder whose weights are variables, and the same encoder as inference sees it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use candle_core::{DType, Tensor};
use serde::Deserialize;

use super::load::layout;
use super::weights::{Keep, Parameter, Weights};
use super::{Context, Encoder};
use crate::array::packed::{Packed, Rates, Tape};
use crate::error::{Error, Result};
use crate::folder::Folder;
use crate::text::Reference;

/// A model to train.
pub(crate) struct Trainable {
    /// Its weights are the variables.
    variable: Encoder,
    /// The same function for inference: its weights are the variables' memory, without a tape.
    pub inference: Encoder,
    /// All weights that the function depends on.
    pub parameters: Vec<Parameter>,
    /// The weights of a head that the function does not depend on but other libraries look for: name and value.
    pub head: Vec<(String, Tensor)>,
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
    /// Loads a folder. `shift`: whether the model that comes of it takes each text's reference off its embedding.
    ///
    /// # Errors
    /// As [`Encoder::load`], and when the folder's modules cannot be shifted.
    pub(crate) fn load(folder: &Path, name: &str, shift: Shift) -> Result<Self> {
        let (root, mut keep) = (folder, Keep::variables());
        let folder = &Folder::on_disk(root);
        let encoder = Encoder::load_keeping(folder, name, DType::F32, &mut keep)?;
        let parameters = keep.into_parameters();
        let mut inference = Encoder::load_keeping(folder, name, DType::F32, &mut Keep::views(&parameters))?;
        let layout = layout(folder)?;
        if shift == Shift::On && !(encoder.pooling.is_linear() && encoder.dense.iter().all(|d| d.is_linear())) {
            let problem = "the shift needs a linear pooling (not max) and no Dense module with a bias or an activation; \
                           train this model without it";
            return Err(Error::malformed(&folder.file("modules.json"), problem));
        }
        let identity = super::Identity { exact: shift == Shift::On, ..(*inference.identity).clone() };
        inference.identity = Arc::new(identity);
        // A cosine does not see it, and a model that is trained for the dot product has none.
        inference.normalizes = false;
        let main = folder.join(&layout.transformer);
        Ok(Self {
            head: head(&main, encoder.hidden)?,
            rates: rates(&main)?,
            folders: Folders {
                root: root.to_owned(),
                transformer: layout.transformer,
                pooling: layout.pooling,
                dense: layout.dense,
            },
            normalizes: encoder.normalizes,
            variable: encoder,
            inference,
            parameters,
        })
    }

    /// What the model reads of a text. `which` names it in errors.
    pub(crate) fn read(&self, prompt: &str, text: &str, which: &str) -> Result<Input> {
        let tokens = self.variable.tokenize(prompt, text, which)?;
        let reference = Reference::Pad.ids(&tokens, &self.variable.tokenizer)?.unwrap_or_default();
        Ok(Input { ids: tokens.ids, reference })
    }

    /// The embeddings of texts on the tape, [texts, D], as they are before any `Normalize`: of a shifted model less those of the
    /// references, each distinct one made once. Texts of one length have one reference.
    pub(crate) fn embed(&self, texts: &[&Input], left_out: usize, tape: &Arc<Tape>) -> Result<Tensor> {
        let mut rows: Vec<&[u32]> = texts.iter().map(|text| text.ids.as_slice()).collect();
        if !self.inference.identity.exact {
            return self.forward(&rows, left_out, tape);
        }
        let (mut known, mut places) = (HashMap::<&[u32], u32>::new(), Vec::new());
        for text in texts {
            places.push(*known.entry(text.reference.as_slice()).or_insert_with_key(|ids| {
                rows.push(ids);
                rows.len() as u32 - 1
            }));
        }
        let all = self.forward(&rows, left_out, tape)?;
        let references = all.index_select(&Tensor::new(places, all.device())?, 0)?;
        Ok((all.narrow(0, 0, texts.len())? - references)?)
    }

    /// F of texts of ids, packed: [texts, D].
    fn forward(&self, rows: &[&[u32]], left_out: usize, tape: &Arc<Tape>) -> Result<Tensor> {
        let (encoder, transformer) = (&self.variable, &self.variable.transformer);
        let longest = rows.iter().map(|row| row.len()).max().unwrap_or(0);
        let batch = transformer.batch(rows, encoder.tokenizer.padding)?;
        let context =
            Context { bias: transformer.packed_bias(longest)?, pooled: encoder.pooled(batch.mask, left_out)? };
        let x: Packed = transformer.embed_packed(rows, tape)?;
        Ok(encoder.suffix(x, 0, &context)?.into_tensor())
    }
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

/// BERT's pooler: no sentence embedding reads it, but transformers would fill it with random numbers if it were not there.
fn head(main: &Folder, hidden: usize) -> Result<Vec<(String, Tensor)>> {
    let mut weights = Weights::open(main, DType::F32)?;
    weights.strip_prefix("embeddings.word_embeddings.weight")?;
    let parts = [("pooler.dense.weight", vec![hidden; 2]), ("pooler.dense.bias", vec![hidden])];
    let present: Vec<_> = parts.into_iter().filter(|(name, _)| weights.has(name)).collect();
    present.into_iter().map(|(name, shape)| Ok((name.to_owned(), weights.get(name, &shape)?))).collect()
}
