//! `whysim embed`: texts in, vectors out.

use std::fmt::Write;

use whysim::{Encoder, Error};

use crate::args::{Embed, Plain};
use crate::output::Target;
use crate::texts::with_lines;
use crate::voice::Voice;

pub fn run(args: &Embed, voice: &Voice) -> anyhow::Result<()> {
    let texts = with_lines(&args.texts, args.max_bytes)?;
    let encoder = args.model.load(voice)?;
    let prompt = args.prompt.as_deref();
    let embeddings = match voice.quiet && !args.skip_empty {
        true => encoder.embed(&texts, prompt)?.into_iter().map(Some).collect(),
        false => checked(&encoder, &texts, args, voice)?,
    };
    let out = match args.format {
        Plain::Text => lines(&embeddings),
        Plain::Json => json(&encoder, &embeddings)?,
    };
    Target::Standard.write(out.as_bytes())
}

/// The embeddings of texts, with warnings of those that are cut; None in the places of empty ones,
/// if these are to be skipped.
fn checked(encoder: &Encoder, texts: &[String], args: &Embed, voice: &Voice) -> anyhow::Result<Vec<Option<Vec<f32>>>> {
    let prompt = args.prompt.as_deref();
    let before = encoder.prompt(prompt)?;
    let (mut kept, mut is_empty) = (Vec::new(), Vec::new());
    for (i, text) in texts.iter().enumerate() {
        let which = format!("number {}", i + 1);
        let tokens = match encoder.tokenize(before, text, &which) {
            Err(Error::EmptyText { .. }) if args.skip_empty => {
                voice.warn(&format!("text {which} is empty and was skipped"));
                is_empty.push(true);
                continue;
            }
            tokens => tokens?,
        };
        voice.truncated(&format!("text {which}"), tokens.truncated);
        kept.push(text);
        is_empty.push(false);
    }
    let mut embeddings = encoder.embed(&kept, prompt)?.into_iter();
    Ok(is_empty.into_iter().map(|is_empty| if is_empty { None } else { embeddings.next() }).collect())
}

fn lines(embeddings: &[Option<Vec<f32>>]) -> String {
    let mut out = String::new();
    for embedding in embeddings {
        for (i, value) in embedding.iter().flatten().enumerate() {
            // The shortest decimal that reads back to the same f32. Writing to memory cannot fail.
            let _ = write!(out, "{}{value}", if i > 0 { " " } else { "" });
        }
        out.push('\n');
    }
    out
}

/// One line for every embedding, so that line-wise tools can handle it too.
fn json(encoder: &Encoder, embeddings: &[Option<Vec<f32>>]) -> serde_json::Result<String> {
    let name = serde_json::to_string(&encoder.identity().name)?;
    let rows = embeddings.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>()?;
    let dim = encoder.dim();
    Ok(format!(
        "{{\n  \"model\": {name},\n  \"dim\": {dim},\n  \"embeddings\": [\n    {}\n  ]\n}}\n",
        rows.join(",\n    ")
    ))
}
