//! `whysim compare`.

use crate::{A, B, Machine, Ran, fixture};

const CSV: &str = "sentence1,sentence2,score
The dog runs after the kitten.,A cat is chased by the dog.,0.8
Red wine is on the table.,There is wine on a table.,0.9
She plays the piano well.,Prices rose in March.,0.1
It rained all night.,\"All night long, it rained.\",0.7
";

/// A run with the tiny BERT and the tiny MPNet.
fn models(machine: &Machine, more: &[&str]) -> Ran {
    let both = [fixture("bert"), fixture("mpnet")].map(|folder| folder.to_string_lossy().into_owned());
    machine.run(&[&["compare"], more, &["--models", &both[0], &both[1]]].concat())
}

#[test]
fn a_pair_under_two_models_in_words_and_as_json() {
    let machine = Machine::new();
    let json = models(&machine, &[A, B, "-f", "json", "--words", "3"]).json();
    let score = |family: &str| {
        let folder = fixture(family);
        machine.run(&["similarity", A, B, "-f", "json", "--model", &folder.to_string_lossy()]).json()["score"]
            .as_f64()
            .unwrap()
    };
    for (i, family) in ["bert", "mpnet"].into_iter().enumerate() {
        assert!((json["scores"][i].as_f64().unwrap() - score(family)).abs() < 1e-5);
        assert_eq!(json["names"][i], *fixture(family).to_string_lossy());
        assert_eq!(json["explanations"][i]["by"], "word");
    }
    assert_eq!((json["pairs"].as_array().unwrap().len(), json["a"]["words"].as_array().unwrap().len()), (3, 7));
    let text = models(&machine, &[A, B]).out();
    for part in ["The second gives this pair a cosine of ", "`", "under the first.", "A × B", "Spearman"] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    models(&machine, &[A, B, "--output", "moved.json", "--by", "sentence", "--method", "removal"]).out();
    let saved: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(machine.path("moved.json")).unwrap()).unwrap();
    assert_eq!((&saved["by"], &saved["explanations"][1]["method"]), (&"sentence".into(), &"removal".into()));
}

#[test]
fn two_layers_of_one_model() {
    let machine = Machine::with_model();
    let text = machine.run(&["compare", A, B, "--layers", "0", "-2"]).out();
    assert!(text.contains("layer 0 of 3") && text.contains("layer 2 of 3") && text.contains("Both give"), "{text}");
}

#[test]
fn a_file_of_pairs() {
    let machine = Machine::new();
    machine.write("pairs.csv", CSV);
    let json = models(&machine, &["--data", "pairs.csv", "--top", "2", "-f", "json"]).json();
    assert_eq!((json["pairs"].as_array().unwrap().len(), json["moved"].as_array().unwrap().len()), (4, 2));
    assert_eq!((json["gold"]["pairs"].as_u64(), json["sample"].as_u64()), (Some(4), Some(4)));
    let text = models(&machine, &["--data", "pairs.csv"]).out();
    for part in ["4 pairs", "gold scores of 4 pairs", "pairs that moved most", "words that moved scores most"] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    machine.write("bad.jsonl", "{\"q\":\"a dog\",\"p\":\"the dog\"}\n{\"q\":3.5}\n[]\n");
    let ran = models(&machine, &["--data", "bad.jsonl", "--columns", "q,p", "--skip-bad-rows"]);
    assert!(
        ran.err.contains("1 of 3 rows were skipped") && ran.err.contains("row 2 has no second text"),
        "{}",
        ran.err
    );
}

#[test]
fn each_mistake_gets_one_error() {
    let machine = Machine::with_model();
    machine.write("pairs.csv", CSV);
    let cases: [(&[&str], i32, &str); 8] = [
        (&[A, B], 2, "nothing to compare"),
        (&[A, "--layers", "0", "1"], 2, "text B is missing"),
        (&[A, B, "--layers", "0"], 2, "--layers"),
        (&[A, B, "--layers", "0", "9"], 1, "there is no layer 9"),
        (&[A, B, "--layers", "0", "1", "--by", "token"], 2, "word or sentence"),
        (&[A, B, "--layers", "0", "1", "--data", "pairs.csv"], 2, "cannot be used with"),
        (&["--layers", "0", "1", "--data", "absent.csv"], 1, "cannot read absent.csv"),
        (&[A, B, "--layers", "0", "1", "--output", "moved.html"], 2, ".json"),
    ];
    for (args, code, expected) in cases {
        let message = machine.run(&[&["compare"], args].concat()).problem(code);
        assert!(message.contains(expected), "{message}");
    }
}
