//! The fields that say how reasons are made, as the program's options of the same names.

use std::num::NonZeroUsize;

use serde::Deserialize;
use whysim::explanation::Method as By;
use whysim::path::{Rule, Steps};
use whysim::removal::{self, Empty, Game, Index, Removal};
use whysim::text::Unit;
use whysim::{Named, Options, Similarity};

use crate::failure::Failure;

/// Most nodes, and most embedded parts of a text, that a request may ask for.
const MOST_STEPS: usize = 1024;
const MOST_PARTS: usize = 4096;

/// How texts are decomposed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Method {
    /// The layer whose input is attributed, 0 to L, or from the end.
    pub layer: Option<i64>,
    /// Exactly this many nodes.
    pub steps: Option<NonZeroUsize>,
    /// The largest acceptable gap.
    pub tolerance: Option<f64>,
    /// Most nodes to reach it.
    pub max_steps: Option<NonZeroUsize>,
    /// Quadrature rule.
    pub rule: Option<String>,
    /// cos or dot.
    pub similarity: Option<String>,
    /// pad, mask, zero or a text; empty or zero by removal.
    pub reference: Option<String>,
    /// token, word or sentence.
    pub by: Option<String>,
    /// path or removal.
    pub method: Option<String>,
    /// How tokens are removed.
    pub removal: Option<String>,
    /// shapley or banzhaf.
    pub index: Option<String>,
    /// Most texts to embed for each text.
    pub budget: Option<usize>,
    /// Seed of the combinations that are drawn.
    pub seed: Option<u64>,
}

/// One of the library's values by its name.
///
/// # Errors
/// If there is none of that name.
pub fn named<T: Named>(param: &str, name: Option<&String>) -> Result<Option<T>, Failure> {
    name.map(|name| T::named(name).map_err(|error| Failure::value(param, error.to_string()))).transpose()
}

impl Method {
    /// The similarity that is asked for.
    ///
    /// # Errors
    /// If there is none of that name.
    pub fn similarity(&self) -> Result<Option<Similarity>, Failure> {
        named("similarity", self.similarity.as_ref())
    }

    /// Whether fields that choose nodes are given.
    pub fn chooses_nodes(&self) -> bool {
        self.layer.is_some() || self.steps.is_some() || self.tolerance.is_some() || self.max_steps.is_some()
    }

    /// The library's options, without prompts. unit: where none is asked for.
    ///
    /// # Errors
    /// If a value is out of range, or belongs to the other method.
    pub fn options(&self, unit: Unit) -> Result<Options, Failure> {
        let unit = named("by", self.by.as_ref())?.unwrap_or(unit);
        match named("method", self.method.as_ref())?.unwrap_or_default() {
            By::Removal => Ok(Options { removal: Some(self.removed()?), unit, ..self.path("pad")? }),
            By::Path => {
                self.refuse_removal()?;
                Ok(Options { unit, ..self.path(self.reference.as_deref().unwrap_or("pad"))? })
            }
        }
    }

    /// What belongs to a path.
    fn path(&self, reference: &str) -> Result<Options, Failure> {
        let Ok(reference) = reference.parse();
        let rule: Rule = named("rule", self.rule.as_ref())?.unwrap_or_default();
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
        let rule: Removal = named("removal", self.removal.as_ref())?.unwrap_or_default();
        let index: Index = named("index", self.index.as_ref())?.unwrap_or_default();
        let seed = self.seed.unwrap_or_default();
        Ok(removal::Options { game: Game { rule, index, empty }, budget: self.budget, seed })
    }

    fn refuse_removal(&self) -> Result<(), Failure> {
        let given = [
            ("removal", self.removal.is_some()),
            ("index", self.index.is_some()),
            ("budget", self.budget.is_some()),
            ("seed", self.seed.is_some()),
        ];
        match given.into_iter().find(|(_, is_given)| *is_given) {
            Some((name, _)) => Err(Failure::value(name, format!("`{name}` needs `\"method\": \"removal\"`"))),
            None => Ok(()),
        }
    }
}
