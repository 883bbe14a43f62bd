//! Texts of a source: a file of lines, a table, JSON lines, or Parquet.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::pairs::DELIMITERS;
use crate::table::parquet::{Cell, Column, Holds, Table};
use crate::table::{self, Form, Separated, lines, listed, objects};

/// How sources are read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// The column of the texts. Files of lines have none.
    pub text: String,
    /// The column of the texts' names. None: `id`, or where there is none the file and the line,
    /// `FILE:LINE`.
    pub id: Option<String>,
    /// The ASCII character between columns. None: found in the header for CSV, a tab for TSV.
    pub delimiter: Option<u8>,
    /// What to do with texts of white space alone.
    pub empty: Empty,
}

/// What to do with texts of white space alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Empty {
    /// Stop with an error that names the line.
    #[default]
    Refuse,
    /// Leave them out and count them.
    Skip,
}

impl Default for Reading {
    fn default() -> Self {
        Self { text: "text".into(), id: None, delimiter: None, empty: Empty::Refuse }
    }
}

/// A row of a source.
pub(super) struct Row {
    pub(super) line: u64,
    pub(super) id: Option<String>,
    pub(super) text: String,
    pub(super) metadata: String,
}

impl Row {
    fn checked(self) -> Result<Self, Wrong> {
        if self.text.trim().is_empty() {
            return Err(Wrong::Empty("empty"));
        }
        match self.text.len().max(self.metadata.len()) > LARGEST {
            true => Err(Wrong::Other(format!("it is larger than {LARGEST} bytes: cut it into passages"))),
            false => Ok(self),
        }
    }
}

/// What is done with each row.
pub(super) type Work<'a> = dyn FnMut(Row) -> Result<()> + 'a;

/// The largest text and the largest metadata of a row, in bytes: no model reads more than a small
/// part of such a text, and a batch of them must fit a column.
const LARGEST: usize = 1 << 22;

/// The name of the column that holds names by default.
const ID: &str = "id";

/// Calls `work` with every row of a file that has a text, in order. Returns the number of those
/// without, and the names of columns that were left out since they hold neither text nor numbers.
///
/// # Errors
/// If the file cannot be read, or a row of it is wrong; the error names the line.
pub(super) fn each(path: &Path, reading: &Reading, work: &mut Work) -> Result<(usize, Vec<String>)> {
    let mut skipped = 0;
    let mut checked = |line: u64, unit: &str, row: Result<Row, Wrong>| {
        match (row.and_then(Row::checked), reading.empty) {
            (Err(Wrong::Empty(_)), Empty::Skip) => skipped += 1,
            (Err(wrong), _) => return Err(wrong.error(path, format!("{unit} {line}"))),
            (Ok(row), _) => work(row)?,
        }
        Ok(())
    };
    let left_out = match Form::of(path) {
        Some(Form::Parquet) => parquet(path, reading, &mut |line, row| checked(line, "row", row))?,
        form => {
            in_text(path, form, reading, &mut |line, row| checked(line, "line", row))?;
            Vec::new()
        }
    };
    Ok((skipped, left_out))
}

/// What is wrong with a row.
enum Wrong {
    /// Its text is `empty` or `null`.
    Empty(&'static str),
    /// It lacks what was asked for.
    Column(String),
    /// Anything else.
    Other(String),
}

impl Wrong {
    fn error(self, path: &Path, place: String) -> Error {
        let path = path.to_owned();
        match self {
            Self::Empty(what) => Error::EmptyRow { path, place, what },
            Self::Column(problem) => Error::Column { path, problem: format!("{place}: {problem}") },
            Self::Other(problem) => Error::Malformed { path, problem: format!("{place}: {problem}") },
        }
    }
}

impl From<String> for Wrong {
    fn from(problem: String) -> Self {
        Self::Other(problem)
    }
}

/// What is done with each numbered row, or with what is wrong with it.
type Numbered<'a> = dyn FnMut(u64, Result<Row, Wrong>) -> Result<()> + 'a;

fn in_text(path: &Path, form: Option<Form>, reading: &Reading, work: &mut Numbered) -> Result<()> {
    match form {
        Some(Form::Lines) => lines(&table::bytes(path)?).try_for_each(|(line, text)| {
            let row = text.map(|text| Row { line, id: None, text, metadata: "{}".into() });
            work(line, row.map_err(Wrong::Other))
        }),
        Some(Form::JsonLines) => objects(&table::bytes(path)?).try_for_each(|(line, object)| {
            work(line, object.map_err(Wrong::Other).and_then(|object| of_object(line, object, reading)))
        }),
        Some(Form::Csv) => {
            let bytes = table::bytes(path)?;
            let fits = |header: &[&str]| header.iter().any(|name| name.trim() == reading.text);
            let found = || table::delimiter(&bytes, &DELIMITERS, fits).unwrap_or(b',');
            separated(path, &bytes, reading.delimiter.unwrap_or_else(found), reading, work)
        }
        Some(Form::Tsv) => separated(path, &table::bytes(path)?, reading.delimiter.unwrap_or(b'\t'), reading, work),
        Some(Form::Parquet) | None => Err(Error::Unsupported {
            what: "source",
            got: path.display().to_string(),
            supported: "names ending in .txt (a text a line), .csv, .tsv, .jsonl or .parquet".into(),
        }),
    }
}

fn separated(path: &Path, bytes: &[u8], delimiter: u8, reading: &Reading, work: &mut Numbered) -> Result<()> {
    let mut table = Separated::new(path, bytes, delimiter)?;
    let header: Vec<String> = table.header.iter().map(|name| name.trim().to_owned()).collect();
    let columns = Columns::find(path, &header, reading)?;
    table.records().try_for_each(|(line, record)| {
        let row = record.map(|record| columns.row(line, record.iter().map(Value::from).collect()));
        work(line, row.map_err(Wrong::Other))
    })
}

/// The columns of a table: which holds what.
struct Columns {
    text: usize,
    id: Option<usize>,
    /// The names of all, for the metadata.
    names: Vec<String>,
}

impl Columns {
    fn find(path: &Path, header: &[String], reading: &Reading) -> Result<Self> {
        let has = || listed(header.iter().filter(|name| !name.is_empty()));
        let named = |name: &str| header.iter().position(|column| column == name);
        let missing = |name: &str, option: &str| {
            let problem = format!("it has no column `{name}`; it has {}: name the column of the {option}", has());
            Error::Column { path: path.to_owned(), problem }
        };
        let twice = |(i, name): &(usize, &String)| !name.is_empty() && named(name) != Some(*i);
        if let Some((_, name)) = header.iter().enumerate().find(twice) {
            return Err(Error::malformed(path, format!("it has two columns `{name}`: rename one")));
        }
        let id = match &reading.id {
            Some(name) => Some(named(name).ok_or_else(|| missing(name, "names"))?),
            None => named(ID),
        };
        let text = named(&reading.text).ok_or_else(|| missing(&reading.text, "texts"))?;
        let name =
            |(i, name): (usize, &String)| if name.is_empty() { format!("column {}", i + 1) } else { name.clone() };
        Ok(Self { text, id: id.filter(|&id| id != text), names: header.iter().enumerate().map(name).collect() })
    }

    /// A row of one value a column; None for what is left out.
    fn row(&self, line: u64, mut values: Vec<Value>) -> Row {
        let mut take = |place: usize| values.get_mut(place).map(Value::take).and_then(plain);
        let (text, id) = (take(self.text).unwrap_or_default(), self.id.and_then(take));
        let others = self.names.iter().zip(values).enumerate();
        let others = others.filter(|(i, _)| *i != self.text && Some(*i) != self.id);
        let metadata = others.map(|(_, (name, value))| (name.clone(), value)).collect::<Map<_, _>>();
        Row { line, id, text, metadata: Value::Object(metadata).to_string() }
    }
}

/// Text, or a number as text.
fn plain(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Null => None,
        other => Some(other.to_string()),
    }
}

fn of_object(line: u64, mut object: Map<String, Value>, reading: &Reading) -> Result<Row, Wrong> {
    let missing = |name: &str, object: &Map<String, Value>| {
        Wrong::Column(format!("it has no `{name}`: name the columns; it has {}", listed(object.keys())))
    };
    if object.get(&reading.text).is_some_and(Value::is_null) {
        return Err(Wrong::Empty("null"));
    }
    let text = table::text(&object, &reading.text)?.ok_or_else(|| missing(&reading.text, &object))?;
    let id = match &reading.id {
        Some(name) => Some(table::text(&object, name)?.ok_or_else(|| missing(name, &object))?),
        None => table::text(&object, ID)?,
    };
    object.remove(&reading.text);
    object.remove(reading.id.as_deref().unwrap_or(ID));
    Ok(Row { line, id, text, metadata: Value::Object(object).to_string() })
}

fn parquet(path: &Path, reading: &Reading, work: &mut Numbered) -> Result<Vec<String>> {
    Table::read(path, |table| {
        let all = table.columns();
        let is_read = |column: &Column| !column.name.is_empty() && column.holds != Holds::Other;
        let kept: Vec<usize> = (0..all.len()).filter(|&i| is_read(&all[i])).collect();
        let header: Vec<String> = kept.iter().map(|&i| all[i].name.clone()).collect();
        let columns = Columns::find(path, &header, reading)?;
        let text = &all[kept[columns.text]];
        if text.holds != Holds::Text {
            let problem = format!("its column `{}` holds {}, not text", text.name, text.kind);
            return Err(Error::malformed(path, problem));
        }
        let mut line = 0;
        for group in table.groups() {
            let group = group?;
            let cells = kept.iter().map(|&i| group.cells(i)).collect::<Result<Vec<_>>>()?;
            let mut cells: Vec<_> = cells.into_iter().map(Vec::into_iter).collect();
            while let Some(values) = cells.iter_mut().map(Iterator::next).collect::<Option<Vec<Cell>>>() {
                line += 1;
                let values = values.into_iter().zip(&kept).map(|(cell, &i)| value(cell, all[i].holds));
                let values = values.collect::<Result<_, _>>().map_err(Wrong::Other);
                work(line, values.map(|values| columns.row(line, values)))?;
            }
        }
        let mut left_out: Vec<String> = Vec::new();
        for column in all.iter().filter(|column| !is_read(column)) {
            // A structure's parts lie beside each other.
            if left_out.last() != Some(&column.root) {
                left_out.push(column.root.clone());
            }
        }
        Ok(left_out)
    })
}

/// A cell as JSON; a number that JSON has not, such as NaN, as text.
fn value(cell: Cell, holds: Holds) -> Result<Value, String> {
    let Some(text) = cell? else { return Ok(Value::Null) };
    match holds {
        Holds::Number | Holds::Flag => Ok(serde_json::from_str(&text).unwrap_or(Value::String(text))),
        Holds::Text | Holds::Other => Ok(Value::String(text)),
    }
}
