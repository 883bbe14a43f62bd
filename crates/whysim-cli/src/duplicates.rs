//! `whysim duplicates`: texts in, those that say the same out.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use anyhow::bail;
use whysim::corpus::{Corpus, Embedded};
use whysim::duplicates::{Explaining, Options, find};
use whysim::{Encoder, render};

use crate::args::{Duplicates, Listing};
use crate::output::Target;
use crate::progress::Bars;
use crate::texts::{file_lines, usage};
use crate::voice::Voice;

pub fn run(args: &Duplicates, voice: &Voice) -> anyhow::Result<()> {
    let target = Target::new(args.listing.output.as_deref())?;
    let format = format(args, &target)?;
    let texts = texts(&args.files, args)?;
    let others = args.against.as_ref().map(|file| texts_of(file, args)).transpose()?;
    let encoder = args.model.load(voice)?;
    let bars = Bars::listening(voice)?;
    let corpus = embedded(texts, &encoder, args, &bars)?;
    let against = others.map(|texts| embedded(texts, &encoder, args, &bars)).transpose()?;
    let mut found = find(corpus.as_ref(), against.as_deref(), &options(args), &bars)?;
    if args.finding.explain > 0 {
        let Some(how) = explaining(args) else { return Err(usage("--longest must be 1 or more, not 0")) };
        found.explain(&encoder, &how, &bars)?;
    }
    drop(bars);
    let out = match format {
        Listing::Text => render::duplicates(&found, args.listing.top),
        Listing::Json => render::duplicates_json(&found),
        Listing::Csv => render::duplicates_csv(&found),
        Listing::Html => render::duplicates_html(&found),
    };
    target.write(out.as_bytes())
}

fn format(args: &Duplicates, target: &Target) -> anyhow::Result<Listing> {
    match (args.listing.format, target) {
        (Some(format), _) => Ok(format),
        (None, Target::Standard) => Ok(Listing::Text),
        (None, Target::File(path)) => Listing::of(path).ok_or_else(|| {
            let path = path.display();
            usage(&format!("{path} has no known extension: use .txt, .json, .csv or .html, or give --format"))
        }),
    }
}

fn options(args: &Duplicates) -> Options {
    let finding = &args.finding;
    Options {
        threshold: args.threshold,
        edges: finding.edges,
        listed: finding.listed,
        neighbours: finding.neighbours,
        least: finding.least,
        ..Options::default()
    }
}

fn explaining(args: &Duplicates) -> Option<Explaining> {
    let finding = &args.finding;
    let options = whysim::Options { prompt: args.prompt.clone(), ..whysim::Options::default() };
    let how = Explaining { pairs: finding.explain, longest: finding.longest, options, ..Explaining::default() };
    (finding.longest > 0).then_some(how)
}

/// Texts with their names.
struct Texts {
    ids: Vec<String>,
    texts: Vec<String>,
}

/// The texts of several files.
fn texts(files: &[PathBuf], args: &Duplicates) -> anyhow::Result<Texts> {
    if let [file] = files {
        return texts_of(file, args);
    }
    let mut seen = HashSet::new();
    if let Some(twice) = files.iter().find(|file| !seen.insert(*file)) {
        return Err(usage(&format!("{} is given twice", twice.display())));
    }
    let mut all = Texts { ids: Vec::new(), texts: Vec::new() };
    for file in files {
        let one = texts_of(file, args)?;
        all.ids.extend(one.ids.into_iter().map(|id| format!("{}:{id}", file.display())));
        all.texts.extend(one.texts);
    }
    Ok(all)
}

fn texts_of(file: &Path, args: &Duplicates) -> anyhow::Result<Texts> {
    let table = ["csv", "tsv", "jsonl", "json", "parquet"];
    let ending = file.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    if let Some(ending) = ending.filter(|ending| table.contains(&ending.as_str())) {
        bail!("{}: a .{ending} file is no list of texts: give a text file with one text a line", file.display());
    }
    let mut all = Texts { ids: Vec::new(), texts: Vec::new() };
    for (i, line) in file_lines(file, args.max_bytes)?.into_iter().enumerate() {
        if !line.trim().is_empty() {
            all.ids.push((i + 1).to_string());
            all.texts.push(line);
        }
    }
    if all.texts.is_empty() {
        bail!("{}: there is no text in it: give one text a line", file.display());
    }
    Ok(all)
}

/// The texts with their embeddings; those that are equal are embedded once.
fn embedded(texts: Texts, encoder: &Encoder, args: &Duplicates, bars: &Bars) -> anyhow::Result<Box<dyn Corpus>> {
    let Texts { ids, texts } = texts;
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut unique: Vec<&str> = Vec::new();
    let mut of = Vec::with_capacity(texts.len());
    for text in &texts {
        let place = *places.entry(text).or_insert(unique.len());
        if place == unique.len() {
            unique.push(text);
        }
        of.push(place);
    }
    let vectors = encoder.embed_with_progress(&unique, args.prompt.as_deref(), bars)?;
    let embeddings = of.iter().flat_map(|&place| vectors[place].iter().copied()).collect();
    let similarity = args.similarity.unwrap_or(encoder.similarity());
    Ok(Box::new(Embedded { ids, texts, embeddings, dim: encoder.dim(), similarity }))
}
