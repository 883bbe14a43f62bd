//! Files of text pairs with gold scores: STS-benchmark's own form, CSV and TSV with a line of names, and JSON lines.

use std::path::Path;

use csv::{ReaderBuilder, StringRecord};
use serde_json::Value;

use crate::error::{Error, Result};

/// Two texts and how similar people find them.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// Text A.
    pub a: String,
    /// Text B.
    pub b: String,
    /// The gold score, in the file's own unit.
    pub gold: f64,
}

/// What a file of pairs looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// STS-benchmark: no names, no quotes, separated by tabs: genre, file, year, id, score, sentence 1, sentence 2, and anything.
    Sts,
    /// A line of names, then values separated by commas, quoted where need be.
    Csv,
    /// A line of names, then values separated by tabs, never quoted.
    Tsv,
    /// One JSON object a line.
    Jsonl,
}

/// Which columns to read, and what scores there are.
#[derive(Clone, Debug, PartialEq)]
pub struct Columns {
    /// Name of the column of text A. Not used for [`Form::Sts`], as are the other names.
    pub a: String,
    /// Name of the column of text B.
    pub b: String,
    /// Name of the column of gold scores.
    pub gold: String,
    /// Least and largest gold score. A row outside of them is an error. None: 0 to 5 for [`Form::Sts`], 0 to 1 for the others.
    pub range: Option<[f64; 2]>,
}

impl Default for Columns {
    fn default() -> Self {
        Self { a: "sentence1".into(), b: "sentence2".into(), gold: "score".into(), range: None }
    }
}

/// Reads a file of pairs. `form`: what it looks like; None: by its ending (`.csv`, `.tsv`, `.jsonl`), and STS-benchmark's form, whose
/// files end in `.csv`, by its first line.
///
/// # Errors
/// When the file cannot be read, holds no pair, or a row is not one: the error names the line and what would be right.
pub fn read_pairs(path: &Path, form: Option<Form>, columns: &Columns) -> Result<Vec<Pair>> {
    let bytes = std::fs::read(path).map_err(Error::io("read", path))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let line = 1 + error.as_bytes()[..error.utf8_error().valid_up_to()].iter().filter(|&&b| b == b'\n').count();
        Error::malformed(path, format!("line {line} is not UTF-8; convert the file first"))
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let form = match form {
        Some(form) => form,
        None => guess(path, text)?,
    };
    let range = columns.range.unwrap_or(if form == Form::Sts { [0.0, 5.0] } else { [0.0, 1.0] });
    if !(range[0] < range[1] && range[1] - range[0] < f64::INFINITY) {
        let got = format!("{} to {}", range[0], range[1]);
        return Err(Error::Option { option: "score range", expected: "two numbers, the lesser first".into(), got });
    }
    let file = File { path, columns, range };
    let pairs = if form == Form::Jsonl { file.json(text)? } else { file.table(text, form)? };
    if pairs.is_empty() {
        return Err(Error::malformed(path, "it holds no pair"));
    }
    Ok(pairs)
}

fn guess(path: &Path, text: &str) -> Result<Form> {
    let first: Vec<&str> = text.lines().next().unwrap_or_default().split('\t').collect();
    if first.len() >= 7 && first[4].parse::<f64>().is_ok() {
        return Ok(Form::Sts);
    }
    match path.extension().and_then(std::ffi::OsStr::to_str).map(str::to_ascii_lowercase).as_deref() {
        Some("csv") => Ok(Form::Csv),
        Some("tsv") => Ok(Form::Tsv),
        Some("jsonl" | "ndjson") => Ok(Form::Jsonl),
        _ => {
            let problem =
                "neither its ending (.csv, .tsv, .jsonl) nor its first line says what form it has: name the form";
            Err(Error::malformed(path, problem))
        }
    }
}

/// A file that is being read.
struct File<'a> {
    path: &'a Path,
    columns: &'a Columns,
    range: [f64; 2],
}

impl File<'_> {
    fn wrong(&self, line: impl std::fmt::Display, problem: impl std::fmt::Display) -> Error {
        Error::malformed(self.path, format!("line {line}: {problem}"))
    }

    fn table(&self, text: &str, form: Form) -> Result<Vec<Pair>> {
        let mut reader = ReaderBuilder::new()
            .has_headers(form != Form::Sts)
            .delimiter(if form == Form::Csv { b',' } else { b'\t' })
            .quoting(form == Form::Csv)
            // STS-benchmark has rows with further fields.
            .flexible(form == Form::Sts)
            .from_reader(text.as_bytes());
        let at = match form {
            Form::Sts => [5, 6, 4],
            _ => self.places(reader.headers().map_err(|e| Error::malformed(self.path, e))?)?,
        };
        let row = |row: csv::Result<StringRecord>| {
            let row = row.map_err(|e| Error::malformed(self.path, e))?;
            let line = row.position().map_or(0, csv::Position::line);
            let [a, b, gold] = at.map(|i| row.get(i));
            let (Some(a), Some(b), Some(gold)) = (a, b, gold) else {
                let problem = format!("it has {} fields separated by tabs, not 7 or more", row.len());
                return Err(self.wrong(line, problem));
            };
            self.pair(line, a, b, gold.trim().parse().ok(), gold)
        };
        reader.records().map(row).collect()
    }

    /// Where the columns are.
    fn places(&self, names: &StringRecord) -> Result<[usize; 3]> {
        let place =
            |name: &str| names.iter().position(|n| n.trim() == name).ok_or_else(|| self.absent(name, names.iter()));
        Ok([place(&self.columns.a)?, place(&self.columns.b)?, place(&self.columns.gold)?])
    }

    fn absent<'a>(&self, name: &str, names: impl Iterator<Item = &'a str>) -> Error {
        let names = names.collect::<Vec<_>>().join("`, `");
        self.wrong(1, format!("there is no column `{name}`; there are `{names}`"))
    }

    fn json(&self, text: &str) -> Result<Vec<Pair>> {
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        lines.map(|(i, line)| self.object(i as u64 + 1, line)).collect()
    }

    fn object(&self, line: u64, text: &str) -> Result<Pair> {
        let object: Value = serde_json::from_str(text).map_err(|e| self.wrong(line, format!("it is not JSON: {e}")))?;
        let get = |name: &str| object.get(name).ok_or_else(|| self.wrong(line, format!("it has no key `{name}`")));
        let string = |name: &str| {
            let value = get(name)?;
            value.as_str().ok_or_else(|| self.wrong(line, format!("`{name}` is {value}, not a string")))
        };
        let gold = get(&self.columns.gold)?;
        self.pair(line, string(&self.columns.a)?, string(&self.columns.b)?, gold.as_f64(), &gold.to_string())
    }

    fn pair(&self, line: u64, a: &str, b: &str, gold: Option<f64>, written: &str) -> Result<Pair> {
        for (text, name) in [(a, "A"), (b, "B")] {
            if text.trim().is_empty() {
                return Err(self.wrong(line, format!("text {name} is empty")));
            }
        }
        let [least, most] = self.range;
        match gold.filter(|gold| (least..=most).contains(gold)) {
            Some(gold) => Ok(Pair { a: a.to_owned(), b: b.to_owned(), gold }),
            None => Err(self.wrong(line, format!("the score is `{written}`, not a number from {least} to {most}"))),
        }
    }
}
