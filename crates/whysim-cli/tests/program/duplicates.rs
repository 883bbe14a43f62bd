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
}

#[test]
fn a_table_and_a_page() {
    let machine = Machine::with_model();
    machine.write("texts.txt", TEXTS);
    machine.write("more.txt", "The red cat sleeps on the table for <b>12</b> days.\nWine.\n");
    let args = ["duplicates", "texts.txt", "--against", "more.txt", "--threshold", "0.3", "--output"];
    machine.run(&[&args[..], &["pairs.csv"]].concat()).out();
    let table = std::fs::read_to_string(machine.path("pairs.csv")).unwrap();
    assert!(table.starts_with("group,id_a,id_b,score,difference,carried_by,differs_in\n"), "{table}");
    assert!(table.lines().skip(1).any(|row| row.contains(",3,1,")) && !table.contains(",3,4,"), "{table}");
    let text = machine.run(&args[..args.len() - 1]).out();
    assert!(text.contains("against 2 texts") && text.contains("against 1"), "{text}");
    machine.run(&[&args[..], &["page.html"]].concat()).out();
    let page = std::fs::read_to_string(machine.path("page.html")).unwrap();
    assert!(page.contains("&lt;<mark") && !page.contains("<b>") && page.contains("light-dark"));
    assert!(!page.contains("http://") && !page.contains("https://") && !page.contains("{{"));
}

#[test]
fn each_mistake_gets_one_error() {
    let machine = Machine::with_model();
    machine.write("texts.txt", TEXTS);
    machine.write("empty.txt", "\n\n");
    machine.write("table.csv", "id,text\n1,a\n");
    let cases: [(&[&str], i32, &str); 7] = [
        (&[], 2, "<FILE>"),
        (&["none.txt"], 1, "cannot read none.txt"),
        (&["empty.txt"], 1, "there is no text in it"),
        (&["table.csv"], 1, "one text a line"),
        (&["texts.txt", "texts.txt"], 2, "given twice"),
        (&["texts.txt", "--threshold", "1.5"], 1, "a cosine, from -1 to 1, not 1.5"),
        (&["texts.txt", "--output", "x.png"], 2, "use .txt, .json, .csv or .html"),
    ];
    for (args, code, part) in cases {
        let message = machine.run(&[&["duplicates"], args].concat()).problem(code);
        assert!(message.contains(part), "{args:?}: {message}");
    }
}
