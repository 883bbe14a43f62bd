//! Arguments about how texts are decomposed.

use std::num::NonZeroUsize;

use clap::Args;
use whysim::explanation::Method as By;
use whysim::highlight::NODES;
use whysim::path::{Rule, Steps};
use whysim::removal::{self, Empty, Game, Index, Removal};
use whysim::text::Unit;
use whysim::{Named, Options, Similarity};

use super::values::{layer, named, tolerance};
use crate::texts::usage;

/// How the texts are decomposed.
#[derive(Debug, Args)]
#[command(next_help_heading = "Method")]
pub struct Method {
    /// Attribute to the input of this layer: 0 (`embeddings`) to L, or from the end (-1 = L)
    /// [default: L - 1]
    ///
    /// L is the model's number of layers, so L (or -1) is the output of the last one, where an
    /// attribution is only the token's share of the pooling. For off-the-shelf models, L - 1 agrees
    /// best with exact attributions. An exact model's attributions sum to the score at every layer;
    /// earlier layers need more nodes and so more time.
    #[arg(short, long, value_name = "L", allow_negative_numbers = true, value_parser = layer)]
    pub layer: Option<i64>,
    /// Use exactly this many quadrature nodes
    #[arg(long, value_name = "N", conflicts_with_all = ["tolerance", "max_steps"])]
    pub steps: Option<NonZeroUsize>,
    /// Add quadrature nodes until each text's relative completeness gap is below T [default: 0.001]
    ///
    /// Nodes are added where the path is steep. The gap measures the error of the quadrature
    /// exactly. Every output states it, along with the number of nodes.
    #[arg(long, value_name = "T", value_parser = tolerance)]
    pub tolerance: Option<f64>,
    /// Use at most this many quadrature nodes to reach the tolerance [default: 256]
    #[arg(long, value_name = "N")]
    pub max_steps: Option<NonZeroUsize>,
    /// Quadrature rule
    ///
    /// `riemann` is the right Riemann sum of the papers' implementation, for comparison; it needs
    /// many more nodes for the same gap.
    #[arg(long, value_name = "RULE", default_value = "gauss-legendre", value_parser = named::<Rule>())]
    pub rule: Rule,
    /// Similarity to explain [default: from the model's config, or cos]
    #[arg(short, long, value_name = "cos|dot", value_parser = named::<Similarity>())]
    pub similarity: Option<Similarity>,
    /// Compare the texts with this reference: pad, mask, zero, or a text of your own [default: pad]
    ///
    /// `pad`: as many padding tokens as the text has tokens, as in the papers; `mask`: mask tokens;
    /// `zero`: hidden states of zero; anything else is used as the reference text. An exact model's
    /// attributions sum to the score only with `pad`; with any other reference part of the score
    /// belongs to the reference. With `--method removal` it is what a text is worth of which
    /// nothing is kept: `empty`, what the model makes of its special tokens (the default), or
    /// `zero` (the default with --endpoint).
    #[arg(long, value_name = "REFERENCE")]
    pub reference: Option<String>,
    /// Unit of rows and columns [default: token; word for `compare` and `test`,
    /// and with --endpoint]
    #[arg(long, value_name = "UNIT", value_parser = named::<Unit>())]
    pub by: Option<Unit>,
    /// How contributions are made: along a path, or by removing parts of the texts [default: path;
    /// removal with --endpoint]
    ///
    /// `path` integrates the model's derivatives from a reference to the text. `removal` embeds the
    /// text with many combinations of its tokens, words or sentences (see --by) left out, and gives
    /// each its Shapley value, with a standard error where not all combinations were embedded.
    #[arg(long, value_name = "METHOD", value_parser = named::<By>())]
    pub method: Option<By>,
    #[command(flatten)]
    pub removal: Removing,
}

/// Options of contributions by removal.
#[derive(Debug, Args)]
#[command(next_help_heading = "Contributions by removal")]
pub struct Removing {
    /// How tokens are removed [default: delete]
    ///
    /// `delete`: those after them move up; `mask-token`: replaced by the mask token;
    /// `attention-mask`: left in place, but not attended to and not pooled.
    #[arg(long, value_name = "RULE", value_parser = named::<Removal>(), hide_short_help = true)]
    pub removal: Option<Removal>,
    /// Which mean over combinations [default: shapley]
    ///
    /// Shapley values sum to the score's terms exactly; products of Banzhaf values are Banzhaf
    /// interactions, and leave a remainder.
    #[arg(long, value_name = "INDEX", value_parser = named::<Index>(), hide_short_help = true)]
    pub index: Option<Index>,
    /// Most texts to embed for each text [default: all combinations of up to 10 rows, else 512, or
    /// 8 for each row]
    #[arg(long, value_name = "N")]
    pub budget: Option<usize>,
    /// Seed of the combinations that are drawn [default: 0]
    #[arg(long, value_name = "SEED", hide_short_help = true)]
    pub seed: Option<u64>,
}

impl Method {
    /// The library's options for a model, without prompts.
    ///
    /// # Errors
    /// If options of one method are given with the other.
    pub fn options(&self) -> anyhow::Result<Options> {
        let unit = self.by.unwrap_or_default();
        match self.method.unwrap_or_default() {
            By::Removal => Ok(Options { removal: Some(self.removed(Empty::Embedded)?), unit, ..self.path("pad") }),
            By::Path => {
                self.removal.refuse()?;
                Ok(Options { unit, ..self.path(self.reference.as_deref().unwrap_or("pad")) })
            }
        }
    }

    /// The library's options for words or sentences, which all models share.
    ///
    /// # Errors
    /// As [`Method::options`], and if tokens are asked for.
    pub fn options_by_words(&self) -> anyhow::Result<Options> {
        match self.by {
            Some(Unit::Token) => Err(usage("--by must be word or sentence here")),
            unit => Ok(Options { unit: unit.unwrap_or(Unit::Word), ..self.options()? }),
        }
    }

    /// The library's options for a server, which gives embeddings alone.
    ///
    /// # Errors
    /// If options ask for a path.
    #[cfg(feature = "endpoint")]
    pub fn options_of_endpoint(&self) -> anyhow::Result<Options> {
        if self.method == Some(By::Path) {
            return Err(usage("--method path needs a model here: a server gives embeddings alone"));
        }
        let unit = self.by.unwrap_or(Unit::Word);
        Ok(Options { removal: Some(self.removed(Empty::Zero)?), unit, ..self.path("pad") })
    }

    /// The library's options for highlights: few nodes where nothing else is asked for.
    ///
    /// # Errors
    /// As [`Method::options`].
    pub fn options_of_highlights(&self) -> anyhow::Result<Options> {
        let asked =
            self.layer.is_some() || self.steps.is_some() || self.tolerance.is_some() || self.max_steps.is_some();
        let options = self.options()?;
        match asked || options.removal.is_some() {
            true => Ok(options),
            false => Ok(Options { steps: Steps::Fixed(NODES), ..options }),
        }
    }

    /// What belongs to a path.
    fn path(&self, reference: &str) -> Options {
        let Ok(reference) = reference.parse();
        Options { layer: self.layer, rule: self.rule, steps: self.steps(), reference, ..Options::default() }
    }

    /// The options of contributions by removal. empty: the default for what an empty text is worth.
    fn removed(&self, empty: Empty) -> anyhow::Result<removal::Options> {
        let Removing { removal, index, budget, seed } = self.removal;
        let empty = match &self.reference {
            Some(name) => Empty::named(name).map_err(|error| usage(&format!("by removal, --{error}")))?,
            None => empty,
        };
        let game = Game { rule: removal.unwrap_or_default(), index: index.unwrap_or_default(), empty };
        Ok(removal::Options { game, budget, seed: seed.unwrap_or_default() })
    }

    /// What `--steps`, `--tolerance` and `--max-steps` mean together.
    pub fn steps(&self) -> Steps {
        match (self.steps, Steps::default()) {
            (Some(steps), _) => Steps::Fixed(steps.get()),
            (None, Steps::Adaptive { tolerance, limit }) => Steps::Adaptive {
                tolerance: self.tolerance.unwrap_or(tolerance),
                limit: self.max_steps.map_or(limit, NonZeroUsize::get),
            },
            (None, fixed) => fixed,
        }
    }
}

impl Removing {
    /// # Errors
    /// If any of these options is given, since they mean nothing to a path.
    fn refuse(&self) -> anyhow::Result<()> {
        let given = [
            ("--removal", self.removal.is_some()),
            ("--index", self.index.is_some()),
            ("--budget", self.budget.is_some()),
            ("--seed", self.seed.is_some()),
        ];
        match given.into_iter().find(|(_, is_given)| *is_given) {
            Some((name, _)) => Err(usage(&format!("{name} needs --method removal"))),
            None => Ok(()),
        }
    }
}
