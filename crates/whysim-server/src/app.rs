//! What all requests share.

use std::iter::Sum;
use std::num::NonZeroUsize;
use std::sync::Arc;

use tokio::sync::Semaphore;
use whysim::text::Tokens;

use crate::cache::Cache;
use crate::failure::Failure;
use crate::keys::Keys;
use crate::metrics::Metrics;
use crate::models::{Model, Models};
use crate::pool::{Priority, pool};
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
    /// Bytes of bodies that may be in memory.
    pub bodies: Semaphore,
    /// Turns at reading texts.
    reading: Semaphore,
}

/// Bytes of texts that are read in one turn, or one text.
const TURN: usize = 64 << 10;

/// One of the model's prompts, and the field that names it.
#[derive(Clone, Copy, Debug)]
pub struct Prompt<'a> {
    /// The field.
    pub param: &'static str,
    /// Its name; the model's default prompt where there is none.
    pub name: Option<&'a str>,
}

impl Prompt<'_> {
    /// The default prompt, of a path that has no field for another.
    pub const DEFAULT: Self = Self { param: "model", name: None };
}

/// Tokens of texts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Length {
    /// Those that the model reads.
    pub read: usize,
    /// All.
    pub of: usize,
}

impl From<&Tokens> for Length {
    fn from(tokens: &Tokens) -> Self {
        let read = tokens.ids.len();
        Self { read, of: tokens.truncated.map_or(read, |truncated| truncated.of) }
    }
}

impl Sum for Length {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self { read: sum.read + one.read, of: sum.of + one.of })
    }
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
        let few = settings.limits.reason_threads.map_or(threads, NonZeroUsize::get);
        let metrics = Arc::new(Metrics::default());
        let models =
            Models::load(&settings.models, &settings.limits, &pool("embed", threads, Priority::Normal)?, &metrics)?;
        let reasons = Reasons::new(few, settings.limits.max_queued_reasons)?;
        let cache = Arc::new(Cache::new(settings.limits.cache, Arc::clone(&metrics)));
        let limits = settings.limits.clone();
        let (bodies, reading) = (Semaphore::new(limits.max_bodies), Semaphore::new(threads));
        Ok(Arc::new(Self { models, reasons, cache, metrics, limits, keys, bodies, reading }))
    }

    /// Refuses too many texts.
    ///
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

    /// Texts as the model reads them.
    ///
    /// Long texts are read in turns, as many at a time as there are threads: reading takes hundreds
    /// of times a text's memory.
    ///
    /// # Errors
    /// If a text is empty or larger than allowed, or there is no such prompt.
    pub async fn read(
        &self,
        model: &Model,
        param: &str,
        texts: &[String],
        prompt: Prompt<'_>,
    ) -> Result<Vec<Tokens>, Failure> {
        let mut all = Vec::with_capacity(texts.len());
        let mut rest = texts;
        while !rest.is_empty() {
            let mut bytes = 0;
            let fits = |text: &&String| {
                bytes += text.len();
                bytes <= TURN
            };
            let (now, later) = rest.split_at(rest.iter().take_while(fits).count().max(1));
            let which =
                |i: usize| if texts.len() == 1 { param.to_owned() } else { format!("{param}[{}]", all.len() + i) };
            let one = |(i, text): (usize, &String)| self.read_one(model, text, prompt, which(i));
            let _turn = self.reading.acquire().await;
            let read: Vec<Tokens> =
                tokio::task::block_in_place(|| now.iter().enumerate().map(one).collect::<Result<_, _>>())?;
            all.extend(read);
            rest = later;
        }
        Ok(all)
    }

    /// How long one text is.
    ///
    /// # Errors
    /// As [`App::read`].
    pub async fn length(
        &self,
        model: &Model,
        param: &str,
        text: &String,
        prompt: Prompt<'_>,
    ) -> Result<Length, Failure> {
        let all = self.read(model, param, std::slice::from_ref(text), prompt).await?;
        Ok(all.iter().map(Length::from).sum())
    }

    fn read_one(&self, model: &Model, text: &str, prompt: Prompt<'_>, which: String) -> Result<Tokens, Failure> {
        let limit = self.limits.max_text;
        if text.len() > limit {
            let message = format!("`{which}` has {} bytes, and this server takes {limit} of a text", text.len());
            return Err(Failure::too_large("text_too_large", which, message));
        }
        let own = model.encoder.prompt(prompt.name).map_err(|error| Failure::value(prompt.param, error.to_string()))?;
        let named = |error| Failure { param: Some(which.clone()), ..Failure::from(error) };
        model.encoder.tokenize(own, text, &which).map_err(named)
    }

    /// Refuses too many pairs of tokens.
    ///
    /// # Errors
    /// If the products of tokens are more than a request may have.
    pub fn check_pairs(&self, param: &str, pairs: usize) -> Result<(), Failure> {
        let limit = self.limits.max_token_pairs;
        if pairs <= limit {
            return Ok(());
        }
        let message = format!(
            "these texts have {pairs} pairs of tokens, and this server explains {limit} in one request: send fewer \
             passages, or shorter texts"
        );
        Err(Failure::too_large("too_many_token_pairs", param, message))
    }
}
