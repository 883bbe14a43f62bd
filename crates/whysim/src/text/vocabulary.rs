//! The tokenizer's files: tokenizer.json, or the older vocabularies that it replaced.

use std::path::Path;

use serde::Deserialize;
use tokenizers::Tokenizer;
use tokenizers::models::bpe::BPE;
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::processors::bert::BertProcessing;
use tokenizers::processors::roberta::RobertaProcessing;

use crate::error::{Error, Result};

/// Loads a folder's tokenizer: tokenizer.json, else vocab.txt (WordPiece), else vocab.json with merges.txt (byte-level BPE).
pub(super) fn load(folder: &Path) -> Result<Tokenizer> {
    let (whole, words, pieces) = (folder.join("tokenizer.json"), folder.join("vocab.txt"), folder.join("vocab.json"));
    if whole.is_file() {
        return Tokenizer::from_file(&whole).map_err(|e| Error::malformed(&whole, e));
    }
    if words.is_file() {
        return word_piece(folder, &words);
    }
    let merges = folder.join("merges.txt");
    if pieces.is_file() && merges.is_file() {
        return byte_pairs(&pieces, &merges);
    }
    let hint = "a model needs tokenizer.json, or vocab.txt, or vocab.json with merges.txt".into();
    Err(Error::Missing { path: whole, hint })
}

/// What BERT's slow tokenizers take from tokenizer_config.json.
#[derive(Default, Deserialize)]
struct WordPieceSettings {
    do_lower_case: Option<bool>,
    strip_accents: Option<bool>,
    tokenize_chinese_chars: Option<bool>,
}

/// BERT's tokenizer. Its begin and end are [CLS] and [SEP], or MPNet's <s> and </s>.
fn word_piece(folder: &Path, path: &Path) -> Result<Tokenizer> {
    let fail = |e: tokenizers::Error| Error::malformed(path, e);
    let file = path.to_string_lossy();
    let settings: WordPieceSettings =
        crate::encoder::read_optional_json(&folder.join("tokenizer_config.json"))?.unwrap_or_default();
    let model = WordPiece::from_file(&file).unk_token("[UNK]".into()).build().map_err(fail)?;
    let mut tokenizer = Tokenizer::new(model);
    let special = |name: &str| tokenizer.token_to_id(name).map(|id| (name.to_owned(), id));
    let (begin, end) = match (special("[CLS]").or(special("<s>")), special("[SEP]").or(special("</s>"))) {
        (Some(begin), Some(end)) => (begin, end),
        _ => return Err(Error::malformed(path, "it lists neither [CLS] and [SEP] nor <s> and </s>")),
    };
    let clean_text = true;
    let chinese = settings.tokenize_chinese_chars.unwrap_or(true);
    let lower = settings.do_lower_case.unwrap_or(true);
    let normalizer = BertNormalizer::new(clean_text, chinese, settings.strip_accents, lower);
    tokenizer.with_normalizer(Some(normalizer)).map_err(fail)?;
    tokenizer.with_pre_tokenizer(Some(BertPreTokenizer));
    tokenizer.with_post_processor(Some(BertProcessing::new(end, begin)));
    Ok(tokenizer)
}

/// RoBERTa's tokenizer.
fn byte_pairs(vocabulary: &Path, merges: &Path) -> Result<Tokenizer> {
    let fail = |e: tokenizers::Error| Error::malformed(vocabulary, e);
    let model = BPE::from_file(&vocabulary.to_string_lossy(), &merges.to_string_lossy()).build().map_err(fail)?;
    let mut tokenizer = Tokenizer::new(model);
    let special = |name: &str| tokenizer.token_to_id(name).map(|id| (name.to_owned(), id));
    let (Some(begin), Some(end)) = (special("<s>"), special("</s>")) else {
        return Err(Error::malformed(vocabulary, "it does not list <s> and </s>"));
    };
    let (add_prefix_space, trim_offsets, use_regex) = (false, true, true);
    tokenizer.with_pre_tokenizer(Some(ByteLevel::new(add_prefix_space, trim_offsets, use_regex)));
    let processor = RobertaProcessing::new(end, begin).trim_offsets(trim_offsets).add_prefix_space(add_prefix_space);
    tokenizer.with_post_processor(Some(processor));
    Ok(tokenizer)
}
