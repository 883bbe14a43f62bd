//! Highlights by a model that is loaded.

use std::ops::Range;

use whysim_core::parallel;

use super::strength::{matches, unit_of};
use super::windows::windows;
use super::{Highlight, Marked, Options, Record, Window, spans};
use crate::decomposition::{self, Decomposition};
use crate::encoder::Encoder;
use crate::error::{Error, Result};
use crate::progress::{Piece, Progress, steps};
use crate::similarity::{Similarity, wide};

/// A passage with its windows.
struct Plan<'a> {
    passage: &'a str,
    chars: Vec<char>,
    windows: Vec<Range<usize>>,
}

impl Encoder {
    /// What of every passage answers the query. `prompt`: the name of the prompt to put before the
    /// query; the passages' prompt is in the options.
    ///
    /// A passage that the model cannot read at once is read in windows, and the one that is most
    /// similar to the query is highlighted. `progress` is informed of every finished passage and
    /// asked before each one whether to stop.
    ///
    /// # Errors
    /// As [`Encoder::decompose`], when an option is out of its range, and
    /// [`crate::Error::Interrupted`] when `progress` says to stop. A passage is named by its
    /// number, from 1.
    pub fn highlight<P: AsRef<str> + Sync>(
        &self,
        query: &str,
        passages: &[P],
        prompt: Option<&str>,
        options: &Options,
        similarity: Similarity,
        progress: &dyn Progress,
    ) -> Result<Vec<Highlight>> {
        options.check()?;
        let own = &options.contributions;
        let asked = decomposition::Options { prompt: prompt.map(str::to_owned), ..own.clone() };
        let query = self.decompose_with_progress(query, &asked, "query", &Piece(progress))?;
        let which = |i: usize| format!("number {}", i + 1);
        // An empty passage is an error before anything is computed.
        let plans = parallel::try_map(passages.len(), |i| {
            self.plan(passages[i].as_ref(), own.prompt.as_deref())
                .and_then(|plan| plan.ok_or(Error::EmptyText { which: which(i) }))
        })?;
        steps(progress, "highlighting", plans.iter().enumerate(), |&(i, plan)| {
            let windows = match plan.windows.len() {
                1 => Vec::new(),
                _ => self.scored(&query, plan, own.prompt.as_deref(), similarity)?,
            };
            let passage = self.decompose_with_progress(&read(plan, &windows), own, &which(i), &Piece(progress))?;
            highlighted(&query, &passage, plan, windows, options, similarity)
        })
    }

    /// None for a passage without tokens.
    fn plan<'a>(&self, passage: &'a str, prompt: Option<&str>) -> Result<Option<Plan<'a>>> {
        let chars: Vec<char> = passage.chars().collect();
        let places = self.tokenizer.places(self.prompt(prompt)?, passage)?;
        let blank = places.tokens.is_empty() || chars.iter().all(|c| c.is_whitespace() || c.is_control());
        Ok((!blank).then(|| Plan { passage, windows: windows(&chars, &places), chars }))
    }

    /// The windows of a passage, each with its similarity to the query.
    fn scored(
        &self,
        query: &Decomposition,
        plan: &Plan,
        prompt: Option<&str>,
        similarity: Similarity,
    ) -> Result<Vec<Window>> {
        let texts: Vec<String> =
            plan.windows.iter().map(|window| plan.chars[window.clone()].iter().collect()).collect();
        let asked = self.as_given(&query.0.embedding, query.normalized());
        let score = |embedding: Vec<f32>| similarity.of(&asked, &wide(&embedding));
        let scores = self.embed(&texts, prompt)?.into_iter().map(score);
        let windows = plan.windows.iter().zip(scores);
        Ok(windows.map(|(range, score)| Window { start: range.start, end: range.end, score }).collect())
    }

    /// A query's embedding as the model gives it. length: what the last `Normalize` divides by.
    fn as_given(&self, embedding: &[f32], length: Option<f64>) -> Vec<f64> {
        let divisor = length.filter(|length| *length > 0.0).unwrap_or(1.0);
        embedding.iter().map(|&v| f64::from(v) / divisor).collect()
    }
}

/// Which of the windows is the most similar to the query; None for a passage that is read at once.
fn best(windows: &[Window]) -> Option<usize> {
    (0..windows.len()).max_by(|&x, &y| windows[x].score.total_cmp(&windows[y].score))
}

/// What is read of the passage.
fn read(plan: &Plan, windows: &[Window]) -> String {
    match best(windows) {
        Some(best) => plan.chars[windows[best].start..windows[best].end].iter().collect(),
        None => plan.passage.to_owned(),
    }
}

/// passage: the decomposition of what is read.
fn highlighted(
    query: &Decomposition,
    passage: &Decomposition,
    plan: &Plan,
    windows: Vec<Window>,
    options: &Options,
    similarity: Similarity,
) -> Result<Highlight> {
    let best = best(&windows);
    let start = best.map_or(0, |best| windows[best].start);
    let asked = wide(&query.embedding);
    let relevance = passage.relevance(&asked, query.length, similarity)?;
    let unit = unit_of(&asked, query.normalized(), passage, similarity);
    let matched = matches(query, passage);
    let record = relevance.0;
    let rows = record.tokens.into_iter().zip(matched).map(|(mut row, matched)| {
        row.token.shift(start);
        Marked { row, matched }
    });
    let tokens: Vec<Marked> = rows.collect();
    Ok(Highlight(Record {
        score: record.score,
        spans: spans::spans(plan.passage, &tokens, unit, options),
        text: plan.passage.to_owned(),
        tokens,
        reference: record.reference,
        error: record.error,
        bound: record.bound,
        windows,
        window: best,
        convergence: record.convergence,
    }))
}
