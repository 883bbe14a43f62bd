//! What the server is started with.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use tokio::sync::Semaphore;

/// All options of the server.
#[derive(Clone, Debug, Args)]
pub struct Settings {
    /// Address and port to listen at
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// A model to serve, as NAME=MODEL or MODEL: a folder, a hub id, or a published exact model;
    /// repeat it for more, of which the first is the default [default: the built-in model]
    #[arg(short, long = "model", value_name = "MODEL", env = "WHYSIM_MODEL", hide_env_values = true)]
    pub models: Vec<String>,
    /// A file with the keys of which a request must carry one (`Authorization: Bearer KEY`), one a
    /// line; WHYSIM_API_KEY has the same effect for one key
    #[arg(long, value_name = "FILE")]
    pub api_key_file: Option<PathBuf>,
    /// An origin whose pages may call this server, such as `https://example.org`; repeat it for more
    #[arg(long, value_name = "ORIGIN")]
    pub cors: Vec<String>,
    /// What is taken at most.
    #[command(flatten)]
    pub limits: Limits,
    /// What is logged.
    #[command(flatten)]
    pub logs: Logs,
}

/// What the server takes at most.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Limits")]
pub struct Limits {
    /// Threads for reasons, which run when those for embeddings leave them time [default: as many]
    #[arg(long, value_name = "N")]
    pub reason_threads: Option<NonZeroUsize>,
    /// Bytes of a request
    #[arg(long, value_name = "BYTES", default_value_t = 4 << 20)]
    pub max_body: usize,
    /// Bytes of all requests that are being read; further ones are told to come again
    #[arg(long, value_name = "BYTES", default_value_t = 32 << 20, value_parser = semaphore)]
    pub max_bodies: usize,
    /// Texts of a request
    #[arg(long, value_name = "N", default_value_t = 2048)]
    pub max_texts: usize,
    /// Bytes of a text
    #[arg(long, value_name = "BYTES", default_value_t = 256 << 10)]
    pub max_text: usize,
    /// Tokens of text A times tokens of text B of an explanation, or of a query and all passages
    #[arg(long, value_name = "N", default_value_t = 1 << 20)]
    pub max_token_pairs: usize,
    /// Tokens of texts that wait to be embedded, with those in work
    #[arg(long, value_name = "N", default_value_t = 1 << 18)]
    pub max_queued_tokens: usize,
    /// Explanations and the like that wait, with those in work
    #[arg(long, value_name = "N", default_value_t = 32)]
    pub max_queued_reasons: usize,
    /// Seconds for a request
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub timeout: u64,
    /// Seconds for requests under way after SIGTERM
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(0..=86_400))]
    pub drain: u64,
    /// Open connections
    #[arg(long, value_name = "N", default_value_t = 512, value_parser = semaphore)]
    pub max_connections: usize,
    /// Bytes for decompositions of texts that may be asked for again
    #[arg(long, value_name = "BYTES", default_value_t = 256 << 20)]
    pub cache: usize,
}

/// What is logged, to standard error.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Logs")]
pub struct Logs {
    /// Form of the logs
    #[arg(long = "log", value_name = "FORM", default_value = "text")]
    pub form: LogFormat,
    /// Log the bodies of requests too, texts and all
    #[arg(long)]
    pub log_texts: bool,
}

/// The forms of logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// A line for people
    Text,
    /// An object a line
    Json,
    /// Lines for people, of warnings and errors only
    Warnings,
    /// None
    Off,
}

/// A number of things that a semaphore can count, and at least one.
fn semaphore(given: &str) -> Result<usize, String> {
    let most = Semaphore::MAX_PERMITS;
    let is_right = |count: &usize| (1..=most).contains(count);
    given.parse().ok().filter(is_right).ok_or_else(|| format!("it must be a whole number from 1 to {most}"))
}
