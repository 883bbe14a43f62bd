//! `whysim compare`: two models and a pair of texts in, or a file of pairs; what moves out.

use std::path::Path;

use anyhow::bail;
use whysim::compare::{Comparison, Settings, Subject, compare, compare_pairs};
use whysim::pairs::Scores;
use whysim::{Encoder, Options, render};

use crate::args::{Compare, Model, Plain};
use crate::output::Target;
use crate::pairs;
use crate::progress::Bars;
use crate::texts::usage;
use crate::voice::Voice;

pub fn run(args: &Compare, voice: &Voice) -> anyhow::Result<()> {
    let target = Target::new(args.destination.output.as_deref())?;
    let format = target.plain(args.destination.format)?;
    let options = options(args)?;
    let out = match &args.data.data {
        Some(file) => file_of_pairs(args, file, format, &options, voice)?,
        None => pair(args, format, &options, voice)?,
    };
    target.write(out.as_bytes())
}

fn pair(args: &Compare, format: Plain, options: &[Options; 2], voice: &Voice) -> anyhow::Result<String> {
    let [a, b] = args.texts.read()?;
    let encoders = encoders(args, voice)?;
    let found = {
        let _sign = voice.sign_of_life("comparing");
        compare([&a, &b], &subjects(args, &encoders, options)?, args.words)?
    };
    warn(&found, voice);
    Ok(match format {
        Plain::Text => render::comparison(&found, args.words),
        Plain::Json => render::comparison_json(&found),
    })
}

fn file_of_pairs(
    args: &Compare,
    file: &Path,
    format: Plain,
    options: &[Options; 2],
    voice: &Voice,
) -> anyhow::Result<String> {
    let data = pairs::rows(file, &args.data.rows.reading(Scores::Optional), voice)?;
    if let Some(alone) = data.rows.iter().position(|row| row.b.is_none()) {
        bail!("{}: row {} has no second text: `compare` takes pairs; see --columns", file.display(), alone + 1);
    }
    let encoders = encoders(args, voice)?;
    let settings =
        Settings { top: args.data.top, sample: args.data.sample, word_pairs: args.words, seed: args.data.sample_seed };
    let found = {
        let bars = Bars::listening(voice)?;
        compare_pairs(&data.rows, &subjects(args, &encoders, options)?, &settings, &bars)?
    };
    for pair in &found.moved {
        truncated(&format!(" of pair {}", pair.number), &pair.comparison, voice);
    }
    Ok(match format {
        Plain::Text => render::overview(&found, args.words),
        Plain::Json => render::overview_json(&found),
    })
}

/// How each of the two explains.
fn options(args: &Compare) -> anyhow::Result<[Options; 2]> {
    if args.models.is_none() && args.layers.is_none() {
        return Err(usage("there is nothing to compare: give --models M1 M2, or --layers L1 L2 of one model"));
    }
    let options = args.method.options_by_words()?;
    let layer = |i: usize| args.layers.as_ref().and_then(|layers| layers.get(i).copied()).or(options.layer);
    Ok([0, 1].map(|i| Options { layer: layer(i), ..options.clone() }))
}

/// The two models, or the one.
fn encoders(args: &Compare, voice: &Voice) -> anyhow::Result<Vec<Encoder>> {
    let load = |model: Option<String>| Model { model, revision: None, truncate_dim: None }.load(voice);
    match &args.models {
        Some(models) => models.iter().map(|model| load(Some(model.clone()))).collect(),
        None => {
            let model = args.model.clone().or_else(|| std::env::var("WHYSIM_MODEL").ok());
            Ok(vec![load(model)?])
        }
    }
}

fn subjects<'a>(
    args: &Compare,
    encoders: &'a [Encoder],
    options: &'a [Options; 2],
) -> whysim::Result<[Subject<'a>; 2]> {
    let subject = |i: usize| -> whysim::Result<Subject<'a>> {
        let encoder = &encoders[i.min(encoders.len() - 1)];
        let similarity = encoder.similarity(args.method.similarity)?;
        Ok(Subject { encoder, options: &options[i], similarity })
    };
    Ok([subject(0)?, subject(1)?])
}

/// What may be wrong with the result of one pair.
fn warn(found: &Comparison, voice: &Voice) {
    truncated("", found, voice);
    for (name, e) in found.names.iter().zip(&found.explanations) {
        for (which, convergence) in ["A", "B"].into_iter().zip(e.convergence()) {
            voice.missed(&format!("text {which} ({name})"), convergence);
        }
    }
}

fn truncated(of: &str, found: &Comparison, voice: &Voice) {
    for (name, e) in found.names.iter().zip(&found.explanations) {
        voice.truncated(&format!("text A{of} ({name})"), e.a.truncated);
        voice.truncated(&format!("text B{of} ({name})"), e.b.truncated);
    }
}
