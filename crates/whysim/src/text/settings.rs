//! What a folder says about its tokenizer outside tokenizer.json, merged as transformers does.
//!
//! `tokenizer_config.json` comes first. Only if it has no `added_tokens_decoder`, the older files
//! count as well: `special_tokens_map.json` overrides it, and `added_tokens.json` adds tokens.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};
use tokenizers::AddedToken;

use crate::error::{Error, Result};
use crate::folder::Folder;

pub(super) const CONFIG: &str = "tokenizer_config.json";
const SPECIAL: &str = "special_tokens_map.json";
const ADDED: &str = "added_tokens.json";

/// The tokens with a role of their own.
pub(super) const ROLES: [&str; 7] =
    ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

/// The end at which a long text is truncated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Side {
    Left,
    #[default]
    Right,
}

/// The token with a role.
#[derive(Clone, Debug)]
pub(super) struct Special {
    /// None: the role is explicitly empty.
    pub token: Option<AddedToken>,
    /// Whether its flags are given and not only its text.
    pub spelled: bool,
}

/// The merged settings.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    /// The tokenizer's class, without `Fast`.
    pub class: Option<String>,
    pub lower_case: Option<bool>,
    pub strip_accents: Option<bool>,
    pub keep_accents: Option<bool>,
    pub chinese_characters: Option<bool>,
    pub prefix_space: Option<bool>,
    pub trim_offsets: Option<bool>,
    /// Whether special tokens spelled out in a text are read as plain text.
    pub splits_special: bool,
    specials: BTreeMap<&'static str, Special>,
    /// Special tokens without a role.
    pub extra: Vec<AddedToken>,
    /// Tokens added to the vocabulary, by id.
    pub added: BTreeMap<u32, AddedToken>,
    /// Whether `tokenizer_config.json` lists them itself, so that no other file counts.
    lists_added: bool,
    pub max_length: Option<f64>,
    pub side: Side,
}

impl Settings {
    /// Reads the settings in a folder.
    ///
    /// # Errors
    /// If a file is malformed or a key has a value of the wrong type.
    pub(super) fn read(folder: &Folder) -> Result<Self> {
        let mut config: Map<String, Value> = folder.optional_json(CONFIG)?.unwrap_or_default();
        let lists_added = config.contains_key("added_tokens_decoder");
        if !lists_added {
            let older: Map<String, Value> = folder.optional_json(SPECIAL)?.unwrap_or_default();
            config.extend(older);
        }
        let mut settings = Reader { folder, file: CONFIG }.settings(&config)?;
        settings.lists_added = lists_added;
        if !lists_added && folder.has(ADDED) {
            settings.added = Reader { folder, file: ADDED }.added(&folder.json(ADDED)?, &settings)?;
        }
        settings.take_flags();
        Ok(settings)
    }

    /// Adds the tokens that tokenizer.json adds, unless others are listed.
    pub(super) fn add_saved(&mut self, saved: impl IntoIterator<Item = (u32, AddedToken)>) {
        if !self.lists_added {
            self.added.extend(saved);
            self.take_flags();
        }
    }

    /// The token with a role, if the folder says something of it.
    pub(super) fn special(&self, role: &str) -> Option<Special> {
        self.specials.get(role).cloned()
    }

    /// All tokens with a role that the folder names.
    pub(super) fn named(&self) -> impl Iterator<Item = &AddedToken> {
        self.specials.values().filter_map(|special| special.token.as_ref())
    }

    /// A token listed among the added ones has the flags that are listed there.
    fn take_flags(&mut self) {
        for special in self.specials.values_mut() {
            let Some(token) = &special.token else { continue };
            if let Some(listed) = self.added.values().find(|listed| listed.content == token.content) {
                *special = Special { token: Some(listed.clone()), spelled: true };
            }
        }
    }
}

/// Reads values, and says in which file they are wrong.
struct Reader<'a> {
    folder: &'a Folder,
    file: &'static str,
}

impl Reader<'_> {
    fn wrong(&self, key: &str, value: &Value, problem: &str) -> Error {
        Error::setting(&self.folder.file(self.file), key, value, problem)
    }

    fn settings(&self, config: &Map<String, Value>) -> Result<Settings> {
        let class = match config.get("tokenizer_class") {
            None | Some(Value::Null) => None,
            Some(Value::String(name)) => Some(class(name)),
            Some(other) => return Err(self.wrong("tokenizer_class", other, "it must be a name")),
        };
        let mut specials = BTreeMap::new();
        for role in ROLES {
            if let Some(value) = config.get(role) {
                specials.insert(role, Special { token: self.token(role, value)?, spelled: value.is_object() });
            }
        }
        let max_length = match config.get("model_max_length") {
            None | Some(Value::Null) => None,
            Some(value) => {
                Some(value.as_f64().ok_or_else(|| self.wrong("model_max_length", value, "it must be a number"))?)
            }
        };
        let side = match config.get("truncation_side") {
            None | Some(Value::Null) => Side::Right,
            Some(value) => Side::deserialize(value)
                .map_err(|_| self.wrong("truncation_side", value, "it must be \"left\" or \"right\""))?,
        };
        Ok(Settings {
            class,
            lower_case: self.switch(config, "do_lower_case")?,
            strip_accents: self.switch(config, "strip_accents")?,
            keep_accents: self.switch(config, "keep_accents")?,
            chinese_characters: self.switch(config, "tokenize_chinese_chars")?,
            prefix_space: self.switch(config, "add_prefix_space")?,
            trim_offsets: self.switch(config, "trim_offsets")?,
            splits_special: self.switch(config, "split_special_tokens")?.unwrap_or(false),
            specials,
            extra: self.extra(config)?,
            added: config
                .get("added_tokens_decoder")
                .map(|listed| self.decoder(listed))
                .transpose()?
                .unwrap_or_default(),
            lists_added: false,
            max_length,
            side,
        })
    }

    fn switch(&self, config: &Map<String, Value>, key: &str) -> Result<Option<bool>> {
        match config.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(on)) => Ok(Some(*on)),
            Some(other) => Err(self.wrong(key, other, "it must be true or false")),
        }
    }

    /// A token with a role: its text, or an object with its text and flags. It is special either
    /// way.
    fn token(&self, key: &str, value: &Value) -> Result<Option<AddedToken>> {
        match value {
            Value::Null => Ok(None),
            Value::String(text) => Ok(Some(AddedToken::from(text, true))),
            Value::Object(_) => self.object(key, value, true).map(Some),
            other => Err(self.wrong(key, other, "it must be a token's text, or an object with its `content`")),
        }
    }

    /// A token spelled out with its flags.
    fn object(&self, key: &str, value: &Value, special: bool) -> Result<AddedToken> {
        #[derive(Deserialize)]
        struct Spelled {
            content: String,
            #[serde(default)]
            lstrip: bool,
            #[serde(default)]
            rstrip: bool,
            #[serde(default)]
            single_word: bool,
            normalized: Option<bool>,
            special: Option<bool>,
        }
        let read = Spelled::deserialize(value).map_err(|e| self.wrong(key, value, &e.to_string()))?;
        let token = AddedToken::from(read.content, special || read.special.unwrap_or(false));
        let normalized = read.normalized.unwrap_or(token.normalized);
        Ok(token.lstrip(read.lstrip).rstrip(read.rstrip).single_word(read.single_word).normalized(normalized))
    }

    /// Special tokens without a role: two lists, and keys of a model's own that end in `_token`.
    fn extra(&self, config: &Map<String, Value>) -> Result<Vec<AddedToken>> {
        let mut found: Vec<AddedToken> = Vec::new();
        for key in ["extra_special_tokens", "additional_special_tokens", "model_specific_special_tokens"] {
            let listed: Vec<&Value> = match config.get(key) {
                None | Some(Value::Null) => continue,
                Some(Value::Array(all)) => all.iter().collect(),
                Some(Value::Object(all)) => all.values().collect(),
                Some(other) => return Err(self.wrong(key, other, "it must be a list of tokens")),
            };
            for value in listed {
                found.extend(self.token(key, value)?);
            }
        }
        for (key, value) in config.iter().filter(|(key, _)| key.ends_with("_token") && !ROLES.contains(&key.as_str())) {
            // `add_bos_token` and its like end in the same way, but are switches.
            if value.is_string() || value.is_object() {
                found.extend(self.token(key, value)?);
            }
        }
        Ok(found)
    }

    fn decoder(&self, listed: &Value) -> Result<BTreeMap<u32, AddedToken>> {
        const KEY: &str = "added_tokens_decoder";
        let all =
            listed.as_object().ok_or_else(|| self.wrong(KEY, listed, "it must be an object of ids and tokens"))?;
        let entry = |(id, token): (&String, &Value)| {
            let id = id.parse().map_err(|_| self.wrong(KEY, &Value::from(id.as_str()), "it must be an id"))?;
            Ok((id, self.object(KEY, token, false)?))
        };
        all.iter().map(entry).collect()
    }

    fn added(&self, listed: &Map<String, Value>, settings: &Settings) -> Result<BTreeMap<u32, AddedToken>> {
        let entry = |(text, id): (&String, &Value)| {
            let id = id.as_u64().and_then(|id| u32::try_from(id).ok());
            let id = id.ok_or_else(|| self.wrong(text, &listed[text], "it must be the token's id"))?;
            let special = settings.named().chain(&settings.extra).any(|token| token.content == *text);
            Ok((id, AddedToken::from(text, special)))
        };
        listed.iter().map(entry).collect()
    }
}

/// A class's name without `Fast`: the two have been one since transformers 5.
pub(super) fn class(name: &str) -> String {
    match name {
        "PreTrainedTokenizerFast" => name.to_owned(),
        other => other.strip_suffix("Fast").unwrap_or(other).to_owned(),
    }
}
