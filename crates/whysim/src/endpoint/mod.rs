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
//! are checked, and an answer that fails is an error, never a vector. What came is kept on disk,
//! and not asked for again.

mod answer;
mod batches;
mod cache;
mod client;
mod cost;
mod kind;
mod options;
mod problem;
mod texts;
mod wait;
mod work;

use std::path::Path;
use std::sync::Arc;

pub use cost::Cost;
pub use kind::Kind;
pub use options::Options;

use crate::embedder::Embedder;
use crate::error::Result;
use crate::progress::{Part, Progress};
use cache::Cache;
use client::Client;
use texts::Texts;
use work::Work;

/// An embedding server.
pub struct Endpoint {
    client: Arc<Client>,
    cache: Option<Arc<Cache>>,
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
        let cache = options.cache.as_ref().zip(options.model.as_ref()).map(|(folder, model)| {
            let size = options.dimensions.map_or(String::new(), |size| size.to_string());
            Arc::new(Cache::new(folder, [("url", client.url()), ("model", model), ("dimensions", &size)]))
        });
        Ok(Self { client: Arc::new(client), cache, options, name })
    }

    /// What the vectors of texts will cost. Nothing is sent.
    pub fn cost(&self, texts: &[&str]) -> Cost {
        let texts = Texts::new(texts);
        // What cannot be read will be asked for.
        let known = self.cache.as_ref().and_then(|cache| cache.knows(texts.different()).ok());
        let places: Vec<usize> =
            (0..texts.different().count()).filter(|&place| !known.as_ref().is_some_and(|known| known[place])).collect();
        cost::of(&texts, &texts.asked(&places), &self.options)
    }

    /// The file in which vectors are kept, if they are.
    pub fn cache(&self) -> Option<&Path> {
        self.cache.as_ref().map(|cache| cache.path())
    }

    /// The vectors of texts that are in the cache. A cache that cannot be used is told of, and the
    /// work goes on without it.
    fn kept(&self, texts: &Texts, progress: &dyn Progress) -> Vec<Option<Vec<f32>>> {
        let read = |cache: &Arc<Cache>| {
            if let Some(dim) = cache.dim()? {
                self.client.require(dim, cache.path());
            }
            cache.get(texts.different())
        };
        let kept = self.cache.as_ref().map(read).transpose().unwrap_or_else(|error| {
            progress.note(&format!("{error}; all texts are sent"));
            None
        });
        kept.unwrap_or_else(|| vec![None; texts.different().count()])
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
        let mut vectors = self.kept(&texts, progress);
        let (here, missing): (Vec<usize>, Vec<usize>) = (0..vectors.len()).partition(|&place| vectors[place].is_some());
        part.advance(here.iter().map(|&place| texts.times(place)).sum());
        let work = Work::new(self.client.clone(), self.cache.clone(), texts.asked(&missing), &self.options);
        let found = work.run(progress, &part, |i| part.advance(texts.times(missing[i])))?;
        missing.iter().zip(found).for_each(|(&place, vector)| vectors[place] = Some(vector));
        Ok(texts.spread(&vectors))
    }
}
