//! `whysim index`: files in, an index on disk out.

use std::path::PathBuf;

use whysim::index::{Built, Empty, Model, Options, Reading, Stored, build};

use crate::args::{self, Index};
use crate::model::bundled;
use crate::output::Target;
use crate::progress::Bars;
use crate::texts::usage;
use crate::voice::Voice;

pub fn run(args: &Index, voice: &Voice) -> anyhow::Result<()> {
    check(args)?;
    let encoder = args.model.load(voice)?;
    let options = Options {
        reading: Reading {
            text: args.text.clone().unwrap_or_else(|| Reading::default().text),
            id: args.id.clone(),
            delimiter: args.delimiter,
            empty: if args.skip_empty { Empty::Skip } else { Empty::Refuse },
        },
        prompt: args.prompt.clone(),
        precision: if args.f16 { Stored::Float16 } else { Stored::Float32 },
        similarity: args.similarity,
        model: Some(named(&args.model)),
        ..Options::default()
    };
    let built = {
        let bars = Bars::listening(voice)?;
        build(&encoder, &args.files, &args.output, &options, &bars)?
    };
    if built.truncated > 0 {
        voice.warn(&format!(
            "{} embedded now {} longer than the {} tokens that the model reads: what comes later is not found. The first is \
             `{}`; `whysim search --format json` says of each text that it finds whether it is `truncated`",
            texts(built.truncated),
            if built.truncated == 1 { "is" } else { "are" },
            encoder.limit(),
            built.first_truncated.as_deref().unwrap_or_default()
        ));
    }
    if built.skipped > 0 {
        voice.warn(&format!("{} empty and left out", rows(built.skipped)));
    }
    Target::Standard.write(summary(&built).as_bytes())
}

/// # Errors
/// If an argument is about columns, and no file has any.
fn check(args: &Index) -> anyhow::Result<()> {
    let has_columns = |file: &PathBuf| !file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("txt"));
    let of_columns =
        [("text", args.text.is_some()), ("id", args.id.is_some()), ("delimiter", args.delimiter.is_some())];
    match of_columns.into_iter().find(|(_, given)| *given) {
        Some((name, _)) if !args.files.iter().any(has_columns) => Err(usage(&format!(
            "--{name} is about columns, and files of lines, which end in .txt, have none: leave it out"
        ))),
        _ => Ok(()),
    }
}

/// The model as it is found again from any folder.
fn named(model: &args::Model) -> Model {
    let name = model.model.as_deref().filter(|name| !name.is_empty() && !bundled::is(name));
    let found = name
        .map_or_else(|| Model { name: bundled::NAME.unwrap_or_default().to_owned(), ..Model::default() }, Model::named);
    Model { revision: model.revision.clone(), truncate_dim: model.truncate_dim, ..found }
}

/// What was done, in a line.
fn summary(built: &Built) -> String {
    let parts = [
        (built.kept, "as before"),
        (built.resumed, "of the run that was stopped"),
        (built.embedded, "embedded"),
        (built.removed, "removed"),
    ];
    let parts = parts.into_iter().filter(|(count, what)| *count > 0 || *what == "embedded");
    let parts: Vec<String> = parts.map(|(count, what)| format!("{} {what}", grouped(count))).collect();
    format!("{}: {}\n", texts(built.texts), parts.join(", "))
}

fn texts(count: usize) -> String {
    format!("{} {}", grouped(count), if count == 1 { "text" } else { "texts" })
}

fn rows(count: usize) -> String {
    if count == 1 { "1 row is".into() } else { format!("{} rows are", grouped(count)) }
}

/// 1234567 as 1,234,567.
fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_was_done() {
        let built = Built { texts: 10_000, kept: 9_990, embedded: 10, removed: 3, ..Built::default() };
        assert_eq!(summary(&built), "10,000 texts: 9,990 as before, 10 embedded, 3 removed\n");
        assert_eq!(summary(&Built { texts: 1, kept: 1, ..Built::default() }), "1 text: 1 as before, 0 embedded\n");
        assert_eq!([0, 12, 123, 1_234, 1_234_567].map(grouped), ["0", "12", "123", "1,234", "1,234,567"]);
    }
}
