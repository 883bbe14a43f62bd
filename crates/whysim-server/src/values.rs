//! Values of requests' fields.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};
use serde_json::Value;
use whysim::Named;

/// One of the library's values, by its name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice<T>(pub T);

impl<'de, T: Named> Deserialize<'de> for Choice<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::named(&String::deserialize(deserializer)?).map(Self).map_err(de::Error::custom)
    }
}

impl<T: Named> JsonSchema for Choice<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::OPTION.into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names: Vec<&str> = T::NAMES.iter().map(|(name, _)| *name).collect();
        json_schema!({ "type": "string", "enum": names })
    }
}

/// One text, or several.
#[derive(Clone, Debug, PartialEq)]
pub struct Texts {
    /// The texts, in order.
    pub all: Vec<String>,
    /// Whether it was a text, not a list of one.
    pub alone: bool,
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(text) => Ok(Self { all: vec![text], alone: true }),
            Value::Array(values) => {
                let texts = values.into_iter().map(|value| match value {
                    Value::String(text) => Ok(text),
                    Value::Number(_) | Value::Array(_) => Err(de::Error::custom(
                        "tokens are not taken, since they are another tokenizer's: send texts (in LangChain's \
                         OpenAIEmbeddings: check_embedding_ctx_length=False)",
                    )),
                    other => Err(de::Error::custom(format!("expected a text, not {other}"))),
                });
                Ok(Self { all: texts.collect::<Result<_, _>>()?, alone: false })
            }
            other => Err(de::Error::custom(format!("expected a text or a list of texts, not {other}"))),
        }
    }
}

impl JsonSchema for Texts {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Texts".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let text = json_schema!({ "type": "string", "minLength": 1 });
        json_schema!({ "oneOf": [text, { "type": "array", "items": text, "minItems": 1 }] })
    }
}
