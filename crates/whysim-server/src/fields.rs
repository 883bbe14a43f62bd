//! Requests read field by field: a field that is unknown, missing or of the wrong kind is named.

use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{self, DeserializeOwned, Deserializer, Visitor};
use serde_json::{Map, Value};

use crate::app::App;
use crate::body;
use crate::failure::Failure;
use crate::logs::TEXTS;

/// The parts of a request's JSON object, each a struct that takes the fields it has. Fields that
/// none of them takes are refused.
pub struct Asked<T>(pub T);

/// What can be made of an object's fields.
pub trait Parts: Sized {
    /// Takes the fields it knows.
    ///
    /// # Errors
    /// If one is missing or of the wrong kind.
    fn take(fields: &mut Map<String, Value>) -> Result<Self, Failure>;

    /// The schema of each part.
    fn schemas(generator: &mut SchemaGenerator) -> Vec<Schema>;
}

/// Whatever can be read and described.
pub trait Part: DeserializeOwned + JsonSchema {}

impl<T: DeserializeOwned + JsonSchema> Part for T {}

impl<A: Part> Parts for (A,) {
    fn take(fields: &mut Map<String, Value>) -> Result<Self, Failure> {
        Ok((one(fields)?,))
    }

    fn schemas(generator: &mut SchemaGenerator) -> Vec<Schema> {
        vec![A::json_schema(generator)]
    }
}

impl<A: Part, B: Part> Parts for (A, B) {
    fn take(fields: &mut Map<String, Value>) -> Result<Self, Failure> {
        Ok((one(fields)?, one(fields)?))
    }

    fn schemas(generator: &mut SchemaGenerator) -> Vec<Schema> {
        vec![A::json_schema(generator), B::json_schema(generator)]
    }
}

impl<A: Part, B: Part, C: Part> Parts for (A, B, C) {
    fn take(fields: &mut Map<String, Value>) -> Result<Self, Failure> {
        Ok((one(fields)?, one(fields)?, one(fields)?))
    }

    fn schemas(generator: &mut SchemaGenerator) -> Vec<Schema> {
        vec![A::json_schema(generator), B::json_schema(generator), C::json_schema(generator)]
    }
}

impl<T: Parts> FromRequest<Arc<App>> for Asked<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Failure> {
        let is_json = |kind: &str| {
            kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
        };
        let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        if !kind.is_some_and(is_json) {
            let message = "the body must be JSON, with the header `Content-Type: application/json`";
            return Err(Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_json", message));
        }
        let (body, _room) = body::read(request, app).await?;
        tracing::debug!(target: TEXTS, body = ?String::from_utf8_lossy(&body));
        read(&body).map(Self)
    }
}

/// The parts of a body.
///
/// # Errors
/// If it is no object with the right fields.
pub fn read<T: Parts>(body: &[u8]) -> Result<T, Failure> {
    let value: Value = serde_json::from_slice(body).map_err(|error| {
        Failure::new(StatusCode::BAD_REQUEST, "broken_json", format!("the body is not JSON: {error}"))
    })?;
    let Value::Object(mut fields) = value else {
        let message = "the body must be a JSON object";
        return Err(Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "not_an_object", message));
    };
    let parts = T::take(&mut fields)?;
    match fields.keys().next() {
        Some(name) => Err(Failure {
            code: "unknown_field",
            ..Failure::value(name.clone(), format!("there is no field `{name}` here; /docs lists those there are"))
        }),
        None => Ok(parts),
    }
}

fn one<T: DeserializeOwned>(fields: &mut Map<String, Value>) -> Result<T, Failure> {
    serde_path_to_error::deserialize(Taking(fields)).map_err(|error| {
        let path = error.path().to_string();
        let message = plain(&error.inner().to_string());
        let missing = message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
        match (path.as_str(), missing) {
            (".", Some(name)) => Failure::value(name, format!("the field `{name}` is missing")),
            (".", None) => Failure { param: None, ..Failure::value("", message) },
            _ => Failure::value(path.clone(), format!("`{path}`: {message}")),
        }
    })
}

/// A message of serde's, without Rust's names of types.
fn plain(message: &str) -> String {
    const NAMES: [(&str, &str); 6] = [
        ("a nonzero usize", "a whole number above 0"),
        ("usize", "a whole number, 0 or above"),
        ("u64", "a whole number, 0 or above"),
        ("i64", "a whole number"),
        ("f64", "a number"),
        ("a sequence", "a list"),
    ];
    match message.rsplit_once("expected ") {
        Some((found, expected)) => {
            let name = NAMES.iter().find(|(name, _)| expected.starts_with(name)).map_or(expected, |(_, plain)| plain);
            format!("{found}expected {name}")
        }
        None => message.to_owned(),
    }
}

/// Hands a struct the fields that it has, and leaves the others.
struct Taking<'a>(&'a mut Map<String, Value>);

impl<'de> Deserializer<'de> for Taking<'_> {
    type Error = serde_json::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(de::Error::custom("only structs are read here"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        let own: Map<String, Value> = fields
            .iter()
            .filter_map(|field| self.0.remove_entry(*field))
            .filter(|(_, value)| !value.is_null())
            .collect();
        Value::Object(own).deserialize_struct(name, fields, visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}
