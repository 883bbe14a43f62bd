//! What the model read, piece by piece: the names of the rows of every result.

use serde::{Deserialize, Serialize};

/// Where a row of a decomposition comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// The text itself.
    Text,
    /// The prompt that the model's config puts before the text.
    Prompt,
    /// A special token that the tokenizer adds, such as `[CLS]`.
    Special,
}

/// One row of a decomposition: a token, or several tokens taken together as a word or a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// What to show: the piece of the text as the user wrote it, or a special token's name.
    pub text: String,
    /// First character in the text, counted in Unicode code points.
    pub start: usize,
    /// One past the last character, counted in Unicode code points. Equal to `start` for special and prompt tokens.
    pub end: usize,
    /// Where the row comes from.
    pub origin: Origin,
}

/// What one row stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// A token of the model's vocabulary.
    #[default]
    Token,
    /// A word by Unicode's word boundaries (UAX #29); punctuation marks are words of their own.
    Word,
    /// A sentence by Unicode's sentence boundaries (UAX #29).
    Sentence,
}
