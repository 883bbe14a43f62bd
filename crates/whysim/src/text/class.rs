//! Tokenizer classes: which of them can be built from a vocabulary, and how.
//!
//! A class of transformers with a constructor of its own takes only the vocabulary from
//! tokenizer.json and builds everything else from the settings. So do these.

mod parts;

use tokenizers::{AddedToken, AddedVocabulary, Tokenizer};

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
    /// Byte-level BPE with another split into words.
    Qwen2,
    /// SentencePiece's BPE: spaces are part of words, unknown characters become bytes.
    Gemma,
    /// Unigram with a token after the text only.
    T5,
    /// Unigram after lower-casing.
    Albert,
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
        "Qwen2Tokenizer" => Meaning::Known(Class::Qwen2),
        "GemmaTokenizer" => Meaning::Known(Class::Gemma),
        "T5Tokenizer" => Meaning::Known(Class::T5),
        "AlbertTokenizer" => Meaning::Known(Class::Albert),
        name if AS_SAVED.contains(&name) => Meaning::AsSaved,
        _ => Meaning::Other,
    }
}

/// The model types whose tokenizer.json is used as it is, whatever class a folder names: many on
/// the hub name a wrong one, and transformers knows.
pub(super) const ALWAYS_AS_SAVED: [&str; 1] = ["modernbert"];

/// The class of a model type whose folder names none.
pub(super) fn of_model_type(model_type: &str) -> Option<Class> {
    match model_type {
        "bert" | "distilbert" | "electra" | "nomic_bert" => Some(Class::Bert),
        "mpnet" => Some(Class::MpNet),
        "roberta" => Some(Class::Roberta),
        "xlm-roberta" | "gte" | "jina_embeddings_v3" => Some(Class::XlmRoberta),
        "camembert" => Some(Class::Camembert),
        "qwen3" => Some(Class::Qwen2),
        "gemma3_text" => Some(Class::Gemma),
        "t5" | "mt5" => Some(Class::T5),
        "albert" => Some(Class::Albert),
        _ => None,
    }
}

impl Class {
    /// The kind of vocabulary that it reads.
    pub(super) fn vocabulary(self) -> &'static str {
        match self {
            Self::Bert | Self::MpNet => "WordPiece",
            Self::Roberta | Self::Herbert | Self::Qwen2 | Self::Gemma => "BPE",
            Self::XlmRoberta | Self::Camembert | Self::T5 | Self::Albert => "Unigram",
        }
    }

    /// The token that has a role unless the settings name another.
    fn default(self, role: &str) -> Option<&'static str> {
        let roberta = matches!(self, Self::MpNet | Self::Roberta | Self::XlmRoberta | Self::Camembert);
        Some(match (self, role) {
            (Self::Qwen2, "unk_token" | "eos_token" | "pad_token") => "<|endoftext|>",
            (Self::Gemma, "bos_token") => "<bos>",
            (Self::Gemma, "eos_token") => "<eos>",
            (Self::T5, "eos_token") => "</s>",
            (Self::Albert, "bos_token" | "cls_token") => "[CLS]",
            (Self::Albert, "eos_token" | "sep_token") => "[SEP]",
            (Self::Albert, "mask_token") => "[MASK]",
            (Self::Qwen2, _) | (Self::T5, "mask_token") => return None,
            (Self::T5 | Self::Gemma, "bos_token" | "cls_token" | "sep_token") => return None,
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
        tokenizer.with_pre_tokenizer(Some(self.pre_tokenizer(settings)?));
        self.add_tokens(tokenizer, settings)?;
        if matches!(self, Self::Bert | Self::MpNet) && tokenizer.token_to_id(&role("unk_token")).is_none() {
            return Err(lacks("unk_token", &role("unk_token")).into());
        }
        if let Some(processor) = self.processor(tokenizer, settings, role)? {
            tokenizer.with_post_processor(Some(processor));
        }
        Ok(())
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

fn lacks(role: &str, token: &str) -> String {
    format!("it lacks `{token}`, its {role}: name the right one in tokenizer_config.json")
}
