//! The fields that say how reasons are made, as the program's options of the same names.

use std::num::NonZeroUsize;

use schemars::JsonSchema;
use serde::Deserialize;
use whysim::explanation::Method as By;
use whysim::path::{Rule, Steps};
use whysim::removal::{self, Empty, Game, Index, Removal};
use whysim::text::Unit;
use whysim::{Named, Options, Similarity};

use crate::failure::Failure;
use crate::values::Choice;

/// Most nodes, and most embedded parts of a text, that a request may ask for.
const MOST_STEPS: usize = 1024;
const MOST_PARTS: usize = 4096;

/// How texts are decomposed.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Method {
    /// The layer whose input is attributed: 0 (the embeddings) to L, the model's number of layers,
    /// or from the end (-1 is L). The default is L - 1. Earlier layers take longer.
    pub layer: Option<i64>,
    /// What a row stands for: a token, a word or a sentence. The default is `token`, and `word` for
    /// /margin and /compare.
    pub by: Option<Choice<Unit>>,
    /// How contributions are made: along a path from a reference to the text, or by embedding the
    /// text with many combinations of its rows left out. The default is `path`.
    pub method: Option<Choice<By>>,
    /// The default is the model's own.
    pub similarity: Option<Choice<Similarity>>,
    /// What the texts are compared with: `pad` (the default), `mask`, `zero`, or a text of your
    /// own. By removal: what a text is worth of which nothing is kept, `empty` (the default) or
    /// `zero`.
    pub reference: Option<String>,
    /// Nodes of the numerical integration are added until each text's relative error (its
    /// completeness gap) is below this. The default is 0.001; /highlight takes 3 nodes unless this,
    /// `steps`, `max_steps` or `layer` is given.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub tolerance: Option<f64>,
    /// Most nodes to reach the tolerance, up to 1024. The default is 256.
    #[schemars(range(max = 1024))]
    pub max_steps: Option<NonZeroUsize>,
    /// Exactly this many nodes instead, up to 1024.
    #[schemars(range(max = 1024))]
    pub steps: Option<NonZeroUsize>,
    /// The quadrature rule. The default is `gauss-legendre`; `riemann` is for comparison with the
    /// papers' implementation.
    pub rule: Option<Choice<Rule>>,
    /// By removal: how rows are removed. The default is `delete`.
    pub removal: Option<Choice<Removal>>,
    /// By removal: which mean over combinations. The default is `shapley`.
    pub index: Option<Choice<Index>>,
    /// By removal: most texts to embed for each text, up to 4096. The default is all combinations
    /// of up to 10 rows, else 512, or 8 for each row.
    #[schemars(range(max = 4096))]
    pub budget: Option<usize>,
    /// By removal: the seed of the combinations that are drawn. The default is 0.
    pub seed: Option<u64>,
}

/// The value that was chosen.
pub fn chosen<T>(choice: Option<Choice<T>>) -> Option<T> {
    choice.map(|Choice(value)| value)
}

impl Method {
    /// Whether fields that choose nodes are given.
    pub fn chooses_nodes(&self) -> bool {
        self.layer.is_some() || self.steps.is_some() || self.tolerance.is_some() || self.max_steps.is_some()
    }

    /// The library's options, without prompts. unit: where none is asked for.
    ///
    /// # Errors
    /// If a value is out of range, or belongs to the other method.
    pub fn options(&self, unit: Unit) -> Result<Options, Failure> {
        let unit = chosen(self.by).unwrap_or(unit);
        match chosen(self.method).unwrap_or_default() {
            By::Removal => {
                let given = [
                    ("layer", self.layer.is_some()),
                    ("tolerance", self.tolerance.is_some()),
                    ("max_steps", self.max_steps.is_some()),
                    ("steps", self.steps.is_some()),
                    ("rule", self.rule.is_some()),
                ];
                refuse(given, "has no meaning with `\"method\": \"removal\"`")?;
                Ok(Options { removal: Some(self.removed()?), unit, ..self.path("pad")? })
            }
            By::Path => {
                let given = [
                    ("removal", self.removal.is_some()),
                    ("index", self.index.is_some()),
                    ("budget", self.budget.is_some()),
                    ("seed", self.seed.is_some()),
                ];
                refuse(given, "needs `\"method\": \"removal\"`")?;
                Ok(Options { unit, ..self.path(self.reference.as_deref().unwrap_or("pad"))? })
            }
        }
    }

    /// What belongs to a path.
    fn path(&self, reference: &str) -> Result<Options, Failure> {
        let Ok(reference) = reference.parse();
        let rule = chosen(self.rule).unwrap_or_default();
        Ok(Options { layer: self.layer, rule, steps: self.nodes()?, reference, ..Options::default() })
    }

    fn nodes(&self) -> Result<Steps, Failure> {
        for (name, steps) in [("steps", self.steps), ("max_steps", self.max_steps)] {
            if steps.is_some_and(|steps| steps.get() > MOST_STEPS) {
                return Err(Failure::value(name, format!("`{name}` is {MOST_STEPS} at most here")));
            }
        }
        match (self.steps, self.tolerance, Steps::default()) {
            (Some(_), Some(_), _) => Err(Failure::value("tolerance", "give `steps` or `tolerance`, not both")),
            (Some(steps), None, _) if self.max_steps.is_none() => Ok(Steps::Fixed(steps.get())),
            (Some(_), None, _) => Err(Failure::value("max_steps", "give `steps` or `max_steps`, not both")),
            (None, Some(tolerance), _) if !(tolerance > 0.0 && tolerance.is_finite()) => {
                Err(Failure::value("tolerance", "`tolerance` must be a number above 0, such as 1e-4"))
            }
            (None, asked, Steps::Adaptive { tolerance, limit }) => Ok(Steps::Adaptive {
                tolerance: asked.unwrap_or(tolerance),
                limit: self.max_steps.map_or(limit, NonZeroUsize::get),
            }),
            (None, _, fixed) => Ok(fixed),
        }
    }

    fn removed(&self) -> Result<removal::Options, Failure> {
        let empty = match &self.reference {
            Some(name) => {
                Empty::named(name).map_err(|error| Failure::value("reference", format!("by removal, {error}")))?
            }
            None => Empty::Embedded,
        };
        if self.budget.is_some_and(|budget| budget > MOST_PARTS) {
            return Err(Failure::value("budget", format!("`budget` is {MOST_PARTS} at most here")));
        }
        let rule = chosen(self.removal).unwrap_or_default();
        let index = chosen(self.index).unwrap_or_default();
        let seed = self.seed.unwrap_or_default();
        Ok(removal::Options { game: Game { rule, index, empty }, budget: self.budget, seed })
    }
}

/// Refuses fields that are given. why: what is wrong with them.
fn refuse<const N: usize>(fields: [(&str, bool); N], why: &str) -> Result<(), Failure> {
    match fields.into_iter().find(|(_, is_given)| *is_given) {
        Some((name, _)) => Err(Failure::value(name, format!("`{name}` {why}"))),
        None => Ok(()),
    }
}
