//! Tokenizer classes: which of them can be built from a vocabulary, and how.
//!
//! A class of transformers with a constructor of its own takes only the vocabulary from
//! tokenizer.json and builds everything else from the settings. So do these.

use tokenizers::models::ModelWrapper;
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::BertNormalizer;
use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::metaspace::{Metaspace, PrependScheme};
use tokenizers::pre_tokenizers::sequence::Sequence as PreTokenizers;
use tokenizers::pre_tokenizers::whitespace::WhitespaceSplit;
use tokenizers::processors::bert::BertProcessing;
use tokenizers::processors::roberta::RobertaProcessing;
use tokenizers::{AddedToken, AddedVocabulary, NormalizerWrapper, Tokenizer};

use super::settings::{ROLES, Settings};

/// A class that can be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// BERT's WordPiece.
    Bert,
    /// The same with RoBERTa's special tokens.
    MpNet,
    /// Byte-level BPE.
    Roberta,
    /// Unigram after Metaspace.
    XlmRoberta,
    /// The same with other special tokens.
    Camembert,
    /// BPE over BERT's words.
    Herbert,
}

/// Classes under which BERT's tokenizer goes.
const BERT: [&str; 10] = [
    "BertTokenizer",
    "DistilBertTokenizer",
    "ElectraTokenizer",
    "ConvBertTokenizer",
    "DPRContextEncoderTokenizer",
    "DPRQuestionEncoderTokenizer",
    "LayoutLMTokenizer",
    "LxmertTokenizer",
    "MobileBertTokenizer",
    "SqueezeBertTokenizer",
];

/// Classes that stand for tokenizer.json as it is.
const AS_SAVED: [&str; 3] = ["PreTrainedTokenizerFast", "TokenizersBackend", "PreTrainedTokenizer"];

/// What a class's name means.
pub(super) enum Meaning {
    Known(Class),
    /// tokenizer.json as it is.
    AsSaved,
    /// A class that is not built here.
    Other,
}

/// What the class `name` is, without `Fast`.
pub(super) fn meaning(name: &str) -> Meaning {
    match name {
        name if BERT.contains(&name) => Meaning::Known(Class::Bert),
        "MPNetTokenizer" => Meaning::Known(Class::MpNet),
        "RobertaTokenizer" | "BartTokenizer" | "LEDTokenizer" | "LongformerTokenizer" | "MvpTokenizer" => {
            Meaning::Known(Class::Roberta)
        }
        "XLMRobertaTokenizer" => Meaning::Known(Class::XlmRoberta),
        "CamembertTokenizer" => Meaning::Known(Class::Camembert),
        "HerbertTokenizer" => Meaning::Known(Class::Herbert),
        name if AS_SAVED.contains(&name) => Meaning::AsSaved,
        _ => Meaning::Other,
    }
}

/// The class of a model type whose folder names none.
pub(super) fn of_model_type(model_type: &str) -> Option<Class> {
    match model_type {
        "bert" | "distilbert" => Some(Class::Bert),
        "mpnet" => Some(Class::MpNet),
        "roberta" => Some(Class::Roberta),
        "xlm-roberta" => Some(Class::XlmRoberta),
        "camembert" => Some(Class::Camembert),
        _ => None,
    }
}

impl Class {
    /// The kind of vocabulary that it reads.
    pub(super) fn vocabulary(self) -> &'static str {
        match self {
            Self::Bert | Self::MpNet => "WordPiece",
            Self::Roberta | Self::Herbert => "BPE",
            Self::XlmRoberta | Self::Camembert => "Unigram",
        }
    }

    /// The token that has a role unless the settings name another.
    fn default(self, role: &str) -> Option<&'static str> {
        let roberta = matches!(self, Self::MpNet | Self::Roberta | Self::XlmRoberta | Self::Camembert);
        Some(match (self, role) {
            (Self::Bert | Self::MpNet, "unk_token") => "[UNK]",
            (Self::Bert, "sep_token") => "[SEP]",
            (Self::Bert, "pad_token") => "[PAD]",
            (Self::Bert, "cls_token") => "[CLS]",
            (Self::Bert, "mask_token") => "[MASK]",
            (Self::Bert, _) => return None,
            (_, "bos_token") if roberta => "<s>",
            (_, "eos_token") if roberta => "</s>",
            (_, "cls_token") => "<s>",
            (_, "sep_token") => "</s>",
            (_, "unk_token") => "<unk>",
            (_, "pad_token") => "<pad>",
            (_, "mask_token") => "<mask>",
            _ => return None,
        })
    }

    /// The token with a role in a folder with these settings.
    pub(super) fn special(self, role: &str, settings: &Settings) -> Option<AddedToken> {
        let (token, spelled) = match settings.special(role) {
            Some(special) => (special.token?, special.spelled),
            None => (AddedToken::from(self.default(role)?, true), false),
        };
        // MPNet's and CamemBERT's mask takes the space before it.
        let takes_space = role == "mask_token" && !spelled && matches!(self, Self::MpNet | Self::Camembert);
        Some(if takes_space { token.lstrip(true) } else { token })
    }

    /// Sets up `tokenizer`, which has the right vocabulary, as the class does.
    ///
    /// # Errors
    /// The name of a role and its token, if the vocabulary lacks it.
    pub(super) fn build(self, tokenizer: &mut Tokenizer, settings: &Settings) -> tokenizers::Result<()> {
        let role = |name: &str| self.special(name, settings).map(|token| token.content).unwrap_or_default();
        if let Some(model) = self.model(tokenizer.get_model(), &role("unk_token")) {
            tokenizer.with_model(model);
        }
        // Without the added tokens, so that the normalizer is not applied to those that go.
        tokenizer.with_added_vocabulary(AddedVocabulary::new());
        let normalizer = self.normalizer(tokenizer.get_normalizer(), settings);
        tokenizer.with_normalizer(normalizer)?;
        tokenizer.with_pre_tokenizer(Some(self.pre_tokenizer(settings)));
        self.add_tokens(tokenizer, settings)?;
        let id = |name: &str| match tokenizer.token_to_id(&role(name)) {
            Some(id) => Ok((role(name), id)),
            None => Err(format!("it lacks `{}`, its {name}: name the right one in tokenizer_config.json", role(name))),
        };
        if matches!(self, Self::Bert | Self::MpNet) {
            id("unk_token")?;
        }
        let (begin, end) = match self {
            Self::XlmRoberta | Self::Camembert => (id("bos_token")?, id("eos_token")?),
            Self::Herbert => ((role("cls_token"), 0), (role("sep_token"), 2)),
            _ => (id("cls_token")?, id("sep_token")?),
        };
        match self {
            Self::Roberta => {
                let (trim, space) = (settings.trim_offsets.unwrap_or(true), settings.prefix_space.unwrap_or(false));
                let processing = RobertaProcessing::new(end, begin).trim_offsets(trim).add_prefix_space(space);
                tokenizer.with_post_processor(Some(processing));
            }
            _ => drop(tokenizer.with_post_processor(Some(BertProcessing::new(end, begin)))),
        }
        Ok(())
    }

    /// The model with the class's own settings; None: it has them.
    fn model(self, model: &ModelWrapper, unknown: &str) -> Option<ModelWrapper> {
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
            (Self::Roberta | Self::Herbert, ModelWrapper::BPE(model)) => {
                let herbert = self == Self::Herbert;
                let unknown = herbert.then(|| unknown.to_owned());
                let suffix = herbert.then(|| "</w>".to_owned());
                let text = |part: &Option<String>| part.clone().unwrap_or_default();
                let has = model.dropout.is_none()
                    && text(&model.unk_token) == text(&unknown)
                    && text(&model.continuing_subword_prefix).is_empty()
                    && text(&model.end_of_word_suffix) == text(&suffix)
                    && !(model.fuse_unk || model.byte_fallback || model.ignore_merges);
                (!has).then(|| {
                    let mut own = model.clone();
                    (own.dropout, own.unk_token) = (None, unknown);
                    (own.continuing_subword_prefix, own.end_of_word_suffix) = (None, suffix);
                    (own.fuse_unk, own.byte_fallback, own.ignore_merges) = (false, false, false);
                    own.into()
                })
            }
            _ => None,
        }
    }

    fn normalizer(self, saved: Option<&NormalizerWrapper>, settings: &Settings) -> Option<NormalizerWrapper> {
        match self {
            Self::Bert | Self::MpNet => {
                let lower = settings.lower_case.unwrap_or(true);
                let chinese = settings.chinese_characters.unwrap_or(true);
                Some(BertNormalizer::new(true, chinese, settings.strip_accents, lower).into())
            }
            Self::Herbert => Some(BertNormalizer::new(true, true, Some(false), false).into()),
            Self::Roberta => None,
            // Of a saved normalizer, the map of characters of SentencePiece only.
            Self::XlmRoberta | Self::Camembert => saved.and_then(characters),
        }
    }

    fn pre_tokenizer(self, settings: &Settings) -> PreTokenizerWrapper {
        match self {
            Self::Bert | Self::MpNet | Self::Herbert => BertPreTokenizer.into(),
            Self::Roberta => ByteLevel::new(settings.prefix_space.unwrap_or(false), true, true).into(),
            Self::XlmRoberta | Self::Camembert => {
                let prepends = settings.prefix_space.unwrap_or(true);
                let scheme = if prepends { PrependScheme::Always } else { PrependScheme::Never };
                PreTokenizers::new(vec![WhitespaceSplit.into(), Metaspace::new('▁', scheme, true).into()]).into()
            }
        }
    }

    /// Adds the listed tokens by their ids, then the special ones that the vocabulary has, then
    /// the model's own.
    fn add_tokens(self, tokenizer: &mut Tokenizer, settings: &Settings) -> tokenizers::Result<()> {
        let mut tokens: Vec<AddedToken> = settings.added.values().cloned().collect();
        let roles = ROLES.iter().filter_map(|role| self.special(role, settings));
        let special = roles.filter(|token| tokenizer.token_to_id(&token.content).is_some());
        for token in special.chain(settings.extra.iter().cloned()) {
            match tokens.iter_mut().find(|known| known.content == token.content) {
                Some(known) => known.special |= settings.named().any(|named| named.content == token.content),
                None => tokens.push(token),
            }
        }
        tokenizer.add_tokens(tokens)?;
        Ok(())
    }
}

/// SentencePiece's map of characters in a normalizer.
fn characters(normalizer: &NormalizerWrapper) -> Option<NormalizerWrapper> {
    match normalizer {
        NormalizerWrapper::Precompiled(_) => Some(normalizer.clone()),
        NormalizerWrapper::Sequence(all) => AsRef::<[NormalizerWrapper]>::as_ref(all).iter().find_map(characters),
        _ => None,
    }
}
