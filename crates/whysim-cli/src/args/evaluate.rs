//! Arguments of `whysim evaluate`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use whysim::Similarity;
use whysim::evaluate::Metric;
use whysim::report::{Removal, Value};
use whysim::text::Reference;

use super::values::{layer, named};
use super::{Page, Rows};
use crate::help;

/// Evaluate a model's similarities and attributions on a file of text pairs
///
/// Similarities are compared with gold scores on all pairs. Attributions are evaluated on a random
/// sample: their numerical error, their faithfulness next to simpler methods, and what remains of
/// them when the model's weights are randomised; with --gold also whether they lie between what
/// people aligned. Every mean has a 95 % bootstrap interval.
#[derive(Debug, Args)]
#[command(after_long_help = help::EVALUATE)]
pub struct Evaluate {
    /// A folder, a published exact model such as mpnet_cos, or a Hugging Face hub model [default:
    /// minilm-exact, built in]
    #[arg(env = "WHYSIM_MODEL", hide_env_values = true, value_name = "MODEL")]
    pub model: Option<String>,
    /// Branch, tag or commit of a hub model [default: main]
    #[arg(long, value_name = "REVISION", hide_short_help = true)]
    pub revision: Option<String>,
    /// Use the first D dimensions of its embeddings only [default: as its config says, else all]
    #[arg(long, value_name = "D", hide_short_help = true)]
    pub truncate_dim: Option<usize>,
    /// Compare with the attributions and similarities of this model, such as an exact model's base
    #[arg(long, value_name = "MODEL")]
    pub against: Option<String>,
    /// Metrics, separated by commas [default: all; agreement only with --against, alignment only
    /// with
    /// --gold, and without --data nothing else]
    ///
    /// predictive: similarities against gold scores; accuracy: completeness errors by layer, rule
    /// and nodes; agreement: with the model of --against; insertion: insertion and deletion curves;
    /// coalitions: sums of attributions within random subsets; differences: single attributions
    /// against second differences; pointing: shuffled sentences; sanity: randomised weights;
    /// alignment: gold alignments of chunks or words.
    #[arg(long, value_name = "METRIC,…", value_delimiter = ',', value_parser = named::<Metric>())]
    pub metrics: Option<Vec<Metric>>,
    #[command(flatten)]
    pub data: Data,
    #[command(flatten)]
    pub how: How,
    /// Report format [default: from the extension of --output, or text]
    #[arg(short, long, value_name = "FORMAT", help_heading = "Output")]
    pub format: Option<Page>,
    /// Write to FILE instead of standard output; never leaves a partial file
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
}

/// The pairs.
#[derive(Debug, Args)]
#[command(next_help_heading = "Data")]
pub struct Data {
    /// Text pairs with gold scores: an STS-benchmark file, .csv, .tsv, .jsonl or .parquet
    #[arg(long, value_name = "FILE", required_unless_present = "gold")]
    pub data: Option<PathBuf>,
    /// Gold alignments: a .wa file of interpretable STS, or word alignments as .tsv; may be given
    /// several times
    #[arg(long, value_name = "FILE")]
    pub gold: Vec<PathBuf>,
    #[command(flatten)]
    pub rows: Rows,
    /// Number of randomly drawn pairs to evaluate attributions on; use 100 for published figures
    /// [default: 10, and all pairs of --gold]
    #[arg(long, value_name = "N")]
    pub sample: Option<NonZeroUsize>,
    /// Seed of all randomness: the sample, the subsets and the intervals
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    pub seed: u64,
}

/// How attributions are made and tested.
#[derive(Debug, Args)]
#[command(next_help_heading = "Method")]
pub struct How {
    /// Attribute to the input of this layer, as in `whysim explain` [default: L - 1]
    #[arg(short, long, value_name = "L", allow_negative_numbers = true, value_parser = layer)]
    pub layer: Option<i64>,
    /// Compare the texts with this reference, as in `whysim explain`
    #[arg(long, value_name = "REFERENCE", default_value = "pad")]
    pub reference: Reference,
    /// Similarity to attribute [default: from the model's config, or cos]
    #[arg(short, long, value_name = "cos|dot", value_parser = named::<Similarity>())]
    pub similarity: Option<Similarity>,
    /// How to remove tokens from a text
    #[arg(long, value_name = "RULE", default_value = "delete", value_parser = named::<Removal>())]
    pub removal: Removal,
    /// Value of a pair with some tokens removed
    ///
    /// `similarity`: the model's similarity; `interaction`: the same without what each text shares
    /// with the emptied other, which is the part that an off-the-shelf model's token-token
    /// attributions describe.
    #[arg(long, value_name = "VALUE", default_value = "similarity", value_parser = named::<Value>())]
    pub value: Value,
    /// Random subsets per pair, for the metric `coalitions`
    #[arg(long, value_name = "N", default_value_t = 100, hide_short_help = true)]
    pub subsets: usize,
    /// Numbers of quadrature nodes, for the metric `accuracy` [default: 4,8,16]
    #[arg(long, value_name = "N,…", value_delimiter = ',', hide_short_help = true)]
    pub nodes: Option<Vec<usize>>,
    /// Layers, for the metrics `accuracy`, `agreement` and `alignment` [default: the middle and L -
    /// 1, and 0 for `agreement`; for `alignment` that of --layer]
    #[arg(long, value_name = "L,…", value_delimiter = ',', allow_hyphen_values = true, value_parser = layer)]
    #[arg(hide_short_help = true)]
    pub layers: Option<Vec<i64>>,
}
