//! The `whysim-server` program: embeddings and their reasons over HTTP.

use std::num::NonZeroUsize;
use std::process::ExitCode;

use clap::Parser;
use whysim_server::Settings;

/// Embeddings and their reasons over HTTP, with a page
///
/// Without options it serves the built-in model at `http://127.0.0.1:8080`: a page at `/`, its
/// documentation at `/docs`.
#[derive(Debug, Parser)]
#[command(name = "whysim-server", version)]
struct Cli {
    #[command(flatten)]
    settings: Settings,
    /// Threads for embeddings [default: one per core]
    #[arg(long, value_name = "N", help_heading = "Limits")]
    threads: Option<NonZeroUsize>,
}

fn main() -> ExitCode {
    let Cli { settings, threads } = Cli::parse();
    match whysim_server::run(&settings, threads) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
