//! `whysim duplicates`: texts in, those that say the same out.

use whysim::duplicates::{Explaining, Options, find};
use whysim::render;

use crate::args::{Duplicates, Listing};
use crate::corpora::Corpora;
use crate::output::Target;
use crate::progress::Bars;
use crate::texts::usage;
use crate::voice::Voice;

pub fn run(args: &Duplicates, voice: &Voice) -> anyhow::Result<()> {
    let target = Target::new(args.listing.output.as_deref())?;
    let format = format(args, &target)?;
    let sets = Corpora::open(args, voice)?;
    let how = explaining(args, sets.prompt(args))?;
    let encoder = sets.encoder(args, voice)?;
    let names = sets.names(args);
    let model = sets.model(encoder.as_ref());
    options(args).check(sets.similarity(encoder.as_ref(), args)?)?;
    let bars = Bars::listening(voice)?;
    let (corpus, against) = sets.embedded(encoder.as_ref(), args, &bars)?;
    let mut found = find(corpus.as_ref(), against.as_deref(), &options(args), &bars)?;
    found.model = model;
    found.sets = names;
    if let Some(encoder) = encoder.filter(|_| args.finding.explain > 0) {
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

/// prompt: the name of the one that the texts were embedded with.
fn explaining(args: &Duplicates, prompt: Option<String>) -> anyhow::Result<Explaining> {
    let finding = &args.finding;
    if finding.longest == 0 && finding.explain > 0 {
        return Err(usage("--longest must be 1 or more, not 0"));
    }
    let options = whysim::Options { prompt, ..whysim::Options::default() };
    Ok(Explaining { pairs: finding.explain, longest: finding.longest, options, ..Explaining::default() })
}
