//! What can be asked: one file for each group.

mod about;
mod compare;
mod embeddings;
mod explain;
mod margin;
mod opensearch;
mod passages;
mod similarity;
mod told;

use std::any::Any;
use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::CorsLayer;

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
        .post("/v1/embeddings", embeddings::openai, told::openai())
        .post("/embed", embeddings::inference, told::inference())
        .post("/", embeddings::inference, told::root())
        .post("/similarity", similarity::similarity, told::similarity())
        .post("/explain", explain::explain, told::explain())
        .post("/relevance", passages::relevance, told::relevance())
        .post("/highlight", passages::highlight, told::highlight())
        .post("/opensearch/highlight", opensearch::highlight, told::opensearch())
        .post("/margin", margin::margin, told::margin())
        .post("/compare", compare::compare, told::compare())
        .get("/v1/models", about::models, &told::models())
        .get("/info", about::info, &told::info())
        .get("/health", about::health, &told::health())
        .get("/ready", about::ready, &told::ready())
        .get("/metrics", about::metrics, &told::metrics());
    let (router, mut document) = api.finish(told::ABOUT, &told::TAGS);
    if app.keys.are_needed() {
        document["security"] = json!([{ "key": [] }]);
    }
    let router = router
        .merge(page::router(document.to_string()))
        .fallback(missing)
        .method_not_allowed_fallback(wrong_method)
        .layer(CatchPanicLayer::custom(fault))
        .layer(DefaultBodyLimit::max(settings.limits.max_body))
        .layer(from_fn_with_state(Arc::clone(app), watched))
        .with_state(Arc::clone(app));
    if settings.cors.is_empty() {
        return Ok(router);
    }
    let origin = |origin: &String| {
        let is_origin = origin.starts_with("http://") || origin.starts_with("https://");
        let value = HeaderValue::from_str(origin).ok().filter(|_| is_origin && !origin.ends_with('/'));
        value.with_context(|| format!("--cors takes an origin such as https://example.org, not {origin:?}"))
    };
    let origins: Vec<HeaderValue> = settings.cors.iter().map(origin).collect::<anyhow::Result<_>>()?;
    let methods = [Method::GET, Method::POST];
    let headers = [AUTHORIZATION, CONTENT_TYPE];
    Ok(router.layer(CorsLayer::new().allow_origin(origins).allow_methods(methods).allow_headers(headers)))
}

/// A panic has been logged where it happened.
fn fault(_: Box<dyn Any + Send>) -> Response {
    Failure::fault("this is a fault of whysim, please report it; the log says where").into_response()
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
