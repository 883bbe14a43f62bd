//! Gold alignments on the tiny models.

#![expect(clippy::single_range_in_vec_init, reason = "most units are a single range of characters")]

use whysim::evaluate::{Metric, Pair, Settings, average_precision, evaluate, f1};
use whysim::explanation::View;
use whysim::pairs::gold::{Aligned, Gold, Units};
use whysim::report::{Alignment, Estimate, Plausibility, Report};
use whysim::{Encoder, Error, render};

use crate::common::{FAMILIES, encoder};

/// A text of these words, each of which is a unit.
fn words(text: &str) -> Units {
    let mut at = 0;
    let mut span = |word: &str| {
        let start = at;
        at += word.chars().count() + 1;
        vec![start..at - 1]
    };
    Units { text: text.into(), spans: text.split(' ').map(&mut span).collect() }
}

/// Texts and their own repetition: every word is aligned with itself.
fn gold() -> Gold {
    let texts = ["The dog runs after the kitten .", "Eight engineers build bridges", "It rained all night in Paris ."];
    let pair = |text: &str| {
        let units = words(text);
        let pairs = (0..units.spans.len()).map(|i| (i, i)).collect();
        Aligned { a: units.clone(), b: units, pairs }
    };
    Gold { name: "mine.wa".into(), pairs: texts.map(pair).into() }
}

fn settings(gold: Gold) -> Settings {
    Settings { metrics: vec![Metric::Alignment], gold: vec![gold], ..Settings::default() }
}

fn report(encoder: Encoder, settings: &Settings) -> Report {
    evaluate(encoder, None, &[], settings, &()).unwrap()
}

fn only(report: &Report) -> &Alignment {
    let [alignment] = report.alignment.as_deref().unwrap() else { panic!("not one file") };
    alignment
}

fn row<'a>(alignment: &'a Alignment, method: &str, view: Option<View>) -> &'a Plausibility {
    alignment.methods.iter().find(|row| row.method == method && row.view == view).unwrap()
}

fn value(e: &Option<Estimate>) -> f64 {
    e.as_ref().unwrap().value
}

#[test]
fn a_perfect_matrix_scores_1_and_its_opposite_less() {
    for (rows, columns, stride) in [(2, 2, 1), (3, 5, 2), (7, 4, 3), (6, 6, 5)] {
        let aligned: Vec<(usize, usize)> = (0..rows).map(|i| (i, (i * stride) % columns)).collect();
        let ranked = |right: f64, wrong: f64| {
            let cells = (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j)));
            let candidate = |cell| (if aligned.contains(&cell) { right } else { wrong }, aligned.contains(&cell));
            average_precision(cells.map(candidate)).unwrap()
        };
        assert_eq!((ranked(0.2, 0.1), f1(&aligned, &aligned)), (1.0, Some(1.0)));
        assert!(ranked(0.1, 0.2) < 1.0 && f1(&aligned[1..], &aligned).unwrap() < 1.0);
    }
}

#[test]
fn equal_texts_are_aligned_with_themselves_by_every_family() {
    for family in FAMILIES {
        let report = report(encoder::<f32>(family, "mean"), &settings(gold()));
        let alignment = only(&report);
        // One tiny tokenizer makes so many tokens of a text that its model does not read the end.
        assert_eq!((alignment.pairs + alignment.left_out, report.setting.pairs), (3, 0), "{family}");
        assert!(alignment.left_out <= 1, "{family}");
        let overlap = row(alignment, "overlap", None);
        assert!(value(&overlap.precision) > 0.8, "{family}");
        for cosine in alignment.methods.iter().filter(|row| row.method == "token cosine") {
            let best = value(&cosine.mutual);
            assert!(best > 0.9, "{family}: {best} at layer {:?}", cosine.layer);
        }
        let chance = value(&row(alignment, "random", None).precision);
        for view in [View::Attribution, View::Interaction] {
            let path = row(alignment, "attribution", Some(view));
            assert_eq!(path.layer, Some(report.setting.layer), "{family}");
            assert!(value(&path.precision) > chance, "{family} {view}: {} {chance}", value(&path.precision));
        }
    }
}

#[test]
fn layers_and_the_sample_are_those_asked_for() {
    let more = Settings { layers: Some(vec![-1, 0, 0]), gold_sample: Some(2), seed: 3, ..settings(gold()) };
    let report = report(encoder::<f32>("bert", "mean"), &more);
    let alignment = only(&report);
    assert_eq!(alignment.pairs, 2);
    let rows: Vec<(&str, Option<usize>)> =
        alignment.methods.iter().map(|row| (row.method.as_str(), row.layer)).collect();
    let both = |method, layer| [(method, layer); 2];
    let at = |method| [both(method, Some(0)), both(method, Some(3))].concat();
    let one = [("overlap", None), ("random", None)];
    let expected = [&at("attribution")[..], &both("removal", None), &at("token cosine"), &one].concat();
    assert_eq!(rows, expected);
    assert_eq!(serde_json::from_str::<Report>(&render::report::json(&report)).unwrap(), report);
    for text in [render::report::terminal(&report), render::report::html(&report)] {
        assert!(text.contains("Alignment") && text.contains("mine.wa") && text.contains("token cosine"), "{text}");
    }
}

#[test]
fn pairs_without_positives_and_texts_that_are_cut_off_are_left_out() {
    let mut some = gold();
    some.pairs[0].pairs.clear();
    let long = words("dog ".repeat(60).trim_end());
    some.pairs.push(Aligned { a: long, b: words("dog"), pairs: vec![(0, 0)] });
    let report = report(encoder::<f32>("bert", "mean"), &settings(some));
    let alignment = only(&report);
    assert_eq!((alignment.pairs, alignment.left_out), (3, 1));
    let path = row(alignment, "attribution", Some(View::Interaction));
    assert_eq!(path.precision.unwrap().n, 2, "one pair has nothing aligned");
    // Aligned words are equal here unless they are stop words or punctuation.
    assert!(value(&path.unlike) <= 1.0);
    assert!(render::report::terminal(&report).contains("1 more pairs"));
}

#[test]
fn bad_gold_gets_one_clear_error() {
    let mut empty = gold();
    empty.pairs[1].b = Units { text: "\u{1}".into(), spans: vec![vec![0..1]] };
    empty.pairs[1].pairs.clear();
    let message = |settings: &Settings, pairs: &[Pair]| {
        evaluate(encoder::<f32>("bert", "mean"), None, pairs, settings, &()).unwrap_err().to_string()
    };
    let text = message(&settings(empty), &[]);
    assert!(text.contains("text B of pair 2 of mine.wa is empty"), "{text}");
    let text = message(&Settings { gold_sample: Some(0), ..settings(gold()) }, &[]);
    assert!(text.contains("sample must be 1 or more"), "{text}");
    let text = message(&Settings { metrics: Metric::ALL.to_vec(), ..settings(gold()) }, &[]);
    assert!(text.contains("pairs must be two pairs or more, not 0"), "{text}");
    let text = message(&Settings { layers: Some(vec![9]), ..settings(gold()) }, &[]);
    assert!(text.contains("there is no layer 9"), "{text}");
}

struct Stopped;

impl whysim::Progress for Stopped {
    fn stopped(&self) -> bool {
        true
    }
}

#[test]
fn it_stops_when_told_to() {
    let stopped = evaluate(encoder::<f32>("bert", "mean"), None, &[], &settings(gold()), &Stopped).unwrap_err();
    assert!(matches!(stopped, Error::Interrupted), "{stopped}");
}
