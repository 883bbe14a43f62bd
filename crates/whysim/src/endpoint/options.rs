//! How an endpoint is used.

use std::path::PathBuf;
use std::time::Duration;

use super::kind::Kind;
use crate::error::{Error, Result};
use crate::source::{Settings, Token};

/// How an [`Endpoint`](super::Endpoint) is used.
#[derive(Clone, Debug)]
pub struct Options {
    /// What the server speaks. None: what the path of its address says.
    pub kind: Option<Kind>,
    /// The model's name at the server. Ollama and most services need it.
    pub model: Option<String>,
    /// The key, sent as a bearer token, and to no other server.
    pub key: Option<Token>,
    /// The environment variable that a key is expected in, for messages.
    pub key_variable: String,
    /// The most texts in a request; 32 unless given, which every known server takes. A server that
    /// takes fewer is asked for fewer from then on.
    pub batch: usize,
    /// The most characters in a request, unless a single text has more.
    pub characters: usize,
    /// The most requests at a time.
    pub concurrency: usize,
    /// The most time from sending a request to its whole answer.
    pub timeout: Duration,
    /// How often a request is sent again after a failure that may pass: the statuses 408, 424, 429
    /// and 5xx, broken connections and time-outs.
    pub retries: u32,
    /// The first wait before a request is sent again. It doubles every time, unless the server says
    /// how long to wait.
    pub pause: Duration,
    /// The longest wait that a server may ask for.
    pub longest_wait: Duration,
    /// Of the random part of waits.
    pub seed: u64,
    /// The size D to ask for, of models that can shorten their vectors.
    pub dimensions: Option<usize>,
    /// The folder in which vectors are kept, so that no text is sent twice; unless given,
    /// `embeddings` in [`Settings::cache`]. None: they are not kept. Nor are they if
    /// [`model`](Self::model) is None, since another model may be behind the address tomorrow.
    pub cache: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            kind: None,
            model: None,
            key: None,
            key_variable: "WHYSIM_ENDPOINT_KEY".to_owned(),
            batch: 32,
            characters: 100_000,
            concurrency: 4,
            timeout: Duration::from_secs(60),
            retries: 5,
            pause: Duration::from_millis(500),
            longest_wait: Duration::from_secs(120),
            seed: 0,
            dimensions: None,
            cache: Some(Settings::from_env().cache.join("embeddings")),
        }
    }
}

impl Options {
    /// # Errors
    /// If a value is out of its range.
    pub(super) fn check(&self) -> Result<()> {
        let counts = [
            ("batch", Some(self.batch)),
            ("characters", Some(self.characters)),
            ("concurrency", Some(self.concurrency)),
            ("dimensions", self.dimensions),
        ];
        let wrong =
            |option, expected: &str| Error::Option { option, expected: expected.to_owned(), got: "0".to_owned() };
        if let Some((option, _)) = counts.iter().find(|(_, count)| *count == Some(0)) {
            return Err(wrong(option, "at least 1"));
        }
        if self.timeout.is_zero() {
            return Err(wrong("timeout", "above 0"));
        }
        Ok(())
    }
}
