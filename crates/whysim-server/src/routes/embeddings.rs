//! Embeddings, in OpenAI's and in text-embeddings-inference's form.

use std::num::NonZeroUsize;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use whysim::text::Tokens;

use super::json;
use crate::app::{App, Length, Prompt};
use crate::failure::Failure;
use crate::fields::Asked;
use crate::models::Model;
use crate::values::Texts;

/// `POST /v1/embeddings`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct OpenAi {
    /// A text, or several. Lists of tokens are refused: they are another tokenizer's.
    input: Texts,
    /// The model's name. The default is the server's first.
    model: Option<String>,
    /// Keep the first dimensions only.
    dimensions: Option<NonZeroUsize>,
    /// Numbers, or little-endian 32-bit floats in base64.
    #[serde(default)]
    encoding_format: Encoding,
    /// The name of one of the model's prompts (OpenAI has no such field).
    prompt_name: Option<String>,
    /// Taken for the sake of clients that send it, and of no effect.
    #[serde(rename = "user")]
    _user: Option<String>,
}

/// The forms of an embedding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum Encoding {
    #[default]
    Float,
    Base64,
}

#[derive(Serialize)]
struct List<'a> {
    object: &'static str,
    data: Vec<Item>,
    model: &'a str,
    usage: Usage,
}

#[derive(Serialize)]
struct Item {
    object: &'static str,
    index: usize,
    embedding: Encoded,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Encoded {
    Float(Vec<f32>),
    Base64(String),
}

#[derive(Serialize)]
struct Usage {
    prompt_tokens: usize,
    total_tokens: usize,
}

/// `POST /embed`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Inference {
    /// A text, or several.
    inputs: Texts,
    /// The model's name. The default is the server's first.
    model: Option<String>,
    /// Whether embeddings get the length 1. The default is true, whatever the model's own is.
    normalize: Option<bool>,
    /// Whether texts are cut at the model's limit, not refused. The default is true.
    truncate: Option<bool>,
    /// Where texts are cut.
    #[serde(default)]
    truncation_direction: Side,
    /// The name of one of the model's prompts.
    prompt_name: Option<String>,
    /// Keep the first dimensions only.
    dimensions: Option<NonZeroUsize>,
}

/// The end at which texts are cut.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[schemars(inline)]
enum Side {
    #[default]
    #[serde(alias = "right")]
    Right,
}

/// Embeddings as OpenAI gives them.
pub async fn openai(State(app): State<Arc<App>>, Asked((asked,)): Asked<(OpenAi,)>) -> Result<Response, Failure> {
    let model = app.models.get(asked.model.as_deref())?;
    let dimensions = dimensions(&model, asked.dimensions)?;
    let (mut embeddings, tokens) =
        embed(&app, &model, "input", &asked.input.all, asked.prompt_name, Fits::NeedNot).await?;
    cut(&model, dimensions, &mut embeddings);
    let encode = |embedding: Vec<f32>| match asked.encoding_format {
        Encoding::Base64 => {
            let bytes: Vec<u8> = embedding.iter().flat_map(|v| v.to_le_bytes()).collect();
            Encoded::Base64(STANDARD.encode(bytes))
        }
        Encoding::Float => Encoded::Float(embedding),
    };
    let item = |(index, embedding)| Item { object: "embedding", index, embedding: encode(embedding) };
    let list = List {
        object: "list",
        data: embeddings.into_iter().enumerate().map(item).collect(),
        model: &model.name,
        usage: Usage { prompt_tokens: tokens, total_tokens: tokens },
    };
    Ok(json(serde_json::to_string(&list).map_err(|error| Failure::fault(error.to_string()))?))
}

/// Embeddings as text-embeddings-inference gives them.
pub async fn inference(
    State(app): State<Arc<App>>,
    Asked((asked,)): Asked<(Inference,)>,
) -> Result<Json<Vec<Vec<f32>>>, Failure> {
    let model = app.models.get(asked.model.as_deref())?;
    // There is no other side.
    let Side::Right = asked.truncation_direction;
    let dimensions = dimensions(&model, asked.dimensions)?;
    let fits = if asked.truncate == Some(false) { Fits::Must } else { Fits::NeedNot };
    let (mut embeddings, _) = embed(&app, &model, "inputs", &asked.inputs.all, asked.prompt_name, fits).await?;
    cut(&model, dimensions, &mut embeddings);
    // Its default is to normalise.
    if asked.normalize.unwrap_or(true) {
        embeddings.iter_mut().for_each(|embedding| normalize(embedding));
    }
    Ok(Json(embeddings))
}

/// Texts' embeddings, and the number of their tokens.
async fn embed(
    app: &App,
    model: &Model,
    param: &str,
    texts: &[String],
    prompt: Option<String>,
    fits: Fits,
) -> Result<(Vec<Vec<f32>>, usize), Failure> {
    app.check_count(param, texts.len())?;
    let own = Prompt { param: "prompt_name", name: prompt.as_deref() };
    let read = app.read(model, param, texts, own).await?;
    if fits == Fits::Must {
        refuse_cut(model, param, &read)?;
    }
    let length: Length = read.iter().map(Length::from).sum();
    Ok((model.batcher.embed(read, prompt).await?, length.read))
}

/// Whether texts have to be as short as the model reads.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fits {
    Must,
    NeedNot,
}

/// The number of dimensions that is asked for.
///
/// # Errors
/// If the model has fewer.
fn dimensions(model: &Model, asked: Option<NonZeroUsize>) -> Result<usize, Failure> {
    let dim = model.encoder.dim();
    match asked.map(NonZeroUsize::get) {
        Some(asked) if asked > dim => {
            let message = format!("`dimensions` must be from 1 to the {dim} of {}, not {asked}", model.name);
            Err(Failure::value("dimensions", message))
        }
        asked => Ok(asked.unwrap_or(dim)),
    }
}

/// Keeps the first dimensions, and their length 1 where the model's is: OpenAI's `dimensions`.
fn cut(model: &Model, dimensions: usize, embeddings: &mut [Vec<f32>]) {
    if dimensions == model.encoder.dim() {
        return;
    }
    for embedding in embeddings {
        embedding.truncate(dimensions);
        if model.encoder.normalizes() {
            normalize(embedding);
        }
    }
}

/// Refuses texts that the model does not read to their ends.
fn refuse_cut(model: &Model, param: &str, texts: &[Tokens]) -> Result<(), Failure> {
    let Some(i) = texts.iter().position(|text| text.truncated.is_some()) else { return Ok(()) };
    let limit = model.encoder.limit();
    let message =
        format!("`{param}[{i}]` is longer than the {limit} tokens that the model reads; `\"truncate\": true` cuts it");
    Err(Failure::too_large("text_too_long", format!("{param}[{i}]"), message))
}

fn normalize(embedding: &mut [f32]) {
    let length = embedding.iter().map(|&v| f64::from(v).powi(2)).sum::<f64>().sqrt().max(1e-12);
    embedding.iter_mut().for_each(|v| *v = (f64::from(*v) / length) as f32);
}
