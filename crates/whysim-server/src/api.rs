//! Routes, and what /openapi.json says of them: a path is added with its handler and its
//! description, and the fields of its body are read off the handler's type.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::handler::Handler;
use axum::routing::{get, post};
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::fields::{Asked, Parts};
use crate::watched::OPEN;

/// What is said of a path.
pub struct Operation {
    /// The heading it is under.
    pub tag: &'static str,
    /// A line.
    pub summary: &'static str,
    /// All that a line cannot say; empty where it says everything.
    pub description: &'static str,
    /// A body that is answered with 200, for paths that take one.
    pub example: Value,
    /// The types of the answer, each with an example, or null. Examples may leave out keys.
    pub answers: Vec<(&'static str, Value)>,
}

/// Routes with their descriptions.
pub struct Api {
    router: Router<Arc<App>>,
    paths: Map<String, Value>,
    generator: SchemaGenerator,
}

impl Default for Api {
    fn default() -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.meta_schema = None;
            settings.inline_subschemas = true;
        });
        Self { router: Router::new(), paths: Map::new(), generator: settings.into_generator() }
    }
}

impl Api {
    /// A path that takes a JSON object.
    pub fn post<H, M, P>(mut self, path: &'static str, handler: H, of: Operation) -> Self
    where
        H: Handler<(M, State<Arc<App>>, Asked<P>), Arc<App>>,
        M: 'static,
        P: Parts + 'static,
    {
        let mut operation = operation(&of);
        let body = json!({ "schema": object::<P>(&mut self.generator), "example": of.example });
        operation["requestBody"] = json!({ "required": true, "content": { "application/json": body } });
        operation["responses"]["4XX"] = json!({ "$ref": "#/components/responses/Refusal" });
        operation["responses"]["5XX"] = json!({ "$ref": "#/components/responses/Failure" });
        self.describe(path, "post", operation);
        Self { router: self.router.route(path, post(handler)), ..self }
    }

    /// A path that takes nothing.
    pub fn get<H, T: 'static>(mut self, path: &'static str, handler: H, of: &Operation) -> Self
    where
        H: Handler<T, Arc<App>>,
    {
        let mut operation = operation(of);
        match OPEN.contains(&path) {
            true => operation["security"] = json!([]),
            false => operation["responses"]["4XX"] = json!({ "$ref": "#/components/responses/Refusal" }),
        }
        if let Some((_, name)) = path.split_once("{*") {
            let name = name.trim_end_matches('}');
            operation["parameters"] =
                json!([{ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }]);
        }
        self.describe(path, "get", operation);
        Self { router: self.router.route(path, get(handler)), ..self }
    }

    fn describe(&mut self, path: &str, method: &str, operation: Value) {
        // Parameters that hold slashes are axum's own.
        self.paths.entry(path.replace("{*", "{")).or_insert_with(|| json!({}))[method] = operation;
    }

    /// The routes, and the document of all of them. about: what it begins with. tags: its headings,
    /// in order, and what they mean.
    pub fn finish(self, about: &str, tags: &[(&str, &str)]) -> (Router<Arc<App>>, Value) {
        let tag = |(name, description): &(&str, &str)| json!({ "name": name, "description": description });
        let document = json!({
            "openapi": "3.1.0",
            "info": {
                "title": "whysim",
                "version": env!("CARGO_PKG_VERSION"),
                "description": about,
                "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
            },
            "tags": tags.iter().map(tag).collect::<Vec<_>>(),
            "paths": self.paths,
            "components": {
                "securitySchemes": { "key": { "type": "http", "scheme": "bearer" } },
                "responses": { "Refusal": refused(), "Failure": failed() },
            },
        });
        (self.router, document)
    }
}

fn operation(of: &Operation) -> Value {
    let content: Map<String, Value> = of
        .answers
        .iter()
        .map(|(kind, example)| match example {
            Value::Null => ((*kind).to_owned(), json!({})),
            example => ((*kind).to_owned(), json!({ "schema": { "type": type_of(example) }, "example": example })),
        })
        .collect();
    json!({
        "tags": [of.tag],
        "summary": of.summary,
        "description": of.description,
        "responses": { "200": { "description": "", "content": content } },
    })
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Array(_) => "array",
        Value::Object(_) => "object",
        _ => "string",
    }
}

/// The schema of an object with the fields of all parts, and no other.
fn object<P: Parts>(generator: &mut SchemaGenerator) -> Value {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for mut part in P::schemas(generator).into_iter().map(Value::from) {
        if let Some(Value::Object(own)) = part.get_mut("properties").map(Value::take) {
            properties.extend(own);
        }
        if let Some(Value::Array(own)) = part.get_mut("required").map(Value::take) {
            required.extend(own);
        }
    }
    let optional = properties.iter_mut().filter(|(name, _)| !required.iter().any(|needed| needed == name.as_str()));
    optional.for_each(|(_, schema)| allow_null(schema));
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

/// Fields that need not be given may be null.
fn allow_null(schema: &mut Value) {
    if let Some(Value::String(kind)) = schema.get("type").cloned() {
        schema["type"] = json!([kind, "null"]);
    }
    if let Some(Value::Array(values)) = schema.get_mut("enum")
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
}

fn refused() -> Value {
    let description = "The request was refused: 400 for a body that is not JSON, 401 without a key, 404 for a path \
                       or a model that is not here, 405 for another method, 413 for too large a body, 415 for a \
                       body of another type, 422 for a field that is unknown, missing or wrong, or texts beyond a \
                       limit, 429 with `Retry-After` when the queue is full.";
    error(description, "`b`: invalid type: integer `3`, expected a string", "invalid_request_error", "invalid_value")
}

fn failed() -> Value {
    let description = "503 when the work took longer than `limits.timeout` of /info, 500 \
                       is a fault of ours.";
    error(description, "this took longer than the 60 s that the server allows a request", "server_error", "timeout")
}

/// An answer in OpenAI's form of errors.
fn error(description: &str, message: &str, kind: &str, code: &str) -> Value {
    let text = json!({ "type": "string" });
    let fields = json!({ "message": text, "type": text, "code": text, "param": { "type": ["string", "null"] } });
    let schema = json!({
        "type": "object",
        "required": ["error"],
        "properties": {
            "error": { "type": "object", "required": ["message", "type", "code", "param"], "properties": fields },
        },
    });
    let param = (code == "invalid_value").then_some("b");
    let example = json!({ "error": { "message": message, "type": kind, "param": param, "code": code } });
    json!({ "description": description, "content": { "application/json": { "schema": schema, "example": example } } })
}
