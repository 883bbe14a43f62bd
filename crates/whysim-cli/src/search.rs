//! `whysim search`: a query and an index in, the most similar texts out.

use anyhow::Context;
use whysim::index::{Change, Index, Search as Asked};
use whysim::{Encoder, render};

use crate::args::{Model, Page, Search};
use crate::output::Target;
use crate::texts::usage;
use crate::voice::Voice;

pub fn run(args: &Search, voice: &Voice) -> anyhow::Result<()> {
    let target = Target::new(args.output.as_deref())?;
    let format = format(args, &target)?;
    let index = Index::open(&args.index)?;
    told(&index, voice);
    let encoder = encoder(args, &index, voice)?;
    let search = Asked { top: args.top, prompt: args.prompt_query.clone(), margin: args.margin.then(Asked::by_words) };
    if args.margin && args.top < 2 {
        return Err(usage("--margin compares the first with the second: --top must be 2 or more"));
    }
    let found = {
        let _sign = voice.sign_of_life("searching");
        index.search(&encoder, &args.query, &search)?
    };
    let out = match format {
        Page::Text => render::search(&found),
        Page::Json => render::search_json(&found),
        Page::Html => render::search_html(&found),
    };
    target.write(out.as_bytes())
}

fn format(args: &Search, target: &Target) -> anyhow::Result<Page> {
    let format = match (args.format, target) {
        (Some(format), _) => format,
        (None, Target::Standard) => Page::Text,
        (None, Target::File(path)) => Page::of(path).ok_or_else(|| {
            let path = path.display();
            usage(&format!("{path} has no known extension: use .txt, .json or .html, or give --format"))
        })?,
    };
    if target.is_terminal() && format == Page::Html {
        anyhow::bail!("this format is not for a terminal: give --output FILE, or send standard output to a file");
    }
    Ok(format)
}

/// Says which files are no longer as they were indexed.
fn told(index: &Index, voice: &Voice) {
    let changes = index.changes().unwrap_or_else(|error| {
        voice.warn(&format!("whether files have changed since they were indexed is not known: {error}"));
        Vec::new()
    });
    for change in changes {
        let (file, what) = match change {
            Change::Gone(file) => (file, "is gone"),
            Change::Changed(file) => (file, "has changed"),
        };
        voice.warn(&format!(
            "{} {what} since it was indexed, and texts are found as they were then: run `whysim index` again",
            file.display()
        ));
    }
}

/// The model that the index was made with.
fn encoder(args: &Search, index: &Index, voice: &Voice) -> anyhow::Result<Encoder> {
    let made = &index.recipe().model;
    let load = |model: &str, revision: Option<String>| {
        Model { model: Some(model.to_owned()), revision, truncate_dim: made.truncate_dim }.load(voice)
    };
    match &args.model {
        Some(model) => load(model, None),
        None => load(&made.name, made.revision.clone()).with_context(|| {
            format!("cannot load `{}`, the model of the index: say with --model where it is now", made.name)
        }),
    }
}
