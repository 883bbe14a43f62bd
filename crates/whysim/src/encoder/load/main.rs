//! The main module: a transformer, or a table of word vectors, with its tokenizer.

use std::path::Path;

use whysim_core::Real;

use crate::encoder::config::Config;
use crate::encoder::modules::Kind;
use crate::encoder::static_words::words;
use crate::encoder::tasks::Adapters;
use crate::encoder::transformer::Transformer;
use crate::encoder::weights::{Adapter, Weights};
use crate::encoder::{family, keys};
use crate::error::{Error, Result};
use crate::folder::Folder;
use crate::text::{Declared, Limits, Tokenizer};

/// The most tokens of a text, whatever a folder says: rotations are computed for all of them.
const LONGEST: usize = 1 << 17;

/// The main module after loading.
pub(super) struct Main<T: Real> {
    pub transformer: Transformer<T>,
    pub tokenizer: Tokenizer,
    pub weights: Weights,
    /// Width of its states.
    pub hidden: usize,
    /// Whether the states of all layers are handed on.
    pub averages_layers: bool,
    /// Of its tasks, if it has any.
    pub adapters: Option<Adapters>,
    /// What else defines it, for the fingerprint.
    pub config: String,
    pub notes: Vec<String>,
}

/// A transformer with its tokenizer. base: the folder of an adapter's base, if it is elsewhere;
/// task: the one whose adapter is to be applied.
pub(super) fn transformer<T: Real>(
    folder: &Folder,
    base: Option<&Folder>,
    module: &str,
    task: Option<&str>,
) -> Result<Main<T>> {
    let adapter = Adapter::read(folder)?;
    let base = match &adapter {
        Some(adapter) => &based(folder, base, adapter)?,
        None => folder,
    };
    let config = Config::read(base)?;
    let checked = checked(folder, base)?;
    let mut weights = Weights::open(base, module)?;
    let family = family::of(&config, &weights)?;
    let adapters = Adapters::read(&config)?;
    adapt(&mut weights, adapter, adapters.as_ref(), task);
    let limits = limits(folder)?;
    let most = limits.max_seq_length.unwrap_or(family.positions).min(LONGEST);
    let transformer = Transformer::load(&family, &mut weights, most)?;
    weights.adapted()?;
    let table = transformer.longest();
    let declared = Declared {
        model_type: &config.model_type,
        class: config.tokenizer_class.as_deref(),
        padding: config.pad_token_id,
        positions: table.unwrap_or(family.positions),
        most: table.unwrap_or(most),
    };
    let (tokenizer, notes) = Tokenizer::load(folder, &limits, declared)?;
    Ok(Main {
        transformer,
        tokenizer,
        weights,
        hidden: family.hidden,
        adapters,
        averages_layers: config.output_hidden_states,
        config: format!("{:?} {}", family.untrained(), config.output_hidden_states),
        notes: notes.into_iter().chain(checked).chain(code(&config)).collect(),
    })
}

/// Has the weights read with the folder's adapter, and with that of the task.
fn adapt(weights: &mut Weights, adapter: Option<Adapter>, all: Option<&Adapters>, task: Option<&str>) {
    if let Some(adapter) = adapter {
        weights.adapt(adapter);
    }
    if let Some(task) = task.and_then(|task| all?.task(task)) {
        weights.adapt_to(task);
    }
}

/// Checks the keys of all its files; what is to be said of them.
fn checked(folder: &Folder, base: &Folder) -> Result<Vec<String>> {
    let own = ["tokenizer_config.json", "sentence_bert_config.json", "adapter_config.json"].map(|file| (folder, file));
    let files = std::iter::once((base, "config.json")).chain(own);
    let checked: Vec<Option<String>> = files.map(|(folder, file)| keys::check(folder, file)).collect::<Result<_>>()?;
    Ok(checked.into_iter().flatten().collect())
}

/// What is to be said of a model that brings code.
fn code(config: &Config) -> Option<String> {
    config.has_code.then(|| {
        format!(
            "the model brings code of its own, which is not run: it is read as {}, as sentence-transformers does without \
             trust_remote_code",
            config.model_type
        )
    })
}

/// The folder of an adapter's base: the one given, or the adapter's own, or the one that it names
/// near it.
fn based(folder: &Folder, given: Option<&Folder>, adapter: &Adapter) -> Result<Folder> {
    if let Some(given) = given {
        return Ok(given.clone());
    }
    if folder.has("config.json") && Weights::are_in(folder) {
        return Ok(folder.clone());
    }
    let named = adapter.base().unwrap_or_default();
    let near = [folder.join(named), folder.join("..").join(named), Folder::on_disk(Path::new(named))];
    near.into_iter().find(|base| !named.is_empty() && base.has("config.json")).ok_or_else(|| {
        let problem = "the folder holds a LoRA adapter without its base model, which is not here by that name: load the model \
                       by name so that the base is downloaded, or put the base beside the adapter";
        Error::setting(&folder.file("adapter_config.json"), "base_model_name_or_path", &named.into(), problem)
    })
}

/// A table of word vectors with its tokenizer.
pub(super) fn static_words<T: Real>(folder: &Folder, module: &str) -> Result<Main<T>> {
    let mut weights = Weights::open(folder, module)?;
    let words = words(folder, &mut weights)?;
    Ok(Main {
        hidden: words.columns(),
        transformer: Transformer::of_words(words),
        tokenizer: Tokenizer::plain(folder)?,
        weights,
        averages_layers: false,
        adapters: None,
        config: format!("{:?}", Kind::Static),
        notes: Vec::new(),
    })
}

/// The legacy names of sentence_bert_config.json are accepted too, as in sentence-transformers.
fn limits(main: &Folder) -> Result<Limits> {
    const NAMES: [&str; 7] = ["bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet"];
    let names = std::iter::once("sentence_bert_config.json".to_owned());
    for name in names.chain(NAMES.iter().map(|n| format!("sentence_{n}_config.json"))) {
        if let Some(limits) = main.optional_json(&name)? {
            return Ok(limits);
        }
    }
    Ok(Limits::default())
}
