//! What the server says of itself.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::typed;
use crate::app::App;
use crate::failure::Failure;
use crate::models::Model;

/// `GET /v1/models`, as OpenAI's.
pub async fn models(State(app): State<Arc<App>>) -> Json<Value> {
    let all: Vec<Value> = app.models.all().iter().map(|one| listed(one)).collect();
    Json(json!({ "object": "list", "data": all }))
}

/// `GET /v1/models/{name}`, as OpenAI's. Names may have slashes.
pub async fn model(State(app): State<Arc<App>>, Path(name): Path<String>) -> Result<Json<Value>, Failure> {
    Ok(Json(listed(&*app.models.get(Some(&name))?)))
}

fn listed(model: &Model) -> Value {
    json!({ "id": model.name, "object": "model", "created": 0, "owned_by": "whysim" })
}

/// `GET /info`: the models and the limits.
pub async fn info(State(app): State<Arc<App>>) -> Json<Value> {
    let models: Vec<Value> = app
        .models
        .all()
        .iter()
        .map(|model| {
            let encoder = &model.encoder;
            json!({
                "name": model.name,
                "fingerprint": encoder.identity().fingerprint,
                "exact": encoder.identity().exact,
                "dim": encoder.dim(),
                "max_tokens": encoder.limit(),
                "layers": encoder.layers(),
                "default_layer": encoder.default_layer(),
                "similarity": encoder.similarity(None).ok().map(|similarity| similarity.to_string()),
                "prompts": encoder.prompt_names(),
            })
        })
        .collect();
    let limits = &app.limits;
    Json(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "models": models,
        "auth": app.keys.are_needed(),
        // What clients of text-embeddings-inference look for.
        "model_id": app.models.all().first().map(|model| &model.name),
        "max_input_length": app.models.all().first().map(|model| model.encoder.limit()),
        "max_client_batch_size": limits.max_texts,
        "limits": {
            "max_body": limits.max_body, "max_bodies": limits.max_bodies,
            "max_texts": limits.max_texts, "max_text": limits.max_text, "max_token_pairs": limits.max_token_pairs,
            "max_queued_tokens": limits.max_queued_tokens, "max_queued_reasons": limits.max_queued_reasons,
            "timeout": limits.timeout,
        },
    }))
}

/// `GET /health`: the server runs.
pub async fn health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// `GET /ready`: the models are loaded, since nothing listens before, and requests are taken.
pub async fn ready() -> Json<Value> {
    Json(json!({ "status": "ready" }))
}

/// `GET /metrics`, for Prometheus.
pub async fn metrics(State(app): State<Arc<App>>) -> Result<Response, Failure> {
    let queued = app.models.all().iter().map(|model| model.batcher.queued()).sum();
    let text = app.metrics.text(queued, app.reasons.queued()).map_err(|error| Failure::fault(error.to_string()))?;
    Ok(typed("application/openmetrics-text; version=1.0.0; charset=utf-8", text))
}
