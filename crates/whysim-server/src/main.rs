//! The `whysim-server` program: embeddings and their reasons over HTTP.

use std::process::ExitCode;

use clap::Parser;
use whysim_server::Settings;

/// Embeddings and their reasons over HTTP, with a page
///
/// Without options it serves the built-in model at http://127.0.0.1:8080: a page at `/`, its
/// documentation at `/docs`.
#[derive(Debug, Parser)]
#[command(name = "whysim-server", version)]
struct Cli {
    #[command(flatten)]
    settings: Settings,
}

fn main() -> ExitCode {
    match whysim_server::run(&Cli::parse().settings) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
