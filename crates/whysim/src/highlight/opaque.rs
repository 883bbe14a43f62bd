//! Highlights by a model of which nothing is known but its vectors.
//!
//! Each passage is decomposed by removal twice: by sentences, to find the one that adds most to the
//! score, and by the words of that one, with the rest of the passage in its place. So a passage of
//! ten sentences of twenty words costs about a hundred embeddings, and not thousands.

use std::ops::Range;

use super::strength::unit_of;
use super::{Highlight, Mark, Marked, Options, Record, spans};
use crate::decomposition::{Decomposition, Options as Contributions};
use crate::embedder::Embedder;
use crate::error::{Error, Result};
use crate::opaque::Opaque;
use crate::progress::Progress;
use crate::relevance::Relevance;
use crate::removal::{self, Empty, Game, LEAST, Texts};
use crate::similarity::Similarity;
use crate::text::{Token, Unit};

/// Texts to embed for a passage's sentences, and again for words, unless they are too many for
/// that.
const TEXTS: usize = 64;

/// What is the same for all passages.
struct Asked<'a> {
    /// The query's embedding, `[D]`.
    query: Vec<f64>,
    options: &'a Options,
    similarity: Similarity,
    /// How often each passage is decomposed.
    stages: usize,
}

impl<E: Embedder> Opaque<E> {
    /// What of every passage answers the query, by removal of sentences, then of the words of the
    /// sentence that adds most, one by one. `options.contributions.removal.budget`: the most texts
    /// to embed for a passage; None: 64 for its sentences and 64 for the words, or four for each
    /// where these are more than sixteen.
    ///
    /// The query's words are not looked at, so that a row's strength is its relevance.
    ///
    /// # Errors
    /// As [`Opaque::relevance`].
    pub fn highlight(
        &self,
        query: &str,
        passages: &[&str],
        options: &Options,
        similarity: Similarity,
        progress: &dyn Progress,
    ) -> Result<Vec<Highlight>> {
        options.check()?;
        check(&options.contributions)?;
        let sentences: Vec<Texts> = passages.iter().map(|passage| Texts::of(passage, Unit::Sentence)).collect();
        if let Some(i) = sentences.iter().position(|passage| passage.rows.is_empty()) {
            return Err(Error::EmptyText { which: format!("number {}", i + 1) });
        }
        // A budget that is too small is an error before anything is paid for.
        self.most_texts(passages, options)?;
        let asked = Asked { query: self.query(query, progress)?, options, similarity, stages: stages(options) };
        let mut found = self.relevant(sentences, Unit::Sentence, &asked, progress)?;
        if options.mark == Mark::Phrase {
            let words =
                passages.iter().zip(&found).map(|(passage, (found, _))| Texts::within(passage, strongest(found)));
            found = self.relevant(words.collect(), Unit::Word, &asked, progress)?;
        }
        let all = passages.iter().zip(found);
        Ok(all.map(|(passage, (found, unit))| highlight(passage, found, unit, options)).collect())
    }

    /// The most texts that highlighting these passages embeds, the query's among them.
    ///
    /// # Errors
    /// As [`Opaque::highlight`], as far as it concerns the budget.
    pub fn most_texts(&self, passages: &[&str], options: &Options) -> Result<usize> {
        let asked = Asked { query: Vec::new(), options, similarity: Similarity::default(), stages: stages(options) };
        let sentences: Vec<Texts> = passages.iter().map(|passage| Texts::of(passage, Unit::Sentence)).collect();
        let longest = |(passage, sentences): (&&str, &Texts)| {
            let words = |row: &Token| Texts::within(passage, row.start..row.end).rows.len();
            sentences.rows.iter().map(words).max().unwrap_or_default()
        };
        let mut rows = vec![(Unit::Sentence, sentences.iter().map(|passage| passage.rows.len()).collect::<Vec<_>>())];
        if options.mark == Mark::Phrase {
            rows.push((Unit::Word, passages.iter().zip(&sentences).map(longest).collect()));
        }
        let mut all = 1;
        for (unit, rows) in rows {
            let removal = within_budget(&asked, &rows, unit)?.removal.unwrap_or_default();
            for &rows in &rows {
                // All subsets, where they are few enough.
                let every = u32::try_from(rows).ok().and_then(|rows| 1usize.checked_shl(rows));
                let most = removal.most(rows, "to highlight")?.or(every).unwrap_or(usize::MAX);
                all = most.saturating_add(2).saturating_add(all);
            }
        }
        Ok(all)
    }

    /// What the rows of texts add to their similarity to the query, and what a cosine of 1 is in
    /// its units.
    fn relevant(
        &self,
        texts: Vec<Texts>,
        unit: Unit,
        asked: &Asked,
        progress: &dyn Progress,
    ) -> Result<Vec<(Relevance, f64)>> {
        let rows: Vec<usize> = texts.iter().map(|text| text.rows.len()).collect();
        let options = within_budget(asked, &rows, unit)?;
        let decomposed = self.decompose_parts(texts, &options, progress)?;
        let of = |passage: &Decomposition| {
            let relevance = passage.relevance(&asked.query, None, asked.similarity)?;
            Ok((relevance, unit_of(&asked.query, None, passage, asked.similarity)))
        };
        decomposed.iter().map(of).collect()
    }
}

/// How often each passage is decomposed.
fn stages(options: &Options) -> usize {
    match options.mark {
        Mark::Phrase => 2,
        Mark::Sentence => 1,
    }
}

/// # Errors
/// If rows are asked for that are not the ones to be chosen here.
fn check(contributions: &Contributions) -> Result<()> {
    match contributions.unit {
        Unit::Token => Ok(()),
        unit => {
            let expected = "left out for a model whose tokens are not known: sentences are removed, then words";
            Err(Error::Option { option: "by", expected: expected.into(), got: unit.to_string() })
        }
    }
}

/// The options for texts of so many rows each.
fn within_budget(asked: &Asked, rows: &[usize], unit: Unit) -> Result<Contributions> {
    let given = &asked.options.contributions;
    let default = removal::Options { game: Game { empty: Empty::Zero, ..Game::default() }, ..Default::default() };
    let removal = given.removal.unwrap_or(default);
    let most = rows.iter().max().copied().unwrap_or_default();
    let budget = removal_budget(given).map_or(TEXTS.max(LEAST * most), |budget| budget / asked.stages);
    let removal = removal::Options { budget: Some(budget), ..removal };
    for (i, &rows) in rows.iter().enumerate() {
        removal.most(rows, "to highlight").map_err(|_| Error::Option {
            option: "budget",
            expected: format!(
                "{} or more: {LEAST} texts for each of the {rows} {unit}s of text number {}{}",
                LEAST * rows * asked.stages,
                i + 1,
                if asked.stages == 2 { ", and as many again, as sentences and words share it" } else { "" }
            ),
            got: removal_budget(given).unwrap_or(budget).to_string(),
        })?;
    }
    Ok(Contributions { unit, removal: Some(removal), prompt: given.prompt.clone(), ..Default::default() })
}

/// The budget that was asked for.
fn removal_budget(given: &Contributions) -> Option<usize> {
    given.removal.and_then(|removal| removal.budget)
}

/// Where the row is that adds most, in code points.
fn strongest(found: &Relevance) -> Range<usize> {
    let best = found.tokens.iter().max_by(|x, y| x.relevance.total_cmp(&y.relevance));
    best.map_or(0..0, |row| row.token.start..row.token.end)
}

fn highlight(passage: &str, found: Relevance, unit: f64, options: &Options) -> Highlight {
    let found = found.0;
    let tokens: Vec<Marked> = found.tokens.into_iter().map(|row| Marked { row, matched: None }).collect();
    Highlight(Record {
        score: found.score,
        spans: spans::spans(passage, &tokens, unit, options),
        text: passage.to_owned(),
        tokens,
        reference: found.reference,
        error: found.error,
        bound: found.bound,
        windows: Vec::new(),
        window: None,
        convergence: found.convergence,
    })
}
