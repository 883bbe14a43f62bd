//! From a model and tests to a report.

use whysim_core::parallel;

use super::{Failure, Report, Test};
use crate::decomposition::Options;
use crate::encoder::Encoder;
use crate::error::{Error, Result};
use crate::progress::{Progress, steps};
use crate::similarity::{Similarity, wide};
use crate::text::Unit;

/// What errors call the texts of a test.
const NAMES: [&str; 3] = ["anchor", "closer", "farther"];

/// Runs tests: all are judged, and the failures that miss by most, `explain` of them, are taken
/// apart by words, or by sentences if `options` say so.
///
/// # Errors
/// As [`Encoder::decompose`], naming the text and its test; if there is no test; and
/// [`Error::Interrupted`] when `progress` says to stop.
pub fn run(
    encoder: &Encoder,
    tests: &[Test],
    options: &Options,
    similarity: Similarity,
    explain: usize,
    progress: &dyn Progress,
) -> Result<Report> {
    if tests.is_empty() {
        return Err(Error::Option { option: "tests", expected: "one at least".into(), got: "none".into() });
    }
    let scores = scores(encoder, tests, options.prompt.as_deref(), similarity, progress)?;
    let mut report = Report::new(&encoder.identity().name, similarity, tests, &scores);
    let numbers: Vec<usize> = report.missed().iter().take(explain).map(|outcome| outcome.number).collect();
    report.failures = steps(progress, "explaining failures", numbers, |&number| {
        let test = &tests[number - 1];
        let three = parallel::try_map(3, |i| {
            let which = format!("{} of test {number}", NAMES[i]);
            encoder.decompose_named(texts(test)[i], options, &which)
        })?;
        let unit = if options.unit == Unit::Token { Unit::Word } else { options.unit };
        Ok(Failure::new(number, three[0].margin(&three[1], &three[2], similarity)?.by(unit)))
    })?;
    Ok(report)
}

fn texts(test: &Test) -> [&str; 3] {
    [&test.anchor, &test.closer, &test.farther]
}

/// The anchor's similarities to the closer and to the farther text of every test.
fn scores(
    encoder: &Encoder,
    tests: &[Test],
    prompt: Option<&str>,
    similarity: Similarity,
    progress: &dyn Progress,
) -> Result<Vec<[f64; 2]>> {
    let all: Vec<&str> = tests.iter().flat_map(texts).collect();
    let known = encoder.prompt(prompt)?;
    parallel::try_map(all.len(), |i| {
        let which = format!("{} of test {}", NAMES[i % 3], i / 3 + 1);
        encoder.tokenize(known, all[i], &which).map(drop)
    })?;
    let embeddings = encoder.embed_with_progress(&all, prompt, progress)?;
    let score = |three: &[Vec<f32>]| {
        let [anchor, closer, farther] = [0, 1, 2].map(|i| wide(&three[i]));
        [similarity.of(&anchor, &closer), similarity.of(&anchor, &farther)]
    };
    Ok(embeddings.chunks_exact(3).map(score).collect())
}
