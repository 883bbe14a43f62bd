//! `whysim explain`: numbers and warnings.

use serde_json::{Value, json};

use crate::{A, B, Machine, fixture};

fn explain(machine: &Machine, more: &[&str]) -> Value {
    machine.run(&[&["explain", A, B, "--format", "json"], more].concat()).json()
}

fn sum(values: &Value) -> f64 {
    match values {
        Value::Array(values) => values.iter().map(sum).sum(),
        Value::Object(values) => values.values().map(sum).sum(),
        number => number.as_f64().unwrap(),
    }
}

#[test]
fn the_ledger_closes_in_every_family() {
    for family in ["bert", "mpnet", "roberta", "xlm-roberta", "camembert", "distilbert"] {
        let model = fixture(family).to_string_lossy().into_owned();
        let e = explain(&Machine::new(), &["--model", &model]);
        let [score, total, error, bound] = ["score", "sum", "error", "bound"].map(|key| e[key].as_f64().unwrap());
        assert!((sum(&e["matrix"]) - total).abs() < 1e-5, "{family}");
        let border = sum(&e["border"]["a"]) + sum(&e["border"]["b"]) + sum(&e["border"]["corner"]);
        assert!((total + border - score - error).abs() < 1e-5, "{family}");
        assert!(error.abs() <= bound && bound < 1e-2, "{family}: {error} {bound}");
        assert!(e["gaps"].as_array().unwrap().iter().all(|gap| gap.as_f64().unwrap() <= 1e-3), "{family}");
        assert_eq!(e["matrix"].as_array().unwrap().len(), e["a"]["tokens"].as_array().unwrap().len());
        assert_eq!(e["model"], json!(model));
    }
}

#[test]
fn an_exact_model_has_no_border() {
    let machine = Machine::new();
    let folder = machine.model("exact");
    let modules = json!([
        {"path": "", "type": "xsbert.models.ShiftingReferenceTransformer"},
        {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
    ]);
    std::fs::write(folder.join("modules.json"), modules.to_string()).unwrap();
    let e = explain(&machine, &["--model", "exact", "--tolerance", "1e-5"]);
    assert_eq!((&e["exact"], sum(&e["border"])), (&json!(true), 0.0));
    let [score, total] = ["score", "sum"].map(|key| e[key].as_f64().unwrap());
    assert!((score - total).abs() < 1e-4);
    let text = machine.run(&["explain", A, B, "-m", "exact"]).out();
    assert!(text.contains("exact: ") && !text.contains("A · reference"), "{text}");
    let other = explain(&machine, &["--model", "exact", "--reference", "zero"]);
    assert_eq!(other["exact"], json!(false));
    assert!((other["score"].as_f64().unwrap() - score).abs() < 1e-5);
}

#[test]
fn json_has_its_keys() {
    let e = explain(&Machine::with_model(), &["--steps", "3", "--similarity", "dot", "--reference", "zero"]);
    let keys: Vec<&str> = e.as_object().unwrap().keys().map(String::as_str).collect();
    let mut expected: Vec<&str> =
        "model layer layers similarity exact by method rule reference precision steps gaps score sum error bound \
                                   terms a b matrix border effects interaction tolerances converged relevance"
            .split_whitespace()
            .collect();
    expected.sort_unstable();
    assert_eq!(keys, expected);
    assert_eq!(e["similarity"], "dot");
    assert_eq!((&e["reference"], &e["rule"], &e["by"]), (&json!("zero"), &json!("gauss-legendre"), &json!("token")));
    assert_eq!(e["steps"], json!([3, 3]));
    let token = &e["a"]["tokens"][1];
    assert_eq!(*token, json!({"text": token["text"], "start": 0, "end": 3, "special": false}));
}

#[test]
fn products_in_bfloat16_are_near_and_said() {
    let machine = Machine::with_model();
    let whole = explain(&machine, &["--layer", "0"]);
    let rounded = explain(&machine, &["--layer", "0", "--precision", "bfloat16"]);
    assert_eq!((&whole["precision"], &rounded["precision"]), (&json!("float32"), &json!("bfloat16")));
    assert_eq!(whole["steps"], rounded["steps"]);
    assert_ne!(whole["matrix"], rounded["matrix"]);
    assert!((sum(&whole["matrix"]) - sum(&rounded["matrix"])).abs() < 1e-2);
    let ran = machine.run(&["explain", A, B, "--layer", "0", "--precision", "bfloat16"]);
    // The default tolerance is met but for the rounding, which is no reason to warn.
    assert_eq!(ran.err, "");
    let text = ran.out();
    assert!(text.contains("products in bfloat16"), "{text}");
    let message = machine.run(&["explain", A, B, "--precision", "float16"]).problem(2);
    assert!(message.contains("float32, bfloat16"), "{message}");
}

#[test]
fn layers_are_named_from_both_ends() {
    let machine = Machine::with_model();
    let layers = explain(&machine, &[])["layers"].as_i64().unwrap();
    let layer = |name: &str| explain(&machine, &["--steps", "2", "--layer", name])["layer"].as_i64().unwrap();
    assert_eq!([layer("embeddings"), layer("0"), layer("1"), layer("-1")], [0, 0, 1, layers]);
    assert_eq!(layer(&format!("-{}", layers + 1)), 0);
    let message = machine.run(&["explain", A, B, "-l", "99"]).problem(1);
    assert!(message.contains("there is no layer 99") && message.contains("embeddings"), "{message}");
}

#[test]
fn words_and_sentences_keep_the_sum() {
    let machine = Machine::with_model();
    let tokens = explain(&machine, &["--steps", "4"]);
    for by in ["word", "sentence"] {
        let groups = explain(&machine, &["--steps", "4", "--by", by]);
        assert_eq!(groups["by"], by);
        assert!((sum(&groups["matrix"]) - sum(&tokens["matrix"])).abs() < 1e-5);
        assert!((sum(&groups["border"]) - sum(&tokens["border"])).abs() < 1e-5);
        let columns = |e: &Value| e["b"]["tokens"].as_array().unwrap().len();
        assert!(columns(&groups) < columns(&tokens));
    }
}

#[test]
fn threads_change_nothing_but_time() {
    let machine = Machine::with_model();
    let (one, all) = (explain(&machine, &["--threads", "1"]), explain(&machine, &[]));
    assert_eq!(one["steps"], all["steps"]);
    assert!((one["score"].as_f64().unwrap() - all["score"].as_f64().unwrap()).abs() < 1e-6);
}

#[test]
fn a_tolerance_that_is_not_reached_is_said() {
    let machine = Machine::with_model();
    let riemann = ["explain", A, B, "--layer", "0", "--rule", "riemann", "--tolerance", "1e-4", "--max-steps", "4"];
    let ran = machine.run(&riemann);
    assert_eq!(ran.code, Some(0));
    for part in ["warning: ", "gap of text A", "after 4 quadrature nodes", "tolerance of 1e-4", "--max-steps 16"] {
        assert!(ran.err.contains(part), "{part}: {}", ran.err);
    }
    assert_eq!(machine.run(&[&riemann[..], &["--quiet"]].concat()).err, "");
    let fixed = machine.run(&["explain", A, B, "--rule", "riemann", "--steps", "4"]);
    assert_eq!(fixed.err, "", "a fixed number of nodes is the user's own choice");
    let hopeless = machine.run(&["explain", A, B, "--tolerance", "1e-12", "--max-steps", "32"]);
    assert!(hopeless.err.contains("single precision"), "{}", hopeless.err);
}

#[test]
fn a_text_that_is_cut_is_said_to_be() {
    let machine = Machine::with_model();
    let long = "dog ".repeat(50);
    let ran = machine.run(&["explain", &long, B]);
    assert!(ran.err.contains("warning: text A is too long for the model: it read 24 of"), "{}", ran.err);
    assert!(ran.out.contains("warning: text A"), "the result says it too");
    assert_eq!(machine.run(&["explain", &long, B, "-q"]).err, "");
    assert!(machine.run(&["similarity", A, &long]).err.contains("text B is too long"));
    assert_eq!(machine.run(&["explain", A, B]).err, "", "no nagging");
}

#[test]
fn prompts_are_named() {
    let machine = Machine::new();
    let folder = machine.model("model");
    let config = json!({"prompts": {"query": "the "}, "default_prompt_name": null});
    std::fs::write(folder.join("config_sentence_transformers.json"), config.to_string()).unwrap();
    let e = explain(&machine, &["--model", "model", "--prompt-a", "query"]);
    let prompts =
        |side: &str| e[side]["tokens"].as_array().unwrap().iter().filter(|token| token["prompt"] == true).count();
    assert_eq!([prompts("a"), prompts("b")], [1, 0]);
    let message = machine.run(&["explain", A, B, "-m", "model", "--prompt-b", "nil"]).problem(1);
    assert!(message.contains("`nil`; supported: query"), "{message}");
}

#[test]
fn an_alignment_is_listed_where_it_is_asked_for() {
    let machine = Machine::with_model();
    let words = ["--by", "word", "--align"];
    let e = explain(&machine, &words);
    let pairs = e["alignment"].as_array().unwrap();
    assert!(!pairs.is_empty());
    for pair in pairs {
        let [a, b] = ["a", "b"].map(|side| pair[side].as_u64().unwrap() as usize);
        assert_eq!((&pair["value"], &pair["weight"]), (&e["interaction"][a][b], &json!(1.0)));
        assert!(
            !e["a"]["tokens"][a]["special"].as_bool().unwrap() && !e["b"]["tokens"][b]["special"].as_bool().unwrap()
        );
    }
    let moved = explain(&machine, &["--align=transport"]);
    assert!(moved["alignment"].as_array().unwrap().iter().all(|pair| pair["weight"].as_f64().unwrap() < 1.001));
    assert!(explain(&machine, &[])["alignment"].is_null());
    let text = machine.run(&[&["explain", A, B], &words[..]].concat()).out();
    assert!(text.contains("\n\naligned, A × B\n"), "{text}");
    for (args, expected) in
        [(["--align", "-f", "html"], "--align is for text and json"), (["--align=best", "-f", "json"], "transport")]
    {
        let message = machine.run(&[&["explain", A, B], &args[..]].concat()).problem(2);
        assert!(message.contains(expected), "{message}");
    }
}
