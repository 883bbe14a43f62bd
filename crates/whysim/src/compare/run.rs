//! From two models and texts to what moves between them.

use whysim_core::parallel;

use super::Subject;
use super::comparison::Comparison;
use super::overview::{Overview, Settings, choose};
use crate::error::{Error, Result};
use crate::pairs::Row;
use crate::progress::{Progress, steps};
use crate::similarity::wide;

/// Pairs that are embedded between two checks for cancellation.
const TOGETHER: usize = 64;

/// What moves for one pair of texts. `keep`: how many pairs of words to list.
///
/// # Errors
/// As [`Encoder::explain`](crate::Encoder::explain).
pub fn compare(texts: [&str; 2], subjects: &[Subject; 2], keep: usize) -> Result<Comparison> {
    let [first, second] =
        subjects.map(|subject| subject.encoder.explain(texts, [subject.options; 2], subject.similarity));
    Comparison::new([&first?, &second?], keep)
}

/// What moves over many pairs of texts. All of them are embedded; those that moved most, and a
/// sample, are explained.
///
/// # Errors
/// As [`Encoder::explain`](crate::Encoder::explain); if there is no pair, or a row has no second
/// text; and [`Error::Interrupted`] when `progress` says to stop.
pub fn compare_pairs(
    rows: &[Row],
    subjects: &[Subject; 2],
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<Overview> {
    let wrong =
        |got: String| Error::Option { option: "pairs", expected: "rows of two texts, one at least".into(), got };
    if rows.is_empty() {
        return Err(wrong("none".into()));
    }
    let text = |(i, row): (usize, &Row)| match &row.b {
        Some(b) => Ok([row.a.clone(), b.clone()]),
        None => Err(wrong(format!("one text alone in row {}", i + 1))),
    };
    let texts: Vec<[String; 2]> = rows.iter().enumerate().map(text).collect::<Result<_>>()?;
    let gold: Vec<Option<f64>> = rows.iter().map(|row| row.score).collect();
    let first = scores(&subjects[0], &texts, progress)?;
    let second = scores(&subjects[1], &texts, progress)?;
    let scores: Vec<[f64; 2]> = first.into_iter().zip(second).map(|(x, y)| [x, y]).collect();
    let chosen = choose(&scores, settings);
    let compared = steps(progress, "explaining", chosen.all(), |&i| {
        let [a, b] = &texts[i];
        compare([a, b], subjects, settings.word_pairs)
    })?;
    Ok(Overview::new(&scores, &gold, &chosen, compared))
}

/// The similarity of every pair, `[pairs]`.
fn scores(subject: &Subject, texts: &[[String; 2]], progress: &dyn Progress) -> Result<Vec<f64>> {
    let Subject { encoder, options, similarity } = subject;
    let prompt = options.prompt.as_deref();
    let known = encoder.prompt(prompt)?;
    parallel::try_map(texts.len(), |i| {
        let check = |text: &str, which: &str| encoder.tokenize(known, text, &format!("{which} of pair {}", i + 1));
        check(&texts[i][0], "A").and(check(&texts[i][1], "B")).map(drop)
    })?;
    // Pairs of similar length share a batch, so that memory is bounded and threads finish together.
    let mut order: Vec<usize> = (0..texts.len()).collect();
    order.sort_by_key(|&i| texts[i][0].len() + texts[i][1].len());
    let part = format!("embedding by {}", encoder.identity().name);
    let compared = steps(progress, &part, order.chunks(TOGETHER), |chunk| {
        let both: Vec<&str> = chunk.iter().flat_map(|&i| texts[i].iter().map(String::as_str)).collect();
        let embeddings = encoder.embed(&both, prompt)?;
        let score = |pair: &[Vec<f32>]| similarity.of(&wide(&pair[0]), &wide(&pair[1]));
        Ok(embeddings.chunks_exact(2).map(score).collect::<Vec<f64>>())
    })?;
    let mut scores = vec![0.0; texts.len()];
    order.iter().zip(compared.into_iter().flatten()).for_each(|(&i, score)| scores[i] = score);
    Ok(scores)
}
