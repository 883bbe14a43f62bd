//! What holds for every request: its number, its key, its time limit, and its line in the log.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument;

use crate::app::App;
use crate::failure::{Failure, Refused};
use crate::metrics::Metrics;

/// Paths that are open without a key, to be read: probes, and pages that hold no secret.
pub const OPEN: [&str; 6] = ["/health", "/ready", "/", "/docs", "/openapi.json", "/assets/{file}"];

/// Passes a request on, and tells of it.
pub async fn watched(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let matched = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let route = matched.unwrap_or_else(|| "none".into());
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let is_open = is_read && OPEN.contains(&route.as_str());
    let key = if is_open { Ok(()) } else { app.keys.check(request.headers()) };
    let id = id(request.headers());
    let span = tracing::info_span!("request", id);
    let mut record = Record::new(&app.metrics, request.method().clone(), route, id.clone());
    let mut response = match key {
        Err(failure) => failure.into_response(),
        Ok(()) => {
            match tokio::time::timeout(Duration::from_secs(app.limits.timeout), next.run(request).instrument(span))
                .await
            {
                Ok(response) => response,
                Err(_) => Failure::timeout(app.limits.timeout).into_response(),
            }
        }
    };
    record.status = response.status().as_u16();
    record.code = response.extensions().get::<Refused>().map_or("", |refused| refused.0);
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-request-id", id);
    }
    response
}

/// A request's line in the log and its place in the figures, which it gets however it ends.
struct Record {
    metrics: Arc<Metrics>,
    began: Instant,
    method: Method,
    route: String,
    id: String,
    status: u16,
    code: &'static str,
}

impl Record {
    /// As if the client left, which is what ends a request without an answer.
    fn new(metrics: &Arc<Metrics>, method: Method, route: String, id: String) -> Self {
        let (metrics, began) = (Arc::clone(metrics), Instant::now());
        Self { metrics, began, method, route, id, status: 499, code: "client_left" }
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let Self { method, route, id, status, code, .. } = self;
        let took = self.began.elapsed();
        self.metrics.answered(method.as_str(), route, *status, took);
        tracing::info!(id, %method, route, status, code, ms = took.as_micros() as f64 / 1e3);
    }
}

/// The number that the client gave its request, or one of our own.
fn id(headers: &HeaderMap) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let given = headers.get("x-request-id").and_then(|id| id.to_str().ok());
    let is_plain = |id: &&str| (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    given
        .filter(is_plain)
        .map_or_else(|| format!("{:x}-{:x}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)), str::to_owned)
}
