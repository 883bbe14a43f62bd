//! From rows of a file to explained pairs.

use whysim_core::parallel;

use super::Explained;
use crate::error::{Error, Result};
use crate::explanation::Explanation;
use crate::pairs::{BadRows, Row};
use crate::progress::{Part, Piece, Progress};

/// Pairs between two looks at whether to stop.
const TOGETHER: usize = 32;

/// What a run came to.
#[derive(Debug)]
pub struct Outcome {
    /// The pairs that were explained, in order.
    pub explained: Vec<Explained>,
    /// Those that could not be, where bad rows are to be skipped.
    pub skipped: Vec<Skipped>,
    /// How many were not begun, because the caller stopped the run.
    pub left: usize,
}

/// A row that could not be explained.
#[derive(Debug)]
pub struct Skipped {
    /// Its number, from 1.
    pub number: usize,
    /// Why.
    pub error: Error,
}

/// Explains every row by `explain`, which gets its two texts, and a progress that can stop it. What
/// is done when `progress` says to stop is kept.
///
/// # Errors
/// If a row has no second text; and those of `explain`, unless bad rows are to be skipped.
pub fn explain_rows(
    rows: &[Row],
    bad_rows: BadRows,
    progress: &dyn Progress,
    explain: impl Fn([&str; 2], &dyn Progress) -> Result<Explanation> + Sync,
) -> Result<Outcome> {
    if let Some(alone) = rows.iter().position(|row| row.b.is_none()) {
        let got = format!("one text alone in row {}", alone + 1);
        return Err(Error::Option { option: "pairs", expected: "rows of two texts".into(), got });
    }
    let listener = Piece(progress);
    let part = Part::of_steps(progress, "explaining", rows.len());
    let mut outcome = Outcome { explained: Vec::new(), skipped: Vec::new(), left: 0 };
    for from in (0..rows.len()).step_by(TOGETHER) {
        let chunk = &rows[from..rows.len().min(from + TOGETHER)];
        let done = parallel::map(chunk.len(), |i| {
            part.check()?;
            let found = explain([&chunk[i].a, chunk[i].b.as_deref().unwrap_or_default()], &listener);
            part.advance(1);
            found.map_err(|error| of_pair(error, from + i + 1))
        });
        for ((row, number), found) in chunk.iter().zip(from + 1..).zip(done) {
            match (found, bad_rows) {
                (Ok(explanation), _) => {
                    outcome.explained.push(Explained { name: None, number, gold: row.score, explanation });
                }
                (Err(Error::Interrupted), _) => outcome.left += 1,
                (Err(error), BadRows::Skip) => outcome.skipped.push(Skipped { number, error }),
                (Err(error), BadRows::Refuse) => return Err(error),
            }
        }
        if outcome.left > 0 {
            outcome.left += rows.len() - (from + chunk.len());
            break;
        }
    }
    Ok(outcome)
}

/// An error that says which pair it is about.
fn of_pair(error: Error, number: usize) -> Error {
    match error {
        Error::EmptyText { which } => Error::EmptyText { which: format!("{which} of pair {number}") },
        error => error,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::explanation::sample::garden;

    fn rows(n: usize) -> Vec<Row> {
        (0..n).map(|i| Row { a: format!("a{i}"), b: Some("b".into()), score: Some(0.5) }).collect()
    }

    fn answer([a, _]: [&str; 2], _: &dyn Progress) -> Result<Explanation> {
        let mut e = garden();
        e.a.text = a.to_owned();
        match a {
            "a7" => Err(Error::EmptyText { which: "A".into() }),
            _ => Ok(e),
        }
    }

    /// Says to stop after some steps.
    struct Until(AtomicUsize, usize);

    impl Progress for Until {
        fn advance(&self, done: u64) {
            self.0.fetch_add(done as usize, Ordering::Relaxed);
        }

        fn stopped(&self) -> bool {
            self.0.load(Ordering::Relaxed) >= self.1
        }
    }

    #[test]
    fn pairs_keep_their_order_and_their_numbers() {
        let done = explain_rows(&rows(70), BadRows::Skip, &(), answer).unwrap();
        assert_eq!((done.explained.len(), done.skipped.len(), done.left), (69, 1, 0));
        assert_eq!((done.skipped[0].number, done.explained[7].number), (8, 9));
        assert!(done.explained.iter().all(|one| one.explanation.a.text == format!("a{}", one.number - 1)));
        let error = explain_rows(&rows(70), BadRows::Refuse, &(), answer).unwrap_err().to_string();
        assert!(error.starts_with("text A of pair 8 is empty"), "{error}");
    }

    #[test]
    fn what_is_done_is_kept_when_the_run_is_stopped() {
        let until = Until(AtomicUsize::new(0), 40);
        let done = explain_rows(&rows(200), BadRows::Skip, &until, answer).unwrap();
        let seen = done.explained.len() + done.skipped.len();
        assert!((40..70).contains(&seen) && done.left == 200 - seen, "{seen} {}", done.left);
    }

    #[test]
    fn a_text_without_another_is_named() {
        let mut alone = rows(3);
        alone[1].b = None;
        let error = explain_rows(&alone, BadRows::Skip, &(), answer).unwrap_err().to_string();
        assert!(error.contains("row 2"), "{error}");
    }
}
