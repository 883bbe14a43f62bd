//! Arguments about the form of an explanation.

use std::path::PathBuf;

use clap::Args;
use whysim::explanation::View;
use whysim::render::color::Theme;

use super::values::{Format, Page, Plain, When, named};

/// Format and destination of numbers.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct Destination {
    /// Output format [default: from the extension of --output, or text]
    #[arg(short, long, value_name = "FORMAT")]
    pub format: Option<Plain>,
    /// Write to FILE instead of standard output; never leaves a partial file
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Format and destination of the result.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct Look {
    /// Output format [default: from the extension of --output, or text]
    #[arg(short, long, value_name = "FORMAT")]
    pub format: Option<Format>,
    /// Write to FILE instead of standard output; never leaves a partial file
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// What to show, in every format but json, which has both [default: interaction, or for exact
    /// models and texts of one row attribution]
    ///
    /// `attribution`: what each pair adds to the score. `interaction`: what two tokens have with
    /// each other beyond what each has with everything; the latter, the main effects, stand beside
    /// it. Off the shelf the references' share stands in all rows and columns of the attributions,
    /// and the interaction leaves it out.
    #[arg(long, value_name = "VIEW", value_parser = named::<View>())]
    pub view: Option<View>,
    /// Number of strongest pairs of the view to list, in text output
    #[arg(long, value_name = "K", default_value_t = 8)]
    pub top: usize,
    /// List pairs with special and prompt tokens too
    #[arg(long)]
    pub special: bool,
    /// When to use colours in text output
    ///
    /// `auto`: in a terminal, unless NO_COLOR is set or TERM is `dumb`. Uses 24-bit colours if
    /// COLORTERM says so, or the 256-colour palette if TERM does. The texts' colours are what each
    /// token adds to the score, on a scale of its own for each text.
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: When,
    /// Background, in every format but json [default: for text from COLORFGBG, or dark; for html
    /// the reader's; for svg, png and pdf light]
    #[arg(long, value_name = "light|dark", value_parser = named::<Theme>())]
    pub theme: Option<Theme>,
}

/// Format and destination of texts with their answers marked.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct Showing {
    /// Output format: marked texts, every number, or a page [default: from the extension of
    /// --output, or text]
    #[arg(short, long, value_name = "FORMAT")]
    pub format: Option<Page>,
    /// Write to FILE instead of standard output; never leaves a partial file
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// When to use colours in text output; without them, `**` marks
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: When,
    /// Background in text output [default: from COLORFGBG, or dark]
    #[arg(long, value_name = "light|dark", value_parser = named::<Theme>())]
    pub theme: Option<Theme>,
}
