//! What the user can type after `whysim evaluate`.

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

/// Measure how good a model's similarities and attributions are, on a file of text pairs
///
/// Similarities are held against gold scores on all pairs; attributions are measured on a random sample: their numerical
/// error, their faithfulness beside simpler methods, and what is left of them when the model's weights are randomised.
/// Every mean has a 95 % bootstrap interval.
#[derive(Debug, Args)]
#[command(after_long_help = help::EVALUATE)]
pub struct Evaluate {
    /// A folder, a published exact model such as mpnet_cos, or a model on the Hugging Face hub
    /// [default: minilm-exact, which is inside the program]
    #[arg(env = "WHYSIM_MODEL", hide_env_values = true, value_name = "MODEL")]
    pub model: Option<String>,
    /// Branch, tag or commit of a model on the hub [default: main]
    #[arg(long, value_name = "REVISION", hide_short_help = true)]
    pub revision: Option<String>,
    /// Another model to compare the attributions and similarities with, for example an exact model's base
    #[arg(long, value_name = "MODEL")]
    pub against: Option<String>,
    /// What to measure, separated by commas [default: all; agreement only with --against]
    ///
    /// predictive: similarities against gold scores; accuracy: completeness errors by layer, rule and nodes; agreement:
    /// with the model of --against; insertion: insertion and deletion curves; coalitions: sums of attributions inside
    /// random subsets; differences: single attributions against second differences; pointing: shuffled sentences; sanity:
    /// randomised weights.
    #[arg(long, value_name = "METRIC,…", value_delimiter = ',', value_parser = named::<Metric>())]
    pub metrics: Option<Vec<Metric>>,
    #[command(flatten)]
    pub data: Data,
    #[command(flatten)]
    pub how: How,
    /// The form of the report [default: by the ending of --output, else text]
    #[arg(short, long, value_name = "FORMAT", help_heading = "Output")]
    pub format: Option<Page>,
    /// Write to FILE instead of standard output; it appears whole or not at all
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
}

/// The pairs.
#[derive(Debug, Args)]
#[command(next_help_heading = "Data")]
pub struct Data {
    /// A file of text pairs with gold scores: STS-benchmark's own, .csv, .tsv, .jsonl or .parquet
    #[arg(long, value_name = "FILE")]
    pub data: PathBuf,
    #[command(flatten)]
    pub rows: Rows,
    /// How many pairs, drawn at random, attributions are evaluated on
    #[arg(long, value_name = "N", default_value = "10")]
    pub sample: NonZeroUsize,
    /// Seed of the sample, the random subsets and the intervals
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    pub seed: u64,
}

/// How attributions are made and tested.
#[derive(Debug, Args)]
#[command(next_help_heading = "Method")]
pub struct How {
    /// The layer whose input is attributed, as for `whysim explain` [default: L - 1]
    #[arg(short, long, value_name = "L", allow_negative_numbers = true, value_parser = layer)]
    pub layer: Option<i64>,
    /// What the texts are compared with, as for `whysim explain`
    #[arg(long, value_name = "REFERENCE", default_value = "pad")]
    pub reference: Reference,
    /// The similarity to attribute [default: what the model's config asks for, else cos]
    #[arg(short, long, value_name = "cos|dot", value_parser = named::<Similarity>())]
    pub similarity: Option<Similarity>,
    /// How tokens are taken out of a text: delete, mask-token, or attention-mask
    #[arg(long, value_name = "RULE", default_value = "delete", value_parser = named::<Removal>())]
    pub removal: Removal,
    /// What texts with some tokens taken out are scored by
    ///
    /// `similarity`: the model's own; `interaction`: without the parts that each text has with the emptied other, which is
    /// the part of the similarity that token-token attributions of a model off the shelf are about.
    #[arg(long, value_name = "VALUE", default_value = "similarity", value_parser = named::<Value>())]
    pub value: Value,
    /// Random subsets a pair, for the metric `coalitions`
    #[arg(long, value_name = "N", default_value_t = 100, hide_short_help = true)]
    pub subsets: usize,
    /// Numbers of quadrature nodes, for the metric `accuracy` [default: 4,8,16]
    #[arg(long, value_name = "N,…", value_delimiter = ',', hide_short_help = true)]
    pub nodes: Option<Vec<usize>>,
    /// Layers, for the metrics `accuracy` and `agreement` [default: the middle and L - 1, and 0 for `agreement`]
    #[arg(long, value_name = "L,…", value_delimiter = ',', allow_hyphen_values = true, value_parser = layer)]
    #[arg(hide_short_help = true)]
    pub layers: Option<Vec<i64>>,
}
