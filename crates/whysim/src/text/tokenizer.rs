//! From a text to what the model reads: ids, and the place of every token in the text.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use tokenizers::normalizers::{Lowercase, Sequence};
use tokenizers::{Encoding, NormalizerWrapper, TruncationParams};

use super::token::{Origin, Token};
use crate::error::{Error, Result};
use crate::explanation::Truncated;

/// What the model reads of one text.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// The text as it was given, without the prompt.
    pub text: String,
    /// Token ids, special tokens included.
    pub ids: Vec<u32>,
    /// One for each id.
    pub tokens: Vec<Token>,
    /// Set when the text goes on after the last token.
    pub truncated: Option<Truncated>,
}

/// A model's tokenizer, with its special tokens and its limit.
pub(crate) struct Tokenizer {
    inner: tokenizers::Tokenizer,
    /// Id of the padding token.
    pub padding: u32,
    /// Id of the mask token, where there is one.
    pub mask: Option<u32>,
    limit: usize,
}

/// `tokenizer_config.json`, as far as it matters here. A special token is a string or an object with its `content`.
#[derive(Default, Deserialize)]
struct Settings {
    pad_token: Option<Value>,
    mask_token: Option<Value>,
    model_max_length: Option<f64>,
}

/// `sentence_bert_config.json`.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Limits {
    pub max_seq_length: Option<usize>,
    #[serde(default)]
    pub do_lower_case: bool,
}

impl Tokenizer {
    /// Reads a folder's tokenizer. `padding` is the config's padding id; `longest` what the position table has room for.
    pub(crate) fn load(folder: &Path, limits: &Limits, padding: Option<u32>, longest: usize) -> Result<Self> {
        let mut inner = super::vocabulary::load(folder)?;
        let settings: Settings =
            crate::encoder::read_optional_json(&folder.join("tokenizer_config.json"))?.unwrap_or_default();
        let specials: Settings =
            crate::encoder::read_optional_json(&folder.join("special_tokens_map.json"))?.unwrap_or_default();
        let id = |a: &Option<Value>, b: &Option<Value>| {
            [a, b].into_iter().flatten().find_map(|token| inner.token_to_id(content(token)?))
        };
        let padding = id(&settings.pad_token, &specials.pad_token).or(padding).ok_or_else(|| {
            Error::Tokenizer("it has no padding token: name `pad_token` in tokenizer_config.json".into())
        })?;
        let mask = id(&settings.mask_token, &specials.mask_token);
        let own = settings.model_max_length.filter(|&n| n >= 1.0 && n < 1e9).map(|n| n as usize);
        let limit = limits.max_seq_length.or(own).unwrap_or(longest).min(longest);
        prepare(&mut inner, limit, limits.do_lower_case)?;
        Ok(Self { inner, padding, mask, limit })
    }

    /// The largest id that a text can get.
    pub(crate) fn vocabulary(&self) -> usize {
        self.inner.get_vocab(true).into_values().max().map_or(0, |id| id as usize + 1)
    }

    /// Most tokens that the model reads, special tokens included.
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// Number of tokens of `prompt` without the special token at its end: those that a pooling without prompt leaves out.
    pub(crate) fn prompt_length(&self, prompt: &str) -> Result<usize> {
        let encoding = self.inner.encode_char_offsets(prompt, true).map_err(|e| Error::Tokenizer(e.to_string()))?;
        let ends = encoding.get_special_tokens_mask().last().is_some_and(|&m| m == 1);
        Ok(encoding.len() - usize::from(ends))
    }

    /// Tokenizes `prompt` + `text`, cut to the limit.
    ///
    /// # Errors
    /// [`Error::EmptyText`], naming `which`, when the text gives no token.
    pub(crate) fn encode(&self, prompt: &str, text: &str, which: &str) -> Result<Tokens> {
        let whole = format!("{prompt}{text}");
        let encoding =
            self.inner.encode_char_offsets(whole.as_str(), true).map_err(|e| Error::Tokenizer(e.to_string()))?;
        let truncated = truncated(&encoding);
        let before = prompt.chars().count();
        let characters: Vec<char> = whole.chars().collect();
        let tokens: Vec<Token> = (0..encoding.len())
            .map(|i| {
                let span = encoding.get_offsets()[i];
                let special = encoding.get_special_tokens_mask()[i] == 1;
                token(&characters, before, span, &encoding.get_tokens()[i], special)
            })
            .collect();
        let blank = text.chars().all(|c| c.is_whitespace() || c.is_control());
        if blank || !tokens.iter().any(|t| t.origin == Origin::Text) {
            return Err(Error::EmptyText { which: which.to_owned() });
        }
        Ok(Tokens { text: text.to_owned(), ids: encoding.get_ids().to_vec(), tokens, truncated })
    }
}

/// What was cut off: the tokenizer keeps it in pieces, each with special tokens of its own.
fn truncated(encoding: &Encoding) -> Option<Truncated> {
    let own = |e: &Encoding| e.get_special_tokens_mask().iter().filter(|&&m| m == 0).count();
    let rest: usize = encoding.get_overflowing().iter().map(own).sum();
    (rest > 0).then(|| Truncated { read: encoding.len(), of: encoding.len() + rest })
}

/// Replaces the padding and truncation that tokenizer.json may ask for, and adds lower-casing where the model wants it.
fn prepare(inner: &mut tokenizers::Tokenizer, limit: usize, lower_case: bool) -> Result<()> {
    inner.with_padding(None);
    let truncation = TruncationParams { max_length: limit, ..TruncationParams::default() };
    inner.with_truncation(Some(truncation)).map_err(|e| Error::Tokenizer(e.to_string()))?;
    if lower_case && !inner.get_normalizer().is_some_and(lowers) {
        let own = inner.get_normalizer().cloned();
        let all = std::iter::once(NormalizerWrapper::Lowercase(Lowercase)).chain(own).collect();
        inner.with_normalizer(Some(Sequence::new(all))).map_err(|e| Error::Tokenizer(e.to_string()))?;
    }
    Ok(())
}

/// Whether a normalizer lower-cases already.
fn lowers(normalizer: &NormalizerWrapper) -> bool {
    match normalizer {
        NormalizerWrapper::Lowercase(_) => true,
        NormalizerWrapper::BertNormalizer(bert) => bert.lowercase,
        NormalizerWrapper::Sequence(all) => all.as_ref().iter().any(lowers),
        _ => false,
    }
}

/// A special token's text.
fn content(token: &Value) -> Option<&str> {
    token.as_str().or_else(|| token.get("content")?.as_str())
}

/// The row's name and place. `span` counts code points of prompt + text; `before` of them are the prompt's.
fn token(characters: &[char], before: usize, span: (usize, usize), piece: &str, special: bool) -> Token {
    let (mut start, mut end) = span;
    // Some tokenizers count the space before a word in.
    while start < end && characters[start].is_whitespace() {
        start += 1;
    }
    while start < end && characters[end - 1].is_whitespace() {
        end -= 1;
    }
    let shown: String = if start < end { characters[start..end].iter().collect() } else { piece.to_owned() };
    if special {
        return Token { text: piece.to_owned(), start: 0, end: 0, origin: Origin::Special };
    }
    if span.1 <= before && before > 0 {
        return Token { text: shown, start: 0, end: 0, origin: Origin::Prompt };
    }
    Token { text: shown, start: start.max(before) - before, end: end.max(before) - before, origin: Origin::Text }
}
