//! Files of contrast tests, and the tests inside the library.
//!
//! JSON lines (`.jsonl`, `.ndjson`, `.json`), an object a line, or a table with a header (`.csv`,
//! `.tsv`; a TSV file has no quotes). Keys or columns: `anchor`, `closer`, `farther`, and if there
//! are any `category`, `margin` and `note`; others are left alone.

use std::ffi::OsStr;
use std::path::Path;

use serde_json::Value;

use super::{Test, UNNAMED};
use crate::encoding;
use crate::error::{Error, Result};
use crate::pairs::DELIMITERS;

/// The tests inside the library.
const BUILTIN: &str = include_str!("builtin.jsonl");

/// The tests inside the library: plain English, about as many of each category.
///
/// # Errors
/// Never; its signature is that of [`read`].
pub fn builtin() -> Result<Vec<Test>> {
    parsed("the built-in tests", BUILTIN)
}

/// The tests of JSON lines that are in memory. name: what errors call them.
///
/// # Errors
/// As [`read`].
pub fn parsed(name: &str, lines: &str) -> Result<Vec<Test>> {
    parse(Path::new(name), lines, Form::JsonLines)
}

/// Reads a file of tests.
///
/// # Errors
/// If the file cannot be read, is of an unknown kind, lacks a column, has no tests, or has a bad
/// one; the error names the line.
pub fn read(path: &Path) -> Result<Vec<Test>> {
    let form = Form::of(path)?;
    let bytes = std::fs::read(path).map_err(Error::io("read", path))?;
    let text = encoding::decode(&bytes, "it").map_err(|problem| Error::malformed(path, problem))?;
    parse(path, &text, form)
}

#[derive(Clone, Copy, PartialEq)]
enum Form {
    JsonLines,
    Csv,
    Tsv,
}

impl Form {
    fn of(path: &Path) -> Result<Self> {
        let ending = path.extension().and_then(OsStr::to_str).unwrap_or_default().to_ascii_lowercase();
        match ending.as_str() {
            "jsonl" | "ndjson" | "json" => Ok(Self::JsonLines),
            "csv" => Ok(Self::Csv),
            "tsv" => Ok(Self::Tsv),
            _ => Err(Error::Unsupported {
                what: "file of tests",
                got: path.display().to_string(),
                supported: "names ending in .jsonl, .csv or .tsv".into(),
            }),
        }
    }
}

/// The fields of a test as text, by name.
type Get<'a> = dyn Fn(&str) -> Result<Option<String>, String> + 'a;

fn parse(path: &Path, text: &str, form: Form) -> Result<Vec<Test>> {
    let tests = match form {
        Form::JsonLines => objects(path, text)?,
        Form::Csv => {
            let has = |delimiter: &u8| header(text, *delimiter).iter().any(|name| name == "anchor");
            table(path, text, DELIMITERS.into_iter().find(has).unwrap_or(b','))?
        }
        Form::Tsv => table(path, text, b'\t')?,
    };
    if tests.is_empty() { Err(Error::malformed(path, "it holds no tests")) } else { Ok(tests) }
}

fn objects(path: &Path, text: &str) -> Result<Vec<Test>> {
    let lines = text.lines().zip(1u64..).filter(|(line, _)| !line.trim().is_empty());
    lines.map(|(line, number)| object(line).map_err(|problem| at(path, number, &problem))).collect()
}

fn object(line: &str) -> Result<Test, String> {
    let value: Value = serde_json::from_str(line).map_err(|e| format!("it is not JSON: {e}"))?;
    let object = value.as_object().ok_or("it is not a JSON object")?;
    test(&|name| match object.get(name) {
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        Some(Value::Null) | None => Ok(None),
        Some(_) => Err(format!("its `{name}` is neither text nor a number")),
    })
}

fn reader(text: &str, delimiter: u8) -> csv::Reader<&[u8]> {
    let quoting = delimiter != b'\t';
    csv::ReaderBuilder::new().delimiter(delimiter).quoting(quoting).flexible(true).from_reader(text.as_bytes())
}

/// The names of a table's columns.
fn header(text: &str, delimiter: u8) -> Vec<String> {
    let names =
        reader(text, delimiter).headers().map(|names| names.iter().map(|name| name.trim().to_owned()).collect());
    names.unwrap_or_default()
}

fn table(path: &Path, text: &str, delimiter: u8) -> Result<Vec<Test>> {
    let names = header(text, delimiter);
    if let Some(missing) = ["anchor", "closer", "farther"].iter().find(|name| !names.iter().any(|n| n == *name)) {
        let problem = format!("it has no column `{missing}`; it has {}", names.join(", "));
        return Err(Error::malformed(path, problem));
    }
    let one = |record: csv::Result<csv::StringRecord>| {
        let record = record.map_err(|error| Error::malformed(path, error))?;
        let line = record.position().map_or(0, csv::Position::line);
        if record.len() != names.len() {
            let problem = format!("it has {} fields, and the header {}", record.len(), names.len());
            return Err(at(path, line, &problem));
        }
        let field = |name: &str| {
            let place = names.iter().position(|column| column == name);
            Ok(place.and_then(|i| record.get(i)).filter(|field| !field.is_empty()).map(str::to_owned))
        };
        test(&field).map_err(|problem| at(path, line, &problem))
    };
    reader(text, delimiter).records().map(one).collect()
}

fn test(get: &Get) -> Result<Test, String> {
    let text = |name: &str| match get(name)? {
        Some(text) if !text.trim().is_empty() => Ok(text),
        Some(_) => Err(format!("its `{name}` is empty")),
        None => Err(format!("it has no `{name}`")),
    };
    let test = Test {
        anchor: text("anchor")?,
        closer: text("closer")?,
        farther: text("farther")?,
        category: get("category")?.filter(|name| !name.trim().is_empty()).unwrap_or_else(|| UNNAMED.to_owned()),
        margin: get("margin")?.as_deref().map_or(Ok(0.0), margin)?,
        note: get("note")?,
    };
    if test.closer == test.farther {
        return Err("its `closer` and `farther` are the same text, so neither can win".into());
    }
    Ok(test)
}

fn margin(text: &str) -> Result<f64, String> {
    let margin = text.trim().parse::<f64>().ok().filter(|margin| margin.is_finite() && *margin >= 0.0);
    margin.ok_or_else(|| format!("its margin `{text}` is not a number of 0 or more"))
}

fn at(path: &Path, line: u64, problem: &str) -> Error {
    Error::malformed(path, format!("line {line}: {problem}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(form: Form, text: &str) -> Result<Vec<Test>> {
        parse(Path::new("tests"), text, form)
    }

    #[test]
    fn the_built_in_tests_are_many_of_every_category() {
        let all = builtin().unwrap();
        let mut categories: Vec<&str> = all.iter().map(|test| test.category.as_str()).collect();
        categories.dedup();
        assert_eq!((all.len(), categories.len()), (60, 8));
        for category in categories {
            assert!(all.iter().filter(|test| test.category == category).count() >= 7, "{category}");
        }
        let mut texts: Vec<&str> =
            all.iter().flat_map(|test| [&test.anchor, &test.closer, &test.farther]).map(String::as_str).collect();
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), 3 * all.len(), "a text occurs twice");
    }

    #[test]
    fn every_form_gives_the_same_tests() {
        let json = r#"{"anchor": "a b", "closer": "a", "farther": "b", "category": "x", "margin": 0.1, "id": 7}

{"anchor": "a, \"c\"", "closer": "a", "farther": "b", "note": "why"}"#;
        let csv = "id,anchor,closer,farther,category,margin,note\n7,a b,a,b,x,0.1,\n8,\"a, \"\"c\"\"\",a,b,,,why\n";
        let tsv = "anchor\tcloser\tfarther\tcategory\tmargin\tnote\na b\ta\tb\tx\t0.1\t\na, \"c\"\ta\tb\t\t\twhy\n";
        let expected = of(Form::JsonLines, json).unwrap();
        assert_eq!((expected[0].margin, expected[1].category.as_str()), (0.1, UNNAMED));
        assert_eq!(of(Form::Csv, csv).unwrap(), expected);
        assert_eq!(of(Form::Csv, &tsv.replace('\t', ";").replace("a, \"c\"", "\"a, \"\"c\"\"\"")).unwrap(), expected);
        assert_eq!(of(Form::Tsv, tsv).unwrap(), expected);
        let line = serde_json::to_string(&expected[0]).unwrap();
        assert_eq!(of(Form::JsonLines, &line).unwrap()[0], expected[0]);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let good = r#"{"anchor": "a", "closer": "b", "farther": "c"}"#;
        for (bad, expected) in [
            ("[", "line 2: it is not JSON"),
            ("3", "line 2: it is not a JSON object"),
            (r#"{"anchor": "a", "closer": "b"}"#, "line 2: it has no `farther`"),
            (r#"{"anchor": " ", "closer": "b", "farther": "c"}"#, "line 2: its `anchor` is empty"),
            (r#"{"anchor": ["a"], "closer": "b", "farther": "c"}"#, "its `anchor` is neither text nor a number"),
            (r#"{"anchor": "a", "closer": "b", "farther": "b"}"#, "the same text"),
            (
                r#"{"anchor": "a", "closer": "b", "farther": "c", "margin": "much"}"#,
                "`much` is not a number of 0 or more",
            ),
            (r#"{"anchor": "a", "closer": "b", "farther": "c", "margin": -1}"#, "0 or more"),
        ] {
            let error = of(Form::JsonLines, &format!("{good}\n{bad}")).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        let csv = |text: &str| of(Form::Csv, text).unwrap_err().to_string();
        assert!(csv("anchor,closer\na,b\n").contains("no column `farther`; it has anchor, closer"));
        assert!(csv("anchor,closer,farther\na,b,c\na,b\n").contains("line 3: it has 2 fields, and the header 3"));
        assert!(csv("anchor,closer,farther\n").contains("no tests"));
        assert!(read(Path::new("tests.xlsx")).unwrap_err().to_string().contains(".jsonl, .csv or .tsv"));
    }
}
