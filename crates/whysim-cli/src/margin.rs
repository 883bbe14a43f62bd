//! `whysim margin`: a query and two texts in, why one outranks the other out.

use whysim::text::Unit;
use whysim::{Options, render};

use crate::args::{self, Page};
use crate::output::Target;
use crate::progress::Bars;
use crate::voice::Voice;

/// What the output calls the two texts.
const NAMES: [&str; 2] = ["the first text", "the second text"];

pub fn run(args: &args::Margin, voice: &Voice) -> anyhow::Result<()> {
    let target = Target::new(args.output.as_deref())?;
    let page = target.page(args.format)?;
    let options = Options { unit: args.method.by.unwrap_or(Unit::Word), ..args.method.options()? };
    let encoder = args.model.load(voice)?;
    let similarity = encoder.similarity(args.method.similarity)?;
    let [query, text] =
        [&args.prompt_query, &args.prompt_passage].map(|prompt| Options { prompt: prompt.clone(), ..options.clone() });
    let texts = [("query", &args.query, &query), ("FIRST", &args.better, &text), ("SECOND", &args.worse, &text)];
    let parts = {
        let bars = Bars::listening(voice)?;
        let one = |(which, text, options): &(&str, &String, &Options)| {
            encoder.decompose_with_progress(text, options, which, &bars)
        };
        texts.iter().map(one).collect::<whysim::Result<Vec<_>>>()?
    };
    for (which, part) in ["the query", NAMES[0], NAMES[1]].into_iter().zip(&parts) {
        voice.truncated(which, part.truncated);
        voice.missed(which, part.convergence());
    }
    let found = parts[0].margin(&parts[1], &parts[2], similarity)?;
    let out = match page {
        Page::Text => render::margin(&found, NAMES, args.top),
        Page::Json => render::margin_json(&found),
        Page::Html => render::margin_html(&found, NAMES),
    };
    target.write(out.as_bytes())
}
