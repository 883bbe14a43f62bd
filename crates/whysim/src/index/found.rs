//! What a search finds, and why the first outranks the second.

use serde::Serialize;

use super::texts::Record;
use super::{Index, Near};
use crate::corpus::Corpus;
use crate::decomposition::Options;
use crate::encoder::Encoder;
use crate::error::{Error, Result};
use crate::margin::Margin;
use crate::similarity::Similarity;
use crate::text::Unit;

/// What to find.
#[derive(Clone, Debug)]
pub struct Search {
    /// How many texts.
    pub top: usize,
    /// The model's prompt to put before the query. None: the model's default prompt, if it has one.
    pub prompt: Option<String>,
    /// Whether to explain why the first outranks the second, and how their texts are decomposed.
    pub margin: Option<Options>,
}

impl Default for Search {
    fn default() -> Self {
        Self { top: 10, prompt: None, margin: None }
    }
}

impl Search {
    /// Decomposition by words, for [`Search::margin`].
    pub fn by_words() -> Options {
        Options { unit: Unit::Word, ..Options::default() }
    }
}

/// A text that was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Hit {
    /// Its position in the index.
    pub position: usize,
    /// Its similarity to the query.
    pub score: f64,
    /// The text, and where it comes from.
    #[serde(flatten)]
    pub record: Record,
}

/// What a search found.
#[derive(Clone, Debug, Serialize)]
pub struct Found {
    /// The query.
    pub query: String,
    /// The model's name.
    pub model: String,
    /// How embeddings were compared.
    pub similarity: Similarity,
    /// The number of texts that were searched.
    pub texts: usize,
    /// The texts, the most similar first; of equal ones, the first positions.
    pub hits: Vec<Hit>,
    /// Why the first outranks the second, if it was asked for and there are two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin: Option<Margin>,
}

impl Index {
    /// Finds the texts most similar to a query.
    ///
    /// # Errors
    /// If the encoder is not the index's, the query is empty, the index cannot be read, or the
    /// texts cannot be decomposed as asked.
    pub fn search(&self, encoder: &Encoder, query: &str, search: &Search) -> Result<Found> {
        self.check(encoder)?;
        let embedding = encoder.embed(&[query], search.prompt.as_deref()).map_err(|error| match error {
            Error::EmptyText { .. } => Error::EmptyText { which: "query".into() },
            error => error,
        })?;
        let near = self.nearest(&embedding[0], search.top)?;
        let hit = |Near { position, score }| Ok(Hit { position, score, record: self.record(position)? });
        let hits = near.into_iter().map(hit).collect::<Result<Vec<Hit>>>()?;
        let margin = match (&search.margin, &hits[..]) {
            (Some(options), [first, second, ..]) => {
                let prompts = [search.prompt.clone(), self.recipe().prompt.clone()];
                Some(self.margin(encoder, options, prompts, [query, &first.record.text, &second.record.text])?)
            }
            _ => None,
        };
        Ok(Found {
            query: query.to_owned(),
            model: encoder.identity().name.clone(),
            similarity: self.similarity(),
            texts: self.len(),
            hits,
            margin,
        })
    }

    /// Why the second of three texts outranks the third for the first.
    fn margin(
        &self,
        encoder: &Encoder,
        options: &Options,
        [of_query, of_texts]: [Option<String>; 2],
        [query, first, second]: [&str; 3],
    ) -> Result<Margin> {
        let of = |text: &str, prompt: &Option<String>, which: &str| {
            encoder.decompose_named(text, &Options { prompt: prompt.clone(), ..options.clone() }, which)
        };
        let query = of(query, &of_query, "query")?;
        query.margin(&of(first, &of_texts, "number 1")?, &of(second, &of_texts, "number 2")?, self.similarity())
    }
}
