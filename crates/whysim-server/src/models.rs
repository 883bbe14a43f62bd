//! The models that are served, by name.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use axum::http::StatusCode;
use rayon::ThreadPool;
use whysim::Encoder;
use whysim::source::Fetch;

use crate::batching::Batcher;
use crate::failure::Failure;
use crate::metrics::Metrics;
use crate::settings::Limits;

/// A model, with its queue.
pub struct Model {
    /// What requests call it.
    pub name: String,
    /// The model.
    pub encoder: Arc<Encoder>,
    /// Its queue of texts to embed.
    pub batcher: Batcher,
}

/// All models; the first is the default.
pub struct Models(Vec<Arc<Model>>);

impl Models {
    /// Loads them, and starts their queues. given: as `--model` takes them.
    ///
    /// # Errors
    /// If one cannot be loaded, or two have one name.
    pub fn load(
        given: &[String],
        limits: &Limits,
        pool: &Arc<ThreadPool>,
        metrics: &Arc<Metrics>,
    ) -> anyhow::Result<Self> {
        let given: Vec<&str> = given.iter().map(String::as_str).filter(|name| !name.is_empty()).collect();
        let mut all: Vec<Arc<Model>> = Vec::new();
        for one in if given.is_empty() { vec![""] } else { given } {
            let (name, encoder) = load(one)?;
            let fingerprint = &encoder.identity().fingerprint;
            tracing::info!(model = name, fingerprint, layers = encoder.layers(), dim = encoder.dim(), "loaded");
            if all.iter().any(|other| other.name == name) {
                bail!("two models are called {name}: give one another name, as in --model other={one}");
            }
            encoder.notes().iter().for_each(|note| tracing::warn!(model = name, "{note}"));
            let encoder = Arc::new(encoder);
            let (own, pool, metrics) = (Arc::clone(&encoder), Arc::clone(pool), Arc::clone(metrics));
            let batcher = Batcher::start(own, pool, metrics, limits)?;
            all.push(Arc::new(Model { name, encoder, batcher }));
        }
        Ok(Self(all))
    }

    /// All of them.
    pub fn all(&self) -> &[Arc<Model>] {
        &self.0
    }

    /// The model that a request names, or the first.
    ///
    /// # Errors
    /// If none has that name.
    pub fn get(&self, name: Option<&str>) -> Result<Arc<Model>, Failure> {
        let found = match name {
            Some(name) => self.0.iter().find(|model| model.name == name),
            None => self.0.first(),
        };
        found.cloned().ok_or_else(|| {
            let names: Vec<&str> = self.0.iter().map(|model| model.name.as_str()).collect();
            let message =
                format!("there is no model {:?} here; available: {}", name.unwrap_or_default(), names.join(", "));
            let failure = Failure::new(StatusCode::NOT_FOUND, "model_not_found", message);
            Failure { param: Some("model".into()), ..failure }
        })
    }
}

/// A model by NAME=MODEL or MODEL. A folder's name is that of its last part.
fn load(given: &str) -> anyhow::Result<(String, Encoder)> {
    let (name, source) = match given.split_once('=') {
        Some((name, source)) if !Path::new(given).exists() => (Some(name), source),
        _ => (None, given),
    };
    if let Some((own, encoder)) = bundled(source)? {
        return Ok((name.unwrap_or(own).to_owned(), encoder));
    }
    let folder = Path::new(source).is_dir().then(|| Path::new(source).file_name()).flatten();
    let name = name.map(str::to_owned).or_else(|| folder.map(|name| name.to_string_lossy().into_owned()));
    let name = name.unwrap_or_else(|| source.to_owned());
    let encoder =
        whysim::load_as(source, &name, &Fetch::default()).with_context(|| format!("cannot serve {source}"))?;
    Ok((name, encoder))
}

#[cfg(feature = "bundled")]
fn bundled(source: &str) -> anyhow::Result<Option<(&'static str, Encoder)>> {
    match source.is_empty() || whysim_bundled::is(source) {
        true => Ok(Some((whysim_bundled::NAME, whysim_bundled::load()?))),
        false => Ok(None),
    }
}

#[cfg(not(feature = "bundled"))]
fn bundled(source: &str) -> anyhow::Result<Option<(&'static str, Encoder)>> {
    match source.is_empty() {
        true => bail!("name a model with --model: this server was built without one"),
        false => Ok(None),
    }
}
