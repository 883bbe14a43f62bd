//! `whysim highlight`: a query and passages in, the passages with their answers marked out.

use std::path::Path;

use whysim::{Highlight, Similarity, render};

use crate::args::{self, Page};
use crate::output::Target;
use crate::progress::Bars;
use crate::screen::terminal;
use crate::texts::with_lines;
use crate::voice::Voice;

pub fn run(args: &args::Highlight, voice: &Voice) -> anyhow::Result<()> {
    let target = Target::new(args.showing.output.as_deref())?;
    let page = target.page(args.showing.format)?;
    let passages = with_lines(&args.asked.passages, args.asked.max_bytes)?;
    hint(&args.asked.passages, voice);
    let is_kept = |passage: &&String| !(args.skip_empty && passage.trim().is_empty());
    let kept: Vec<String> = passages.iter().filter(is_kept).cloned().collect();
    if kept.len() < passages.len() {
        voice.warn(&format!("{} empty and left out", counted(passages.len() - kept.len())));
    }
    let (found, similarity) = highlighted(args, &kept, voice)?;
    let mut found = found.into_iter();
    let all: Vec<Option<Highlight>> =
        passages.iter().map(|passage| is_kept(&passage).then(|| found.next()).flatten()).collect();
    let out = match page {
        Page::Text => render::highlight(&all, similarity, &terminal((&args.showing).into(), &target)),
        Page::Json => render::highlight_json(&all),
        Page::Html => render::highlight_html(&args.asked.query, &all, similarity),
    };
    target.write(out.as_bytes())
}

/// A passage that is the name of a file may have been meant for what is in it.
fn hint(typed: &[String], voice: &Voice) {
    if let Some(name) = typed.iter().find(|text| *text != "-" && Path::new(text).is_file()) {
        voice.note(&format!("the passage {name:?} is taken as it is; to read passages from that file: - < {name}"));
    }
}

fn counted(passages: usize) -> String {
    if passages == 1 { "one passage is".into() } else { format!("{passages} passages are") }
}

fn highlighted(
    args: &args::Highlight,
    passages: &[String],
    voice: &Voice,
) -> anyhow::Result<(Vec<Highlight>, Similarity)> {
    #[cfg(feature = "endpoint")]
    if let Some(endpoint) = args.endpoint.open(&args.model)? {
        return crate::served::highlight(endpoint, args, passages, voice);
    }
    let encoder = args.model.load(voice)?;
    let prompt = args.asked.prompt_passage.clone();
    let options = args.marking.options(whysim::Options { prompt, ..args.method.options_of_highlights()? });
    let similarity = encoder.similarity(args.method.similarity)?;
    let all = {
        let bars = Bars::listening(voice)?;
        encoder.highlight(
            &args.asked.query,
            passages,
            args.asked.prompt_query.as_deref(),
            &options,
            similarity,
            &bars,
        )?
    };
    for (i, one) in all.iter().enumerate() {
        voice.missed(&format!("passage {}", i + 1), one.convergence);
    }
    Ok((all, similarity))
}
