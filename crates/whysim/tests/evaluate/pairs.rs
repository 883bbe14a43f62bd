//! Files of pairs: what is read, and the one clear error that each bad file gets.

use std::path::PathBuf;

use whysim::evaluate::{Columns, Form, Pair, read_pairs};

struct File {
    folder: tempfile::TempDir,
    name: &'static str,
}

impl File {
    fn new(name: &'static str, content: impl AsRef<[u8]>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(name), content).unwrap();
        Self { folder, name }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join(self.name)
    }

    fn read(&self) -> Vec<Pair> {
        read_pairs(&self.path(), None, &Columns::default()).unwrap()
    }

    fn problem(&self) -> String {
        read_pairs(&self.path(), None, &Columns::default()).unwrap_err().to_string()
    }
}

fn pair(a: &str, b: &str, gold: f64) -> Pair {
    Pair { a: a.into(), b: b.into(), gold }
}

#[test]
fn every_form_reads_the_same_pairs() {
    let expected = [pair("A \"dog\", black", "A cat", 0.5), pair("Wine 'n\u{2019} more", "Vin", 1.0)];
    let csv = "score,sentence1,sentence2\n0.5,\"A \"\"dog\"\", black\",A cat\n1,Wine 'n\u{2019} more,Vin\n";
    assert_eq!(File::new("x.csv", csv).read(), expected);
    let tsv = "\u{feff}sentence1\tscore\tsentence2\r\nA \"dog\", black\t0.5\tA cat\r\nWine 'n\u{2019} more\t1\tVin\r\n";
    assert_eq!(File::new("x.TSV", tsv).read(), expected);
    let json = r#"{"sentence1": "A \"dog\", black", "sentence2": "A cat", "score": 0.5}

{"score": 1, "sentence1": "Wine 'n’ more", "sentence2": "Vin", "more": []}"#;
    assert_eq!(File::new("x.jsonl", json).read(), expected);
}

#[test]
fn sts_benchmark_is_known_by_its_first_line_and_keeps_its_quotes() {
    let sts = "g\tf\t2012\t1\t5.000\tThe \"dog\tThe cat\ng\tf\t2012\t2\t0.4\tone\ttwo\tfrom\tsomewhere\n";
    let expected = [pair("The \"dog", "The cat", 5.0), pair("one", "two", 0.4)];
    assert_eq!(File::new("x.csv", sts).read(), expected);
    let named = File::new("x", sts);
    assert_eq!(read_pairs(&named.path(), Some(Form::Sts), &Columns::default()).unwrap(), expected);
}

#[test]
fn columns_have_names_and_scores_a_range() {
    let columns = Columns { a: "q".into(), b: "p".into(), gold: "y".into(), range: Some([-1.0, 10.0]) };
    let file = File::new("x.csv", "y,p,q\n-1,two,one\n");
    assert_eq!(read_pairs(&file.path(), None, &columns).unwrap(), [pair("one", "two", -1.0)]);
    for range in [[1.0, 1.0], [2.0, 1.0], [f64::NAN, 1.0], [0.0, f64::INFINITY]] {
        let columns = Columns { range: Some(range), ..columns.clone() };
        let message = read_pairs(&file.path(), None, &columns).unwrap_err().to_string();
        assert!(message.contains("score range must be"), "{message}");
    }
}

#[test]
fn each_bad_file_gets_one_error_with_its_line() {
    let head = "sentence1,sentence2,score\n";
    let cases: [(File, &str); 12] = [
        (File::new("x.csv", format!("{head}a,b,0.5\na,b,2\n")), "line 3: the score is `2`, not a number from 0 to 1"),
        (File::new("x.csv", format!("{head}a,b,high\n")), "line 2: the score is `high`"),
        (File::new("x.csv", format!("{head}a,b,NaN\n")), "line 2: the score is `NaN`"),
        (File::new("x.csv", format!("{head}a,,1\n")), "line 2: text B is empty"),
        (File::new("x.csv", format!("{head}a,b\n")), "line: 2"),
        (File::new("x.csv", "a,b,score\n"), "no column `sentence1`; there are `a`, `b`, `score`"),
        (File::new("x.csv", head), "holds no pair"),
        (File::new("x.csv", b"sentence1\n\xff"), "line 2 is not UTF-8"),
        (File::new("x.jsonl", "\n{\"sentence1\": 1}"), "line 2: it has no key `score`"),
        (File::new("x.jsonl", "{]"), "line 1: it is not JSON"),
        (File::new("x.dat", "a b"), "name the form"),
        (File::new("x.csv", "g\tf\ty\t1\t5\ta\tb\ng\tf\ty\t1\t5\ta\n"), "line 2: it has 6 fields"),
    ];
    for (file, expected) in cases {
        let message = file.problem();
        assert!(message.contains(expected), "{message}\n{expected}");
    }
    let message = read_pairs(&PathBuf::from("absent.csv"), None, &Columns::default()).unwrap_err().to_string();
    assert!(message.contains("cannot read absent.csv"), "{message}");
}
