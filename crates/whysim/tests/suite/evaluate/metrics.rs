//! Every metric on the tiny models.

use std::sync::Mutex;

use whysim::Progress;
use whysim::evaluate::{Metric, Pair, Settings, evaluate, similarities};
use whysim::report::{Estimate, Removal, Report, Value};
use whysim::{Encoder, Error, Similarity, render};

use crate::common::{FAMILIES, encoder, exact};

/// Sentences with words that the tiny tokenizers know and others that they do not.
fn pairs() -> Vec<Pair> {
    let texts = [
        ("The dog runs after the kitten.", "A cat is chased by the dog.", 0.8),
        ("Red wine is on the table.", "There is wine on a table.", 0.9),
        ("She plays the piano well.", "Prices rose in March.", 0.1),
        ("It rained all night in Paris.", "All night long it rained.", 0.7),
        ("Eight engineers build bridges.", "Bridges need engineers.", 0.6),
        ("My car does not start.", "Her garden grows tomatoes.", 0.0),
    ];
    texts.map(|(a, b, score)| Pair { a: a.into(), b: b.into(), score }).into()
}

fn settings() -> Settings {
    Settings { sample: 3, subsets: 20, nodes: vec![2, 8, 16], ..Settings::default() }
}

fn bert() -> Encoder {
    encoder::<f32>("bert", "mean")
}

fn run(encoder: Encoder, settings: &Settings) -> Report {
    evaluate(encoder, None, &pairs(), settings, &()).unwrap()
}

#[track_caller]
fn value(e: &Option<Estimate>) -> f64 {
    let e = e.as_ref().unwrap();
    assert!(e.low <= e.value + 1e-9 && e.value <= e.high + 1e-9, "{e:?}");
    e.value
}

#[test]
fn every_metric_on_every_family() {
    for family in FAMILIES {
        let report = run(encoder::<f32>(family, "mean"), &settings());
        let accuracy = report.accuracy.as_ref().unwrap();
        let at = |rule: &str, nodes: f64| {
            let found = accuracy.iter().filter(|c| c.layer == 1 && c.rule == rule && c.nodes == nodes);
            found.map(|c| c.quantiles[3]).next().unwrap()
        };
        assert!(at("gauss-legendre", 16.0) < at("riemann", 16.0) + 1e-6, "{family}");
        for row in accuracy.iter().filter(|c| c.rule == "adaptive") {
            assert_eq!(row.within_bound, Some(3), "{family}");
        }
        let faithful = report.faithfulness.as_ref().unwrap();
        let names: Vec<&str> = faithful.iter().map(|f| f.method.as_str()).collect();
        assert_eq!(
            names,
            [
                "attribution",
                "interaction",
                "removal",
                "removal, interaction",
                "integrated gradients",
                "leave one out",
                "token cosine",
                "random"
            ]
        );
        // By definition: these are the second differences compared with themselves.
        assert!((value(&faithful[5].differences) - 1.0).abs() < 1e-12, "{family}");
        for f in faithful {
            let first = f.first_order.as_ref().unwrap();
            assert_eq!((first.most.len(), first.most[0], first.most[10]), (11, first.least[0], first.least[10]));
            let unitless = ["interaction", "removal, interaction", "token cosine", "random"];
            assert_eq!(f.coalitions.as_ref().unwrap().r2.is_some(), !unitless.contains(&f.method.as_str()));
        }
        let sanity = report.sanity.as_ref().unwrap();
        assert_eq!((sanity.len(), sanity[0].from, sanity[3].from), (4, 3, 0));
        assert!(value(&sanity[0].attribution) > 1.0 - 1e-9 && value(&sanity[0].jacobian) > 1.0 - 1e-9);
        assert!(value(&sanity[3].jacobian) < 0.999, "{family}");
        assert_eq!(serde_json::from_str::<Report>(&render::report::json(&report)).unwrap(), report);
    }
}

#[test]
fn one_seed_gives_one_report_and_another_gives_another() {
    let one = run(bert(), &settings());
    assert_eq!(one, run(bert(), &settings()));
    assert_ne!(one.faithfulness, run(bert(), &Settings { seed: 5, ..settings() }).faithfulness);
}

#[test]
fn similarities_are_those_of_the_embeddings() {
    let model = bert();
    let all = similarities(&model, &pairs(), &()).unwrap();
    for (i, pair) in pairs().iter().enumerate() {
        for similarity in [Similarity::Cos, Similarity::Dot] {
            let expected = model.compare(&pair.a, &pair.b, similarity).unwrap();
            assert!((all.of(similarity)[i] - expected).abs() < 1e-5 * expected.abs().max(1.0));
        }
    }
}

#[test]
fn the_interaction_of_nothing_is_nothing_by_every_removal() {
    for removal in [Removal::Delete, Removal::MaskToken, Removal::AttentionMask] {
        let metrics = vec![Metric::Insertion, Metric::Coalitions];
        let settings = Settings { metrics, removal, value: Value::Interaction, ..settings() };
        for f in run(bert(), &settings).faithfulness.unwrap() {
            let first = f.first_order.unwrap();
            assert!(first.most[0].abs() < 1e-9, "{removal:?}: nothing is worth {}", first.most[0]);
            assert!(first.most[10].abs() > 1e-6, "{removal:?}: all is worth {}", first.most[10]);
            assert!(f.differences.is_none());
        }
    }
}

#[test]
fn an_exact_model_is_worth_nothing_without_tokens_and_its_score_with_all() {
    let two = vec![pairs()[0].clone(), pairs()[1].clone()];
    // If tokens keep their places, MPNet gives a text other positions than its reference, which is
    // then no longer worth nothing.
    for (family, removal) in [("mpnet", Removal::Delete), ("bert", Removal::Delete), ("bert", Removal::AttentionMask)] {
        let model = exact::<f32>(family, "mean");
        let scores = similarities(&model, &two, &()).unwrap().cos;
        let settings = Settings { metrics: vec![Metric::Insertion], removal, ..settings() };
        let report = evaluate(model, None, &two, &settings, &()).unwrap();
        let first = report.faithfulness.unwrap()[0].first_order.clone().unwrap();
        assert!(first.most[0].abs() < 1e-9, "{family} {removal:?}: nothing is worth {}", first.most[0]);
        let mean = 0.5 * (scores[0] + scores[1]);
        assert!((first.most[10] - mean).abs() < 1e-5, "{family} {removal:?}: {} is not {mean}", first.most[10]);
    }
}

#[test]
fn a_model_agrees_with_itself_and_less_with_another() {
    let settings = Settings { metrics: vec![Metric::Agreement], ..settings() };
    let with = |other: Encoder| evaluate(bert(), Some(&other), &pairs(), &settings, &()).unwrap().agreement.unwrap();
    let same = with(bert());
    assert!(value(&same.spearman) > 1.0 - 1e-9 && value(&same.difference) == 0.0);
    assert!(same.layers.iter().all(|layer| value(&layer.spearman) > 1.0 - 1e-9) && same.layers.len() == 3);
    assert!(same.layers.iter().all(|l| value(&l.pearson) > 1.0 - 1e-9 && value(&l.centred) > 1.0 - 1e-9));
    let other = with(encoder::<f32>("bert", "cls"));
    assert!(value(&other.difference) > 0.0 && other.layers.iter().all(|layer| value(&layer.spearman) < 1.0));
    let refused = evaluate(bert(), Some(&encoder::<f32>("roberta", "mean")), &pairs(), &settings, &()).unwrap_err();
    assert!(refused.to_string().contains("tokenize texts differently"), "{refused}");
}

/// Stops after some steps.
struct Stopper {
    left: Mutex<u64>,
}

impl Progress for Stopper {
    fn advance(&self, steps: u64) {
        let mut left = self.left.lock().unwrap();
        *left = left.saturating_sub(steps);
    }

    fn stopped(&self) -> bool {
        *self.left.lock().unwrap() == 0
    }
}

#[test]
fn it_stops_when_told_to() {
    for after in [0, 1, 5] {
        let stop = Stopper { left: Mutex::new(after) };
        let stopped = evaluate(bert(), None, &pairs(), &settings(), &stop).unwrap_err();
        assert!(matches!(stopped, Error::Interrupted), "{stopped}");
    }
}

#[test]
fn bad_settings_get_one_clear_error() {
    let cases: [(Settings, &str); 4] = [
        (Settings { sample: 0, ..settings() }, "sample must be 1 or more, not 0"),
        (Settings { subsets: 1, ..settings() }, "subsets must be 2 or more, not 1"),
        (Settings { nodes: vec![4, 0], ..settings() }, "nodes must be 1 to 4096, not 0"),
        (Settings { layers: Some(vec![9]), ..settings() }, "there is no layer 9"),
    ];
    for (settings, expected) in cases {
        let message = evaluate(bert(), None, &pairs(), &settings, &()).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
    let mut empty = pairs();
    empty[3].b = "\u{1}".into();
    let message = evaluate(bert(), None, &empty, &settings(), &()).unwrap_err().to_string();
    assert!(message.contains("text B of pair 4 is empty"), "{message}");
    let message = evaluate(bert(), None, &pairs()[..1], &settings(), &()).unwrap_err().to_string();
    assert!(message.contains("pairs must be two pairs or more, not 1"), "{message}");
}

#[test]
fn text_and_page_hold_every_part_and_no_markup_of_a_name() {
    let mut report = run(bert(), &settings());
    report.setting.model = "<script>{{body}}\u{1b}[2J".into();
    let (text, page) = (render::report::terminal(&report), render::report::html(&report));
    for part in ["Predictive", "Accuracy", "Insertion and deletion", "Subsets", "Pointing", "Sanity"] {
        assert!(text.contains(part) && page.contains(&format!("<h2>{part}</h2>")), "{part}");
    }
    assert!(!text.contains('\u{1b}') && !page.contains("<script") && !page.contains("NaN"));
    assert_eq!(page.matches("<svg").count(), page.matches("</svg>").count());
}
