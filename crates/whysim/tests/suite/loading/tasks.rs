//! Models with an adapter for each of several tasks, in the layout of jina-embeddings-v3.

use serde_json::{Value, json};
use whysim::evaluate::{Metric, Settings, evaluate};
use whysim::pairs::Pair;
use whysim::{Encoder, Options, Similarity};

use crate::common::arrays::Array;
use crate::common::weights::{Weights, weights, with_weights};
use crate::common::{Copy, wide};

const RANK: usize = 2;
const TASKS: [&str; 2] = ["retrieval.query", "retrieval.passage"];
const TEXTS: [&str; 2] = ["The cat sleeps on the warm roof.", "A kitten naps in the sun."];

/// Numbers in no pattern.
fn numbers(count: usize, seed: usize) -> Vec<f32> {
    (0..count).map(|i| (((i * 7919 + seed * 104_729) % 1009) as f32 / 504.5 - 1.0) * 0.4).collect()
}

/// A matrix that has adapters: its name and shape, and for each task the two factors of what is
/// added.
type Factors = (String, [usize; 2], [Vec<f32>; 2], [Vec<f32>; 2]);

fn factors(all: &Weights) -> Vec<Factors> {
    let mut names: Vec<&String> =
        all.keys().filter(|name| all[*name].shape.len() == 2 && !name.contains("pooler")).collect();
    names.sort();
    let factor = |(at, name): (usize, &String)| {
        let [rows, columns] = *all[name].shape.as_slice() else { unreachable!() };
        let of = |task: usize, part: usize, size| numbers(size, at * 4 + task * 2 + part + 1);
        let left = [of(0, 0, rows * RANK), of(1, 0, rows * RANK)];
        let right = [of(0, 1, RANK * columns), of(1, 1, RANK * columns)];
        (name.clone(), [rows, columns], left, right)
    };
    names.into_iter().enumerate().map(factor).collect()
}

/// The fixture with adapters beside its weights.
fn adapted() -> Copy {
    let copy = with_weights("jina", |all| {
        for (name, [rows, columns], left, right) in factors(all) {
            let weight = all.remove(&name).unwrap();
            let stem = format!("{}.parametrizations.weight", name.strip_suffix(".weight").unwrap());
            all.insert(format!("{stem}.original"), weight);
            let (left, right) = (left.concat(), right.concat());
            let left = Array::new(&[2, rows, RANK], left);
            let right = Array::new(&[2, RANK, columns], right);
            // Tables keep the factors the other way round.
            let (a, b) = if name.starts_with("embeddings") { (left, right) } else { (right, left) };
            all.insert(format!("{stem}.0.lora_A"), a);
            all.insert(format!("{stem}.0.lora_B"), b);
        }
    });
    copy.edit("config.json", |config| {
        config["model_type"] = json!("xlm-roberta");
        config["position_embedding_type"] = json!("rotary");
        config["rotary_emb_base"] = json!(20_000.0);
        config["auto_map"] = json!({"AutoModel": "own--code.Model"});
        config["lora_adaptations"] = json!(TASKS);
        config["lora_rank"] = json!(RANK);
        config["lora_alpha"] = json!(3.0);
        config["task_instructions"] = json!({TASKS[0]: "query: ", TASKS[1]: ""});
        config.as_object_mut().unwrap().remove("rope_parameters");
    });
    copy.edit("modules.json", |modules| modules[0]["type"] = json!("custom_st.Transformer"));
    copy
}

/// The fixture with the adapter of one task added to its weights.
fn merged(task: usize) -> Encoder {
    let copy = with_weights("jina", |all| {
        for (name, [_, columns], left, right) in factors(&weights("jina")) {
            let own = all[&name].values();
            let added = |i: usize| -> f64 {
                let (row, column) = (i / columns, i % columns);
                let term =
                    |k: usize| f64::from(left[task][row * RANK + k]) * f64::from(right[task][k * columns + column]);
                1.5 * (0..RANK).map(term).sum::<f64>()
            };
            let values = own.iter().enumerate().map(|(i, value)| (value + added(i)) as f32).collect();
            all.insert(name.clone(), Array::new(&all[&name].shape.clone(), values));
        }
    });
    copy.load().unwrap()
}

#[test]
fn a_prompt_takes_its_tasks_adapter() {
    let copy = adapted();
    let (model, plain) = (copy.load().unwrap(), Copy::of("jina").load().unwrap());
    assert_eq!(model.tasks(), TASKS);
    let close = |got: &[f32], expected: &[f32], what: &str| {
        let off = wide(got).iter().zip(wide(expected)).fold(0f64, |m, (a, b)| m.max((a - b).abs()));
        assert!(off < 1e-6, "{what}: {off}");
    };
    let embed = |model: &Encoder, text: &str, prompt| model.embed(&[text], prompt).unwrap().swap_remove(0);
    close(&embed(&model, TEXTS[0], None), &embed(&plain, TEXTS[0], None), "no task");
    close(&embed(&model, TEXTS[0], Some(TASKS[0])), &embed(&merged(0), &format!("query: {}", TEXTS[0]), None), "query");
    close(&embed(&model, TEXTS[1], Some(TASKS[1])), &embed(&merged(1), TEXTS[1], None), "passage");
}

#[test]
fn a_query_and_a_passage_are_explained_by_their_own_adapters() {
    let copy = adapted();
    let model = copy.load().unwrap();
    let options = TASKS.map(|task| Options { prompt: Some(task.to_owned()), ..Options::default() });
    let why = model.explain(TEXTS, [&options[0], &options[1]], Similarity::Cos).unwrap();
    assert!(why.error.abs() <= why.bound, "{} {}", why.error, why.bound);
    let [a, b] = [0, 1].map(|i| wide(&model.embed(&[TEXTS[i]], Some(TASKS[i])).unwrap()[0]));
    let score: f64 = a.iter().zip(&b).map(|(a, b)| a * b).sum();
    assert!((why.score - score).abs() < 1e-6, "{} {score}", why.score);
    let relevance = model.relevance(TEXTS[0], &[TEXTS[1]], Some(TASKS[0]), &options[1], Similarity::Cos).unwrap();
    assert!((relevance[0].score - score).abs() < 1e-6, "{} {score}", relevance[0].score);
}

/// Whether all numbers of two reports are close.
fn alike(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b)),
        (Value::Object(a), Value::Object(b)) => a.len() == b.len() && a.iter().all(|(key, a)| alike(a, &b[key])),
        (Value::Number(a), Value::Number(b)) => (a.as_f64().unwrap() - b.as_f64().unwrap()).abs() < 1e-3,
        _ => a == b,
    }
}

#[test]
fn evaluation_takes_the_default_tasks_adapter_everywhere() {
    let copy = adapted();
    copy.edit("config_sentence_transformers.json", |config| {
        config["prompts"] = json!({TASKS[0]: "query: ", TASKS[1]: ""});
        config["default_prompt_name"] = json!(TASKS[1]);
    });
    let texts = ["A dog barks.", "The sun is warm.", "A kitten naps.", "The cat sleeps on the roof."];
    let pair =
        |(i, &text): (usize, &&str)| Pair { a: text.into(), b: texts[(i + 1) % 4].into(), score: i as f64 / 4.0 };
    let pairs: Vec<Pair> = texts.iter().enumerate().map(pair).collect();
    let metrics = vec![Metric::Predictive, Metric::Insertion, Metric::Sanity];
    let settings = Settings { metrics, sample: 3, subsets: 8, ..Settings::default() };
    let report = |model: Encoder| {
        let report = evaluate(model, None, &pairs, &settings, &()).unwrap();
        json!([report.predictive, report.faithfulness, report.sanity])
    };
    let (own, plain) = (report(copy.load().unwrap()), report(Copy::of("jina").load().unwrap()));
    let expected = report(merged(1));
    assert!(alike(&own, &expected), "{own}\n{expected}");
    assert!(!alike(&own, &plain), "the adapter has no effect: {own}");
}

#[test]
fn what_does_not_fit_is_named() {
    let copy = adapted();
    copy.edit("config.json", |config| config["lora_rank"] = json!(3));
    let error = copy.load().unwrap().embed(&TEXTS, Some(TASKS[0])).unwrap_err().to_string();
    assert!(error.contains("lora_"), "{error}");
    let copy = adapted();
    copy.edit("config.json", |config| config["lora_rank"] = json!(0));
    let error = copy.load().map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("lora_rank"), "{error}");
    let error = adapted().load().unwrap().embed(&TEXTS, Some("classification")).unwrap_err().to_string();
    assert!(error.contains("classification") && error.contains(TASKS[1]), "{error}");
}
