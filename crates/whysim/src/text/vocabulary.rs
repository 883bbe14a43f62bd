//! Loads the tokenizer's files: tokenizer.json, or the older vocabularies that it replaced.

use std::path::Path;

use serde::Deserialize;
use tokenizers::models::bpe::{BPE, Vocab};
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::processors::bert::BertProcessing;
use tokenizers::processors::roberta::RobertaProcessing;
use tokenizers::{AddedToken, Tokenizer};

use crate::error::{Error, Result};
use crate::folder::Folder;

const WHOLE: &str = "tokenizer.json";
const CONFIG: &str = "tokenizer_config.json";
const WORDS: &str = "vocab.txt";
const PIECES: &str = "vocab.json";
const MERGES: &str = "merges.txt";

/// The settings in tokenizer_config.json that the slow tokenizers use.
#[derive(Default, Deserialize)]
struct Settings {
    do_lower_case: Option<bool>,
    strip_accents: Option<bool>,
    tokenize_chinese_chars: Option<bool>,
    #[serde(default)]
    add_prefix_space: bool,
}

/// Loads a folder's tokenizer: tokenizer.json, or else vocab.txt (WordPiece), or else vocab.json
/// with merges.txt (byte-level BPE). The second value is the hash of the files read.
pub(super) fn load(folder: &Folder) -> Result<(Tokenizer, blake3::Hash)> {
    if folder.has(WHOLE) {
        let (bytes, fail) = (folder.read(WHOLE)?, |e| Error::malformed(&folder.file(WHOLE), e));
        // By `FromStr`, which the library compiles for everybody: `from_bytes` compiles all its formats here once more.
        let tokenizer = guarded(|| std::str::from_utf8(&bytes)?.parse::<Tokenizer>()).map_err(fail)?;
        check(&tokenizer).map_err(fail)?;
        return Ok((tokenizer, blake3::hash(&bytes)));
    }
    let settings: Settings = folder.optional_json(CONFIG)?.unwrap_or_default();
    let mut parts = Vec::new();
    let tokenizer = if folder.has(WORDS) {
        parts.push(folder.read(WORDS)?);
        word_piece(&folder.file(WORDS), &parts[0], &settings)?
    } else if folder.has(PIECES) && folder.has(MERGES) {
        parts.extend([folder.read(PIECES)?, folder.read(MERGES)?]);
        byte_pairs(&folder.file(PIECES), &parts[0], &parts[1], &settings)?
    } else {
        return Err(missing(folder));
    };
    if folder.has(CONFIG) {
        parts.push(folder.read(CONFIG)?);
    }
    let mut hasher = blake3::Hasher::new();
    for part in &parts {
        hasher.update(part);
    }
    Ok((tokenizer, hasher.finalize()))
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

fn missing(folder: &Folder) -> Error {
    let mut hint = "a model needs tokenizer.json, or vocab.txt, or vocab.json with merges.txt".to_owned();
    if ["sentencepiece.bpe.model", "spiece.model"].iter().any(|name| folder.has(name)) {
        hint += "; a SentencePiece model alone is not read: load the tokenizer in transformers and save it, which writes \
                 tokenizer.json";
    }
    Error::Missing { path: folder.file(WHOLE), hint }
}

/// BERT's tokenizer. Texts start and end with [CLS] and [SEP], or with MPNet's <s> and </s>.
fn word_piece(path: &Path, bytes: &[u8], settings: &Settings) -> Result<Tokenizer> {
    let fail = |e: tokenizers::Error| Error::malformed(path, e);
    let vocabulary = WordPiece::read_bytes(bytes).map_err(fail)?;
    let model = WordPiece::builder().vocab(vocabulary).unk_token("[UNK]".into()).build().map_err(fail)?;
    let mut tokenizer = Tokenizer::new(model);
    let special = |name: &str| tokenizer.token_to_id(name).map(|id| (name.to_owned(), id));
    let (begin, end) = match (special("[CLS]").or(special("<s>")), special("[SEP]").or(special("</s>"))) {
        (Some(begin), Some(end)) => (begin, end),
        _ => return Err(Error::malformed(path, "it lists neither [CLS] and [SEP] nor <s> and </s>")),
    };
    if special("[UNK]").is_none() {
        return Err(Error::malformed(path, "it lacks [UNK], the token for unknown words"));
    }
    let clean_text = true;
    let chinese = settings.tokenize_chinese_chars.unwrap_or(true);
    let lower = settings.do_lower_case.unwrap_or(true);
    let normalizer = BertNormalizer::new(clean_text, chinese, settings.strip_accents, lower);
    tokenizer.with_normalizer(Some(normalizer)).map_err(fail)?;
    tokenizer.with_pre_tokenizer(Some(BertPreTokenizer));
    tokenizer.with_post_processor(Some(BertProcessing::new(end, begin)));
    add_special(path, &mut tokenizer)?;
    Ok(tokenizer)
}

/// RoBERTa's tokenizer. path: its vocabulary's path.
fn byte_pairs(path: &Path, vocabulary: &[u8], merges: &[u8], settings: &Settings) -> Result<Tokenizer> {
    let ids: Vocab = serde_json::from_slice(vocabulary).map_err(|e| Error::malformed(path, e))?;
    let merges = pairs(merges).map_err(|problem| Error::malformed(&path.with_file_name(MERGES), problem))?;
    let model = BPE::builder().vocab_and_merges(ids, merges).build().map_err(|e| Error::malformed(path, e))?;
    let mut tokenizer = Tokenizer::new(model);
    let special = |name: &str| tokenizer.token_to_id(name).map(|id| (name.to_owned(), id));
    let (Some(begin), Some(end)) = (special("<s>"), special("</s>")) else {
        return Err(Error::malformed(path, "it does not list <s> and </s>"));
    };
    let (space, trim_offsets, use_regex) = (settings.add_prefix_space, true, true);
    tokenizer.with_pre_tokenizer(Some(ByteLevel::new(space, trim_offsets, use_regex)));
    let processor = RobertaProcessing::new(end, begin).trim_offsets(trim_offsets).add_prefix_space(space);
    tokenizer.with_post_processor(Some(processor));
    add_special(path, &mut tokenizer)?;
    Ok(tokenizer)
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

/// Special tokens spelled out in a text are kept whole, as by the slow tokenizers.
fn add_special(path: &Path, tokenizer: &mut Tokenizer) -> Result<()> {
    const NAMES: [&str; 10] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "<s>", "<pad>", "</s>", "<unk>", "<mask>"];
    let known = NAMES.into_iter().filter(|name| tokenizer.token_to_id(name).is_some());
    // RoBERTa's and MPNet's mask includes the preceding space.
    let tokens: Vec<_> = known.map(|name| AddedToken::from(name, true).lstrip(name == "<mask>")).collect();
    tokenizer.add_special_tokens(tokens).map_err(|e| Error::malformed(path, e))?;
    Ok(())
}
