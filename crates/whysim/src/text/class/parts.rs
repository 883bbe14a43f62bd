//! What tokenizer classes are made of.

use tokenizers::models::ModelWrapper;
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::{BertNormalizer, Lowercase, NFC, NFKD, Replace, Sequence as Normalizers, StripAccents};
use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::metaspace::{Metaspace, PrependScheme};
use tokenizers::pre_tokenizers::sequence::Sequence as PreTokenizers;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::pre_tokenizers::whitespace::WhitespaceSplit;
use tokenizers::processors::PostProcessorWrapper;
use tokenizers::processors::bert::BertProcessing;
use tokenizers::processors::roberta::RobertaProcessing;
use tokenizers::processors::template::TemplateProcessing;
use tokenizers::{NormalizerWrapper, SplitDelimiterBehavior, Tokenizer};

use super::{Class, lacks};
use crate::text::settings::Settings;

/// How Qwen splits a text into words: contractions, letters, single digits, other characters, ends
/// of lines, spaces.
const QWEN2: &str =
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

impl Class {
    /// The model with the class's own settings; None: it has them.
    pub(super) fn model(self, model: &ModelWrapper, unknown: &str) -> Option<ModelWrapper> {
        match (self, model) {
            (Self::Bert | Self::MpNet, ModelWrapper::WordPiece(model)) => {
                let default = WordPiece::default();
                let has = model.unk_token == unknown
                    && model.continuing_subword_prefix == default.continuing_subword_prefix
                    && model.max_input_chars_per_word == default.max_input_chars_per_word;
                (!has).then(|| {
                    let mut own = model.clone();
                    own.unk_token = unknown.to_owned();
                    own.continuing_subword_prefix = default.continuing_subword_prefix;
                    own.max_input_chars_per_word = default.max_input_chars_per_word;
                    own.into()
                })
            }
            (Self::Roberta | Self::Herbert | Self::Qwen2 | Self::Gemma, ModelWrapper::BPE(model)) => {
                let (herbert, gemma) = (self == Self::Herbert, self == Self::Gemma);
                let unknown = (herbert || gemma).then(|| unknown.to_owned());
                let suffix = herbert.then(|| "</w>".to_owned());
                let text = |part: &Option<String>| part.clone().unwrap_or_default();
                let has = model.dropout.is_none()
                    && text(&model.unk_token) == text(&unknown)
                    && text(&model.continuing_subword_prefix).is_empty()
                    && text(&model.end_of_word_suffix) == text(&suffix)
                    && (model.fuse_unk, model.byte_fallback, model.ignore_merges) == (gemma, gemma, false);
                (!has).then(|| {
                    let mut own = model.clone();
                    (own.dropout, own.unk_token) = (None, unknown);
                    (own.continuing_subword_prefix, own.end_of_word_suffix) = (None, suffix);
                    (own.fuse_unk, own.byte_fallback, own.ignore_merges) = (gemma, gemma, false);
                    own.into()
                })
            }
            _ => None,
        }
    }

    pub(super) fn normalizer(
        self,
        saved: Option<&NormalizerWrapper>,
        settings: &Settings,
    ) -> Option<NormalizerWrapper> {
        match self {
            Self::Bert | Self::MpNet => {
                let lower = settings.lower_case.unwrap_or(true);
                let chinese = settings.chinese_characters.unwrap_or(true);
                Some(BertNormalizer::new(true, chinese, settings.strip_accents, lower).into())
            }
            Self::Herbert => Some(BertNormalizer::new(true, true, Some(false), false).into()),
            Self::Roberta => None,
            Self::Qwen2 => Some(NFC.into()),
            Self::Gemma => replace(" ", "▁"),
            Self::Albert => {
                let accents = settings.keep_accents.unwrap_or(false);
                let lower = settings.lower_case.unwrap_or(true);
                let quotes = [replace("``", "\""), replace("''", "\"")].into_iter().flatten();
                let plain: [Option<NormalizerWrapper>; 4] = [
                    (!accents).then(|| NFKD.into()),
                    (!accents).then(|| StripAccents.into()),
                    lower.then(|| Lowercase.into()),
                    saved.and_then(characters),
                ];
                Some(Normalizers::new(quotes.chain(plain.into_iter().flatten()).collect()).into())
            }
            // Of a saved normalizer, the map of characters of SentencePiece only.
            Self::XlmRoberta | Self::Camembert | Self::T5 => saved.and_then(characters),
        }
    }

    pub(super) fn pre_tokenizer(self, settings: &Settings) -> tokenizers::Result<PreTokenizerWrapper> {
        Ok(match self {
            Self::Bert | Self::MpNet | Self::Herbert => BertPreTokenizer.into(),
            Self::Roberta => ByteLevel::new(settings.prefix_space.unwrap_or(false), true, true).into(),
            Self::Qwen2 => {
                let pattern = SplitPattern::Regex(QWEN2.to_owned());
                let words = Split::new(pattern, SplitDelimiterBehavior::Isolated, false)?;
                let bytes = ByteLevel::new(settings.prefix_space.unwrap_or(false), true, false);
                PreTokenizers::new(vec![words.into(), bytes.into()]).into()
            }
            Self::Gemma => {
                let space = SplitPattern::String(" ".to_owned());
                Split::new(space, SplitDelimiterBehavior::MergedWithPrevious, false)?.into()
            }
            Self::XlmRoberta | Self::Camembert | Self::T5 | Self::Albert => {
                let prepends = self == Self::T5 || settings.prefix_space.unwrap_or(true);
                let scheme = if prepends { PrependScheme::Always } else { PrependScheme::Never };
                PreTokenizers::new(vec![WhitespaceSplit.into(), Metaspace::new('▁', scheme, true).into()]).into()
            }
        })
    }

    /// What puts special tokens around a text; None: the one of tokenizer.json stays. role: the
    /// token with a role.
    ///
    /// # Errors
    /// If the vocabulary lacks one of them.
    pub(super) fn processor(
        self,
        tokenizer: &Tokenizer,
        settings: &Settings,
        role: impl Fn(&str) -> String,
    ) -> tokenizers::Result<Option<PostProcessorWrapper>> {
        let id = |name: &str| match tokenizer.token_to_id(&role(name)) {
            Some(id) => Ok((role(name), id)),
            None => Err(lacks(name, &role(name))),
        };
        let (begin, end) = match self {
            Self::Qwen2 | Self::Gemma => return Ok(None),
            Self::Albert if tokenizer.get_post_processor().is_some() => return Ok(None),
            Self::T5 => {
                let (end, id) = id("eos_token")?;
                let mut template = TemplateProcessing::builder();
                template.try_single(vec!["$A".to_owned(), end.clone()])?.special_tokens(vec![(end, id)]);
                return Ok(Some(template.build().map_err(|e| e.to_string())?.into()));
            }
            Self::XlmRoberta | Self::Camembert => (id("bos_token")?, id("eos_token")?),
            Self::Herbert => ((role("cls_token"), 0), (role("sep_token"), 2)),
            _ => (id("cls_token")?, id("sep_token")?),
        };
        Ok(Some(match self {
            Self::Roberta => {
                let (trim, space) = (settings.trim_offsets.unwrap_or(true), settings.prefix_space.unwrap_or(false));
                RobertaProcessing::new(end, begin).trim_offsets(trim).add_prefix_space(space).into()
            }
            _ => BertProcessing::new(end, begin).into(),
        }))
    }
}

fn replace(what: &str, by: &str) -> Option<NormalizerWrapper> {
    Replace::new(what, by).ok().map(Into::into)
}

/// SentencePiece's map of characters in a normalizer.
fn characters(normalizer: &NormalizerWrapper) -> Option<NormalizerWrapper> {
    match normalizer {
        NormalizerWrapper::Precompiled(_) => Some(normalizer.clone()),
        NormalizerWrapper::Sequence(all) => AsRef::<[NormalizerWrapper]>::as_ref(all).iter().find_map(characters),
        _ => None,
    }
}
