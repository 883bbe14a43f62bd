//! The columns of a set, from decompositions and back.

use std::sync::Arc;

use arrow_array::builder::{
    Float16Builder, Float32Builder, Float64Builder, Int64Builder, ListBuilder, StringBuilder, StructBuilder,
};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float16Type, Float32Type, Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field, Fields, Schema};
use half::f16;

use super::{Head, Stored};
use crate::decomposition::{Decomposition, Record};
use crate::explanation::Truncated;
use crate::text::{Origin, Token};

/// Texts that are written and read at once.
pub(super) const ROWS: usize = 64;

/// The columns' names and types.
pub(super) fn schema(stored: Stored) -> Schema {
    let list = |name: &str, of: DataType| Field::new_list(name, Field::new_list_field(of, true), false);
    let number = match stored {
        Stored::Float32 => DataType::Float32,
        Stored::Float16 => DataType::Float16,
    };
    Schema::new(vec![
        Field::new("text", DataType::Utf8, false),
        list("tokens", DataType::Struct(token_fields())),
        list("contributions", number),
        list("embedding", DataType::Float32),
        list("reference", DataType::Float32),
        list("deviations", DataType::Float32),
        Field::new("rounding", DataType::Float64, false),
        Field::new("residual", DataType::Float64, false),
        Field::new("gap", DataType::Float64, false),
        Field::new("tolerance", DataType::Float64, true),
        Field::new("length", DataType::Float64, true),
        Field::new("steps", DataType::Int64, false),
        Field::new("read", DataType::Int64, true),
        Field::new("of", DataType::Int64, true),
    ])
}

fn token_fields() -> Fields {
    let field = |name: &str, of| Field::new(name, of, false);
    let int = DataType::Int64;
    vec![field("text", DataType::Utf8), field("start", int.clone()), field("end", int), field("origin", DataType::Utf8)]
        .into()
}

/// Texts with what rounding did to each.
pub(super) struct Rounded<'a> {
    pub texts: &'a [Decomposition],
    pub stored: Stored,
    /// `[texts]`
    pub rounding: Vec<f64>,
    pub residuals: Vec<f64>,
    pub gaps: Vec<f64>,
}

/// A batch of rows.
pub(super) fn batch(rows: &Rounded) -> Result<RecordBatch, ArrowError> {
    let texts = rows.texts;
    let all = |values: &[f64]| doubles(values.iter().copied().map(Some));
    let mut names = StringBuilder::new();
    texts.iter().for_each(|text| names.append_value(&text.text));
    let columns: Vec<ArrayRef> = vec![
        Arc::new(names.finish()),
        tokens(texts),
        match rows.stored {
            Stored::Float32 => lists(texts, |text| &text.contributions),
            Stored::Float16 => halves(texts),
        },
        lists(texts, |text| &text.embedding),
        lists(texts, |text| &text.reference),
        lists(texts, |text| &text.deviations),
        all(&rows.rounding),
        all(&rows.residuals),
        all(&rows.gaps),
        doubles(texts.iter().map(|text| text.tolerance)),
        doubles(texts.iter().map(|text| text.length)),
        counts(texts, |text| Some(text.steps)),
        counts(texts, |text| text.truncated.map(|cut| cut.read)),
        counts(texts, |text| text.truncated.map(|cut| cut.of)),
    ];
    RecordBatch::try_new(Arc::new(schema(rows.stored)), columns)
}

fn lists(texts: &[Decomposition], of: fn(&Decomposition) -> &[f32]) -> ArrayRef {
    let mut list = ListBuilder::new(Float32Builder::new());
    for text in texts {
        list.values().append_slice(of(text));
        list.append(true);
    }
    Arc::new(list.finish())
}

/// The contributions in half precision.
fn halves(texts: &[Decomposition]) -> ArrayRef {
    let mut list = ListBuilder::new(Float16Builder::new());
    for text in texts {
        text.contributions.iter().for_each(|&v| list.values().append_value(f16::from_f32(v)));
        list.append(true);
    }
    Arc::new(list.finish())
}

fn doubles(values: impl Iterator<Item = Option<f64>>) -> ArrayRef {
    let mut column = Float64Builder::new();
    values.for_each(|value| column.append_option(value));
    Arc::new(column.finish())
}

fn counts(texts: &[Decomposition], of: fn(&Decomposition) -> Option<usize>) -> ArrayRef {
    let mut column = Int64Builder::new();
    texts.iter().for_each(|text| column.append_option(of(text).map(|count| count as i64)));
    Arc::new(column.finish())
}

fn tokens(texts: &[Decomposition]) -> ArrayRef {
    let mut list = ListBuilder::new(StructBuilder::from_fields(token_fields(), 0));
    for token in texts.iter().map(|text| &text.tokens) {
        for token in token {
            let row = list.values();
            let strings = [(0, token.text.as_str()), (3, origin_name(token.origin))];
            for (at, text) in strings {
                row.field_builder::<StringBuilder>(at).into_iter().for_each(|column| column.append_value(text));
            }
            for (at, place) in [(1, token.start), (2, token.end)] {
                row.field_builder::<Int64Builder>(at).into_iter().for_each(|column| column.append_value(place as i64));
            }
            row.append(true);
        }
        list.append(true);
    }
    Arc::new(list.finish())
}

fn origin_name(origin: Origin) -> &'static str {
    match origin {
        Origin::Text => "text",
        Origin::Prompt => "prompt",
        Origin::Special => "special",
    }
}

/// A row of a batch.
pub(super) fn record(batch: &RecordBatch, row: usize, head: &Head) -> Result<Record, String> {
    let text = strings(column(batch, "text")?, "text")?;
    let contributions = match head.precision {
        Stored::Float32 => singles(batch, "contributions", row)?,
        Stored::Float16 => {
            let list = list(batch, "contributions", row)?;
            let halves = list.as_primitive_opt::<Float16Type>().ok_or("its `contributions` are no halffloats")?;
            halves.values().iter().map(|v| v.to_f32()).collect()
        }
    };
    let embedding = singles(batch, "embedding", row)?;
    if embedding.len() != head.dim {
        return Err(format!("its embedding has {} dimensions, not {}", embedding.len(), head.dim));
    }
    let read = count(batch, "read", row)?;
    Ok(Record {
        recipe: head.recipe.clone(),
        text: text.value(row).to_owned(),
        tokens: row_tokens(batch, row)?,
        truncated: read.zip(count(batch, "of", row)?).map(|(read, of)| Truncated { read, of }),
        contributions,
        deviations: singles(batch, "deviations", row)?,
        embedding,
        reference: singles(batch, "reference", row)?,
        length: double(batch, "length", row)?,
        steps: count(batch, "steps", row)?.ok_or("it has no `steps`")?,
        residual: double(batch, "residual", row)?.ok_or("it has no `residual`")?,
        gap: double(batch, "gap", row)?.ok_or("it has no `gap`")?,
        tolerance: double(batch, "tolerance", row)?,
    })
}

fn row_tokens(batch: &RecordBatch, row: usize) -> Result<Vec<Token>, String> {
    let rows = list(batch, "tokens", row)?;
    let fields = rows.as_struct_opt().ok_or("its `tokens` have no fields")?;
    let field = |name: &str| fields.column_by_name(name).ok_or(format!("its tokens have no `{name}`"));
    let (texts, origins) = (strings(field("text")?, "text")?, strings(field("origin")?, "origin")?);
    let place = |name: &str, at: usize| -> Result<usize, String> {
        let column = field(name)?.as_primitive_opt::<Int64Type>().ok_or(format!("its tokens' `{name}` is no int64"))?;
        usize::try_from(column.value(at)).map_err(|_| format!("its tokens' `{name}` is below zero"))
    };
    let token = |at: usize| {
        let origin = match origins.value(at) {
            "text" => Origin::Text,
            "prompt" => Origin::Prompt,
            "special" => Origin::Special,
            other => return Err(format!("a token's origin is {other:?}")),
        };
        Ok(Token { text: texts.value(at).to_owned(), start: place("start", at)?, end: place("end", at)?, origin })
    };
    (0..fields.len()).map(token).collect()
}

fn column<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a ArrayRef, String> {
    batch.column_by_name(name).ok_or(format!("it has no column `{name}`"))
}

fn strings<'a>(column: &'a ArrayRef, name: &str) -> Result<&'a arrow_array::StringArray, String> {
    column.as_string_opt::<i32>().ok_or(format!("its `{name}` holds no text"))
}

fn list(batch: &RecordBatch, name: &str, row: usize) -> Result<ArrayRef, String> {
    Ok(column(batch, name)?.as_list_opt::<i32>().ok_or(format!("its `{name}` holds no lists"))?.value(row))
}

fn singles(batch: &RecordBatch, name: &str, row: usize) -> Result<Vec<f32>, String> {
    let list = list(batch, name, row)?;
    let values = list.as_primitive_opt::<Float32Type>().ok_or(format!("its `{name}` are no floats"))?;
    Ok(values.values().to_vec())
}

fn double(batch: &RecordBatch, name: &str, row: usize) -> Result<Option<f64>, String> {
    let column = column(batch, name)?.as_primitive_opt::<Float64Type>().ok_or(format!("its `{name}` is no double"))?;
    Ok(column.is_valid(row).then(|| column.value(row)))
}

fn count(batch: &RecordBatch, name: &str, row: usize) -> Result<Option<usize>, String> {
    let column = column(batch, name)?.as_primitive_opt::<Int64Type>().ok_or(format!("its `{name}` is no int64"))?;
    let value = column.is_valid(row).then(|| usize::try_from(column.value(row)));
    value.transpose().map_err(|_| format!("its `{name}` is below zero"))
}
