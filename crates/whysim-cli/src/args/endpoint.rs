//! Arguments about an embedding server.

use std::num::NonZeroUsize;
use std::time::Duration;

use clap::Args;

use super::values::seconds;

/// Which server, and how it is asked.
#[derive(Debug, Args)]
#[command(next_help_heading = "Endpoint")]
pub struct Endpoint {
    /// Take embeddings from the server at URL instead of a model here
    ///
    /// The whole address: http://HOST:PORT/v1/embeddings (OpenAI's interface, which most servers
    /// speak), http://HOST:PORT/api/embed (Ollama) or http://HOST:PORT/embed
    /// (text-embeddings-inference).
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
    /// The model's name at the server
    ///
    /// Vectors of a model with a name are kept on disk, so that no text is sent twice.
    #[arg(long, value_name = "NAME", requires = "endpoint")]
    pub endpoint_model: Option<String>,
    /// Environment variable with the key [default: WHYSIM_ENDPOINT_KEY, or else OPENAI_API_KEY for
    /// https://api.openai.com]
    #[arg(long, value_name = "NAME", requires = "endpoint", hide_short_help = true)]
    pub key_env: Option<String>,
    /// The most texts in a request [default: 32]
    #[arg(long, value_name = "N", requires = "endpoint", hide_short_help = true)]
    pub batch: Option<NonZeroUsize>,
    /// The most requests at a time [default: 4]
    #[arg(long, value_name = "N", requires = "endpoint", hide_short_help = true)]
    pub concurrency: Option<NonZeroUsize>,
    /// The most seconds to wait for an answer [default: 60]
    #[arg(long, value_name = "SECONDS", requires = "endpoint", hide_short_help = true, value_parser = seconds)]
    pub timeout: Option<Duration>,
    /// Neither read nor keep vectors on disk
    #[arg(long, requires = "endpoint", hide_short_help = true)]
    pub no_cache: bool,
}
