//! Arguments of `whysim test`.

use std::path::PathBuf;

use clap::Args;

use super::look::Destination;
use super::{Method, Model};
use crate::help;

/// Run contrast tests: does the model tell apart what readers tell apart?
///
/// Each test says that the similarity of its anchor with the closer text must exceed that with the
/// farther one. Without FILE 60 built-in tests are run: negation, numbers, names, word order,
/// units, antonyms, quantifiers and tense, in English. Failures are taken apart by the words that
/// made the wrong text win.
#[derive(Debug, Args)]
#[command(after_long_help = help::TEST)]
pub struct Contrast {
    /// Tests: a .jsonl, .csv or .tsv file with anchor, closer and farther [default: the built-in
    /// ones]
    pub file: Option<PathBuf>,
    #[command(flatten)]
    pub model: Model,
    /// Print the tests as JSON lines, and run none
    #[arg(long)]
    pub list: bool,
    /// Exit with 0 if at least this share of the tests passes
    #[arg(long, value_name = "SHARE", value_parser = share, conflicts_with = "allow")]
    pub at_least: Option<f64>,
    /// Exit with 0 if no more than N tests fail [default: 0]
    #[arg(long, value_name = "N")]
    pub allow: Option<usize>,
    /// Number of failures to take apart by words, those that miss by most
    #[arg(long, value_name = "K", default_value_t = 10)]
    pub top: usize,
    #[command(flatten)]
    pub method: Method,
    #[command(flatten)]
    pub destination: Destination,
    /// Number of words to name for each failure
    #[arg(long, value_name = "N", default_value_t = 4, help_heading = "Output")]
    pub words: usize,
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "expected a share from 0 to 1, such as 0.9".into())
}
