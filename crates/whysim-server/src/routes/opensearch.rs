//! `POST /opensearch/highlight`: what OpenSearch's remote semantic highlighter sends and expects.
//!
//! The connector of ml-commons' blueprint always sends all three fields: for one document a
//! question and a context with an empty list, for several a list with the other two empty. The
//! search fails if spans are not sorted, overlap, are empty, or reach beyond the text, in UTF-16
//! units, so that highlights are given in these.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de};
use serde_json::{Value, json};
use whysim::highlight::{NODES, Options};
use whysim::path::Steps;
use whysim::{Highlight, Similarity};

use crate::app::{App, Prompt};
use crate::failure::Failure;
use crate::fields::Asked;
use crate::models::Model;

/// The request.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Questions {
    /// What is asked of one document.
    question: Option<String>,
    /// The document.
    context: Option<String>,
    /// Several documents instead, each with what is asked of it; also as JSON in a string, which is
    /// what some templates make of it.
    #[serde(default, deserialize_with = "list")]
    inputs: Vec<Input>,
    /// The model's name. The default is the server's first.
    model: Option<String>,
}

/// A document, and what is asked of it.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
struct Input {
    /// What is asked.
    question: String,
    /// The document.
    context: String,
}

/// One document, or a list of them.
struct Documents {
    all: Vec<Input>,
    are_listed: bool,
}

impl Documents {
    /// A document's field, as errors name it.
    fn name(&self, i: usize, field: &str) -> String {
        if self.are_listed { format!("inputs[{i}].{field}") } else { field.to_owned() }
    }
}

/// A list, or a list written as a string.
fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Input>, D::Error> {
    let value = match Value::deserialize(deserializer)? {
        Value::String(text) if text.trim().is_empty() => return Ok(Vec::new()),
        Value::String(text) => serde_json::from_str(&text).map_err(de::Error::custom)?,
        value => value,
    };
    serde_json::from_value(value).map_err(de::Error::custom)
}

/// The spans of each document.
pub async fn highlight(
    State(app): State<Arc<App>>,
    Asked((asked,)): Asked<(Questions,)>,
) -> Result<Json<Value>, Failure> {
    let model = app.models.get(asked.model.as_deref())?;
    let are_listed = !asked.inputs.is_empty();
    let all = match (are_listed, asked.question, asked.context) {
        (true, _, _) => asked.inputs,
        (false, Some(question), Some(context)) => vec![Input { question, context }],
        _ => return Err(Failure::value("inputs", "give `question` and `context`, or a list of both as `inputs`")),
    };
    let documents = Documents { all, are_listed };
    check(&app, &model, &documents).await?;
    let similarity = model.encoder.similarity(None)?;
    let all = app
        .reasons
        .run(move |cancel| {
            documents.all.iter().map(|input| one(&model, input, similarity, cancel)).collect::<whysim::Result<Vec<_>>>()
        })
        .await?;
    let mut all: Vec<Value> = all.iter().map(|spans| json!(spans)).collect();
    Ok(Json(match are_listed {
        true => json!({ "highlights": all }),
        false => json!({ "highlights": all.swap_remove(0) }),
    }))
}

async fn check(app: &App, model: &Model, documents: &Documents) -> Result<(), Failure> {
    app.check_count("inputs", documents.all.len())?;
    let mut pairs = 0;
    for (i, input) in documents.all.iter().enumerate().filter(|(_, input)| !input.context.trim().is_empty()) {
        let names = ["question", "context"].map(|name| documents.name(i, name));
        let question = app.length(model, &names[0], &input.question, Prompt::DEFAULT).await?;
        let context = app.length(model, &names[1], &input.context, Prompt::DEFAULT).await?;
        // Highlights read long passages to their end, in windows.
        pairs += question.read * context.of;
    }
    app.check_pairs("inputs", pairs)
}

/// One document's spans; an empty document has none.
fn one(
    model: &Model,
    input: &Input,
    similarity: Similarity,
    cancel: &crate::reasons::Cancel,
) -> whysim::Result<Vec<Value>> {
    if input.context.trim().is_empty() {
        return Ok(Vec::new());
    }
    let contributions = whysim::Options { steps: Steps::Fixed(NODES), ..whysim::Options::default() };
    let options = Options { contributions, ..Options::default() };
    let found = model.encoder.highlight(&input.question, &[&input.context], None, &options, similarity, cancel)?;
    Ok(found.first().map(spans).unwrap_or_default())
}

/// Half-open spans, in order, in UTF-16 units.
fn spans(found: &Highlight) -> Vec<Value> {
    let mut spans: Vec<[usize; 2]> = found.spans.iter().map(|span| span.utf16).collect();
    spans.sort_unstable();
    spans.into_iter().map(|[start, end]| json!({ "start": start, "end": end })).collect()
}
