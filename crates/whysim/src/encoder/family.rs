//! The supported families: weight names and quirks on top of shared layers.

mod bert;
mod distilbert;
mod mpnet;
mod roberta;

use crate::encoder::config::Config;
use crate::error::{Error, Result};

/// How token positions are numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Positions {
    /// 0, 1, 2, …
    Counted,
    /// Non-padding tokens count up from padding + 1; padding tokens have the position `padding`.
    AfterPadding(u32),
}

/// A family: where its checkpoints keep each weight, and how it differs from the others.
pub(crate) struct Family {
    pub positions: Positions,
    /// Rows of the token-type table; 0 if the family has none.
    pub token_types: usize,
    /// Epsilon of all layer normalisations.
    pub epsilon: f64,
    /// MPNet's table of relative attention biases: its name and number of buckets.
    pub relative_bias: Option<(&'static str, usize)>,
    /// Whether training applies dropout to the attention's output.
    pub drops_attention: bool,
    pub names: Names,
}

/// Weight names of one family. Names within a layer follow `layer` and its number.
pub(crate) struct Names {
    pub layer: &'static str,
    pub query: &'static str,
    pub key: &'static str,
    pub value: &'static str,
    pub output: &'static str,
    pub attention_norm: &'static str,
    pub up: &'static str,
    pub down: &'static str,
    pub norm: &'static str,
}

/// The `model_type`s that [`of`] knows.
pub(crate) const SUPPORTED: [&str; 6] = ["bert", "mpnet", "roberta", "xlm-roberta", "camembert", "distilbert"];

/// The family of a config.
///
/// # Errors
/// If its `model_type` is not one of [`SUPPORTED`].
pub(crate) fn of(config: &Config) -> Result<Family> {
    match config.model_type.as_str() {
        "bert" => Ok(bert::family(config)),
        "mpnet" => Ok(mpnet::family(config)),
        "roberta" | "xlm-roberta" | "camembert" => Ok(roberta::family(config)),
        "distilbert" => Ok(distilbert::family()),
        other => Err(Error::Unsupported { what: "model_type", got: other.to_owned(), supported: SUPPORTED.join(", ") }),
    }
}

impl Positions {
    /// The position of every token in one row of ids.
    pub(crate) fn of(self, ids: &[u32]) -> Vec<u32> {
        match self {
            Self::Counted => (0..ids.len() as u32).collect(),
            Self::AfterPadding(padding) => {
                let mut last = padding;
                let mut next = |id| {
                    if id == padding {
                        return padding;
                    }
                    last += 1;
                    last
                };
                ids.iter().map(|&id| next(id)).collect()
            }
        }
    }

    /// The position of padding tokens, if they have one of their own.
    pub(crate) fn padding(self) -> Option<u32> {
        match self {
            Self::Counted => None,
            Self::AfterPadding(padding) => Some(padding),
        }
    }

    /// The number of leading rows reserved in the position table.
    pub(crate) fn offset(self) -> usize {
        match self {
            Self::Counted => 0,
            Self::AfterPadding(padding) => padding as usize + 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Positions;

    #[test]
    fn the_reference_of_roberta_has_padding_positions() {
        assert_eq!(Positions::AfterPadding(1).of(&[0, 1, 1, 1, 2]), [2, 1, 1, 1, 3]);
        assert_eq!(Positions::AfterPadding(1).of(&[0, 8, 9, 2, 1]), [2, 3, 4, 5, 1]);
        assert_eq!(Positions::Counted.of(&[5, 0, 0]), [0, 1, 2]);
    }
}
