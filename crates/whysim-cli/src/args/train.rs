//! Arguments of `whysim train`.

use std::path::PathBuf;

use clap::{ArgAction, Args};
use whysim::Similarity;
use whysim::train::{Dropout, Objective};

use super::Rows;
use super::values::named;
use crate::help;

/// Train an exact model, from gold scores or as a twin of its base
///
/// The trained model's attributions sum to its score. With `--objective gold` it learns the scores
/// in the data; with `--objective distill` it learns the base model's own similarities, for which
/// texts without scores are enough. Ctrl-C saves a checkpoint, and `--resume` continues from it to
/// the same bits as an uninterrupted run.
#[derive(Debug, Args)]
#[command(after_long_help = help::TRAIN)]
pub struct Train {
    /// The model to start from: a folder or a Hugging Face hub model
    #[arg(long, value_name = "MODEL")]
    pub base: String,
    /// Branch, tag or commit of a hub model [default: main]
    #[arg(long, value_name = "REVISION", hide_short_help = true)]
    pub revision: Option<String>,
    /// Folder for the finished model
    ///
    /// Until the model is finished, the run is kept in DIR.training.
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
    /// Continue an unfinished run with the same options and data
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
    /// Training pairs: STS-benchmark files, .csv, .tsv, .jsonl, .parquet, or (to distill) .txt with
    /// one text per line
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    pub data: Vec<PathBuf>,
    /// Dev pairs: the step with the best Spearman correlation on them is kept
    #[arg(long, value_name = "FILE")]
    pub dev: Option<PathBuf>,
    /// Test pairs: the finished model is evaluated on them, once
    #[arg(long, value_name = "FILE")]
    pub test: Option<PathBuf>,
    #[command(flatten)]
    pub rows: Rows,
}

/// How to train. The defaults are those of the papers.
#[derive(Debug, Args)]
#[command(next_help_heading = "Recipe")]
pub struct Recipe {
    /// Learn the scores in the data, or the base model's own similarities
    #[arg(long, value_name = "gold|distill", default_value = "gold", value_parser = named::<Objective>())]
    pub objective: Objective,
    /// Similarity to train
    #[arg(short, long, value_name = "cos|dot", default_value = "cos", value_parser = named::<Similarity>())]
    pub similarity: Similarity,
    /// Make the model exact by subtracting each text's reference from its embedding (the default)
    #[arg(long, overrides_with = "no_shift")]
    pub shift: bool,
    /// Train an ordinary sentence transformer
    #[arg(long, overrides_with = "shift", action = ArgAction::SetTrue)]
    pub no_shift: bool,
    /// Passes over the data
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub epochs: usize,
    /// Pairs per step
    #[arg(long, value_name = "N", default_value_t = 16)]
    pub batch_size: usize,
    /// Peak learning rate
    #[arg(long, value_name = "RATE", default_value_t = 2e-5)]
    pub lr: f64,
    /// Weight decay, except for biases and normalisation weights
    #[arg(long, value_name = "W", default_value_t = 0.01)]
    pub weight_decay: f64,
    /// Share of the steps over which the learning rate warms up from 0; it then decays linearly to
    /// 0
    #[arg(long, value_name = "SHARE", default_value_t = 0.1)]
    pub warmup: f64,
    /// Clip gradients to this norm
    #[arg(long, value_name = "NORM", default_value_t = 1.0)]
    pub max_grad_norm: f64,
    /// Dropout: as in the base model's config, or none [default: config for gold, off for distill]
    #[arg(long, value_name = "config|off", value_parser = named::<Dropout>())]
    pub dropout: Option<Dropout>,
    /// Seed of all randomness: the order of the pairs and the dropout
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub seed: u64,
    /// Evaluate and save a checkpoint every STEPS steps [default: once per epoch]
    #[arg(long, value_name = "STEPS")]
    pub eval_every: Option<usize>,
    /// Distillation: extra partners per text, from unrelated texts to near neighbours
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub partners: usize,
}
