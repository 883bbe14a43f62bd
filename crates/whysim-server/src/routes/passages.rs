//! `POST /relevance` and `POST /highlight`: a query and passages.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use schemars::JsonSchema;
use serde::Deserialize;
use whysim::highlight::{self, Mark, NODES};
use whysim::path::Steps;
use whysim::text::Unit;
use whysim::{Options, Similarity, render};

use super::{json, typed};
use crate::app::{App, Length, Prompt};
use crate::failure::Failure;
use crate::fields::Asked;
use crate::method::{Method, chosen};
use crate::models::Model;

/// The query and its passages.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Passages {
    /// The query.
    query: String,
    /// The passages.
    #[schemars(length(min = 1))]
    passages: Vec<String>,
    /// The model's name. The default is the server's first.
    model: Option<String>,
    /// The name of one of the model's prompts, for the query.
    prompt_query: Option<String>,
    /// The name of one of the model's prompts, for the passages.
    prompt_passage: Option<String>,
}

/// What to mark.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Marking {
    /// Most spans of a passage. The default is 5.
    spans: Option<usize>,
    /// The least share of what answers the query that a span must have, from 0 to 1. The default is 0.05.
    #[schemars(range(min = 0.0, max = 1.0))]
    least: Option<f64>,
    /// Whether whole sentences are marked, not phrases.
    sentences: Option<bool>,
    /// What is answered. The default is `json`; `page` is what the server's own page shows.
    #[serde(default)]
    format: Format,
}

/// The forms of highlights.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum Format {
    #[default]
    Json,
    Html,
    Page,
}

impl Passages {
    /// The model and the similarity, once the texts are within limits.
    async fn checked(
        &self,
        app: &App,
        method: &Method,
        counted: fn(Length) -> usize,
    ) -> Result<(Arc<Model>, Similarity), Failure> {
        let model = app.models.get(self.model.as_deref())?;
        app.check_count("passages", self.passages.len())?;
        let prompt = Prompt { param: "prompt_query", name: self.prompt_query.as_deref() };
        let query = app.length(&model, "query", &self.query, prompt).await?;
        let prompt = Prompt { param: "prompt_passage", name: self.prompt_passage.as_deref() };
        let passages = app.read(&model, "passages", &self.passages, prompt).await?;
        app.check_pairs("passages", query.read * counted(passages.iter().map(Length::from).sum()))?;
        let similarity = model.encoder.similarity(chosen(method.similarity))?;
        Ok((model, similarity))
    }
}

/// What every row of the passages adds to its score.
pub async fn relevance(
    State(app): State<Arc<App>>,
    Asked((asked, method)): Asked<(Passages, Method)>,
) -> Result<Response, Failure> {
    let (model, similarity) = asked.checked(&app, &method, |length| length.read).await?;
    let options = Options { prompt: asked.prompt_passage.clone(), ..method.options(Unit::Token)? };
    app.reasons
        .run(move |cancel| {
            let prompt = asked.prompt_query.as_deref();
            let encoder = &model.encoder;
            let all =
                encoder.relevance_with_progress(&asked.query, &asked.passages, prompt, &options, similarity, cancel)?;
            Ok(json(render::relevance_json(&all)))
        })
        .await
}

/// What in the passages answers the query.
pub async fn highlight(
    State(app): State<Arc<App>>,
    Asked((asked, marking, method)): Asked<(Passages, Marking, Method)>,
) -> Result<Response, Failure> {
    // Long passages are read to their end, in windows.
    let (model, similarity) = asked.checked(&app, &method, |length| length.of).await?;
    let options = marking.options(&asked, &method)?;
    app.reasons
        .run(move |cancel| {
            let prompt = asked.prompt_query.as_deref();
            let all = model.encoder.highlight(&asked.query, &asked.passages, prompt, &options, similarity, cancel)?;
            let all: Vec<_> = all.into_iter().map(Some).collect();
            let html = |html| typed("text/html; charset=utf-8", html);
            Ok(match marking.format {
                Format::Json => json(render::highlight_json(&all)),
                Format::Html => html(render::highlight_html(&asked.query, &all, similarity)),
                Format::Page => html(render::highlight_bare(&asked.query, &all, similarity)),
            })
        })
        .await
}

impl Marking {
    fn options(&self, asked: &Passages, method: &Method) -> Result<highlight::Options, Failure> {
        let mut contributions = Options { prompt: asked.prompt_passage.clone(), ..method.options(Unit::Token)? };
        if !method.chooses_nodes() && contributions.removal.is_none() {
            contributions.steps = Steps::Fixed(NODES);
        }
        let defaults = highlight::Options::default();
        let mark = if self.sentences == Some(true) { Mark::Sentence } else { Mark::Phrase };
        let options = highlight::Options {
            contributions,
            mark,
            top: self.spans.unwrap_or(defaults.top),
            least: self.least.unwrap_or(defaults.least),
        };
        Ok(options)
    }
}
