//! What all requests share.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::sync::Semaphore;

use crate::cache::Cache;
use crate::failure::Failure;
use crate::keys::Keys;
use crate::metrics::Metrics;
use crate::models::{Model, Models};
use crate::pool::{Share, pool};
use crate::reasons::Reasons;
use crate::settings::{Limits, Settings};

/// The server's state.
pub struct App {
    /// The models.
    pub models: Models,
    /// The pool of explanations and the like.
    pub reasons: Reasons,
    /// Decompositions that are kept.
    pub cache: Arc<Cache>,
    /// Figures.
    pub metrics: Arc<Metrics>,
    /// What is taken at most.
    pub limits: Limits,
    /// The keys that open this server.
    pub keys: Keys,
    /// Whether the server no longer takes requests.
    pub draining: AtomicBool,
    /// Turns at reading texts, which takes hundreds of times a long text's memory.
    reading: Semaphore,
}

/// Tokens of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Length {
    /// Those that the model reads.
    pub read: usize,
    /// All.
    pub of: usize,
}

impl App {
    /// Loads everything.
    ///
    /// # Errors
    /// If a model or a file cannot be read, or no threads can be had.
    pub fn new(settings: &Settings, threads: Option<NonZeroUsize>) -> anyhow::Result<Arc<Self>> {
        let keys = Keys::read(settings.api_key_file.as_deref())?;
        let cores = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let threads = threads.map_or_else(cores, NonZeroUsize::get);
        let workers = settings.limits.reason_threads.map_or(threads, NonZeroUsize::get);
        let metrics = Arc::new(Metrics::default());
        let models = Models::load(&settings.models, &settings.limits, &pool("embed", threads, Share::All)?, &metrics)?;
        let reasons = Reasons::new(pool("reason", workers, Share::Rest)?, workers, settings.limits.max_queued_reasons);
        let cache = Arc::new(Cache::new(settings.limits.cache, Arc::clone(&metrics)));
        let (draining, reading) = (AtomicBool::new(false), Semaphore::new(threads));
        Ok(Arc::new(Self { models, reasons, cache, metrics, limits: settings.limits.clone(), keys, draining, reading }))
    }

    /// # Errors
    /// If a request has more texts than allowed, or none.
    pub fn check_count(&self, param: &str, texts: usize) -> Result<(), Failure> {
        let limit = self.limits.max_texts;
        match texts {
            0 => Err(Failure::value(param, format!("`{param}` has no text: give one at least"))),
            _ if texts > limit => {
                let message = format!(
                    "`{param}` has {texts} texts, and this server takes {limit} in one request: send them in parts"
                );
                Err(Failure::too_large("too_many_texts", param, message))
            }
            _ => Ok(()),
        }
    }

    /// How long texts are.
    ///
    /// # Errors
    /// If a text is empty or larger than allowed, or there is no such prompt.
    pub async fn lengths(
        &self,
        model: &Model,
        param: &str,
        texts: &[String],
        prompt: Option<&str>,
    ) -> Result<Vec<Length>, Failure> {
        let closed = |_| Failure::fault("the server is closed");
        let _turn = self.reading.acquire().await.map_err(closed)?;
        let which = |i: usize| if texts.len() == 1 { param.to_owned() } else { format!("{param}[{i}]") };
        let all = texts.iter().enumerate();
        tokio::task::block_in_place(|| all.map(|(i, text)| self.length(model, text, prompt, which(i))).collect())
    }

    /// How long one text is.
    ///
    /// # Errors
    /// As [`App::lengths`].
    pub async fn length_of(
        &self,
        model: &Model,
        param: &str,
        text: &String,
        prompt: Option<&str>,
    ) -> Result<Length, Failure> {
        let all = self.lengths(model, param, std::slice::from_ref(text), prompt).await?;
        all.into_iter().next().ok_or_else(|| Failure::fault("a text has no length: please report this"))
    }

    fn length(&self, model: &Model, text: &str, prompt: Option<&str>, which: String) -> Result<Length, Failure> {
        let limit = self.limits.max_text;
        if text.len() > limit {
            let message = format!("`{which}` has {} bytes, and this server takes {limit} of a text", text.len());
            return Err(Failure::too_large("text_too_large", which, message));
        }
        let prompt = model.encoder.prompt(prompt).map_err(|error| Failure::value("prompt", error.to_string()))?;
        let named = |error| Failure { param: Some(which.clone()), ..Failure::from(error) };
        let tokens = model.encoder.tokenize(prompt, text, &which).map_err(named)?;
        let read = tokens.ids.len();
        Ok(Length { read, of: tokens.truncated.map_or(read, |truncated| truncated.of) })
    }

    /// # Errors
    /// If the products of tokens are more than a request may have.
    pub fn check_pairs(&self, param: &str, pairs: usize) -> Result<(), Failure> {
        let limit = self.limits.max_token_pairs;
        if pairs <= limit {
            return Ok(());
        }
        let message = format!(
            "these texts have {pairs} pairs of tokens, and this server explains {limit} in one request: send fewer passages, or \
             shorter texts"
        );
        Err(Failure::too_large("too_many_token_pairs", param, message))
    }
}
