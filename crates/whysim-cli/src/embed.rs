//! `whysim embed`: texts in, vectors out.

use std::fmt::Write;

use whysim::Encoder;

use crate::args::{Embed, Plain};
use crate::output::Target;
use crate::texts::with_lines;
use crate::voice::Voice;

pub fn run(args: &Embed, voice: &Voice) -> anyhow::Result<()> {
    let texts = with_lines(&args.texts)?;
    let encoder = args.model.load(voice)?;
    let prompt = args.prompt.as_deref();
    if !voice.quiet {
        let prompt = encoder.prompt(prompt)?;
        for (i, text) in texts.iter().enumerate() {
            let which = format!("number {}", i + 1);
            voice.truncated(&format!("text {which}"), encoder.tokenize(prompt, text, &which)?.truncated);
        }
    }
    let embeddings = encoder.embed(&texts, prompt)?;
    let out = match args.format {
        Plain::Text => lines(&embeddings),
        Plain::Json => json(&encoder, &embeddings)?,
    };
    Target::Standard.write(out.as_bytes())
}

fn lines(embeddings: &[Vec<f32>]) -> String {
    let mut out = String::new();
    for embedding in embeddings {
        for (i, value) in embedding.iter().enumerate() {
            // The shortest decimal that reads back to the same f32. Writing to memory cannot fail.
            let _ = write!(out, "{}{value}", if i > 0 { " " } else { "" });
        }
        out.push('\n');
    }
    out
}

/// One line for every embedding, so that line-wise tools can handle it too.
fn json(encoder: &Encoder, embeddings: &[Vec<f32>]) -> serde_json::Result<String> {
    let name = serde_json::to_string(&encoder.identity().name)?;
    let rows = embeddings.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>()?;
    let dim = encoder.dim();
    Ok(format!(
        "{{\n  \"model\": {name},\n  \"dim\": {dim},\n  \"embeddings\": [\n    {}\n  ]\n}}\n",
        rows.join(",\n    ")
    ))
}
