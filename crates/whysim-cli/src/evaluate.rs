//! `whysim evaluate`: a model and a file of pairs in, a report out.

use std::num::NonZeroUsize;

use whysim::evaluate::{Metric, Settings, evaluate};
use whysim::pairs::{Scores, gold};
use whysim::{Options, render};

use crate::args::{Evaluate, Model, Page};
use crate::output::Target;
use crate::pairs;
use crate::progress::Bars;
use crate::texts::usage;
use crate::voice::Voice;

pub fn run(args: &Evaluate, voice: &Voice) -> anyhow::Result<()> {
    let target = Target::new(args.output.as_deref())?;
    let page = target.page(args.format)?;
    let mut settings = settings(args)?;
    let pairs = match &args.data.data {
        Some(data) => pairs::rows(data, &args.data.rows.reading(Scores::Required), voice)?.pairs(),
        None => Vec::new(),
    };
    settings.gold = args.data.gold.iter().map(|file| gold::read(file)).collect::<whysim::Result<_>>()?;
    let own = Model { model: args.model.clone(), revision: args.revision.clone(), truncate_dim: args.truncate_dim };
    let encoder = own.load(voice)?;
    let against = match &args.against {
        Some(_) => Some(Model { model: args.against.clone(), revision: None, truncate_dim: None }.load(voice)?),
        None => None,
    };
    let report = {
        let bars = Bars::listening(voice)?;
        evaluate(encoder, against.as_ref(), &pairs, &settings, &bars)?
    };
    let out = match page {
        Page::Text => render::report::terminal(&report),
        Page::Json => render::report::json(&report),
        Page::Html => render::report::html(&report),
    };
    target.write(out.as_bytes())
}

fn settings(args: &Evaluate) -> anyhow::Result<Settings> {
    let how = &args.how;
    let default = Settings::default();
    let method = Options { layer: how.layer, reference: how.reference.clone(), ..Options::default() };
    Ok(Settings {
        metrics: metrics(args)?,
        method,
        similarity: how.similarity,
        removal: how.removal,
        value: how.value,
        sample: args.data.sample.map_or(default.sample, NonZeroUsize::get),
        gold_sample: args.data.sample.map(NonZeroUsize::get),
        subsets: how.subsets,
        nodes: how.nodes.clone().unwrap_or(default.nodes),
        layers: how.layers.clone(),
        seed: args.data.seed,
        ..default
    })
}

/// What is measured: what `--metrics` names, or everything that there is data for.
fn metrics(args: &Evaluate) -> anyhow::Result<Vec<Metric>> {
    let (pairs, gold) = (args.data.data.is_some(), !args.data.gold.is_empty());
    let Some(named) = &args.metrics else {
        return Ok(if pairs { Metric::ALL.to_vec() } else { vec![Metric::Alignment] });
    };
    if named.contains(&Metric::Agreement) && args.against.is_none() {
        return Err(usage("agreement needs another model: name it with --against"));
    }
    match named.contains(&Metric::Alignment) {
        true if !gold => return Err(usage("alignment needs gold alignments: name a file with --gold")),
        false if gold => {
            return Err(usage("--gold is for the metric alignment, which --metrics leaves out: name it too"));
        }
        _ => {}
    }
    match named.iter().find(|metric| **metric != Metric::Alignment) {
        Some(metric) if !pairs => Err(usage(&format!("{metric} needs text pairs: name a file with --data"))),
        _ => Ok(named.clone()),
    }
}
