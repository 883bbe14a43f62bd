//! `POST /explain`: why two texts are similar.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use schemars::JsonSchema;
use serde::Deserialize;
use whysim::explanation::View;
use whysim::render::color::Theme;
use whysim::render::{self, Html, Svg};
use whysim::text::Unit;
use whysim::{Explanation, Options, Similarity};

use super::{json, typed};
use crate::app::{App, Prompt};
use crate::cache::Cache;
use crate::failure::Failure;
use crate::fields::Asked;
use crate::method::{Method, chosen};
use crate::models::Model;
use crate::reasons::Cancel;
use crate::values::Choice;

/// The pair.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Pair {
    /// Text A.
    a: String,
    /// Text B.
    b: String,
    /// The model's name. The default is the server's first.
    model: Option<String>,
    /// The name of one of the model's prompts, for text A.
    prompt_a: Option<String>,
    /// The name of one of the model's prompts, for text B.
    prompt_b: Option<String>,
}

/// How it is shown.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Rendering {
    /// The matrix that a picture shows. The default is the one that fits the model.
    view: Option<Choice<View>>,
    /// The colours of a picture. The default is `light`.
    theme: Option<Choice<Theme>>,
    /// What is answered. The default is `json`; `page` is what the server's own page shows.
    #[serde(default)]
    format: Format,
}

/// The forms of an explanation.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum Format {
    #[default]
    Json,
    Text,
    Html,
    Page,
    Svg,
    #[cfg(feature = "png")]
    Png,
}

/// The most cells of a picture at twice its size: of two texts of 256 tokens that takes half a
/// gigabyte.
#[cfg(feature = "png")]
const SHARP: usize = 10_000;

/// The explanation, in the form that is asked for.
pub async fn explain(
    State(app): State<Arc<App>>,
    Asked((pair, rendering, method)): Asked<(Pair, Rendering, Method)>,
) -> Result<Response, Failure> {
    let model = app.models.get(pair.model.as_deref())?;
    let html = Html { view: chosen(rendering.view), theme: chosen(rendering.theme) };
    let similarity = model.encoder.similarity(chosen(method.similarity))?;
    let options = method.options(Unit::Token)?;
    let [for_a, for_b] =
        [&pair.prompt_a, &pair.prompt_b].map(|prompt| Options { prompt: prompt.clone(), ..options.clone() });
    let texts = [pair.a, pair.b];
    let prompts = [("prompt_a", &for_a), ("prompt_b", &for_b)]
        .map(|(param, options)| Prompt { param, name: options.prompt.as_deref() });
    let a = app.length(&model, "a", &texts[0], prompts[0]).await?;
    let b = app.length(&model, "b", &texts[1], prompts[1]).await?;
    app.check_pairs("b", a.read * b.read)?;
    let cache = Arc::clone(&app.cache);
    app.reasons
        .run(move |cancel| {
            let e = explained(&model, &cache, [&texts[0], &texts[1]], [&for_a, &for_b], similarity, cancel)?;
            drawn(&e, rendering.format, &html)
        })
        .await
}

/// Two decompositions, kept or made, and their product.
pub fn explained(
    model: &Model,
    cache: &Cache,
    texts: [&str; 2],
    options: [&Options; 2],
    similarity: Similarity,
    cancel: &Cancel,
) -> whysim::Result<Explanation> {
    let a = cache.decompose(model, texts[0], options[0], "A", cancel)?;
    let b = cache.decompose(model, texts[1], options[1], "B", cancel)?;
    a.explain(&b, similarity)
}

fn drawn(e: &Explanation, format: Format, html: &Html) -> whysim::Result<Response> {
    let picture = Svg { theme: html.theme.unwrap_or_default(), view: html.view, ..Svg::default() };
    Ok(match format {
        Format::Json => json(render::json(e)),
        Format::Text => typed("text/plain; charset=utf-8", render::terminal(e, &render::Terminal::default())),
        Format::Html => typed("text/html; charset=utf-8", render::html(e, html)),
        Format::Page => typed("text/html; charset=utf-8", render::html::bare(e, html)),
        Format::Svg => typed("image/svg+xml", render::svg(e, &picture)),
        #[cfg(feature = "png")]
        Format::Png => {
            let scale = if e.a.tokens.len() * e.b.tokens.len() > SHARP { 1.0 } else { 2.0 };
            typed("image/png", render::png(e, &picture, scale)?)
        }
    })
}
