//! Contributions by removal: from embeddings of parts of a text alone, so for any encoder.
//!
//! The players are the rows of a text: tokens, words or sentences. With e(S) the embedding of the
//! text with only the players in S kept, the vector-valued Shapley value of player i among n is
//! (eq. 9 of the method)
//!
//! ```text
//! V_i = sum over S without i of  |S|! (n-|S|-1)! / n!  [ e(S + i) - e(S) ]
//! ```
//!
//! and its Banzhaf value is the plain mean of the same differences. Shapley values sum to e(all) -
//! e(none) exactly, so that every ledger closes; Banzhaf values do not, but their products are the
//! Banzhaf interactions of the pair's game e_a(S) . e_b(T).
//!
//! ```text
//! players -> coalitions -> embeddings -> regression -> values, with their standard errors
//! ```

mod coalitions;
mod regression;
mod texts;
mod variants;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::names::named;

pub(crate) use coalitions::Coalitions;
pub(crate) use texts::Parts as Texts;
pub(crate) use variants::{Players, Variants};

/// How to remove a token from a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Removal {
    /// Deleted from the ids; the tokens after it move up.
    #[default]
    Delete,
    /// Replaced by the mask token.
    MaskToken,
    /// Left in place, but not attended to and not pooled.
    AttentionMask,
}

named!(Removal, "removal", [("delete", Delete), ("mask-token", MaskToken), ("attention-mask", AttentionMask)]);

/// Which mean of the differences that a player makes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Index {
    /// Every size of coalition counts the same (Shapley, 1953). The values sum to e(all) - e(none).
    #[default]
    Shapley,
    /// Every coalition counts the same (Banzhaf, 1965). Sums are off by what the ledger calls its
    /// remainder.
    Banzhaf,
}

named!(Index, "index", [("shapley", Shapley), ("banzhaf", Banzhaf)]);

/// What a text of which nothing is kept is worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Empty {
    /// What the model makes of its special tokens alone.
    #[default]
    Embedded,
    /// The zero vector, which is similar to nothing. All that can be asked of a model behind a
    /// service, which refuses empty texts.
    Zero,
}

named!(Empty, "reference", [("empty", Embedded), ("zero", Zero)]);

/// What values by removal are values of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Game {
    /// How players are removed.
    pub rule: Removal,
    /// Which mean is taken.
    pub index: Index,
    /// What the empty text is worth.
    pub empty: Empty,
}

/// How to compute contributions by removal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// What is computed.
    pub game: Game,
    /// How many texts to embed for each text. All subsets, if they are no more than that. None: all
    /// subsets of up to 10 players, else 512 texts, or 8 for each player if that is more.
    pub budget: Option<usize>,
    /// Seed of the coalitions that are drawn.
    pub seed: u64,
}

/// Players up to whose number all subsets are embedded, without a budget.
const WHOLE: usize = 10;

/// Texts to embed where all subsets would be too many.
const TEXTS: usize = 512;

/// The fewest texts for each player: a regression on fewer would be all noise.
pub(crate) const LEAST: usize = 4;

impl Options {
    /// The most texts to embed for a text of `players`, or None for all subsets.
    ///
    /// # Errors
    /// If the budget is too small for so many players. `which` names the text in errors.
    pub(crate) fn most(&self, players: usize, which: &str) -> Result<Option<usize>> {
        let is_all = |most: usize| players < usize::BITS as usize && 1 << players <= most;
        match self.budget {
            None if players <= WHOLE => Ok(None),
            None => Ok(Some(TEXTS.max(2 * LEAST * players))),
            Some(budget) if is_all(budget) => Ok(None),
            Some(budget) if budget < LEAST * players => Err(Error::Option {
                option: "budget",
                expected: format!(
                    "{} or more for the {players} rows of text {which}, {LEAST} texts a row, or rows coarser",
                    LEAST * players
                ),
                got: budget.to_string(),
            }),
            Some(budget) => Ok(Some(budget)),
        }
    }
}

/// Contributions by removal, and how far off they may be.
pub(crate) struct Estimate {
    /// V, [players, D] row-major.
    pub values: Vec<f64>,
    /// What the values would be with another sample, so that `sum_b (D_b . u)^2` is the squared
    /// standard error of any `V . u`: [groups, players, D] row-major. Empty if all subsets were
    /// embedded.
    pub deviations: Vec<f64>,
}

impl Coalitions {
    /// The values of the players, from the embeddings of all coalitions, and those of all and of no
    /// player.
    ///
    /// # Errors
    /// If the coalitions do not determine the values.
    pub(crate) fn estimate(&self, embeddings: &[Vec<f64>], ends: [&[f64]; 2], index: Index) -> Result<Estimate> {
        regression::fit(self, embeddings, ends, index)
    }
}
