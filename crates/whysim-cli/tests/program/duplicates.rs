//! `whysim duplicates`.

use crate::Machine;

const TEXTS: &str = "The red cat sleeps on the table for 10 days.

The red cat sleeps on the table for 12 days.
The red cat does not sleep on the table for 10 days.
The red cat sleeps on the table for 10 days.
The red cat sleeps on the table, for 10 days!
Prices rose in March.
";

#[test]
fn texts_that_say_the_same_in_words_and_as_json() {
    let machine = Machine::with_model();
    machine.write("texts.txt", TEXTS);
    let json = machine.run(&["duplicates", "texts.txt", "--threshold", "0.5", "-f", "json"]).json();
    assert_eq!((json["texts"][0].as_u64(), json["distinct"][0].as_u64()), (Some(6), Some(5)));
    let pairs = json["pairs"].as_array().unwrap();
    let id =
        |item: &serde_json::Value| json["items"][item.as_u64().unwrap() as usize]["id"].as_str().unwrap().to_owned();
    let of = |a: &str, b: &str| pairs.iter().find(|pair| id(&pair["a"]) == a && id(&pair["b"]) == b).unwrap();
    // Names are numbers of lines, empty ones counted.
    assert_eq!(of("1", "3")["summary"], "differs in a number: 10 → 12");
    assert_eq!((&of("1", "3")["telling"], &of("1", "4")["kinds"][0]), (&true.into(), &"negation".into()));
    assert_eq!((&of("1", "5")["kinds"][0], &of("1", "6")["kinds"][0]), (&"copy".into(), &"form".into()));
    assert!(of("1", "3")["evidence"]["carries"].as_array().is_some_and(|carries| !carries.is_empty()));
    assert!(of("1", "5")["evidence"].is_null());
    let text = machine.run(&["duplicates", "texts.txt", "--threshold", "0.5"]).out();
    for part in
        ["6 texts (5 different ones)", "differs in a number: 10 → 12", "carried by", "group 0:", "copies word for word"]
    {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let without = machine.run(&["duplicates", "texts.txt", "--threshold", "0.5", "--explain", "0"]).out();
    assert!(without.contains("10 → 12") && !without.contains("carried by"), "{without}");
    let args = ["duplicates", "texts.txt", "--threshold", "0.5", "--explain", "0", "-f", "json"];
    assert_eq!(machine.run(&args).json()["model"], json["model"]);
    assert!(json["model"].is_string());
}

#[test]
fn a_table_and_a_page() {
    let machine = Machine::with_model();
    machine.write("texts.txt", TEXTS);
    machine.write("more.txt", "The red cat sleeps on the table for <b>12</b> days.\nWine.\n\nThe red cat sleeps on the big table for <b>12</b> days.\n");
    let args = ["duplicates", "texts.txt", "--against", "more.txt", "--threshold", "0.3", "--output"];
    machine.run(&[&args[..], &["pairs.csv"]].concat()).out();
    let table = std::fs::read_to_string(machine.path("pairs.csv")).unwrap();
    assert!(
        table.starts_with("group,set_a,id_a,set_b,id_b,score,difference,carried_by,differs_in,text_a,text_b\n"),
        "{table}"
    );
    let rows: Vec<&str> = table.lines().skip(1).collect();
    assert!(rows.iter().any(|row| row.contains(",texts.txt,3,more.txt,1,")), "{table}");
    let texts = ",The red cat sleeps on the table for 12 days.,The red cat sleeps on the table for <b>12</b> days.";
    assert!(rows.iter().any(|row| row.ends_with(texts)) && !table.contains(",texts.txt,3,texts.txt,"), "{table}");
    let text = machine.run(&args[..args.len() - 1]).out();
    for part in [
        "against 3 texts",
        "6 of 6 texts of texts.txt have one of more.txt at or above the threshold, 0 word for word",
        "of 3 texts of more.txt have",
        "more.txt:1 ",
        "\npairs, strongest first",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(!text.contains("group 0"), "{text}");
    machine.run(&[&args[..], &["page.html"]].concat()).out();
    let page = std::fs::read_to_string(machine.path("page.html")).unwrap();
    assert!(page.contains("&lt;<mark") && !page.contains("<b>") && page.contains("light-dark"));
    assert!(page.contains("title=\"missing here: big\">∅</mark>") && page.contains("more.txt:1"));
    assert!(!page.contains("http://") && !page.contains("https://") && !page.contains("{{"));
}

#[cfg(feature = "index")]
#[test]
fn columns_of_tables() {
    let machine = Machine::with_model();
    machine.write(
        "a.csv",
        "number,body,date\nT1,The red cat sleeps.,1\nT2,\"The red cat\nsleeps!\",2\nT3,Prices rose.,3\n",
    );
    machine
        .write("b.jsonl", "{\"number\": 7, \"body\": \"The red cat sleeps.\"}\n{\"number\": 8, \"body\": \"Wine.\"}\n");
    let columns = ["--text", "body", "--id", "number", "--threshold", "0.9", "--explain", "0", "-f", "json"];
    let pairs = |files: &[&str]| {
        let json = machine.run(&[&["duplicates"], files, &columns[..]].concat()).json();
        let id = |item: &serde_json::Value| json["items"][item.as_u64().unwrap() as usize]["id"].clone();
        let pair = |pair: &serde_json::Value| (id(&pair["a"]), id(&pair["b"]), pair["kinds"][0].clone());
        json["pairs"].as_array().unwrap().iter().map(pair).collect::<Vec<_>>()
    };
    let of = |a: &str, b: &str, kind: &str| (a.into(), b.into(), kind.into());
    assert_eq!(pairs(&["a.csv"]), [of("T1", "T2", "form")]);
    let both = pairs(&["a.csv", "b.jsonl"]);
    assert!(both.contains(&of("T1", "T2", "form")) && both.contains(&of("T1", "7", "copy")), "{both:?}");
    let across = pairs(&["a.csv", "--against", "b.jsonl"]);
    assert!(across.contains(&of("T1", "7", "copy")) && !across.contains(&of("T1", "T2", "form")), "{across:?}");
    machine.write("twice.csv", "number,body\n1,a\n1,b\n");
    let message = machine.run(&[&["duplicates", "twice.csv"], &columns[..]].concat()).problem(1);
    assert!(message.contains("twice.csv") && message.contains("`1`"), "{message}");
    let message = machine.run(&["duplicates", "a.csv", "--id", "number"]).problem(1);
    assert!(message.contains("text") && message.contains("body"), "{message}");
}

#[test]
fn each_mistake_gets_one_error() {
    let machine = Machine::with_model();
    machine.write("texts.txt", TEXTS);
    machine.write("empty.txt", "\n\n");
    let cases: [(&[&str], i32, &str); 6] = [
        (&[], 2, "<FILE>"),
        (&["none.txt"], 1, "cannot read none.txt"),
        (&["empty.txt"], 1, "there is no text in it"),
        (&["texts.txt", "texts.txt"], 2, "given twice"),
        (&["texts.txt", "--threshold", "1.5"], 1, "a cosine, from -1 to 1, not 1.5"),
        (&["texts.txt", "--output", "x.png"], 2, "use .txt, .json, .csv or .html"),
    ];
    for (args, code, part) in cases {
        let message = machine.run(&[&["duplicates"], args].concat()).problem(code);
        assert!(message.contains(part), "{args:?}: {message}");
    }
}
