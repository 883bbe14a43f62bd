//! References: the baselines that a text is compared with to compute its tokens' contributions.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::token::Origin;
use super::tokenizer::{Tokenizer, Tokens};
use crate::error::{Error, Result};

/// Where the path integral starts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reference {
    /// The text's special tokens with padding tokens between them, of the same length as the text
    /// (Moeller, Nikolaev, Padó, EMNLP 2023). This is the reference that exact models are trained
    /// with.
    #[default]
    Pad,
    /// The text's special tokens with mask tokens between them.
    Mask,
    /// Hidden states that are all zero.
    Zero,
    /// Another text, cut or padded to the text's length.
    Text(String),
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Pad => f.write_str("pad"),
            Self::Mask => f.write_str("mask"),
            Self::Zero => f.write_str("zero"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl FromStr for Reference {
    type Err = std::convert::Infallible;

    /// `pad`, `mask`, `zero`; anything else is a text.
    fn from_str(name: &str) -> std::result::Result<Self, Self::Err> {
        Ok(match name {
            "pad" => Self::Pad,
            "mask" => Self::Mask,
            "zero" => Self::Zero,
            text => Self::Text(text.to_owned()),
        })
    }
}

impl Reference {
    /// The reference's ids for a text; None for a reference that is not a text
    /// ([`Reference::Zero`], and any for a model without padding tokens).
    pub(crate) fn ids(&self, tokens: &Tokens, tokenizer: &Tokenizer) -> Result<Option<Vec<u32>>> {
        let Some(padding) = tokenizer.padding else {
            return match self {
                Self::Pad | Self::Zero => Ok(None),
                Self::Mask | Self::Text(_) => Err(Error::Option {
                    option: "reference",
                    expected: "pad or zero, which are the same for this model: it has no padding tokens".into(),
                    got: self.to_string(),
                }),
            };
        };
        let filled = |content: &mut dyn Iterator<Item = u32>| {
            let pairs = tokens.ids.iter().zip(&tokens.tokens);
            pairs
                .map(|(&id, token)| match token.origin {
                    Origin::Special => id,
                    Origin::Text | Origin::Prompt => content.next().unwrap_or(padding),
                })
                .collect()
        };
        Ok(Some(match self {
            Self::Zero => return Ok(None),
            Self::Pad => filled(&mut std::iter::empty()),
            Self::Mask => {
                let mask = tokenizer.mask.ok_or_else(|| {
                    Error::Tokenizer("it has no mask token, so there is no mask reference; use pad or zero".into())
                })?;
                filled(&mut std::iter::repeat(mask))
            }
            Self::Text(text) => {
                let other = tokenizer.encode("", text, "reference")?;
                let own = other.tokens.iter().zip(&other.ids).filter(|(t, _)| t.origin != Origin::Special);
                filled(&mut own.map(|(_, &id)| id))
            }
        }))
    }
}
