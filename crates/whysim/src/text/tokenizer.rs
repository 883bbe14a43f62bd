//! Turns a text into model input: ids, and the position of every token in the text.

use std::ops::Range;

use serde::Deserialize;
use tokenizers::normalizers::{Lowercase, Sequence};
use tokenizers::{Encoding, NormalizerWrapper, PostProcessor};

use super::settings::Side;
use super::token::{Origin, Token};
use super::vocabulary::Loaded;
use crate::error::{Error, Result};
use crate::explanation::Truncated;
use crate::folder::Folder;

/// What the model reads of one text.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// The original text, without the prompt.
    pub text: String,
    /// Token ids, special tokens included.
    pub ids: Vec<u32>,
    /// One token for each id.
    pub tokens: Vec<Token>,
    /// Set if the text continues after the last token.
    pub truncated: Option<Truncated>,
}

/// Where the tokens of a text are, whether the model reads all of them or not.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    /// Each token of the text in it, in code points, without surrounding white space.
    pub tokens: Vec<Range<usize>>,
    /// How many of them the model reads, beside the prompt and the special tokens.
    pub room: usize,
}

/// A model's tokenizer, with its special tokens and its length limit.
#[derive(Clone)]
pub(crate) struct Tokenizer {
    inner: tokenizers::Tokenizer,
    /// Id of the padding token; None: a padding reference is zero.
    pub padding: Option<u32>,
    /// Id of the mask token, if there is one.
    pub mask: Option<u32>,
    /// Whether a text gets special tokens around it.
    adds_special: bool,
    limit: usize,
    side: Side,
    fingerprint: String,
}

/// `sentence_bert_config.json`.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Limits {
    pub max_seq_length: Option<usize>,
    #[serde(default)]
    pub do_lower_case: bool,
}

/// What the model's config says of its tokenizer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Declared<'a> {
    pub model_type: &'a str,
    pub class: Option<&'a str>,
    /// The padding id.
    pub padding: Option<u32>,
    /// The most tokens, unless the folder says otherwise.
    pub positions: usize,
    /// The most tokens, whatever the folder says.
    pub most: usize,
}

impl Tokenizer {
    /// Reads a folder's tokenizer; the second value holds what a user should know of it.
    pub(crate) fn load(folder: &Folder, limits: &Limits, declared: Declared) -> Result<(Self, Vec<String>)> {
        let Loaded { tokenizer: mut inner, class, settings, hash, notes } =
            super::vocabulary::load(folder, declared.class, declared.model_type)?;
        let special = |role: &str| match class {
            Some(class) => class.special(role, &settings),
            None => settings.special(role).and_then(|special| special.token),
        };
        let id = |role: &str| special(role).and_then(|token| inner.token_to_id(&token.content));
        let padding = id("pad_token").or(declared.padding).ok_or_else(|| {
            Error::Tokenizer("it has no padding token: name `pad_token` in tokenizer_config.json".into())
        })?;
        // A saved tokenizer need not name its mask: the names in the families' own classes.
        let usual = || ["[MASK]", "<mask>"].into_iter().find_map(|name| inner.token_to_id(name));
        let mask = id("mask_token").or_else(|| if class.is_none() { usual() } else { None });
        // transformers writes a very large number for "no limit".
        let own = settings.max_length.filter(|&n| n < 1e9).map(|n| n.max(0.0) as usize);
        let own = own.map_or(declared.positions, |own| own.min(declared.positions));
        let limit = limits.max_seq_length.unwrap_or(own).min(declared.most);
        check_room(folder, &inner, limit)?;
        if limits.do_lower_case {
            lower(&mut inner)?;
        }
        let fingerprint = format!("{hash} {limit} {settings:?} {}", limits.do_lower_case);
        let tokenizer =
            Self { inner, padding: Some(padding), mask, adds_special: true, limit, side: settings.side, fingerprint };
        Ok((tokenizer, notes))
    }

    /// Reads tokenizer.json as it is, for a model whose texts get no special tokens.
    pub(crate) fn plain(folder: &Folder) -> Result<Self> {
        let super::vocabulary::Plain { tokenizer: inner, limit, side, hash } = super::vocabulary::plain(folder)?;
        let limit = limit.unwrap_or(usize::MAX);
        let fingerprint = format!("{hash} {limit} {side:?}");
        Ok(Self { inner, padding: None, mask: None, adds_special: false, limit, side, fingerprint })
    }

    /// Distinguishes tokenizers that read a text differently.
    pub(crate) fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// One past the largest id that can occur: from the vocabulary, or as a special token added to
    /// every text.
    pub(crate) fn vocabulary(&self) -> Result<usize> {
        let special = self.read("")?.get_ids().iter().copied().max();
        let own = self.inner.get_vocab(true).into_values().max();
        Ok(special.max(own).max(self.padding).map_or(0, |id| id as usize + 1))
    }

    fn read(&self, text: &str) -> Result<Encoding> {
        super::vocabulary::guarded(|| self.inner.encode_char_offsets(text, self.adds_special)).map_err(Error::Tokenizer)
    }

    /// The maximum number of tokens that the model reads, special tokens included.
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// Number of tokens in `prompt` without the final special token: those skipped by pooling
    /// without the prompt.
    pub(crate) fn prompt_length(&self, prompt: &str) -> Result<usize> {
        let encoding = self.read(prompt)?;
        let ends = encoding.get_special_tokens_mask().last().is_some_and(|&m| m == 1);
        Ok(encoding.len().min(self.limit) - usize::from(ends))
    }

    /// Where all tokens of a text are that has a prompt before it.
    pub(crate) fn places(&self, prompt: &str, text: &str) -> Result<Places> {
        let whole = format!("{prompt}{text}");
        let encoding = self.read(&whole)?;
        let special = encoding.get_special_tokens_mask();
        let before = prompt.chars().count();
        let characters: Vec<char> = whole.chars().collect();
        let named = |i: usize| {
            token(&characters, before, encoding.get_offsets()[i], &encoding.get_tokens()[i], special[i] == 1)
        };
        let all: Vec<Token> = (0..encoding.len()).map(named).collect();
        let tokens: Vec<Range<usize>> =
            all.iter().filter(|token| token.origin == Origin::Text).map(|token| token.start..token.end).collect();
        let others = all.len() - tokens.len();
        Ok(Places { tokens, room: self.limit.saturating_sub(others) })
    }

    /// Tokenizes `prompt` + `text`, truncated to the limit.
    ///
    /// # Errors
    /// [`Error::EmptyText`], naming `which`, if the text has no tokens.
    pub(crate) fn encode(&self, prompt: &str, text: &str, which: &str) -> Result<Tokens> {
        let whole = format!("{prompt}{text}");
        let encoding = self.read(&whole)?;
        let special = encoding.get_special_tokens_mask();
        let rows = kept(special, self.limit, self.side);
        let truncated = (rows.len() < encoding.len()).then(|| Truncated { read: rows.len(), of: encoding.len() });
        let before = prompt.chars().count();
        let characters: Vec<char> = whole.chars().collect();
        let named = |&i: &usize| {
            token(&characters, before, encoding.get_offsets()[i], &encoding.get_tokens()[i], special[i] == 1)
        };
        let tokens: Vec<Token> = rows.iter().map(named).collect();
        let blank = text.chars().all(|c| c.is_whitespace() || c.is_control());
        if blank || !tokens.iter().any(|t| t.origin == Origin::Text) {
            if truncated.is_some() && !blank {
                let problem = format!("the prompt alone fills all {} tokens that the model reads", self.limit);
                return Err(Error::Tokenizer(format!("{problem}, so that no token of the text is left; shorten it")));
            }
            return Err(Error::EmptyText { which: which.to_owned() });
        }
        let ids = rows.iter().map(|&i| encoding.get_ids()[i]).collect();
        Ok(Tokens { text: text.to_owned(), ids, tokens, truncated })
    }
}

/// The rows that the model reads, in order: the special ones, and as many of the others as fit into
/// `limit`. special: the tokenizer's mask, 1 for special tokens.
fn kept(special: &[u32], limit: usize, side: Side) -> Vec<usize> {
    let own = special.iter().filter(|&&m| m == 0).count();
    let room = limit.saturating_sub(special.len() - own).min(own);
    let read = match side {
        Side::Right => 0..room,
        Side::Left => own - room..own,
    };
    let mut nth = 0..own;
    (0..special.len()).filter(|&i| special[i] == 1 || nth.next().is_some_and(|n| read.contains(&n))).collect()
}

/// A limit must leave room for at least one token between the special ones.
fn check_room(folder: &Folder, inner: &tokenizers::Tokenizer, limit: usize) -> Result<()> {
    let special = inner.get_post_processor().map_or(0, |processor| processor.added_tokens(false));
    if limit > special {
        return Ok(());
    }
    let problem = format!(
        "its limit of {limit} tokens leaves no room for a text beside {special} special tokens: the smallest of \
         max_seq_length (sentence_bert_config.json), model_max_length (tokenizer_config.json) and the positions that \
         max_position_embeddings (config.json) leaves must be at least {}",
        special + 1
    );
    Err(Error::malformed(folder.path(), problem))
}

/// Adds lower-casing before all other normalization, unless there is some.
fn lower(inner: &mut tokenizers::Tokenizer) -> Result<()> {
    if !inner.get_normalizer().is_some_and(lowers) {
        let own = inner.get_normalizer().cloned();
        let all = std::iter::once(NormalizerWrapper::Lowercase(Lowercase)).chain(own).collect();
        inner.with_normalizer(Some(Sequence::new(all))).map_err(|e| Error::Tokenizer(e.to_string()))?;
    }
    Ok(())
}

/// Whether a normalizer already lower-cases.
fn lowers(normalizer: &NormalizerWrapper) -> bool {
    match normalizer {
        NormalizerWrapper::Lowercase(_) => true,
        NormalizerWrapper::BertNormalizer(bert) => bert.lowercase,
        NormalizerWrapper::Sequence(all) => all.as_ref().iter().any(lowers),
        _ => false,
    }
}

/// The row's name and position. `span` counts code points in prompt + text; the first `before` of
/// them belong to the prompt.
fn token(characters: &[char], before: usize, span: (usize, usize), piece: &str, special: bool) -> Token {
    if special {
        return Token { text: piece.to_owned(), start: 0, end: 0, origin: Origin::Special };
    }
    let of_prompt = span.1 <= before && before > 0;
    // A token may start in the prompt and end in the text; keep only the part in the text.
    let (mut start, mut end) = if of_prompt { span } else { (span.0.max(before), span.1) };
    // Some tokenizers include the preceding space.
    while start < end && characters[start].is_whitespace() {
        start += 1;
    }
    while start < end && characters[end - 1].is_whitespace() {
        end -= 1;
    }
    let shown: String = if start < end { characters[start..end].iter().collect() } else { piece.to_owned() };
    if of_prompt {
        return Token { text: shown, start: 0, end: 0, origin: Origin::Prompt };
    }
    Token { text: shown, start: start - before, end: end - before, origin: Origin::Text }
}
