//! Turns the rows of files into a training's pairs: for training, for choosing the best step, and
//! for the final measurement.

use super::distill::{Spread, teach};
use super::task::Test;
use crate::Encoder;
use crate::error::Result;
use crate::pairs::{Pair, Row};
use crate::similarity::Similarity;

/// The rows read. `dev` and `test` may be empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// To train on.
    pub train: Vec<Row>,
    /// To choose the step whose parameters are kept.
    pub dev: Vec<Row>,
    /// To measure the finished model on.
    pub test: Vec<Row>,
}

/// The pairs of a training.
#[derive(Clone, Debug)]
pub struct Sets {
    /// To train on.
    pub train: Vec<Pair>,
    /// To choose the step whose parameters are kept.
    pub dev: Vec<Pair>,
    /// To measure the finished model on.
    pub tests: Vec<Test>,
}

impl Sets {
    /// For [`super::Objective::Gold`]: the rows that are pairs with a score.
    pub fn gold(rows: &Rows) -> Self {
        Self { train: pairs(&rows.train), dev: pairs(&rows.dev), tests: tests([("test", pairs(&rows.test))]) }
    }

    /// For [`super::Objective::Distill`]: pairs with the teacher's similarities as scores. If the
    /// test rows have scores of their own, those form an additional test.
    ///
    /// # Errors
    /// If a text is empty, or there is nothing to pair.
    pub fn distilled(teacher: &Encoder, rows: &Rows, similarity: Similarity, spread: &Spread) -> Result<Self> {
        // Held-out texts keep their given pairs, if they have any.
        let held_out = |rows: &[Row]| {
            let partners = if rows.iter().any(|row| row.b.is_some()) { 0 } else { spread.partners };
            match rows.is_empty() {
                true => Ok(Vec::new()),
                false => teach(teacher, rows, similarity, &Spread { partners, ..*spread }),
            }
        };
        Ok(Self {
            train: teach(teacher, &rows.train, similarity, spread)?,
            dev: held_out(&rows.dev)?,
            tests: tests([
                ("test, the base model's similarities", held_out(&rows.test)?),
                ("test, scores in the data", pairs(&rows.test)),
            ]),
        })
    }
}

/// The rows that are pairs with a score.
fn pairs(rows: &[Row]) -> Vec<Pair> {
    rows.iter().filter_map(Row::pair).collect()
}

/// The non-empty tests.
fn tests<const N: usize>(named: [(&str, Vec<Pair>); N]) -> Vec<Test> {
    let named = named.into_iter().filter(|(_, pairs)| !pairs.is_empty());
    named.map(|(name, pairs)| Test { name: name.into(), pairs }).collect()
}
