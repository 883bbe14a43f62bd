//! Bodies of requests, within bounds.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use http_body_util::BodyExt;
use hyper::body::Body as _;
use tokio::sync::SemaphorePermit;

use crate::app::App;
use crate::failure::Failure;

/// A body that is too large is read to this many times the limit before it is refused, since
/// clients that are still sending do not see an answer.
const PATIENCE: usize = 8;

/// A request's body, and the room that it takes, which is to be kept until the body is read.
///
/// # Errors
/// If it is larger than this server takes, or there is no room for it.
pub async fn read(request: Request, app: &Arc<App>) -> Result<(Vec<u8>, SemaphorePermit<'_>), Failure> {
    let limit = app.limits.max_body;
    let mut body = request.into_body();
    let hint = body.size_hint();
    let needed = hint.upper().map_or(limit, |bytes| usize::try_from(bytes).unwrap_or(limit).min(limit));
    // A body that alone is larger than all room is let in when nothing else is there.
    let needed = u32::try_from(needed.min(app.limits.max_bodies)).unwrap_or(u32::MAX);
    let room = app.bodies.try_acquire_many(needed).map_err(|_| Failure::busy(1))?;
    if hint.lower() > limit as u64 {
        discard(body, limit).await;
        return Err(too_large(limit));
    }
    let mut all = Vec::with_capacity(usize::try_from(hint.lower()).unwrap_or_default());
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Failure::new(StatusCode::BAD_REQUEST, "broken_body", error.to_string()))?;
        let Ok(bytes) = frame.into_data() else { continue };
        if all.len() + bytes.len() > limit {
            drop(all);
            discard(body, limit).await;
            return Err(too_large(limit));
        }
        all.extend_from_slice(&bytes);
    }
    Ok((all, room))
}

/// Reads on, and keeps nothing.
async fn discard(mut body: Body, limit: usize) {
    let mut left = limit.saturating_mul(PATIENCE);
    while let Some(Ok(frame)) = body.frame().await {
        let read = frame.data_ref().map_or(0, |bytes| bytes.len());
        match left.checked_sub(read) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}

fn too_large(limit: usize) -> Failure {
    let message = format!("the body is larger than the {limit} bytes that this server takes");
    Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", message)
}
