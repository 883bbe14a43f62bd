//! `whysim relevance`: a query and passages in, each passage token's share of the score out.

use whysim::{Options, Relevance, Similarity, render};

use crate::args::{self, Plain};
use crate::output::Target;
use crate::progress::Bars;
use crate::texts::with_lines;
use crate::voice::Voice;

pub fn run(args: &args::Relevance, voice: &Voice) -> anyhow::Result<()> {
    let passages = with_lines(&args.asked.passages, args.asked.max_bytes)?;
    #[cfg(feature = "endpoint")]
    if let Some(endpoint) = args.endpoint.open(&args.model)? {
        let (all, similarity) = crate::served::relevance(endpoint, args, &passages, voice)?;
        return Target::Standard.write(draw(&all, similarity, args).as_bytes());
    }
    let encoder = args.model.load(voice)?;
    let options = Options { prompt: args.asked.prompt_passage.clone(), ..args.method.options()? };
    let similarity = encoder.similarity(args.method.similarity)?;
    let all = {
        let bars = Bars::listening(voice)?;
        let prompt = args.asked.prompt_query.as_deref();
        encoder.relevance_with_progress(&args.asked.query, &passages, prompt, &options, similarity, &bars)?
    };
    for (i, one) in all.iter().enumerate() {
        let which = format!("passage {}", i + 1);
        voice.truncated(&which, one.truncated);
        voice.missed(&which, one.convergence);
    }
    Target::Standard.write(draw(&all, similarity, args).as_bytes())
}

fn draw(all: &[Relevance], similarity: Similarity, args: &args::Relevance) -> String {
    match args.format {
        Plain::Text => render::relevance(all, similarity, args.top),
        Plain::Json => render::relevance_json(all),
    }
}
