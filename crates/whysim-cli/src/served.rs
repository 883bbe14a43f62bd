//! Explanations of models behind a server, by removing words or sentences.

use whysim::endpoint::Endpoint;
use whysim::explained::{Outcome, explain_rows as explain_rows_by};
use whysim::pairs::{BadRows, Row};
use whysim::{Explanation, Highlight, Opaque, Options, Relevance, Similarity};

use crate::args;
use crate::endpoint::announce;
use crate::progress::Bars;
use crate::voice::Voice;

/// Why two texts are similar to the server's model.
pub fn explain(
    endpoint: Endpoint,
    args: &args::Explain,
    texts: [&str; 2],
    voice: &Voice,
) -> anyhow::Result<Explanation> {
    let prompt = args.pairing.prompt_a.clone().or(args.pairing.prompt_b.clone());
    let options = Options { prompt, precision: args.pairing.precision, ..args.method.options_of_endpoint()? };
    let model = Opaque::new(endpoint);
    for (text, which) in texts.iter().zip(["A", "B"]) {
        model.check(text, &options, which)?;
    }
    announce(model.embedder(), &model.parts(&texts, &options)?, voice);
    let bars = Bars::listening(voice)?;
    Ok(model.explain(texts, &options, args.method.similarity.unwrap_or_default(), &bars)?)
}

/// Why the two texts of each row are similar to the server's model.
pub fn explain_rows(
    endpoint: Endpoint,
    args: &args::Explain,
    (rows, bad_rows): (&[Row], BadRows),
    voice: &Voice,
) -> anyhow::Result<Outcome> {
    let prompt = args.pairing.prompt_a.clone().or(args.pairing.prompt_b.clone());
    let options = Options { prompt, precision: args.pairing.precision, ..args.method.options_of_endpoint()? };
    let model = Opaque::new(endpoint);
    let texts: Vec<&str> = rows.iter().flat_map(|row| [Some(row.a.as_str()), row.b.as_deref()]).flatten().collect();
    announce(model.embedder(), &model.parts(&texts, &options)?, voice);
    let similarity = args.method.similarity.unwrap_or_default();
    let bars = Bars::listening(voice)?;
    Ok(explain_rows_by(rows, bad_rows, &bars, |texts, progress| model.explain(texts, &options, similarity, progress))?)
}

/// What every passage's words add to its similarity to the query, and how texts were compared.
pub fn relevance(
    endpoint: Endpoint,
    args: &args::Relevance,
    passages: &[String],
    voice: &Voice,
) -> anyhow::Result<(Vec<Relevance>, Similarity)> {
    let prompt = args.asked.prompt_passage.clone().or(args.asked.prompt_query.clone());
    let options = Options { prompt, ..args.method.options_of_endpoint()? };
    let model = Opaque::new(endpoint);
    let passages: Vec<&str> = passages.iter().map(String::as_str).collect();
    announce(model.embedder(), &model.parts(&passages, &options)?, voice);
    let bars = Bars::listening(voice)?;
    let similarity = args.method.similarity.unwrap_or_default();
    Ok((model.relevance(&args.asked.query, &passages, &options, similarity, &bars)?, similarity))
}

/// What answers the query, and how texts were compared. Which words are removed follows from the
/// first answers, so that only the most that it may cost can be told before.
pub fn highlight(
    endpoint: Endpoint,
    args: &args::Highlight,
    passages: &[String],
    voice: &Voice,
) -> anyhow::Result<(Vec<Highlight>, Similarity)> {
    let prompt = args.asked.prompt_passage.clone().or(args.asked.prompt_query.clone());
    let unit = args.method.by.unwrap_or_default();
    let options = args.marking.options(Options { prompt, unit, ..args.method.options_of_endpoint()? });
    let model = Opaque::new(endpoint);
    let passages: Vec<&str> = passages.iter().map(String::as_str).collect();
    voice.note(&format!("sending at most {} texts", model.most_texts(&passages, &options)?));
    let bars = Bars::listening(voice)?;
    let similarity = args.method.similarity.unwrap_or_default();
    Ok((model.highlight(&args.asked.query, &passages, &options, similarity, &bars)?, similarity))
}
