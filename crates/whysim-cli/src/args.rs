//! Command-line arguments.

mod compare;
mod contrast;
mod duplicates;
mod embed;
#[cfg(feature = "endpoint")]
mod endpoint;
mod evaluate;
mod highlight;
#[cfg(feature = "index")]
mod index;
mod look;
mod margin;
mod method;
mod pairing;
mod passages;
mod relevance;
mod rows;
mod train;
mod values;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

use crate::help;
use crate::texts::LARGEST;
pub use compare::Compare;
pub use contrast::Contrast;
pub use duplicates::{Duplicates, Listing};
pub use embed::{Embed, SimilarityOf};
#[cfg(feature = "endpoint")]
pub use endpoint::Endpoint;
pub use evaluate::Evaluate;
pub use highlight::Highlight;
#[cfg(feature = "index")]
pub use index::{Index, Search};
pub use look::{Look, Showing};
pub use margin::Margin;
pub use method::Method;
pub use pairing::{Alignment, Pairing, PairsFile};
pub use passages::Passages;
pub use relevance::Relevance;
pub use rows::Rows;
pub use train::{Recipe, Train};
pub use values::{Format, Page, Plain, When};

/// Why two texts are similar under a sentence transformer, token by token
#[derive(Debug, Parser)]
#[command(name = "whysim", version, after_long_help = help::PROGRAM, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    /// Print only results and errors
    ///
    /// No warnings, no notes, no progress bars.
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Number of threads [default: one per core]
    #[arg(long, global = true, value_name = "N", hide_short_help = true)]
    pub threads: Option<NonZeroUsize>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Explain(Explain),
    Relevance(Relevance),
    Highlight(Box<Highlight>),
    Margin(Box<Margin>),
    Embed(Embed),
    Similarity(SimilarityOf),
    Evaluate(Evaluate),
    Compare(Box<Compare>),
    #[command(name = "test")]
    Contrast(Box<Contrast>),
    #[cfg(feature = "index")]
    Index(Box<Index>),
    #[cfg(feature = "index")]
    Search(Box<Search>),
    Duplicates(Box<Duplicates>),
    Train(Box<Train>),
    /// List cached, published and supported models
    Models,
    #[cfg(feature = "server")]
    Serve(Box<Serve>),
    Completions(Completions),
}

/// Attribute the similarity of two texts to pairs of their tokens
///
/// Prints how much each token of text A contributes together with each token of text B, and the
/// ledger these attributions add up in: pairs, references, and the error of the numerical
/// integration with its bound.
#[derive(Debug, Args)]
#[command(
    override_usage = "whysim explain [OPTIONS] TEXT_A TEXT_B\n       whysim explain [OPTIONS] --pairs FILE --output FILE"
)]
#[command(after_long_help = help::EXPLAIN, after_help = help::EXPLAIN_SHORT)]
pub struct Explain {
    #[command(flatten)]
    pub texts: Pair,
    #[command(flatten)]
    pub file: PairsFile,
    #[command(flatten)]
    pub model: Model,
    #[command(flatten)]
    pub method: Method,
    #[command(flatten)]
    pub pairing: Pairing,
    #[cfg(feature = "endpoint")]
    #[command(flatten)]
    pub endpoint: Endpoint,
    #[command(flatten)]
    pub look: Look,
    #[command(flatten)]
    pub alignment: Alignment,
}

/// Embeddings and their reasons over HTTP, with a page
///
/// Without options it serves the built-in model at `http://127.0.0.1:8080`: a page at `/`, its
/// documentation at `/docs`. --threads are those for embeddings.
#[cfg(feature = "server")]
#[derive(Debug, Args)]
pub struct Serve {
    #[command(flatten)]
    pub settings: whysim_server::Settings,
}

/// Print a completion script for a shell
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
    #[arg(value_name = "TEXT_A")]
    pub first: Option<String>,
    /// The second text; `-` reads it from standard input
    #[arg(value_name = "TEXT_B")]
    pub second: Option<String>,
    /// Read text A from FILE instead
    ///
    /// The whole file is the text, without its final line break. Leave that text out of the command
    /// line.
    #[arg(long, value_name = "FILE")]
    pub file_a: Option<PathBuf>,
    /// Read text B from FILE instead
    #[arg(long, value_name = "FILE")]
    pub file_b: Option<PathBuf>,
    /// Largest text to read from a file or standard input, in bytes
    #[arg(long, value_name = "N", default_value_t = LARGEST, hide_short_help = true)]
    pub max_bytes: u64,
}

/// Which model.
#[derive(Debug, Args)]
pub struct Model {
    /// A folder, a published exact model such as mpnet_cos, or a Hugging Face hub model [default:
    /// minilm-exact, built in]
    ///
    /// A hub model is `org/name`, or `name` for `sentence-transformers/name`, with an optional
    /// `@revision`; it is downloaded once. `whysim models` lists the models on this machine.
    #[arg(short, long, env = "WHYSIM_MODEL", hide_env_values = true, value_name = "MODEL")]
    pub model: Option<String>,
    /// Branch, tag or commit of a hub model [default: main]
    #[arg(long, value_name = "REVISION", hide_short_help = true)]
    pub revision: Option<String>,
    /// Use the first D dimensions of embeddings only [default: as the model's config says, else
    /// all]
    ///
    /// For models trained so that their first dimensions suffice (Matryoshka). Attributions are cut
    /// with the embeddings.
    #[arg(long, value_name = "D", hide_short_help = true)]
    pub truncate_dim: Option<usize>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_arguments_fit_each_other() {
        super::Cli::command().debug_assert();
    }
}
