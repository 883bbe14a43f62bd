//! What can be asked: one file for each group.

mod about;
mod compare;
mod described;
mod embeddings;
mod explain;
mod margin;
mod opensearch;
mod passages;
mod similarity;

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowHeaders, CorsLayer};

use crate::api::Api;
use crate::app::App;
use crate::failure::Failure;
use crate::page;
use crate::settings::Settings;
use crate::watched::watched;

/// All routes.
///
/// # Errors
/// If an origin of `--cors` is none.
pub fn router(settings: &Settings, app: &Arc<App>) -> anyhow::Result<Router> {
    let api = Api::default()
        .post("/v1/embeddings", embeddings::openai, described::openai())
        .post("/embed", embeddings::inference, described::inference())
        .post("/", embeddings::inference, described::root())
        .post("/similarity", similarity::similarity, described::similarity())
        .post("/explain", explain::explain, described::explain())
        .post("/relevance", passages::relevance, described::relevance())
        .post("/highlight", passages::highlight, described::highlight())
        .post("/opensearch/highlight", opensearch::highlight, described::opensearch())
        .post("/margin", margin::margin, described::margin())
        .post("/compare", compare::compare, described::compare())
        .get("/v1/models", about::models, &described::models())
        .get("/v1/models/{*name}", about::model, &described::model())
        .get("/info", about::info, &described::info())
        .get("/health", about::health, &described::health())
        .get("/ready", about::ready, &described::ready())
        .get("/metrics", about::metrics, &described::metrics());
    let (router, mut document) = api.finish(described::ABOUT, &described::TAGS);
    if app.keys.are_needed() {
        document["security"] = json!([{ "key": [] }]);
    }
    let router = router
        .merge(page::router(document.to_string()))
        .fallback(missing)
        .method_not_allowed_fallback(wrong_method)
        .layer(CatchPanicLayer::custom(fault))
        .layer(from_fn_with_state(Arc::clone(app), watched))
        .with_state(Arc::clone(app));
    if settings.cors.is_empty() {
        return Ok(router);
    }
    let origins: Vec<HeaderValue> =
        settings.cors.iter().map(|origin| self::origin(origin)).collect::<anyhow::Result<_>>()?;
    let layer = CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::POST])
        // OpenAI's client for browsers has headers of its own.
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([RETRY_AFTER, HeaderName::from_static("x-request-id")])
        .max_age(Duration::from_secs(600));
    Ok(router.layer(layer))
}

/// An origin as browsers write it.
fn origin(given: &str) -> anyhow::Result<HeaderValue> {
    let parsed: Option<Uri> = given.trim_end_matches('/').parse().ok();
    let origin = parsed.as_ref().and_then(|uri| match (uri.scheme_str(), uri.authority(), uri.path()) {
        (Some(scheme @ ("http" | "https")), Some(authority), "/") if uri.query().is_none() => {
            HeaderValue::from_str(&format!("{scheme}://{}", authority.as_str().to_ascii_lowercase())).ok()
        }
        _ => None,
    });
    origin.with_context(|| format!("--cors takes an origin such as https://example.org, not {given:?}"))
}

/// A panic has been logged where it happened.
fn fault(_: Box<dyn Any + Send>) -> Response {
    Failure::bug().into_response()
}

async fn missing() -> Failure {
    Failure::new(StatusCode::NOT_FOUND, "no_such_path", "there is nothing at this path; /info says what this server is")
}

async fn wrong_method() -> Failure {
    let message = "this path takes another method: POST where a body is sent, GET elsewhere";
    Failure::new(StatusCode::METHOD_NOT_ALLOWED, "wrong_method", message)
}

/// A document that is JSON already.
fn json(text: String) -> Response {
    typed("application/json", text)
}

/// A body with its type.
fn typed(kind: &'static str, body: impl Into<axum::body::Body>) -> Response {
    let mut response = Response::new(body.into());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
