//! `whysim similarity`: two texts in, one number out.

use serde_json::json;

use crate::args::{Plain, SimilarityOf};
use crate::output::Target;
use crate::voice::Voice;

pub fn run(args: &SimilarityOf, voice: &Voice) -> anyhow::Result<()> {
    let [a, b] = args.texts.read()?;
    let encoder = args.model.load(voice)?;
    let prompt = encoder.prompt(None)?;
    for (text, which) in [(&a, "A"), (&b, "B")] {
        voice.truncated(&format!("text {which}"), encoder.tokenize(prompt, text, which)?.truncated);
    }
    let similarity = args.similarity.unwrap_or(encoder.similarity());
    let score = encoder.compare(&a, &b, similarity)?;
    let out = match args.format {
        // What single precision gives; JSON has every digit.
        Plain::Text => format!("{score:.6}\n"),
        Plain::Json => {
            format!("{}\n", json!({"model": encoder.identity().name, "similarity": similarity, "score": score}))
        }
    };
    Target::Standard.write(out.as_bytes())
}
