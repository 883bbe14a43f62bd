//! `whysim similarity`: two texts in, one number out.

use serde_json::json;
use whysim::Similarity;

use crate::args::{Plain, SimilarityOf};
use crate::output::Target;
use crate::voice::Voice;

pub fn run(args: &SimilarityOf, voice: &Voice) -> anyhow::Result<()> {
    let texts = args.texts.read()?;
    #[cfg(feature = "endpoint")]
    if let Some(endpoint) = args.endpoint.open(&args.model)? {
        let similarity = args.similarity.unwrap_or_default();
        let score = served(&endpoint, &texts, similarity, voice)?;
        return write(args.format, whysim::Embedder::name(&endpoint), similarity, score);
    }
    let encoder = args.model.load(voice)?;
    let prompt = encoder.prompt(None)?;
    let [a, b] = &texts;
    for (text, which) in [(a, "A"), (b, "B")] {
        voice.truncated(&format!("text {which}"), encoder.tokenize(prompt, text, which)?.truncated);
    }
    let similarity = encoder.similarity(args.similarity)?;
    write(args.format, &encoder.identity().name, similarity, encoder.compare(a, b, similarity)?)
}

fn write(format: Plain, name: &str, similarity: Similarity, score: f64) -> anyhow::Result<()> {
    let out = match format {
        // What single precision gives; JSON has every digit.
        Plain::Text => format!("{score:.6}\n"),
        Plain::Json => format!("{}\n", json!({"model": name, "similarity": similarity, "score": score})),
    };
    Target::Standard.write(out.as_bytes())
}

/// The similarity of two texts by the vectors that a server gives.
#[cfg(feature = "endpoint")]
fn served(
    endpoint: &whysim::endpoint::Endpoint,
    texts: &[String; 2],
    similarity: Similarity,
    voice: &Voice,
) -> anyhow::Result<f64> {
    if let Some((_, which)) = texts.iter().zip(["A", "B"]).find(|(text, _)| text.trim().is_empty()) {
        return Err(whysim::Error::EmptyText { which: which.to_owned() }.into());
    }
    let vectors = crate::endpoint::embed(endpoint, &[&texts[0], &texts[1]], voice)?;
    let [a, b] = [0, 1].map(|i| vectors[i].iter().map(|&value| f64::from(value)).collect::<Vec<_>>());
    Ok(similarity.of(&a, &b))
}
