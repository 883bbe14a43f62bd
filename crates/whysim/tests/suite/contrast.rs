//! Contrast tests on tiny models, which know nothing: what is measured must be what they do.

use crate::common::{encoder, options};
use whysim::contrast::{Test, builtin, run};
use whysim::removal;
use whysim::text::{Origin, Unit};
use whysim::{Options, Similarity, render};

fn words() -> Options {
    Options { unit: Unit::Word, ..options(-2, 3) }
}

#[test]
fn tests_are_judged_by_the_models_similarities() {
    let model = encoder::<f32>("bert", "mean");
    let tests = builtin().unwrap();
    let report = run(&model, &tests, &words(), Similarity::Cos, 2, &()).unwrap();
    assert_eq!((report.tests.len(), report.passed + report.failed), (60, 60));
    for (test, outcome) in tests.iter().zip(&report.tests) {
        let score = |text: &str| model.compare(&test.anchor, text, Similarity::Cos).unwrap();
        assert!((outcome.scores[0] - score(&test.closer)).abs() < 1e-5);
        assert!((outcome.scores[1] - score(&test.farther)).abs() < 1e-5);
        assert_eq!(outcome.passed, outcome.scores[0] > outcome.scores[1]);
    }
    assert_eq!(report.categories.iter().map(|c| c.total).sum::<usize>(), 60);
    assert_eq!(report.categories.iter().map(|c| c.passed).sum::<usize>(), report.passed);
    let text = render::contrast(&report, 3);
    for part in ["negation", "tense", &format!("{} of 60", report.passed)] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn failures_are_taken_apart_by_words_that_add_up() {
    let model = encoder::<f32>("bert", "mean");
    let removed = Options { unit: Unit::Word, removal: Some(removal::Options::default()), ..Options::default() };
    for options in [words(), options(-2, 3), removed] {
        // A text is nowhere closer than to itself: these fail whatever the model.
        let test = |anchor: &str, closer: &str| Test {
            category: "x".into(),
            anchor: anchor.into(),
            closer: closer.into(),
            farther: anchor.into(),
            margin: 0.0,
            note: None,
        };
        let tests = [test("the red dog", "the red wine"), test("it rained", "a dog"), test("a cat", "the cat runs")];
        let report = run(&model, &tests, &options, Similarity::Cos, 2, &()).unwrap();
        assert_eq!((report.passed, report.failed, report.failures.len()), (0, 3, 2));
        let worst = report.missed()[0].number;
        assert_eq!(report.failures[0].number, worst);
        for failure in &report.failures {
            let outcome = &report.tests[failure.number - 1];
            assert!((failure.margin.margin - outcome.difference).abs() < 1e-5);
            let sum: f64 = failure.words.iter().map(|word| word.difference).sum();
            assert!((sum + failure.rest - failure.margin.margin).abs() < 1e-9);
            assert!(failure.words.windows(2).all(|w| w[0].difference <= w[1].difference));
            let own = |e: &whysim::Explanation| e.b.tokens.iter().filter(|t| t.origin == Origin::Text).count();
            let there = failure.words.iter().filter(|word| word.farther.is_some()).count();
            assert_eq!(there, own(&failure.margin.worse));
        }
        let json: serde_json::Value = serde_json::from_str(&render::contrast_json(&report)).unwrap();
        assert_eq!(json["failures"][0]["margin"]["better"]["by"], "word");
        assert_eq!(json["tests"][1]["anchor"], "it rained");
    }
}

#[test]
fn texts_without_a_token_are_named() {
    let model = encoder::<f32>("bert", "mean");
    let mut tests = builtin().unwrap();
    tests.truncate(2);
    tests[1].closer = " ".into();
    let error = run(&model, &tests, &words(), Similarity::Cos, 0, &()).unwrap_err().to_string();
    assert!(error.contains("closer of test 2 is empty"), "{error}");
    assert!(run(&model, &[], &words(), Similarity::Cos, 0, &()).is_err());
}
