//! `whysim search`: a query and an index in, the most similar texts out.

use whysim::index::{Found, Index, Search as Asked};
use whysim::render;

use crate::args::{Page, Search};
use crate::opened;
use crate::output::Target;
use crate::progress::Bars;
use crate::screen::terminal;
use crate::texts::usage;
use crate::voice::Voice;

pub fn run(args: &Search, voice: &Voice) -> anyhow::Result<()> {
    let target = Target::new(args.showing.output.as_deref())?;
    let page = target.page(args.showing.format)?;
    if args.margin && args.top < 2 {
        return Err(usage("--margin compares the first with the second: --top must be 2 or more"));
    }
    let index = opened::open(&args.index, voice)?;
    let encoder = opened::encoder(args.model.as_deref(), &index, voice)?;
    let search = Asked {
        top: args.top,
        prompt: args.prompt_query.clone(),
        highlight: (args.marking.spans > 0)
            .then(|| args.marking.options(whysim::highlight::Options::default().contributions)),
        margin: args.margin.then(Asked::by_words),
    };
    let found = {
        let bars = Bars::listening(voice)?;
        index.search(&encoder, &args.query, &search, &bars)?
    };
    doubt(&found, &index, voice);
    let out = match page {
        Page::Text => render::search(&found, &terminal((&args.showing).into(), &target)),
        Page::Json => render::search_json(&found),
        Page::Html => render::search_html(&found),
    };
    target.write(out.as_bytes())
}

/// Says that embeddings of the index are not what the model makes of the texts.
fn doubt(found: &Found, index: &Index, voice: &Voice) {
    let Some(hit) = found.doubtful.first().map(|&i| &found.hits[i]) else { return };
    let model = hit.highlight.as_ref().map_or(f64::NAN, |one| one.score);
    let others = match found.doubtful.len() - 1 {
        0 => String::new(),
        others => format!(" (and so with {others} more)"),
    };
    voice.warn(&format!(
        "{}: `{}` has {:.4} by its embedding there, and {model:.4} by the model{others}: these are not the model's embeddings \
         of these texts, and what is found may be wrong; remove the index and make it again",
        index.folder().display(),
        hit.record.id,
        hit.score,
    ));
}
