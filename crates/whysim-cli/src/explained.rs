//! `whysim explain --pairs`: a file of pairs in; a page, lines of JSON or a list out.

use std::path::Path;

use anyhow::bail;
use whysim::explained::{Explained, Outcome, explain_rows, to_lines};
use whysim::pairs::{BadRows, Row, Scores};
use whysim::render::{self, ExplainedPage};
use whysim::{Error, Options};

use crate::args::{Explain, Format};
use crate::output::Target;
use crate::pairs;
use crate::progress::Bars;
use crate::screen;
use crate::texts::usage;
use crate::voice::Voice;

pub fn run(args: &Explain, file: &Path, voice: &Voice) -> anyhow::Result<()> {
    let target = Target::new(args.look.output.as_deref())?;
    let format = format(args, &target)?;
    let reading = args.file.rows.reading(Scores::Optional);
    let data = pairs::rows(file, &reading, voice)?;
    if let Some(alone) = data.rows.iter().position(|row| row.b.is_none()) {
        bail!("{}: row {} has no second text: `explain` takes pairs; see --columns", file.display(), alone + 1);
    }
    let outcome = explain(args, &data.rows, reading.bad_rows, voice)?;
    if outcome.explained.is_empty() {
        return Err(nothing(outcome).into());
    }
    warn(&outcome, voice);
    let (done, all) = (outcome.explained.len(), data.rows.len());
    let title = file.file_name().unwrap_or_default().to_string_lossy();
    let note = (outcome.left > 0).then(|| format!("stopped after {done} of {all} pairs"));
    let out = match format {
        Format::Html => {
            let page = ExplainedPage { title: Some(title.into_owned()), note, view: args.look.view };
            render::explained_html(&outcome.explained, &page)
        }
        Format::Jsonl => to_lines(&outcome.explained),
        // No other is let through.
        _ => render::explained(&outcome.explained, screen::terminal((&args.look).into(), &target).width),
    };
    target.write(out.as_bytes())?;
    if outcome.left > 0 { Err(Error::Partial { done, all }.into()) } else { Ok(()) }
}

/// Why there is no result.
fn nothing(outcome: Outcome) -> Error {
    match outcome.skipped.into_iter().next() {
        Some(skipped) if outcome.left == 0 => skipped.error,
        _ => Error::Interrupted,
    }
}

fn explain(args: &Explain, rows: &[Row], bad_rows: BadRows, voice: &Voice) -> anyhow::Result<Outcome> {
    #[cfg(feature = "endpoint")]
    if let Some(endpoint) = args.endpoint.open(&args.model)? {
        return crate::served::explain_rows(endpoint, args, (rows, bad_rows), voice);
    }
    let encoder = args.model.load(voice)?;
    let options = args.method.options()?;
    let [for_a, for_b] = [&args.pairing.prompt_a, &args.pairing.prompt_b].map(|prompt| Options {
        precision: args.pairing.precision,
        prompt: prompt.clone(),
        ..options.clone()
    });
    let similarity = encoder.similarity(args.method.similarity)?;
    let bars = Bars::listening(voice)?;
    let one = |texts: [&str; 2], progress: &dyn whysim::Progress| {
        encoder.explain_with_progress(texts, [&for_a, &for_b], similarity, progress)
    };
    Ok(explain_rows(rows, bad_rows, &bars, one)?)
}

/// The form of the result, before any work is done.
fn format(args: &Explain, target: &Target) -> anyhow::Result<Format> {
    let endings = "for --pairs use .html, .jsonl or .txt, or give --format";
    let format = match (args.look.format, target) {
        (Some(format), _) => format,
        (None, Target::Standard) => Format::Text,
        (None, Target::File(path)) => {
            Format::of(path).ok_or_else(|| usage(&format!("{} has no known extension: {endings}", path.display())))?
        }
    };
    match format {
        Format::Json | Format::Svg | Format::Png | Format::Pdf => {
            Err(usage(&format!("many pairs are a page, lines of JSON or a list: {endings} html, jsonl or text")))
        }
        Format::Html if target.is_terminal() => {
            bail!("this format is not for a terminal: give --output FILE, or send standard output to a file")
        }
        Format::Jsonl if args.look.view.is_some() => {
            Err(usage("--view chooses between two that JSON both has, as `matrix` and `interaction`: leave it out"))
        }
        _ if args.alignment.align.is_some() => Err(usage("--align is for one pair: leave it out with --pairs")),
        format => Ok(format),
    }
}

/// What may be wrong with some of the pairs, in a line for each kind.
fn warn(outcome: &Outcome, voice: &Voice) {
    if let Some(first) = outcome.skipped.first() {
        let count = outcome.skipped.len();
        voice
            .warn(&format!("{count} of the pairs could not be explained and were skipped; the first: {}", first.error));
    }
    let pairs = &outcome.explained;
    let count = |is: &dyn Fn(&Explained) -> bool| pairs.iter().filter(|pair| is(pair)).count();
    let cut = count(&|pair| pair.explanation.a.truncated.is_some() || pair.explanation.b.truncated.is_some());
    if cut > 0 {
        voice.warn(&format!(
            "{cut} of {} pairs have a text that is too long for the model, which read its beginning",
            pairs.len()
        ));
    }
    let missed = count(&|pair| pair.explanation.converged() == Some(false));
    if missed > 0 {
        voice.warn(&format!(
            "{missed} of {} pairs have a completeness gap above the tolerance; allow more nodes with --max-steps, or use a later \
             --layer",
            pairs.len()
        ));
    }
}
