//! `POST /margin`: why one text outranks another for a query.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use schemars::JsonSchema;
use serde::Deserialize;
use whysim::text::Unit;
use whysim::{Options, render};

use super::json;
use crate::app::{App, Prompt};
use crate::failure::Failure;
use crate::fields::Asked;
use crate::method::{Method, chosen};

/// The three texts.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct MarginTexts {
    /// The query.
    query: String,
    /// The text that ranks higher.
    better: String,
    /// The text that ranks lower.
    worse: String,
    /// The model's name. The default is the server's first.
    model: Option<String>,
    /// The name of one of the model's prompts, for the query.
    prompt_query: Option<String>,
    /// The name of one of the model's prompts, for the two texts.
    prompt_passage: Option<String>,
}

/// What each text's rows add to the margin.
pub async fn margin(
    State(app): State<Arc<App>>,
    Asked((asked, method)): Asked<(MarginTexts, Method)>,
) -> Result<Response, Failure> {
    let model = app.models.get(asked.model.as_deref())?;
    let similarity = model.encoder.similarity(chosen(method.similarity))?;
    let options = method.options(Unit::Word)?;
    let [for_query, for_texts] = [&asked.prompt_query, &asked.prompt_passage]
        .map(|prompt| Options { prompt: prompt.clone(), ..options.clone() });
    let prompt = Prompt { param: "prompt_query", name: asked.prompt_query.as_deref() };
    let own = Prompt { param: "prompt_passage", name: asked.prompt_passage.as_deref() };
    let query = app.length(&model, "query", &asked.query, prompt).await?;
    let better = app.length(&model, "better", &asked.better, own).await?;
    let worse = app.length(&model, "worse", &asked.worse, own).await?;
    app.check_pairs("query", query.read * (better.read + worse.read))?;
    let cache = Arc::clone(&app.cache);
    app.reasons
        .run(move |cancel| {
            let query = cache.decompose(&model, &asked.query, &for_query, "query", cancel)?;
            let better = cache.decompose(&model, &asked.better, &for_texts, "better", cancel)?;
            let worse = cache.decompose(&model, &asked.worse, &for_texts, "worse", cancel)?;
            Ok(json(render::margin_json(&query.margin(&better, &worse, similarity)?)))
        })
        .await
}
