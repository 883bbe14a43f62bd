//! What can be typed after `whysim train`.

use std::path::PathBuf;

use clap::{ArgAction, Args};
use whysim::Similarity;
use whysim::train::{Dropout, Objective};

use super::Rows;
use super::values::named;
use crate::help;

/// Fine-tune a model: make it exact, or a twin of itself that is exact
///
/// The trained model's attributions sum to its score. With `--objective gold` it learns the scores in the data; with
/// `--objective distill` it learns to give the similarities of the base model, for which texts without scores are enough.
/// Ctrl-C saves a checkpoint, from which `--resume` goes on to the same bits.
#[derive(Debug, Args)]
#[command(after_long_help = help::TRAIN)]
pub struct Train {
    /// The model to start from: a folder, or a model on the Hugging Face hub
    #[arg(long, value_name = "MODEL")]
    pub base: String,
    /// Branch, tag or commit of a base model on the hub [default: main]
    #[arg(long, value_name = "REVISION", hide_short_help = true)]
    pub revision: Option<String>,
    /// The folder to write; it appears when the model is finished
    ///
    /// Until then, the run is in DIR.training.
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
    /// Go on with the unfinished run of the same options and data
    #[arg(long)]
    pub resume: bool,
    #[command(flatten)]
    pub data: Data,
    #[command(flatten)]
    pub recipe: Recipe,
}

/// What to train on.
#[derive(Debug, Args)]
#[command(next_help_heading = "Data")]
pub struct Data {
    /// Files of pairs: STS-benchmark's own, .csv, .tsv, .jsonl, .parquet, or (to distill) .txt with a text a line
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    pub data: Vec<PathBuf>,
    /// Pairs that decide which step's model is kept: the one with the best Spearman correlation
    #[arg(long, value_name = "FILE")]
    pub dev: Option<PathBuf>,
    /// Pairs that the finished model is measured on, once
    #[arg(long, value_name = "FILE")]
    pub test: Option<PathBuf>,
    #[command(flatten)]
    pub rows: Rows,
}

/// How to train. The defaults are those of the papers.
#[derive(Debug, Args)]
#[command(next_help_heading = "Recipe")]
pub struct Recipe {
    /// What the similarities are trained to be: the data's scores, or the base model's own similarities
    #[arg(long, value_name = "gold|distill", default_value = "gold", value_parser = named::<Objective>())]
    pub objective: Objective,
    /// The similarity that is trained
    #[arg(short, long, value_name = "cos|dot", default_value = "cos", value_parser = named::<Similarity>())]
    pub similarity: Similarity,
    /// Make the model exact: take each text's reference off its embedding. The default
    #[arg(long, overrides_with = "no_shift")]
    pub shift: bool,
    /// Train an ordinary sentence transformer
    #[arg(long, overrides_with = "shift", action = ArgAction::SetTrue)]
    pub no_shift: bool,
    /// How often every pair is seen
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub epochs: usize,
    /// Pairs in a step
    #[arg(long, value_name = "N", default_value_t = 16)]
    pub batch_size: usize,
    /// The largest learning rate
    #[arg(long, value_name = "RATE", default_value_t = 2e-5)]
    pub lr: f64,
    /// Weight decay of all weights but biases and those of normalisations
    #[arg(long, value_name = "W", default_value_t = 0.01)]
    pub weight_decay: f64,
    /// The share of the steps over which the learning rate rises from 0; then it falls to 0 again
    #[arg(long, value_name = "SHARE", default_value_t = 0.1)]
    pub warmup: f64,
    /// Gradients longer than this are shortened to it
    #[arg(long, value_name = "NORM", default_value_t = 1.0)]
    pub max_grad_norm: f64,
    /// Dropout: as the base model's config says, or none [default: config for gold, off for distill]
    #[arg(long, value_name = "config|off", value_parser = named::<Dropout>())]
    pub dropout: Option<Dropout>,
    /// Decides the order of the pairs and what is dropped
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub seed: u64,
    /// Steps between evaluations and checkpoints [default: once an epoch]
    #[arg(long, value_name = "STEPS")]
    pub eval_every: Option<usize>,
    /// To distill: pairs made for each text besides the given ones, spread from strangers to near neighbours
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub partners: usize,
}
