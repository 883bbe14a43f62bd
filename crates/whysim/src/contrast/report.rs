//! Which tests pass.

use serde::Serialize;

use super::{Failure, Test};
use crate::similarity::Similarity;

/// What a model makes of contrast tests.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The model's name.
    pub model: String,
    /// How embeddings were compared.
    pub similarity: Similarity,
    /// How many tests pass.
    pub passed: usize,
    /// How many fail.
    pub failed: usize,
    /// The same by category, in the order in which they first occur.
    pub categories: Vec<Category>,
    /// Every test, in the order given.
    pub tests: Vec<Outcome>,
    /// Failures taken apart by words, those that miss by most first.
    pub failures: Vec<Failure>,
}

/// The tests of one category.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Category {
    /// Its name.
    pub name: String,
    /// How many of its tests pass.
    pub passed: usize,
    /// How many there are.
    pub total: usize,
}

/// One test and its result.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// Its number, from 1.
    pub number: usize,
    /// The test.
    #[serde(flatten)]
    pub test: Test,
    /// The anchor's similarity to the closer text, and to the farther one.
    pub scores: [f64; 2],
    /// The first less the second.
    pub difference: f64,
    /// Whether the difference exceeds the test's margin.
    pub passed: bool,
}

impl Report {
    /// Judges tests by their scores: the anchor's similarities to the closer and to the farther
    /// text of each. No failure is taken apart yet.
    pub fn new(model: &str, similarity: Similarity, tests: &[Test], scores: &[[f64; 2]]) -> Self {
        let outcome = |((i, test), &scores): ((usize, &Test), &[f64; 2])| {
            let difference = scores[0] - scores[1];
            Outcome { number: i + 1, test: test.clone(), scores, difference, passed: difference > test.margin }
        };
        let tests: Vec<Outcome> = tests.iter().enumerate().zip(scores).map(outcome).collect();
        let passed = tests.iter().filter(|test| test.passed).count();
        Self {
            model: model.to_owned(),
            similarity,
            passed,
            failed: tests.len() - passed,
            categories: categories(&tests),
            tests,
            failures: Vec::new(),
        }
    }

    /// Those that fail, those that miss by most first.
    pub fn missed(&self) -> Vec<&Outcome> {
        let mut failed: Vec<&Outcome> = self.tests.iter().filter(|test| !test.passed).collect();
        let by = |outcome: &Outcome| outcome.difference - outcome.test.margin;
        failed.sort_by(|x, y| by(x).total_cmp(&by(y)));
        failed
    }
}

fn categories(tests: &[Outcome]) -> Vec<Category> {
    let mut all: Vec<Category> = Vec::new();
    for outcome in tests {
        let name = &outcome.test.category;
        let i = all.iter().position(|category| category.name == *name).unwrap_or_else(|| {
            all.push(Category { name: name.clone(), passed: 0, total: 0 });
            all.len() - 1
        });
        all[i].total += 1;
        all[i].passed += usize::from(outcome.passed);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(category: &str, margin: f64) -> Test {
        let [anchor, closer, farther] = ["a", "b", "c"].map(str::to_owned);
        Test { category: category.into(), anchor, closer, farther, margin, note: None }
    }

    #[test]
    fn a_test_passes_above_its_margin_only() {
        let tests = [of("x", 0.0), of("y", 0.0), of("x", 0.25), of("x", 0.25)];
        let scores = [[0.5, 0.4], [0.5, 0.5], [0.75, 0.5], [0.8, 0.5]];
        let report = Report::new("m", Similarity::Cos, &tests, &scores);
        let passed: Vec<bool> = report.tests.iter().map(|test| test.passed).collect();
        assert_eq!(passed, [true, false, false, true], "equal is not closer");
        assert_eq!((report.passed, report.failed), (2, 2));
        let counts: Vec<(&str, usize, usize)> =
            report.categories.iter().map(|c| (c.name.as_str(), c.passed, c.total)).collect();
        assert_eq!(counts, [("x", 2, 3), ("y", 0, 1)]);
    }

    #[test]
    fn those_that_miss_by_most_come_first() {
        let tests = [of("x", 0.0), of("x", 0.5), of("x", 0.0)];
        let report = Report::new("m", Similarity::Cos, &tests, &[[0.1, 0.2], [0.5, 0.4], [0.1, 0.3]]);
        let order: Vec<usize> = report.missed().iter().map(|test| test.number).collect();
        assert_eq!(order, [2, 3, 1]);
    }
}
