//! Embeddings of any model behind an HTTP interface.
//!
//! ```no_run
//! use whysim::Embedder;
//! use whysim::endpoint::{Endpoint, Options};
//!
//! let options = Options { model: Some("nomic-embed-text".to_owned()), ..Options::default() };
//! let endpoint = Endpoint::new("http://localhost:11434/api/embed", options)?;
//! println!("{:?}", endpoint.cost(&["red wine", "white wine"]));
//! let vectors = endpoint.embed(&["red wine", "white wine"], &())?;
//! # Ok::<(), whysim::Error>(())
//! ```
//!
//! Equal texts are sent once. Answers are trusted in nothing: their number, order, size and values
//! are checked, and an answer that fails is an error, never a vector.

mod answer;
mod batches;
mod client;
mod cost;
mod kind;
mod options;
mod problem;
mod texts;
mod wait;
mod work;

use std::sync::Arc;

pub use cost::Cost;
pub use kind::Kind;
pub use options::Options;

use crate::embedder::Embedder;
use crate::error::Result;
use crate::progress::{Part, Progress};
use client::Client;
use texts::Texts;
use work::Work;

/// An embedding server.
pub struct Endpoint {
    client: Arc<Client>,
    options: Options,
    name: String,
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut debug = f.debug_struct("Endpoint");
        debug.field("url", &self.client.shown()).field("options", &self.options).finish()
    }
}

impl Endpoint {
    /// The server at `url`, the whole address that texts are sent to. Nothing is sent yet.
    ///
    /// # Errors
    /// If the address or an option makes no sense.
    pub fn new(url: &str, options: Options) -> Result<Self> {
        options.check()?;
        let client = Client::new(url.trim(), &options)?;
        let name = options.model.clone().unwrap_or_else(|| client.shown().to_owned());
        Ok(Self { client: Arc::new(client), options, name })
    }

    /// What the vectors of texts will cost. Nothing is sent.
    pub fn cost(&self, texts: &[&str]) -> Cost {
        let texts = Texts::new(texts);
        cost::of(&texts, &texts.asked(|_| false), &self.options)
    }
}

impl Embedder for Endpoint {
    fn name(&self) -> &str {
        &self.name
    }

    /// The vectors of texts, which end up in requests of several texts, several of them at a time.
    ///
    /// # Errors
    /// If a text is empty, the server cannot be reached, refuses or answers wrongly, or `progress`
    /// says to stop.
    fn embed(&self, texts: &[&str], progress: &dyn Progress) -> Result<Vec<Vec<f32>>> {
        let texts = Texts::new(texts);
        texts.check()?;
        let part = Part::of_steps(progress, "embedding", texts.len());
        let asked = texts.asked(|_| false);
        let work = Work::new(self.client.clone(), asked, &self.options);
        let vectors = work.run(progress, &part, |place| part.advance(texts.times(place)))?;
        Ok(texts.spread(&vectors))
    }
}
