//! Parquet files as written by pyarrow (scripts/parquet_pairs.py).

use std::path::PathBuf;

use whysim::pairs::Reading;
#[cfg(feature = "parquet")]
use whysim::pairs::{BadRows, Format, Row, Scores, read};

use super::problem;
#[cfg(feature = "parquet")]
use super::{Files, columns, row, rows};

fn file(name: &str) -> PathBuf {
    PathBuf::from(format!("{}/tests/fixtures/parquet/{name}.parquet", env!("CARGO_MANIFEST_DIR")))
}

#[cfg(not(feature = "parquet"))]
#[test]
fn a_build_without_the_feature_says_so() {
    let message = problem(file("float32"), &Reading::default());
    assert!(message.contains("without the cargo feature `parquet`"), "{message}");
}

#[cfg(feature = "parquet")]
fn expected() -> [Row; 6] {
    [
        row("red, dry wine", "white wine", 0.5),
        row("a", "b", 1.0),
        row("A \"dog\", black", "a cat", 0.1),
        row("B\u{e4}r", "loup", 0.0),
        row("a", "b", 1.0),
        row("last", "first", 0.8),
    ]
}

#[cfg(feature = "parquet")]
#[test]
fn the_same_pairs_whatever_the_encoding_the_codec_and_the_type() {
    for name in ["float32", "float64"] {
        assert_eq!(rows(file(name), &Reading::default()), expected(), "{name}");
    }
    let named = Reading { columns: columns(&["q", "p", "label"]), ..Reading::default() };
    assert_eq!(rows(file("string"), &named), expected());
    for name in ["int8", "uint64"] {
        let tenths = Reading { score_range: Some((0.0, 10.0)), ..Reading::default() };
        assert_eq!(rows(file(name), &tenths), expected(), "{name}");
    }
    for (got, expected) in rows(file("float16"), &Reading::default()).iter().zip(expected()) {
        assert!((got.score.unwrap() - expected.score.unwrap()).abs() < 5e-4 && got.a == expected.a, "{got:?}");
    }
    // Detected by the first bytes, or specified.
    let files = Files::new();
    let copy = files.write("pairs.csv", std::fs::read(file("float32")).unwrap());
    assert_eq!(rows(copy, &Reading::default()), expected());
}

#[cfg(feature = "parquet")]
#[test]
fn a_null_is_a_value_that_is_missing() {
    let error = problem(file("nulls"), &Reading::default());
    assert!(error.contains("row 2: its `sentence1` is null"), "{error}");
    let score = Reading { columns: columns(&["sentence2", "sentence2", "score"]), ..Reading::default() };
    let error = problem(file("nulls"), &score);
    assert!(error.contains("row 4: it has no score"), "{error}");
    let skipping = Reading { bad_rows: BadRows::Skip, ..Reading::default() };
    let data = read(&file("nulls"), &skipping).unwrap();
    let [one, _, three, _, _, six] = expected();
    assert_eq!((data.rows, data.skipped), (vec![one.clone(), three.clone(), six.clone()], 3));
    // If scores and second texts are not required, only the row without a first text is invalid.
    let optional = Reading { scores: Scores::Optional, ..skipping };
    let data = read(&file("nulls"), &optional).unwrap();
    let four = Row { score: None, ..expected()[3].clone() };
    let five = Row { b: None, ..expected()[4].clone() };
    assert_eq!((data.rows, data.skipped), (vec![one, three, four, five, six], 1));
}

#[cfg(feature = "parquet")]
#[test]
fn what_cannot_be_read_is_said() {
    let with = |name: &str, of: &[&str]| problem(file(name), &Reading { columns: columns(of), ..Reading::default() });
    for (message, expected) in [
        (with("date", &["sentence1", "sentence2", "score"]), "its column `score` holds Date, not a number"),
        (with("float32", &["sentence1", "sentence1_id", "score"]), "its column `sentence1_id` holds INT64, not text"),
        (with("float32", &["sentence1", "sentence2", "more"]), "no column `more`"),
        (
            with("float32", &["sentence1", "sentence2", "gold"]),
            "no column `gold`; it has `sentence1_id`, `sentence1`, `score`",
        ),
        (with("brotli", &["sentence1", "sentence2", "score"]), "brotli"),
        (problem(file("int8"), &Reading::default()), "row 1: its score 5 is not from 0 to 1"),
    ] {
        assert!(message.to_lowercase().contains(&expected.to_lowercase()), "{message}\n{expected}");
    }
    let files = Files::new();
    let told = Reading { format: Some(Format::Parquet), ..Reading::default() };
    let message = problem(files.write("p.csv", "sentence1,sentence2,score\n"), &told);
    assert!(message.contains("p.csv is not usable"), "{message}");
    assert!(problem(files.write("p.parquet", ""), &Reading::default()).contains("is not usable"));
}

/// Changes every byte of a file, and truncates it at every length: an error or rows, never a panic.
#[cfg(feature = "parquet")]
#[test]
fn broken_files_give_errors() {
    let files = Files::new();
    for name in ["float32", "float64", "int8", "uint64", "nulls", "float16"] {
        let whole = std::fs::read(file(name)).unwrap();
        let mut broken: Vec<Vec<u8>> = (0..whole.len()).step_by(7).map(|length| whole[..length].to_vec()).collect();
        for at in 0..whole.len() {
            for change in [0x01, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] ^= change;
                broken.push(bytes);
            }
        }
        for bytes in broken {
            // The rows may be right or wrong; reading must not panic.
            let told = Reading { format: Some(Format::Parquet), ..Reading::default() };
            let _ = read(&files.write("p.parquet", bytes), &told);
        }
    }
}
