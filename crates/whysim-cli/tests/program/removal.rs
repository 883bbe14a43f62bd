//! `--method removal`, and explanations of models behind a server.

use serde_json::{Value, json};

use crate::{A, B, Machine};

fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(rows) => rows.iter().flat_map(numbers).collect(),
        number => vec![number.as_f64().unwrap()],
    }
}

#[test]
fn a_model_is_explained_by_removal() {
    let machine = Machine::with_model();
    let args = ["explain", A, B, "--method", "removal", "--by", "word", "--format", "json"];
    let all = machine.run(&args).json();
    assert_eq!(
        (&all["method"], &all["rule"], &all["removal"]),
        (&json!("removal"), &json!("shapley"), &json!("delete"))
    );
    assert_eq!((&all["reference"], &all["steps"]), (&json!("empty"), &json!([1 << 7, 1 << 9])));
    assert!(all["error"].as_f64().unwrap().abs() <= all["bound"].as_f64().unwrap());
    assert!(numbers(&all["standard_error"]["matrix"]).iter().all(|&v| v == 0.0));
    let drawn = machine.run(&[&args[..], &["--budget", "40", "--seed", "1"]].concat()).json();
    assert!(numbers(&drawn["standard_error"]["matrix"]).iter().all(|&v| v > 0.0));
    assert!((drawn["sum"].as_f64().unwrap() - all["sum"].as_f64().unwrap()).abs() < 1e-5);
    let zero = machine.run(&[&args[..], &["--reference", "zero"]].concat()).json();
    assert_eq!((&zero["exact"], &zero["border"]["corner"]), (&json!(true), &json!(0.0)));

    let text = machine.run(&[&args[..7], &["--budget", "40"]].concat()).out();
    // Where lines break depends on the length of the model's path.
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("shapley values by removing words (delete)") && text.contains('~'), "{text}");
    assert!(text.contains("Shapley values sum to the whole") && !text.contains("layer"), "{text}");
    let banzhaf = machine.run(&[&args[..7], &["--index", "banzhaf"]].concat()).out();
    assert!(banzhaf.contains("what Banzhaf values leave over"), "{banzhaf}");
}

#[test]
fn relevance_by_removal_has_errors() {
    let machine = Machine::with_model();
    let args = ["relevance", A, B, "--method", "removal", "--by", "word", "--budget", "40"];
    assert!(machine.run(&args).out().contains(" ± "));
    let json = machine.run(&[&args[..], &["--format", "json"]].concat()).json();
    assert!(json[0]["tokens"][0]["standard_error"].as_f64().unwrap() > 0.0);
}

#[test]
fn options_of_the_other_method_are_refused_by_name() {
    let machine = Machine::with_model();
    for (args, code, said) in [
        (&["--budget", "9"][..], 2, "--budget needs --method removal"),
        (&["--method", "removal", "--reference", "mask"], 2, "--reference must be \"empty\" or \"zero\""),
        (&["--method", "removal", "--layer", "1"], 1, "layer must be left out"),
        (&["--method", "removal", "--tolerance", "0.5"], 1, "steps must be left out"),
        (&["--method", "removal", "--budget", "9"], 1, "budget must be 28 or more for the 7 rows of text A"),
    ] {
        let message = machine.run(&[&["explain", A, B][..], args].concat()).problem(code);
        assert!(message.contains(said), "{message}");
    }
}

#[cfg(feature = "endpoint")]
mod served {
    use super::{A, B, Machine, json, numbers};
    use crate::endpoint::server::{Answer, Server};

    #[test]
    fn a_server_is_explained_and_asked_once() {
        let server = Server::start(|_, request| Answer::right(request));
        let url = server.url.clone() + "/v1/embeddings";
        let machine = Machine::new().set("WHYSIM_CACHE", "kept");
        let args = ["explain", A, B, "--endpoint", &url, "--endpoint-model", "m", "--format", "json"];
        let first = machine.run(&args);
        // 7 and 9 words: all their subsets but the empty one, each text once.
        let sent = first.err.strip_prefix("note: sending ").and_then(|rest| rest.split(' ').next()).unwrap().to_owned();
        assert!((511..127 + 511).contains(&sent.parse().unwrap()), "{}", first.err);
        let json = first.json();
        assert_eq!((&json["model"], &json["by"], &json["exact"]), (&json!("m"), &json!("word"), &json!(true)));
        let sum: f64 = numbers(&json["matrix"]).iter().sum();
        assert!((sum - json["score"].as_f64().unwrap()).abs() < 1e-5);
        server.take_log();
        let again = machine.run(&args);
        assert!(again.err.contains(&format!("sending 0 of {sent} texts")), "{}", again.err);
        assert_eq!(again.json(), json);
        assert!(server.take_log().is_empty());
        let relevance = machine.run(&["relevance", A, B, "--endpoint", &url, "--format", "json"]).json();
        assert_eq!(relevance[0]["tokens"][0]["text"], "Outside");
    }

    #[test]
    fn what_a_server_cannot_do_is_refused_by_name() {
        let server = Server::start(|_, request| Answer::right(request));
        let url = server.url.clone() + "/v1/embeddings";
        for (args, code, said) in [
            (&["--method", "path"][..], 2, "--method path needs a model here"),
            (&["--by", "token"], 1, "by must be word or sentence"),
            (&["--removal", "mask-token"], 1, "removal must be delete"),
            (&["--layer", "1"], 1, "layer must be left out"),
            (&["--prompt-a", "query"], 1, "prompt must be left out"),
        ] {
            let message =
                Machine::new().run(&[&["explain", A, B, "--endpoint", &url][..], args].concat()).problem(code);
            assert!(message.contains(said), "{message}");
        }
        assert!(server.take_log().is_empty());
    }
}
