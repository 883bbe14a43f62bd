//! Whatever goes wrong in a request, as the response that says so.

use std::borrow::Cow;

use axum::Json;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use whysim::error::Kind;

/// A request that gets no answer: why, and what would get one. Its JSON has OpenAI's form.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// The response's status.
    pub status: StatusCode,
    /// A word for programs, for example `queue_full`.
    pub code: &'static str,
    /// What was wrong and what would be right, for people.
    pub message: Cow<'static, str>,
    /// The field of the request that was wrong.
    pub param: Option<String>,
    /// Seconds after which another try may succeed.
    pub retry_after: Option<u64>,
}

impl Failure {
    /// A failure with nothing but its message.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, message: message.into(), param: None, retry_after: None }
    }

    /// A value that cannot be used.
    pub fn value(param: impl Into<String>, message: impl Into<Cow<'static, str>>) -> Self {
        let failure = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_value", message);
        Self { param: Some(param.into()), ..failure }
    }

    /// More than this server takes in one request.
    pub fn too_large(code: &'static str, param: impl Into<String>, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, ..Self::value(param, message) }
    }

    /// More than this server takes at a time.
    pub fn busy(retry_after: u64) -> Self {
        let message = format!("the server has as much to do as it takes: try again in {retry_after} s");
        let failure = Self::new(StatusCode::TOO_MANY_REQUESTS, "queue_full", message);
        Self { retry_after: Some(retry_after), ..failure }
    }

    /// Work that takes longer than this server allows.
    pub fn timeout(seconds: u64) -> Self {
        let message = format!(
            "this took longer than the {seconds} s that the server allows a request: ask for less (a later layer, \
             fewer steps, shorter texts, words or sentences instead of tokens), or start the server with a longer \
             --timeout"
        );
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "timeout", message)
    }

    /// This program is at fault; the log says where.
    pub fn bug() -> Self {
        Self::fault("this is a fault of whysim, please report it; the log says where")
    }

    /// The server is at fault.
    pub fn fault(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", message)
    }

    /// OpenAI's word for the kind of failure.
    fn kind(&self) -> &'static str {
        match self.status.as_u16() {
            401 => "authentication_error",
            429 => "rate_limit_error",
            500.. => "server_error",
            _ => "invalid_request_error",
        }
    }
}

impl From<whysim::Error> for Failure {
    fn from(error: whysim::Error) -> Self {
        let unusable = matches!(
            error,
            whysim::Error::Tokenizer(_) | whysim::Error::Overflow { .. } | whysim::Error::NotFinite { .. }
        );
        match error.kind() {
            _ if unusable => Self::fault(error.to_string()),
            Kind::Stopped => Self::new(StatusCode::SERVICE_UNAVAILABLE, "stopped", "the work was stopped"),
            Kind::Input | Kind::Model => {
                let (code, param) = match &error {
                    whysim::Error::EmptyText { .. } => ("text_empty", None),
                    whysim::Error::Layer { .. } => ("invalid_value", Some("layer")),
                    whysim::Error::Option { option, .. } => ("invalid_value", Some(*option)),
                    _ => ("invalid_value", None),
                };
                let failure = Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, error.to_string());
                Self { param: param.map(str::to_owned), ..failure }
            }
            _ => Self::fault(error.to_string()),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let param = self.param.as_deref().map(short);
        let error = json!({ "message": short(&self.message), "type": self.kind(), "param": param, "code": self.code });
        let mut response = (self.status, Json(json!({ "error": error }))).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.code == "timeout" {
            // OpenAI's clients would make the same work twice more.
            response.headers_mut().insert("x-should-retry", HeaderValue::from_static("false"));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert("www-authenticate", HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(Refused(self.code));
        response
    }
}

/// The most characters of a message, which may quote what was sent.
const MOST: usize = 600;

fn short(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{} …", &text[..end]).into(),
        None => text.into(),
    }
}

/// A failure's code, left with its response for logs and metrics.
#[derive(Clone, Copy, Debug)]
pub struct Refused(pub &'static str);
