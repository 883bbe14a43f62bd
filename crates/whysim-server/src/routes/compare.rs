//! `POST /compare`: what moves between two models, or between two layers of one.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use schemars::JsonSchema;
use serde::Deserialize;
use whysim::compare::Comparison;
use whysim::text::Unit;
use whysim::{Options, render};

use super::explain::explained;
use super::json;
use crate::app::{App, Prompt};
use crate::failure::Failure;
use crate::fields::Asked;
use crate::method::{Method, chosen};

/// Pairs of words that are listed where no number is asked for, as in the program.
const WORDS: usize = 10;

/// The pair, and what is compared.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Compared {
    /// Text A.
    a: String,
    /// Text B.
    b: String,
    /// The names of two models.
    models: Option<[String; 2]>,
    /// Two layers of one model, or of each of two.
    layers: Option<[i64; 2]>,
    /// The model whose layers are compared. The default is the server's first.
    model: Option<String>,
    /// Pairs of words to list, those that moved most. The default is 10.
    words: Option<usize>,
}

/// The comparison.
pub async fn compare(
    State(app): State<Arc<App>>,
    Asked((asked, method)): Asked<(Compared, Method)>,
) -> Result<Response, Failure> {
    let names = match (&asked.models, &asked.layers) {
        (None, None) => return Err(Failure::value("models", "give two `models`, or two `layers` of one")),
        (Some(_), _) if asked.model.is_some() => {
            return Err(Failure::value("model", "give `models` or `model`, not both"));
        }
        (Some([first, second]), _) => [Some(first.as_str()), Some(second.as_str())],
        (None, Some(_)) => [asked.model.as_deref(); 2],
    };
    let models = [app.models.get(names[0])?, app.models.get(names[1])?];
    let options = method.options(Unit::Word)?;
    if options.unit == Unit::Token {
        return Err(Failure::value("by", "`by` must be word or sentence here, which all models share"));
    }
    let options =
        [0, 1].map(|i| Options { layer: asked.layers.map(|layers| layers[i]).or(options.layer), ..options.clone() });
    let asked_for = chosen(method.similarity);
    for model in &models {
        let a = app.length(model, "a", &asked.a, Prompt::DEFAULT).await?;
        let b = app.length(model, "b", &asked.b, Prompt::DEFAULT).await?;
        app.check_pairs("b", a.read * b.read)?;
    }
    let cache = Arc::clone(&app.cache);
    app.reasons
        .run(move |cancel| {
            let one = |i: usize| {
                let similarity = models[i].encoder.similarity(asked_for)?;
                let texts = [asked.a.as_str(), &asked.b];
                explained(&models[i], &cache, texts, [&options[i]; 2], similarity, cancel)
            };
            let found = Comparison::new([&one(0)?, &one(1)?], asked.words.unwrap_or(WORDS))?;
            Ok(json(render::comparison_json(&found)))
        })
        .await
}
