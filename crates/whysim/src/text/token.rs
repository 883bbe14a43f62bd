//! The pieces of text that the model reads; they name the rows of every result.

use crate::names::named;
use serde::{Deserialize, Serialize};

/// The origin of a row of a decomposition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// The text itself.
    Text,
    /// The prompt from the model's config that precedes the text.
    Prompt,
    /// A special token that the tokenizer adds, such as `[CLS]`.
    Special,
}

/// One row of a decomposition: a token, or several tokens grouped into a word or a sentence.
///
/// Its serde form is `{"text", "start", "end", "special"}`, plus `"prompt": true` for prompt
/// tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Form", into = "Form")]
pub struct Token {
    /// What to display: the text as the user wrote it, or a special token's name.
    pub text: String,
    /// First character in the text, counted in Unicode code points.
    pub start: usize,
    /// One past the last character, counted in Unicode code points. Equal to `start` for special
    /// and prompt tokens.
    pub end: usize,
    /// Where the row comes from.
    pub origin: Origin,
}

impl Token {
    /// Moves the position, for a text that stands in a longer one, `by` code points from its
    /// beginning.
    pub(crate) fn shift(&mut self, by: usize) {
        if self.origin == Origin::Text {
            (self.start, self.end) = (self.start + by, self.end + by);
        }
    }
}

/// Whether each row counts in means over a text: its own rows do, special and prompt tokens do not.
/// Where there is nothing else, they do. `[rows]`
pub(crate) fn counted(tokens: &[Token]) -> Vec<bool> {
    let own: Vec<bool> = tokens.iter().map(|token| token.origin == Origin::Text).collect();
    if own.contains(&true) { own } else { vec![true; own.len()] }
}

/// A token in JSON form: readers ask "is it special?" far more often than where it came from.
#[derive(Serialize, Deserialize)]
struct Form {
    text: String,
    start: usize,
    end: usize,
    special: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    prompt: bool,
}

impl From<Token> for Form {
    fn from(token: Token) -> Self {
        let Token { text, start, end, origin } = token;
        Self { text, start, end, special: origin == Origin::Special, prompt: origin == Origin::Prompt }
    }
}

impl From<Form> for Token {
    fn from(form: Form) -> Self {
        let Form { text, start, end, special, prompt } = form;
        let origin = match (special, prompt) {
            (true, _) => Origin::Special,
            (false, true) => Origin::Prompt,
            (false, false) => Origin::Text,
        };
        Self { text, start, end, origin }
    }
}

/// What one row stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// A token of the model's vocabulary.
    #[default]
    Token,
    /// A word by Unicode's word boundaries (UAX #29); punctuation marks are separate words.
    Word,
    /// A sentence by Unicode's sentence boundaries (UAX #29).
    Sentence,
}

named!(Unit, "by", [("token", Token), ("word", Word), ("sentence", Sentence)]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_says_special_and_names_prompts_only() {
        let token = |origin| Token { text: "x".into(), start: 1, end: 2, origin };
        let forms = [
            (Origin::Text, r#"{"text":"x","start":1,"end":2,"special":false}"#),
            (Origin::Special, r#"{"text":"x","start":1,"end":2,"special":true}"#),
            (Origin::Prompt, r#"{"text":"x","start":1,"end":2,"special":false,"prompt":true}"#),
        ];
        for (origin, form) in forms {
            assert_eq!(serde_json::to_string(&token(origin)).unwrap(), form);
            assert_eq!(serde_json::from_str::<Token>(form).unwrap(), token(origin));
        }
    }
}
