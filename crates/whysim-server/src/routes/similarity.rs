//! `POST /similarity`: scores of pairs, in our form and in text-embeddings-inference's.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use whysim::Similarity;

use crate::app::{App, Prompt};
use crate::failure::Failure;
use crate::fields::Asked;
use crate::method::chosen;
use crate::values::{Choice, Texts};

/// The request: `a` and `b`, or `inputs`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Pairs {
    /// A text, or several.
    a: Option<Texts>,
    /// A text, or several: as many as `a` has, or one of both is a single text.
    b: Option<Texts>,
    /// Instead of `a` and `b`, as text-embeddings-inference has it.
    inputs: Option<Sentences>,
    /// The model's name. The default is the server's first.
    model: Option<String>,
    /// The default is the model's own.
    similarity: Option<Choice<Similarity>>,
    /// Taken for the sake of clients that send it, and of no effect.
    #[serde(rename = "parameters")]
    _parameters: Option<serde_json::Map<String, Value>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Sentences {
    /// The text that is compared with all others.
    source_sentence: String,
    /// The others.
    sentences: Vec<String>,
}

/// The scores.
pub async fn similarity(State(app): State<Arc<App>>, Asked((asked,)): Asked<(Pairs,)>) -> Result<Json<Value>, Failure> {
    let model = app.models.get(asked.model.as_deref())?;
    let similarity = model.encoder.similarity(chosen(asked.similarity))?;
    let own = asked.inputs.is_none();
    let (a, b) = match (asked.a, asked.b, asked.inputs) {
        (Some(a), Some(b), None) => (a, b),
        (None, None, Some(Sentences { source_sentence, sentences })) => {
            (Texts { all: vec![source_sentence], alone: true }, Texts { all: sentences, alone: false })
        }
        _ => {
            return Err(Failure::value(
                "a",
                "give `a` and `b`: a text each, or lists of which one of equal length is paired with the other",
            ));
        }
    };
    let [first, second] = [a.all.len(), b.all.len()];
    if first != second && !a.alone && !b.alone {
        let message =
            format!("`a` has {first} texts and `b` has {second}: give as many, or one text to compare with all");
        return Err(Failure::value("b", message));
    }
    let [first, second] = if own { ["a", "b"] } else { ["inputs.source_sentence", "inputs.sentences"] };
    app.check_count(first, a.all.len())?;
    app.check_count(second, b.all.len())?;
    let mut read = app.read(&model, first, &a.all, Prompt::DEFAULT).await?;
    read.extend(app.read(&model, second, &b.all, Prompt::DEFAULT).await?);
    let embeddings = model.batcher.embed(read, None).await?;
    let scores = scores(&embeddings, a.all.len(), similarity, [a.alone, b.alone]);
    Ok(Json(match own {
        true => json!({ "model": model.name, "similarity": similarity.to_string(), "scores": scores }),
        false => json!(scores),
    }))
}

/// first: how many embeddings are those of `a`.
fn scores(embeddings: &[Vec<f32>], first: usize, similarity: Similarity, alone: [bool; 2]) -> Vec<f64> {
    let wide: Vec<Vec<f64>> = embeddings.iter().map(|e| e.iter().map(|&v| f64::from(v)).collect()).collect();
    let (a, b) = wide.split_at(first);
    let at = |i: usize, is_alone: bool| if is_alone { 0 } else { i };
    (0..a.len().max(b.len())).map(|i| similarity.of(&a[at(i, alone[0])], &b[at(i, alone[1])])).collect()
}
