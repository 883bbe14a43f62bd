//! Text files.

use whysim::pairs::{BadRows, Data, Format, Reading, Row, Scores, read};

use super::{Files, columns, problem, row, rows};

#[test]
fn the_benchmark_s_own_files_are_read_as_they_are() {
    let files = Files::new();
    // In this format quotes are ordinary characters, and a few lines have two more fields. The file
    // name says nothing.
    let text = "g\tf\t2012\t1\t5.000\tA \"dog\" runs.\tOne dog, \"running.\ng\tf\t2012\t2\t1.25\ta\tb\tx\ty\r\n";
    for name in ["sts-train.csv", "sts"] {
        let got = rows(files.write(name, text), &Reading::default());
        assert_eq!(got, [row("A \"dog\" runs.", "One dog, \"running.", 1.0), row("a", "b", 0.25)]);
    }
    // One file that starts with a byte-order mark, and one whose format is specified.
    let expected = [row("The \"dog", "The cat", 1.0)];
    let marked = "\u{feff}g\tf\t2012\t1\t5.000\tThe \"dog\tThe cat\n";
    assert_eq!(rows(files.write("x.csv", marked), &Reading::default()), expected);
    let named = Reading { format: Some(Format::Sts), ..Reading::default() };
    assert_eq!(rows(files.write("x.txt", marked), &named), expected);
}

#[test]
fn tables_and_objects_hold_the_same_rows() {
    let files = Files::new();
    let expected = [row("red, dry wine", "white \"wine\"", 0.5), row("a", "b", 1.0)];
    let csv = "id,sentence1,sentence2,score\n1,\"red, dry wine\",\"white \"\"wine\"\"\",0.5\n2,a,b,1\n";
    let tsv = "score\tsentence2\tsentence1\n0.5\twhite \"wine\"\tred, dry wine\n1\tb\ta\n";
    let jsonl = "{\"sentence1\": \"red, dry wine\", \"sentence2\": \"white \\\"wine\\\"\", \"score\": 0.5}\n\n\
                 {\"score\": \"1\", \"sentence1\": \"a\", \"sentence2\": \"b\", \"more\": []}\n";
    let breaks = tsv.replace('\n', "\r\n");
    for (name, text) in [("p.csv", csv), ("p.tsv", tsv), ("p.TSV", &breaks), ("p.jsonl", jsonl), ("p.ndjson", jsonl)] {
        assert_eq!(rows(files.write(name, text), &Reading::default()), expected, "{name}");
        let with_mark = format!("\u{feff}{text}");
        assert_eq!(rows(files.write(name, with_mark), &Reading::default()), expected, "{name}");
    }
    let named =
        Reading { columns: columns(&["q", "p", "label"]), score_range: Some((-1.0, 3.0)), ..Reading::default() };
    let got = rows(files.write("q.csv", "label,q,p\n1,x,y\n-1,x,z\n"), &named);
    assert_eq!(got, [row("x", "y", 0.5), row("x", "z", 0.0)]);
    let forced = Reading { format: Some(Format::JsonLines), ..Reading::default() };
    assert_eq!(rows(files.write("odd", jsonl), &forced), expected);
}

#[test]
fn texts_alone_are_for_distillation() {
    let files = Files::new();
    let optional = Reading { scores: Scores::Optional, ..Reading::default() };
    let alone = |text: &str| Row { a: text.into(), b: None, score: None };
    assert_eq!(rows(files.write("t.txt", "one\ntwo\n"), &optional), [alone("one"), alone("two")]);
    let one = Reading { columns: columns(&["text"]), ..optional.clone() };
    assert_eq!(rows(files.write("t.csv", "n,text\n1,one\n"), &one), [alone("one")]);
    let pairs = rows(files.write("p.csv", "sentence1,sentence2\na,b\n"), &optional);
    assert_eq!(pairs, [Row { a: "a".into(), b: Some("b".into()), score: None }]);
    assert!(problem(files.write("t.txt", "one\n"), &Reading::default()).contains("line 1: it has no score"));
    assert!(Data { rows: pairs, skipped: 0 }.pairs().is_empty());
}

/// A file name, its text with one valid and one invalid row, and the error for the invalid one.
const BAD: [(&str, &str, &str); 13] = [
    ("p.csv", "sentence1,sentence2,score\na,b,0.5\nc,d\n", "line 3: it has 2 fields, and the header 3"),
    ("p.csv", "sentence1,sentence2,score\na,b,0.5\nc,d,x\n", "line 3: its score `x` is not a number"),
    ("p.csv", "sentence1,sentence2,score\na,b,0.5\nc,d,NaN\n", "line 3: its score NaN is not from 0 to 1"),
    ("p.csv", "sentence1,sentence2,score\na,b,0.5\n\"e\nf\",g,4.2\n", "line 3: its score 4.2 is not from 0 to 1: give"),
    ("p.csv", "sentence1,sentence2,score\na,b,0.5\nc,,1\n", "line 3: its second text is empty"),
    ("p.csv", "sentence1,sentence2,score\na,b,0.5\nc,d,\n", "line 3: its score `` is not a number"),
    ("p.tsv", "sentence1\tsentence2\tscore\na\tb\t0.5\n \tb\t0.5\n", "line 3: its first text is empty"),
    ("p.jsonl", "{\"sentence1\": \"a\", \"sentence2\": \"b\", \"score\": 0.5}\n{\n", "line 2: it is not JSON"),
    (
        "p.jsonl",
        "{\"sentence1\": \"a\", \"sentence2\": \"b\", \"score\": 0.5}\n[]\n",
        "line 2: it is not a JSON object",
    ),
    (
        "p.jsonl",
        "{\"sentence1\": \"a\", \"sentence2\": \"b\", \"score\": 0.5}\n{\"x\": 1}\n",
        "no `sentence1`: name the columns; it has `x`",
    ),
    (
        "p.jsonl",
        "{\"sentence1\": \"a\", \"sentence2\": \"b\", \"score\": 0.5}\n{\"sentence1\": \"a\", \"score\": 1}\n",
        "line 2: it has no second text",
    ),
    ("sts", "g\tf\ty\ti\t5\ta\tb\ng\tf\ty\ti\t5\ta\n", "line 2: it has 6 tab-separated fields"),
    ("sts", "g\tf\ty\ti\t5\ta\tb\ng\tf\ty\ti\t5.1\ta\tb\n", "line 2: its score 5.1 is not from 0 to 5"),
];

#[test]
fn a_bad_row_is_named_by_its_line_or_left_out_and_counted() {
    let files = Files::new();
    for (name, text, message) in BAD {
        let path = files.write(name, text);
        let error = problem(path.clone(), &Reading::default());
        assert!(error.contains(message), "{error}");
        let skipping = Reading { bad_rows: BadRows::Skip, ..Reading::default() };
        let data = read(&path, &skipping).unwrap();
        assert_eq!((data.rows.len(), data.skipped), (1, 1), "{message}");
    }
    let latin = b"sentence1,sentence2,score\na,b,0.5\ncaf\xe9,d,1\n";
    assert!(problem(files.write("l.csv", latin), &Reading::default()).contains("line 3: it is not UTF-8"));
    assert!(
        problem(files.write("l.txt", b"a\ncaf\xe9\n"), &Reading { scores: Scores::Optional, ..Reading::default() })
            .contains("line 2: it is not UTF-8")
    );
}

#[test]
fn a_file_that_cannot_be_used_says_why() {
    let files = Files::new();
    let missing = problem(files.0.path().join("none.csv"), &Reading::default());
    assert!(missing.contains("cannot read"), "{missing}");
    let columns = problem(files.write("p.csv", "text,other\na,b\n"), &Reading::default());
    assert!(columns.contains("no column `sentence1`; it has `text`, `other`"), "{columns}");
    assert!(problem(files.write("p.csv", ""), &Reading::default()).contains("no column `sentence1`"));
    assert!(
        problem(files.write("p.csv", "sentence1,sentence2,score\n"), &Reading::default()).contains("holds no rows")
    );
    assert!(problem(files.write("p.jsonl", ""), &Reading::default()).contains("holds no rows"));
    let skip = Reading { bad_rows: BadRows::Skip, ..Reading::default() };
    assert!(problem(files.write("p.jsonl", "x\ny\n"), &skip).contains("all its 2 rows are bad"));
    let unknown = problem(files.write("p.xlsx", "PK"), &Reading::default());
    assert!(unknown.contains("unsupported data file") && unknown.contains(".jsonl"), "{unknown}");
}

#[test]
fn options_that_cannot_be_are_refused_before_the_file_is_read() {
    for range in [(5.0, 0.0), (1.0, 1.0), (f64::NAN, 1.0), (0.0, f64::INFINITY), (f64::MIN, f64::MAX)] {
        let message = problem("none.csv", &Reading { score_range: Some(range), ..Reading::default() });
        assert!(message.contains("score range must be two finite numbers, the smaller one first"), "{message}");
    }
    for (names, scores, expected) in [
        (&["a", "b", "c", "d"][..], Scores::Optional, "columns must be one to three names"),
        (&[], Scores::Optional, "columns must be one to three names"),
        (&["a", "b"], Scores::Required, "columns must be three names: first text, second text, score, not 2"),
    ] {
        let message = problem("none.csv", &Reading { columns: columns(names), scores, ..Reading::default() });
        assert!(message.contains(expected), "{message}");
    }
}
