//! Loads an [`Encoder`] from a folder.

mod main;

use std::path::Path;
use std::sync::Arc;

use whysim_core::Real;

use super::head::{Head, Loaded};
use super::keys;
use super::mixture::Mixture;
use super::modules::{Kind, Layout};
use super::pooling::Pooling;
use super::references::References;
use super::settings::Settings;
use super::tasks::Tasks;
use super::weights::Parameter;
use super::{Encoder, Identity};
use crate::error::{Error, Result};
use crate::folder::{Embedded, Folder};
use crate::text::Tokenizer;
use main::Main;

impl Encoder {
    /// Loads a sentence-transformers folder, or a bare transformers folder, which is given mean
    /// pooling.
    ///
    /// `name` is the model's name in results.
    ///
    /// # Errors
    /// If a file is missing, malformed, truncated or unsupported. The error says which file, and
    /// what was expected.
    pub fn load(folder: &Path, name: &str) -> Result<Self> {
        Ok(load(&Folder::on_disk(folder), None, name, None)?.0)
    }

    /// Like [`Encoder::load`], of a folder with a LoRA adapter whose base model is in the folder
    /// `base`.
    ///
    /// # Errors
    /// As [`Encoder::load`], and if the adapter is not a plain LoRA or does not fit the base.
    pub fn load_adapted(folder: &Path, base: &Path, name: &str) -> Result<Self> {
        Ok(load(&Folder::on_disk(folder), Some(&Folder::on_disk(base)), name, None)?.0)
    }

    /// Like [`Encoder::load`], from files embedded in the program, keyed by their paths in the
    /// model's folder.
    ///
    /// # Errors
    /// As [`Encoder::load`].
    pub fn load_embedded(files: &'static [Embedded], name: &str) -> Result<Self> {
        Ok(load(&Folder::embedded(files), None, name, None)?.0)
    }
}

impl<T: Real> Encoder<T> {
    /// [`Encoder::load`] with any number type.
    #[doc(hidden)]
    pub fn load_as(folder: &Path, name: &str) -> Result<Self> {
        Ok(load(&Folder::on_disk(folder), None, name, None)?.0)
    }
}

/// The encoder in a folder, and all the weights that were read for it. `base`: that of an adapter;
/// `task`: the one whose adapter is to be applied.
pub(super) fn load<T: Real>(
    folder: &Folder,
    base: Option<&Folder>,
    name: &str,
    task: Option<&str>,
) -> Result<(Encoder<T>, Vec<Parameter>)> {
    if !folder.exists() {
        let hint = "it should be a model's folder".into();
        return Err(Error::Missing { path: folder.path().to_owned(), hint });
    }
    let layout = Layout::read(folder)?;
    let mut main = main_module(folder, base, &layout, task)?;
    let (pooling, mixture, head) = rest(folder, &layout, &mut main)?;
    let Main { transformer, tokenizer, weights, hidden, averages_layers, mut notes, adapters, .. } = main;
    let settings = Settings::read(folder)?;
    notes.extend(keys::check(folder, "config_sentence_transformers.json")?);
    notes.extend(head.notes);
    notes.extend(self::notes(&layout, averages_layers));
    let fingerprint = weights.fingerprint();
    let identity = Identity { name: name.to_owned(), fingerprint: fingerprint.clone(), exact: layout.is_exact() };
    let encoder = Encoder {
        fingerprint,
        identity: Arc::new(identity),
        transformer,
        mixture,
        pooling,
        head: head.head,
        normalizes: layout.normalizes,
        similarity: settings.similarity(name)?,
        distance: settings.distance().map(str::to_owned),
        prompts: settings.prompts(adapters.as_ref().map(|all| all.prompts.clone()).unwrap_or_default())?,
        tasks: adapters.map(|all| Arc::new(Tasks::new(folder, all))),
        tokenizer: Arc::new(tokenizer),
        hidden,
        width: head.width,
        dim: head.width,
        notes,
        references: References::default(),
    };
    let encoder = match settings.truncate_dim(folder, head.width)? {
        Some(dim) => encoder.truncated(dim)?,
        None => encoder,
    };
    Ok((encoder, weights.read))
}

fn main_module<T: Real>(
    folder: &Folder,
    base: Option<&Folder>,
    layout: &Layout,
    task: Option<&str>,
) -> Result<Main<T>> {
    let path = &layout.main.path;
    let module = folder.join(path);
    match layout.main.kind {
        Kind::Static => main::static_words(&module, path),
        _ => main::transformer(&module, base, path, task),
    }
}

/// What follows the main module. All of it enters the fingerprint.
fn rest<T: Real>(
    folder: &Folder,
    layout: &Layout,
    main: &mut Main<T>,
) -> Result<(Pooling, Option<Mixture>, Loaded<T>)> {
    let (layers, weights) = (main.transformer.depth(), &mut main.weights);
    let pooling = match &layout.pooling {
        Some(path) => Pooling::load(&folder.join(path), main.hidden)?,
        None => Pooling::default(),
    };
    let weighted = layout.weighted_layers.as_ref().filter(|_| main.averages_layers);
    let mixture = weighted.map(|path| Mixture::load::<T>(folder, path, layers, weights)).transpose()?;
    let mut head = Head::load(folder, &layout.head, pooling.width(main.hidden))?;
    head.hashes.iter().for_each(|hash| weights.hash_text(hash));
    weights.read.append(&mut head.parameters);
    check_linear(folder, layout, &pooling, &head.head, mixture.is_some())?;
    weights.hash_text(&format!("{} {pooling:?} {} {}", main.config, layout.is_exact(), layout.normalizes));
    check_vocabulary(&main.tokenizer, main.transformer.vocabulary())?;
    weights.hash_text(main.tokenizer.fingerprint());
    Ok((pooling, mixture, head))
}

fn notes(layout: &Layout, averages_layers: bool) -> Vec<String> {
    let mut notes = Vec::new();
    if layout.weighted_layers.is_some() && !averages_layers {
        notes.push(
            "WeightedLayerPooling does nothing, as in sentence-transformers: config.json has no \"output_hidden_states\": true"
                .into(),
        );
    }
    if layout.pooling.is_none() && layout.main.kind != Kind::Static {
        notes.push(
            "the model specifies no pooling; using the mean over all tokens, as sentence-transformers does".into(),
        );
    }
    notes
}

/// An exact model shifts its token states before pooling. That is a shift of the embedding only if
/// everything after it is linear. A weighted mean of layers is taken after pooling, likewise.
fn check_linear<T: Real>(
    folder: &Folder,
    layout: &Layout,
    pooling: &Pooling,
    head: &Head<T>,
    mixes: bool,
) -> Result<()> {
    let wrong = |problem: &str| Err(Error::malformed(&folder.file("modules.json"), problem));
    if layout.is_exact() && !(pooling.is_linear() && head.is_linear()) {
        return wrong(
            "an exact model needs a linear pooling (not max) and no Dense module with a bias or an activation, no LayerNorm, and \
             no Normalize before another module",
        );
    }
    if mixes && !pooling.is_linear() {
        return wrong("WeightedLayerPooling before max pooling is not supported");
    }
    Ok(())
}

fn check_vocabulary(tokenizer: &Tokenizer, rows: usize) -> Result<()> {
    let ids = tokenizer.vocabulary()?;
    if ids <= rows {
        return Ok(());
    }
    Err(Error::Tokenizer(format!(
        "it does not fit the model: it gives ids up to {}, but the word table has {rows} rows; are the tokenizer's files from another model?",
        ids - 1
    )))
}
