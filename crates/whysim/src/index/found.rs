//! What a search finds, what of it answers the query, and why the first outranks the second.

use serde::{Serialize, Serializer};

use super::texts::Record;
use super::{Index, Near, Stored};
use crate::corpus::Corpus;
use crate::decomposition::Options;
use crate::encoder::Encoder;
use crate::error::{Error, Result};
use crate::highlight::{self, Highlight};
use crate::margin::Margin;
use crate::progress::Progress;
use crate::similarity::{Similarity, norm, wide};
use crate::text::Unit;

/// What to find.
#[derive(Clone, Debug)]
pub struct Search {
    /// How many texts.
    pub top: usize,
    /// The model's prompt to put before the query. None: the model's default prompt, if it has one.
    pub prompt: Option<String>,
    /// How to highlight what of each text answers the query, if that is wanted. The texts' prompt
    /// is that of the index.
    pub highlight: Option<highlight::Options>,
    /// Whether to explain why the first outranks the second, and how their texts are decomposed.
    pub margin: Option<Options>,
}

impl Default for Search {
    fn default() -> Self {
        Self { top: 10, prompt: None, highlight: None, margin: None }
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
    /// The similarity of its stored embedding to the query.
    pub score: f64,
    /// The text, and where it comes from.
    #[serde(flatten)]
    pub record: Record,
    /// Whether the model reads its beginning only, which then is all that the index knows of it.
    pub truncated: bool,
    /// What of it answers the query, if that was asked for. Its score is the model's, of the whole
    /// text or of the window that carried it. Serialised without its text, which the record has.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "without_text")]
    pub highlight: Option<Highlight>,
}

/// A highlight without its text.
fn without_text<S: Serializer>(one: &Option<Highlight>, serializer: S) -> Result<S::Ok, S::Error> {
    one.as_ref().map(Highlight::without_text).serialize(serializer)
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
    /// Which of the hits have another score by the model than by the index, beyond rounding: their
    /// embeddings are not what the model makes of their texts. Known of hits with highlights that
    /// the model reads at once.
    #[serde(skip)]
    pub doubtful: Vec<usize>,
    /// Why the first outranks the second, if it was asked for and there are two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin: Option<Margin>,
}

impl Index {
    /// Finds the texts most similar to a query. `progress` is informed of every finished step and
    /// asked before each one whether to stop.
    ///
    /// # Errors
    /// If the encoder is not the index's, the query is empty, the index cannot be read, or the
    /// texts cannot be decomposed as asked; and [`Error::Interrupted`] when `progress` says to
    /// stop.
    pub fn search(&self, encoder: &Encoder, query: &str, search: &Search, progress: &dyn Progress) -> Result<Found> {
        self.check(encoder)?;
        let embedding = encoder.embed(&[query], search.prompt.as_deref()).map_err(|error| match error {
            Error::EmptyText { .. } => Error::EmptyText { which: "query".into() },
            error => error,
        })?;
        let near = self.nearest(&embedding[0], search.top, progress)?;
        let mut hits = near.into_iter().map(|near| self.hit(encoder, near)).collect::<Result<Vec<Hit>>>()?;
        self.highlight(&mut hits, encoder, query, search, progress)?;
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
            doubtful: self.doubtful(&hits, &embedding[0])?,
            hits,
            margin,
        })
    }

    fn hit(&self, encoder: &Encoder, Near { position, score }: Near) -> Result<Hit> {
        let record = self.record(position)?;
        let prompt = encoder.prompt(self.recipe().prompt.as_deref())?;
        let truncated = encoder.tokenize(prompt, &record.text, &record.id)?.truncated.is_some();
        Ok(Hit { position, score, record, truncated, highlight: None })
    }

    /// Adds highlights to what was found, if they were asked for.
    fn highlight(
        &self,
        hits: &mut [Hit],
        encoder: &Encoder,
        query: &str,
        search: &Search,
        progress: &dyn Progress,
    ) -> Result<()> {
        let Some(asked) = search.highlight.as_ref().filter(|_| !hits.is_empty()) else { return Ok(()) };
        let contributions = Options { prompt: self.recipe().prompt.clone(), ..asked.contributions.clone() };
        let options = highlight::Options { contributions, ..asked.clone() };
        let texts: Vec<&str> = hits.iter().map(|hit| hit.record.text.as_str()).collect();
        let all = encoder.highlight(query, &texts, search.prompt.as_deref(), &options, self.similarity(), progress)?;
        hits.iter_mut().zip(all).for_each(|(hit, one)| hit.highlight = Some(one));
        Ok(())
    }

    /// The hits whose score is not the model's. query: `[D]`.
    fn doubtful(&self, hits: &[Hit], query: &[f32]) -> Result<Vec<usize>> {
        let rounding = match self.recipe().precision {
            Stored::Float32 => 1e-4,
            // Each number is rounded by 2^-11 of itself at most.
            Stored::Float16 => 1e-3,
        };
        let length = norm(&wide(query));
        let mut stored = vec![0.0; self.dim()];
        let mut found = Vec::new();
        for (i, hit) in hits.iter().enumerate() {
            let Some(one) = hit.highlight.as_ref().filter(|one| one.windows.is_empty()) else { continue };
            // What a cosine is rounded by, a dot product is in units of the two lengths.
            self.read(hit.position..hit.position + 1, &mut stored)?;
            let unit = match self.similarity() {
                Similarity::Cos => 1.0,
                Similarity::Dot => length * norm(&wide(&stored)),
            };
            let apart = (hit.score - one.score).abs();
            if apart.is_nan() || apart > rounding * unit {
                found.push(i);
            }
        }
        Ok(found)
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
