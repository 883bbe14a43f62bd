//! What the user can type.

mod evaluate;
mod rows;
mod train;
mod values;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use whysim::path::{Precision, Rule, Steps};
use whysim::render::color::Theme;
use whysim::text::{Reference, Unit};
use whysim::{Options, Similarity};

use crate::help;
pub use evaluate::Evaluate;
pub use rows::Rows;
pub use train::{Recipe, Train};
pub use values::{Format, Page, Plain, When};
use values::{layer, named, tolerance};

/// Why two texts are similar under a sentence transformer, token by token
#[derive(Debug, Parser)]
#[command(name = "whysim", version, after_long_help = help::PROGRAM, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    /// Say nothing but results and errors
    ///
    /// Warnings, notes and the progress of downloads are left out; errors are still said.
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Number of threads [default: one for each core]
    #[arg(long, global = true, value_name = "N", hide_short_help = true)]
    pub threads: Option<NonZeroUsize>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Explain(Explain),
    Relevance(Relevance),
    Embed(Embed),
    Similarity(SimilarityOf),
    Evaluate(Evaluate),
    Train(Box<Train>),
    /// List the models on this machine, the published ones, and what is supported
    Models,
    Completions(Completions),
}

/// Attribute the similarity of two texts to pairs of their tokens
///
/// Prints how much every token of text A together with every token of text B adds to the similarity, and the ledger that
/// these attributions add up in: pairs, references, and the error of the numerical integration with its bound.
#[derive(Debug, Args)]
#[command(override_usage = "whysim explain [OPTIONS] TEXT_A TEXT_B")]
#[command(after_long_help = help::EXPLAIN, after_help = help::EXPLAIN_SHORT)]
pub struct Explain {
    #[command(flatten)]
    pub texts: Pair,
    #[command(flatten)]
    pub model: Model,
    #[command(flatten)]
    pub method: Method,
    #[command(flatten)]
    pub pairing: Pairing,
    #[command(flatten)]
    pub look: Look,
}

/// What only a pair of decompositions has.
#[derive(Debug, Args)]
#[command(next_help_heading = "Method")]
pub struct Pairing {
    /// The number type in which tangents are multiplied with weights: float32 or bfloat16
    ///
    /// `bfloat16` rounds both to 8 bits. Before the default layer it is 1.3 to 1.6 times faster on processors with AVX512-BF16, and
    /// attributions are off by up to some thousandths of the largest; the rounding of their sum is in the gap, the error and the
    /// bound. Other processors get the same numbers and no speed.
    #[arg(long, value_name = "TYPE", default_value = "float32", value_parser = named::<Precision>())]
    pub precision: Precision,
    /// Name of the model's prompt to put before text A
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    pub prompt_a: Option<String>,
    /// Name of the model's prompt to put before text B
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    pub prompt_b: Option<String>,
}

/// Say what each token of a passage adds to its similarity to a query
///
/// Each token's relevance, what the passage's reference adds, and the error of the numerical integration make up the score. It takes
/// a few times as long as embedding the passage, however long that is.
#[derive(Debug, Args)]
#[command(after_long_help = help::RELEVANCE)]
pub struct Relevance {
    /// The query
    pub query: String,
    /// The passages; `-` stands for the lines of standard input, one passage each
    #[arg(required = true, value_name = "PASSAGE")]
    pub passages: Vec<String>,
    #[command(flatten)]
    pub model: Model,
    #[command(flatten)]
    pub method: Method,
    /// Name of the model's prompt to put before the query
    #[arg(long, value_name = "NAME", help_heading = "Method", hide_short_help = true)]
    pub prompt_query: Option<String>,
    /// Name of the model's prompt to put before every passage
    #[arg(long, value_name = "NAME", help_heading = "Method", hide_short_help = true)]
    pub prompt_passage: Option<String>,
    /// `text`: the strongest tokens; `json`: a list of `{"score", "tokens", "reference", "error", "bound"}`, one for each passage
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    pub format: Plain,
    /// How many of the strongest tokens to list, in text
    #[arg(long, value_name = "K", default_value_t = 8)]
    pub top: usize,
}

/// How the texts are decomposed.
#[derive(Debug, Args)]
#[command(next_help_heading = "Method")]
pub struct Method {
    /// The layer whose input is attributed: a number from 0 (`embeddings`) to L, or from the end (-1 = L)
    /// [default: L - 1]
    ///
    /// L is the model's number of layers, so that L or -1 is the output of the last one, where a token's attribution is
    /// only its share in the pooling. Off the shelf, L - 1 agrees best with exact attributions. An exact model's
    /// attributions sum to the score at every layer; earlier layers need more nodes, and so more time.
    #[arg(short, long, value_name = "L", allow_negative_numbers = true, value_parser = layer)]
    pub layer: Option<i64>,
    /// Use exactly this many quadrature nodes
    #[arg(long, value_name = "N", conflicts_with_all = ["tolerance", "max_steps"])]
    pub steps: Option<NonZeroUsize>,
    /// Use as many quadrature nodes as bring the relative completeness gap of each text under T [default: 0.001]
    ///
    /// Nodes are added where the path is steep. The gap measures the error of the quadrature exactly; it is in every
    /// output, as is the number of nodes.
    #[arg(long, value_name = "T", value_parser = tolerance)]
    pub tolerance: Option<f64>,
    /// The most quadrature nodes to use for the tolerance [default: 256]
    #[arg(long, value_name = "N")]
    pub max_steps: Option<NonZeroUsize>,
    /// The quadrature rule
    ///
    /// `riemann` is the right Riemann sum of the papers' own implementation, for comparing with it; it needs many more
    /// nodes for the same gap.
    #[arg(long, value_name = "RULE", default_value = "gauss-legendre", value_parser = named::<Rule>())]
    pub rule: Rule,
    /// The similarity to explain [default: what the model's config asks for, else cos]
    #[arg(short, long, value_name = "cos|dot", value_parser = named::<Similarity>())]
    pub similarity: Option<Similarity>,
    /// What the texts are compared with: pad, mask, zero, or a text of your own
    ///
    /// `pad`: the same number of padding tokens, as in the papers and as exact models are trained; `mask`: mask tokens;
    /// `zero`: hidden states that are zero; anything else is read as a text. From any other than `pad`, an exact model's
    /// attributions do not sum to the score alone: the references have a part in it.
    #[arg(long, value_name = "REFERENCE", default_value = "pad")]
    pub reference: Reference,
    /// What rows and columns stand for
    #[arg(long, value_name = "UNIT", default_value = "token", value_parser = named::<Unit>())]
    pub by: Unit,
}

impl Method {
    /// The library's options, without prompts.
    pub fn options(&self) -> Options {
        Options {
            layer: self.layer,
            rule: self.rule,
            steps: self.steps(),
            reference: self.reference.clone(),
            unit: self.by,
            ..Options::default()
        }
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

/// What the result looks like and where it goes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct Look {
    /// The form of the result [default: by the ending of --output, else text]
    #[arg(short, long, value_name = "FORMAT")]
    pub format: Option<Format>,
    /// Write to FILE instead of standard output; it appears whole or not at all
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// How many of the strongest pairs to list, in text
    #[arg(long, value_name = "K", default_value_t = 8)]
    pub top: usize,
    /// Colours, in text
    ///
    /// `auto`: in a terminal, unless NO_COLOR is set or TERM is `dumb`; 24-bit colours where COLORTERM says so, else the
    /// palette of 256 where TERM says so.
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: When,
    /// For a dark or a light ground, in text, svg and png
    /// [default: what COLORFGBG says, else dark, for text; light for pictures]
    #[arg(long, value_name = "light|dark", value_parser = named::<Theme>())]
    pub theme: Option<Theme>,
}

/// Print the embeddings of texts
///
/// They are those that the model itself gives: shifted where the model is exact, normalised where it ends with a Normalize
/// module.
#[derive(Debug, Args)]
#[command(after_long_help = help::EMBED)]
pub struct Embed {
    /// The texts; `-` stands for the lines of standard input, one text each
    #[arg(required = true, value_name = "TEXT")]
    pub texts: Vec<String>,
    #[command(flatten)]
    pub model: Model,
    /// Name of the model's prompt to put before every text
    #[arg(long, value_name = "NAME")]
    pub prompt: Option<String>,
    /// `text`: one line of numbers for each text; `json`: `{"model", "dim", "embeddings"}`
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    pub format: Plain,
}

/// Print the similarity of two texts
#[derive(Debug, Args)]
#[command(override_usage = "whysim similarity [OPTIONS] TEXT_A TEXT_B", after_long_help = help::SIMILARITY)]
pub struct SimilarityOf {
    #[command(flatten)]
    pub texts: Pair,
    #[command(flatten)]
    pub model: Model,
    /// The similarity [default: what the model's config asks for, else cos]
    #[arg(short, long, value_name = "cos|dot", value_parser = named::<Similarity>())]
    pub similarity: Option<Similarity>,
    /// `text`: the number; `json`: `{"model", "similarity", "score"}`
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    pub format: Plain,
}

/// Print a script that completes whysim's arguments in a shell
#[derive(Debug, Args)]
#[command(after_long_help = help::COMPLETIONS)]
pub struct Completions {
    /// The shell
    pub shell: Shell,
}

/// Two texts, each given on the command line or in a file.
#[derive(Debug, Args)]
pub struct Pair {
    /// The first text; `-` reads it from standard input
    #[arg(value_name = "TEXT_A", required_unless_present_any = ["file_a", "file_b"])]
    pub first: Option<String>,
    /// The second text; `-` reads it from standard input
    #[arg(value_name = "TEXT_B", required_unless_present_any = ["file_a", "file_b"])]
    pub second: Option<String>,
    /// Read text A from FILE instead
    ///
    /// The whole file is the text, without the line break at its end. A text that is given in a file is left out of the
    /// command line.
    #[arg(long, value_name = "FILE")]
    pub file_a: Option<PathBuf>,
    /// Read text B from FILE instead
    #[arg(long, value_name = "FILE")]
    pub file_b: Option<PathBuf>,
}

/// Which model.
#[derive(Debug, Args)]
pub struct Model {
    /// A folder, a published exact model such as mpnet_cos, or a model on the Hugging Face hub
    /// [default: minilm-exact, which is inside the program]
    ///
    /// A hub model is `org/name`, or `name` for `sentence-transformers/name`, with an optional `@revision`; it is
    /// downloaded once. `whysim models` lists what is there.
    #[arg(short, long, env = "WHYSIM_MODEL", hide_env_values = true, value_name = "MODEL")]
    pub model: Option<String>,
    /// Branch, tag or commit of a model on the hub [default: main]
    #[arg(long, value_name = "REVISION", hide_short_help = true)]
    pub revision: Option<String>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_arguments_fit_each_other() {
        super::Cli::command().debug_assert();
    }
}
