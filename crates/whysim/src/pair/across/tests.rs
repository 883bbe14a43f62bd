use std::path::Path;

use super::*;
use crate::error::Error;
use crate::path::{Rule, Steps};
use crate::text::Unit;

const SHORT: &str = "A small kitten.";
const LONG: &str = "The dog runs after the kitten in the garden. Nobody saw it.";

fn near(got: &Explanation, expected: &Explanation, which: &str) {
    let all = |e: &Explanation| [e.matrix.concat(), e.border.a.clone(), e.border.b.clone()].concat();
    let (got_all, expected_all) = (all(got), all(expected));
    assert_eq!(got_all.len(), expected_all.len(), "{which}");
    let largest = expected_all.iter().fold(0f32, |m, v| m.max(v.abs()));
    for (g, e) in got_all.iter().zip(&expected_all) {
        assert!((g - e).abs() <= 1e-5 * largest, "{which}: {g}, by tangents {e}");
    }
    assert_eq!((got.score, got.steps), (expected.score, expected.steps), "{which}");
    assert!((got.gaps[0] - expected.gaps[0]).abs() < 1e-5 && (got.gaps[1] - expected.gaps[1]).abs() < 1e-5);
    assert!(got.error.abs() <= got.bound, "{which}: {} {}", got.error, got.bound);
}

#[test]
fn cotangents_give_the_numbers_of_tangents() {
    for family in ["bert", "mpnet", "roberta", "xlm-roberta", "camembert", "distilbert"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(family);
        let model = Encoder::load(&folder, family).unwrap();
        for (layer, unit, rule) in [
            (0, Unit::Token, Rule::GaussLegendre),
            (1, Unit::Word, Rule::GaussLegendre),
            (2, Unit::Sentence, Rule::Riemann),
            (2, Unit::Token, Rule::GaussLegendre),
            (3, Unit::Token, Rule::Riemann),
        ] {
            let options = Options { layer: Some(layer), steps: Steps::Fixed(5), unit, rule, ..Options::default() };
            let [a, b] = [SHORT, LONG].map(|text| model.decompose(text, &options).unwrap());
            let ends = Ends::of(&model, LONG, &options, "B").unwrap();
            let long = Long { text: LONG, ends: &ends, options: &options, progress: &() };
            for similarity in [Similarity::Cos, Similarity::Dot] {
                let which = format!("{family}, layer {layer}, {unit:?}, {similarity:?}");
                let one = across(&model, &a, &long, similarity, Order::ShortIsA).unwrap();
                near(&one, &a.explain(&b, similarity).unwrap(), &which);
                let other = across(&model, &a, &long, similarity, Order::ShortIsB).unwrap();
                near(&other, &b.explain(&a, similarity).unwrap(), &which);
            }
        }
    }
}

#[test]
fn the_shorter_text_is_decomposed_where_that_is_less_work() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/bert");
    let model = Encoder::load(&folder, "bert").unwrap();
    let way = |texts: [&str; 2], options: &Options| {
        let ends = texts.map(|text| Ends::of(&model, text, options, "it").unwrap());
        model.shorter(texts, [options; 2], [&ends[0], &ends[1]])
    };
    let early = Options { layer: Some(0), ..Options::default() };
    assert_eq!(
        [way(["A", LONG], &early), way([LONG, "A"], &early), way([LONG, LONG], &early)],
        [Some(0), Some(1), None]
    );
    assert_eq!(way(["A", LONG], &Options { precision: Precision::BFloat16, ..early.clone() }), None);
}

#[test]
fn options_that_do_not_fit_are_refused() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/bert");
    let model = Encoder::load(&folder, "bert").unwrap();
    let early = Options { layer: Some(0), ..Options::default() };
    for options in [[&early, &Options::default()], [&Options::default(), &early]] {
        for texts in [["A", LONG], [LONG, "A"], ["A", "A"]] {
            let error = model.explain(texts, options, Similarity::Cos).unwrap_err();
            assert!(matches!(error, Error::Recipe(_)), "{error}");
        }
    }
}
