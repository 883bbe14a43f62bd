//! `whysim embed`: texts in, vectors out.

use std::fmt::Write;

use whysim::{Encoder, Error};

use crate::args::{Embed, Plain};
use crate::output::Target;
use crate::texts::with_lines;
use crate::voice::Voice;

pub fn run(args: &Embed, voice: &Voice) -> anyhow::Result<()> {
    let texts = with_lines(&args.texts, args.max_bytes)?;
    #[cfg(feature = "endpoint")]
    if let Some(endpoint) = args.endpoint.open(&args.model)? {
        let embeddings = served(&endpoint, &texts, args, voice)?;
        let dim = embeddings.iter().flatten().next().map_or(0, Vec::len);
        return write(args.format, whysim::Embedder::name(&endpoint), dim, &embeddings);
    }
    let encoder = args.model.load(voice)?;
    let prompt = args.prompt.as_deref();
    let embeddings = match voice.quiet && !args.skip_empty {
        true => encoder.embed(&texts, prompt)?.into_iter().map(Some).collect(),
        false => checked(&encoder, &texts, args, voice)?,
    };
    write(args.format, &encoder.identity().name, encoder.dim(), &embeddings)
}

fn write(format: Plain, name: &str, dim: usize, embeddings: &[Option<Vec<f32>>]) -> anyhow::Result<()> {
    let out = match format {
        Plain::Text => lines(embeddings),
        Plain::Json => json(name, dim, embeddings)?,
    };
    Target::Standard.write(out.as_bytes())
}

/// The embeddings that a server gives; None in the places of empty texts, if these are to be
/// skipped.
#[cfg(feature = "endpoint")]
fn served(
    endpoint: &whysim::endpoint::Endpoint,
    texts: &[String],
    args: &Embed,
    voice: &Voice,
) -> anyhow::Result<Vec<Option<Vec<f32>>>> {
    if args.prompt.is_some() {
        return Err(crate::texts::usage("--prompt cannot be used with --endpoint: put it before the texts"));
    }
    let is_skipped = |text: &str| args.skip_empty && text.trim().is_empty();
    for (i, _) in texts.iter().enumerate().filter(|(_, text)| is_skipped(text)) {
        voice.warn(&format!("text number {} is empty and was skipped", i + 1));
    }
    let kept: Vec<&str> = texts.iter().map(String::as_str).filter(|text| !is_skipped(text)).collect();
    let mut embeddings = crate::endpoint::embed(endpoint, &kept, voice)?.into_iter();
    Ok(texts.iter().map(|text| if is_skipped(text) { None } else { embeddings.next() }).collect())
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
fn json(name: &str, dim: usize, embeddings: &[Option<Vec<f32>>]) -> serde_json::Result<String> {
    let name = serde_json::to_string(name)?;
    let rows = embeddings.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>()?;
    Ok(format!(
        "{{\n  \"model\": {name},\n  \"dim\": {dim},\n  \"embeddings\": [\n    {}\n  ]\n}}\n",
        rows.join(",\n    ")
    ))
}
