//! Loads a tokenizer: tokenizer.json, or the older vocabularies that it replaced, set up by its
//! class and settings.

use std::path::Path;

use tokenizers::models::ModelWrapper;
use tokenizers::models::bpe::{BPE, Vocab};
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::{AddedToken, Tokenizer, TruncationDirection, TruncationParams};

use super::class::{self, Class, Meaning};
use super::settings::{CONFIG, Settings, Side};
use crate::error::{Error, Result};
use crate::folder::Folder;

const WHOLE: &str = "tokenizer.json";
const WORDS: &str = "vocab.txt";
const PIECES: &str = "vocab.json";
const MERGES: &str = "merges.txt";

/// A tokenizer that has been read.
pub(super) struct Loaded {
    pub tokenizer: Tokenizer,
    /// None: tokenizer.json is used as it is.
    pub class: Option<Class>,
    pub settings: Settings,
    /// Hash of the files read.
    pub hash: blake3::Hash,
    pub notes: Vec<String>,
}

/// Loads a folder's tokenizer. `declared`: the class that config.json names; `model_type`: the
/// model's, for a folder that names no class.
pub(super) fn load(folder: &Folder, declared: Option<&str>, model_type: &str) -> Result<Loaded> {
    let mut settings = Settings::read(folder)?;
    let named = settings.class.clone().or_else(|| declared.map(super::settings::class));
    let mut notes = Vec::new();
    let class = match &named {
        _ if class::ALWAYS_AS_SAVED.contains(&model_type) => None,
        Some(name) => of_name(folder, name, settings.class.is_some(), &mut notes)?,
        None => class::of_model_type(model_type),
    };
    let mut hasher = blake3::Hasher::new();
    let saved = folder.has(WHOLE);
    let mut tokenizer = if saved {
        let bytes = folder.read(WHOLE)?;
        hasher.update(&bytes);
        let (tokenizer, _) = parse(folder, &bytes)?;
        settings.add_saved(tokenizer.get_added_tokens_decoder());
        tokenizer
    } else {
        older(folder, class, &mut hasher)?
    };
    let path = folder.file(if saved { WHOLE } else { class.map_or(WORDS, Class::file) });
    let set_up = || match class {
        Some(class) => {
            let name = named.unwrap_or_else(|| format!("the class of {model_type}"));
            check_kind(class, &name, tokenizer.get_model())?;
            guarded(|| class.build(&mut tokenizer, &settings))
        }
        None => guarded(|| add_tokens(&mut tokenizer, &settings)),
    };
    set_up().map_err(|problem| Error::malformed(&path, problem))?;
    tokenizer.set_encode_special_tokens(settings.splits_special);
    check(&tokenizer).map_err(|problem| Error::malformed(&path, problem))?;
    Ok(Loaded { tokenizer, class, settings, hash: hasher.finalize(), notes })
}

/// The class of a name; None: tokenizer.json as it is. `in_settings`: whether the tokenizer's
/// config names it, and not the model's.
fn of_name(folder: &Folder, name: &str, in_settings: bool, notes: &mut Vec<String>) -> Result<Option<Class>> {
    match class::meaning(name) {
        Meaning::Known(class) => Ok(Some(class)),
        _ if !folder.has(WHOLE) => {
            let file = if in_settings { CONFIG } else { "config.json" };
            Err(unbuildable(&folder.file(file), name))
        }
        Meaning::AsSaved => Ok(None),
        Meaning::Other => {
            notes.push(format!("whysim does not know the tokenizer class {name}; using tokenizer.json as it is"));
            Ok(None)
        }
    }
}

/// Checks that a vocabulary is of the kind that its class reads. `name`: the class's in the folder.
fn check_kind(class: Class, name: &str, model: &ModelWrapper) -> std::result::Result<(), String> {
    let (kind, needed) = (kind(model), class.vocabulary());
    if kind == needed {
        return Ok(());
    }
    Err(format!(
        "{name} needs {needed}, but it holds {kind}: set `tokenizer_class` in {CONFIG} to PreTrainedTokenizerFast to use it \
         as it is"
    ))
}

/// A tokenizer.json without settings.
pub(super) struct Plain {
    pub tokenizer: Tokenizer,
    /// The most tokens of a text, if the file limits them.
    pub limit: Option<usize>,
    pub side: Side,
    pub hash: blake3::Hash,
}

/// Reads tokenizer.json and no other file.
pub(super) fn plain(folder: &Folder) -> Result<Plain> {
    if !folder.has(WHOLE) {
        return Err(missing(folder));
    }
    let bytes = folder.read(WHOLE)?;
    let (tokenizer, truncation) = parse(folder, &bytes)?;
    let side = match truncation.as_ref().map(|truncation| truncation.direction) {
        Some(TruncationDirection::Left) => Side::Left,
        _ => Side::Right,
    };
    let limit = truncation.map(|truncation| truncation.max_length);
    check(&tokenizer).map_err(|problem| Error::malformed(&folder.file(WHOLE), problem))?;
    Ok(Plain { tokenizer, limit, side, hash: blake3::hash(&bytes) })
}

/// tokenizer.json, without the truncation that it asks for.
fn parse(folder: &Folder, bytes: &[u8]) -> Result<(Tokenizer, Option<TruncationParams>)> {
    let fail = |problem: String| Error::malformed(&folder.file(WHOLE), problem);
    check_lengths(bytes).map_err(fail)?;
    // By `FromStr`, which the library compiles once: `from_bytes` would compile all its formats
    // here again.
    let mut tokenizer = guarded(|| std::str::from_utf8(bytes)?.parse::<Tokenizer>()).map_err(fail)?;
    // We truncate ourselves, and never pad; a file may ask for padding to any length.
    tokenizer.with_padding(None);
    let truncation = tokenizer.get_truncation().cloned();
    guarded(|| tokenizer.with_truncation(None).map(drop)).map_err(fail)?;
    Ok((tokenizer, truncation))
}

/// A vocabulary from before tokenizer.json: vocab.txt (WordPiece), or vocab.json with merges.txt
/// (BPE).
fn older(folder: &Folder, class: Option<Class>, hasher: &mut blake3::Hasher) -> Result<Tokenizer> {
    let Some(class) = class.filter(|class| folder.has(class.file())) else { return Err(missing(folder)) };
    let file = class.file();
    let bytes = folder.read(file)?;
    hasher.update(&bytes);
    let fail = |problem: String| Error::malformed(&folder.file(file), problem);
    if file == WORDS {
        let build = || WordPiece::builder().vocab(WordPiece::read_bytes(&bytes)?).build();
        return guarded(build).map(Tokenizer::new).map_err(fail);
    }
    if !folder.has(MERGES) {
        return Err(missing(folder));
    }
    let merges = folder.read(MERGES)?;
    hasher.update(&merges);
    let ids: Vocab = serde_json::from_slice(&bytes).map_err(|e| fail(e.to_string()))?;
    let merges = pairs(&merges).map_err(|problem| Error::malformed(&folder.file(MERGES), problem))?;
    let build = || BPE::builder().vocab_and_merges(ids, merges).build();
    guarded(build).map(Tokenizer::new).map_err(fail)
}

impl Class {
    /// The file of its vocabulary from before tokenizer.json.
    fn file(self) -> &'static str {
        match self {
            Self::Bert | Self::MpNet => WORDS,
            Self::Roberta | Self::Herbert | Self::Qwen2 => PIECES,
            // SentencePiece's own, which is not read.
            Self::XlmRoberta | Self::Camembert | Self::Gemma | Self::T5 | Self::Albert => WHOLE,
        }
    }
}

fn kind(model: &ModelWrapper) -> &'static str {
    match model {
        ModelWrapper::BPE(_) => "BPE",
        ModelWrapper::WordPiece(_) => "WordPiece",
        ModelWrapper::WordLevel(_) => "WordLevel",
        ModelWrapper::Unigram(_) => "Unigram",
    }
}

/// Adds the tokens that a saved tokenizer lacks.
fn add_tokens(tokenizer: &mut Tokenizer, settings: &Settings) -> tokenizers::Result<()> {
    let known = tokenizer.get_added_tokens_decoder();
    let is_known = |token: &AddedToken| known.values().any(|known| known.content == token.content);
    let listed = settings.added.values().filter(|token| !known.values().any(|known| known == *token));
    let named = settings
        .named()
        .chain(&settings.extra)
        .filter(|token| !is_known(token) && !settings.added.values().any(|listed| listed.content == token.content));
    let tokens: Vec<AddedToken> = listed.chain(named).cloned().collect();
    if !tokens.is_empty() {
        tokenizer.add_tokens(tokens)?;
    }
    Ok(())
}

/// Calls the tokenizer library, which does not check its files completely: panics become errors.
pub(super) fn guarded<T>(call: impl FnOnce() -> tokenizers::Result<T>) -> std::result::Result<T, String> {
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(call)) {
        Ok(result) => result.map_err(|e| e.to_string()),
        Err(panic) => {
            let told = panic.downcast_ref::<String>().map(String::as_str);
            let told = told.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no reason given");
            Err(format!("the tokenizer library fails on it ({told})"))
        }
    }
}

/// Checks on an empty text that special tokens can be added.
fn check(tokenizer: &Tokenizer) -> std::result::Result<(), String> {
    let encoding = guarded(|| tokenizer.encode_char_offsets("", true))?;
    let rows = encoding.get_ids().len();
    if [encoding.get_tokens().len(), encoding.get_special_tokens_mask().len(), encoding.get_offsets().len()]
        != [rows; 3]
    {
        return Err("its post_processor gives special tokens different numbers of names and ids".into());
    }
    Ok(())
}

/// Checks that no string but SentencePiece's map of characters is longer than a token can be. The
/// tokenizer library recurses once for each byte of a token, and a stack that overflows kills the
/// program.
fn check_lengths(json: &[u8]) -> std::result::Result<(), String> {
    const LONGEST: usize = 4096;
    let mut rest = 0;
    while let Some(begin) = json[rest..].iter().position(|&b| b == b'"').map(|at| rest + at + 1) {
        let mut end = begin;
        while json.get(end).is_some_and(|&b| b != b'"') {
            end += if json[end] == b'\\' { 2 } else { 1 };
        }
        let before = json[..begin - 1].trim_ascii_end();
        if end - begin > LONGEST && !before.ends_with(b"\"precompiled_charsmap\":") {
            return Err(format!("it holds a token of {} bytes, longer than the limit of {LONGEST}", end - begin));
        }
        rest = (end + 1).min(json.len());
    }
    Ok(())
}

fn missing(folder: &Folder) -> Error {
    let mut hint = "a model needs tokenizer.json, or vocab.txt, or vocab.json with merges.txt".to_owned();
    if ["sentencepiece.bpe.model", "spiece.model"].iter().any(|name| folder.has(name)) {
        hint += "; a SentencePiece model alone is not read: load the tokenizer in transformers and save it, which writes \
                 tokenizer.json";
    }
    Error::Missing { path: folder.file(WHOLE), hint }
}

/// Without tokenizer.json, a class that cannot be built is refused. path: the file that names it.
fn unbuildable(path: &Path, name: &str) -> Error {
    let problem = match name {
        // Written in Python only.
        "BertJapaneseTokenizer" | "PhobertTokenizer" | "BertweetTokenizer" => {
            "this tokenizer exists in Python only and has no tokenizer.json, so whysim cannot reproduce its tokens; use a model \
             with a fast tokenizer"
        }
        _ => {
            "whysim cannot build this tokenizer without tokenizer.json: load it once in transformers by \
             AutoTokenizer.from_pretrained and save it by save_pretrained, which writes tokenizer.json if there is a fast one"
        }
    };
    Error::setting(path, "tokenizer_class", &name.into(), problem)
}

/// The lines of merges.txt: pairs of pieces, with those merged first at the top.
fn pairs(merges: &[u8]) -> std::result::Result<Vec<(String, String)>, String> {
    let text = std::str::from_utf8(merges).map_err(|e| e.to_string())?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.starts_with("#version"));
    let pair = |(at, line): (usize, &str)| match line.split_once(' ') {
        Some((first, second)) if !second.contains(' ') => Ok((first.to_owned(), second.to_owned())),
        _ => Err(format!("line {} is not two pieces with a space between", at + 1)),
    };
    lines.map(pair).collect()
}
