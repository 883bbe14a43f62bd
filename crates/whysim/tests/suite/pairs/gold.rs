//! Gold alignments.

#![expect(clippy::single_range_in_vec_init, reason = "most units are a single range of characters")]

use whysim::pairs::gold::{Gold, Units, read};

use super::Files;

const CHUNKS: &str = include_str!("../../fixtures/gold/chunks.wa");

const WORDS: &str = include_str!("../../fixtures/gold/words.tsv");

fn golden(name: &str, content: impl AsRef<[u8]>) -> Result<Gold, String> {
    let files = Files::new();
    read(&files.write(name, content)).map_err(|error| error.to_string())
}

#[track_caller]
fn problem(name: &str, content: impl AsRef<[u8]>) -> String {
    golden(name, content).unwrap_err()
}

fn names(units: &Units) -> Vec<String> {
    (0..units.spans.len()).map(|i| units.unit(i)).collect()
}

#[test]
fn chunks_are_the_sets_of_words_in_the_alignment_lines() {
    for (name, content) in [
        ("g.wa", CHUNKS.to_owned()),
        ("g", CHUNKS.to_owned()),
        ("g.tsv", format!("\u{feff}{}", CHUNKS.replace('\n', "\r\n"))),
    ] {
        let gold = golden(name, content).unwrap();
        let [one, two] = &gold.pairs[..] else { panic!("{} pairs", gold.pairs.len()) };
        assert_eq!((one.a.text.as_str(), one.b.text.as_str()), ("One dog , running fast", "A hound that runs"));
        assert_eq!(one.a.spans, [vec![0..7, 10..17], vec![18..22], vec![8..9]]);
        assert_eq!(names(&one.a), ["One dog running", "fast", ","]);
        assert_eq!(names(&one.b), ["A hound", "runs", "that"]);
        assert_eq!(one.pairs, [(0, 0), (1, 1)]);
        assert_eq!((names(&two.a), names(&two.b), two.pairs.len()), (vec![":".to_owned()], vec![], 0));
        assert_eq!(two.b.text, "été ici");
    }
}

#[test]
fn words_are_aligned_if_surely_or_possibly() {
    let wide: Vec<u8> = format!("\u{feff}{WORDS}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (name, content) in [("g.tsv", WORDS.as_bytes().to_vec()), ("words.txt", WORDS.into()), ("g.tsv", wide)] {
        let gold = golden(name, content).unwrap();
        assert!(gold.name.ends_with(name));
        let [one, two] = &gold.pairs[..] else { panic!("{} pairs", gold.pairs.len()) };
        assert_eq!((one.a.text.as_str(), one.b.text.as_str()), ("the dog .", "a hound"));
        assert_eq!((names(&one.b), &one.pairs), (vec!["a".into(), "hound".into()], &vec![(0, 0), (1, 1), (2, 1)]));
        assert_eq!((two.b.spans.concat(), &two.pairs), (vec![0..1, 2..3], &vec![(0, 1)]));
    }
}

#[test]
fn each_broken_file_of_chunks_gets_one_error_that_names_the_line() {
    let with = |from: &str, to: &str| CHUNKS.replacen(from, to, 1);
    let cases = [
        (with("<source>\n1 One", "1 One"), "line 4: it is `1 One :`, where `<source>` should be"),
        (with("</source>\n", ""), "line 10: it is `<translation>`, where `</source>` should be"),
        (with("2 dog :", "3 dog :"), "line 6: it is `3 dog :`, where word 2 of the section from line 5 on"),
        (with("2 dog :", "2"), "line 6: it is `2`, where word 2"),
        (with("2 dog :", "two dog :"), "line 6: it is `two dog :`"),
        (
            with("5 <==> 4 // EQUI", "6 <==> 4 // EQUI"),
            "line 19: it names word 6 of the source, which has words 1 to 5",
        ),
        (with("5 <==> 4 // EQUI", "5 <==> 9 // EQUI"), "line 19: it names word 9 of the translation"),
        (with("5 <==> 4 // EQUI", "5 <==> -1 // EQUI"), "line 19: `-1` is no position"),
        (with("5 <==> 4 // EQUI", "5 <==> // EQUI"), "line 19: it names no word of the translation: write 0"),
        (with("5 <==> 4 // EQUI", "5 <==> 0 4 // EQUI"), "line 19: it names 0"),
        (with("5 <==> 4 // EQUI", "5 <==> 0 // EQUI"), "line 19: it is of type EQUI and names no word on one side"),
        (with("5 <==> 4 // EQUI", "5 <==> 4 // EQUAL"), "line 19: its type is `EQUAL`; types are EQUI, OPPO"),
        (with("5 <==> 4 // EQUI", "5 == 4 // EQUI"), "line 19: `5 == 4 // EQUI"),
        (with("EQUI // NIL", "EQUI // six"), "line 19: its score is `six`, not a number from 0 to 5 or NIL"),
        (with("EQUI // NIL", "EQUI // 6"), "line 19: its score is `6`"),
        (with("// EQUI // NIL // fast <==> runs", ""), "line 19: `5 <==> 4` is no alignment: write `1 2 <==> 1"),
        (with("1 : :\n", ""), "line 29: `<source>` has no words"),
        (with("</sentence>", "<sentence>"), "line 24: it is `<sentence>`, where `</sentence>` should be"),
        (format!("{CHUNKS}stray"), "line 39: it is `stray`, where `<sentence …>` should be"),
    ];
    for (content, expected) in cases {
        let message = problem("g.wa", &content);
        assert!(message.contains("g.wa is not usable") && message.contains(expected), "{expected}\n{message}");
    }
    let lines: Vec<&str> = CHUNKS.lines().collect();
    for (kept, expected) in [(1, "`<source>`"), (6, "`</source>`"), (10, "`<translation>`"), (18, "`</alignment>`")] {
        let message = problem("g.wa", lines[..kept].join("\n"));
        assert!(message.contains(&format!("it is cut off after line {kept}: {expected} should follow")), "{message}");
    }
}

#[test]
fn each_broken_file_of_words_gets_one_error_that_names_the_line() {
    let with = |from: &str, to: &str| WORDS.replacen(from, to, 1);
    let cases = [
        (with("2-1", "3-1"), "line 1: field 9: `3-1` names word 3 of the first text, which has words 0 to 2"),
        (with("0-1", "0-2"), "line 3: field 8: `0-2` names word 2 of the second text, which has words 0 to 1"),
        (with("0-0", "0:0-"), "line 1: field 8: `0:0-` is no alignment: write `i-j`, such as 0-2"),
        (with("0-0", "a-b"), "line 1: field 8: `a-b` is no alignment"),
        (with("the dog .", " "), "line 1: its field 2 is empty"),
        (with("1:0\tx", "x"), "line 3: it has 7 tab-separated fields, and word alignments at least 8"),
        ("sentence1\tsentence2\tscore\na\tb\t1\n".into(), "line 1: it has 3 tab-separated fields"),
    ];
    for (content, expected) in cases {
        let message = problem("g.tsv", &content);
        assert!(message.contains("g.tsv is not usable") && message.contains(expected), "{expected}\n{message}");
    }
}

#[test]
fn what_is_no_gold_alignment_is_said_to_be_none() {
    let odd: Vec<u8> = "<sentence".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let cases: [(&str, &[u8], &str); 8] = [
        ("g.wa", b"", "it is empty"),
        ("g.tsv", b"\n \n", "it is empty"),
        ("g.wa", b"The dog runs.\n", "line 1: it is `The dog runs.`, where `<sentence …>` should be"),
        ("g.csv", b"sentence1,sentence2,score\na,b,1\n", "no known kind of gold alignments: they are `.wa`"),
        ("g.wa", b"PAR1\0\0\0", "it is no text file"),
        ("g.wa", b"<sentence id=\"1\">\ncaf\xe9", "is not UTF-8"),
        ("g.wa", &odd, "utf-16le"),
        ("g.wa", b"\xff\xfe<\0s", "broken"),
    ];
    for (name, content, expected) in cases {
        let message = problem(name, content);
        assert!(message.contains(expected), "{expected}\n{message}");
    }
    let absent = read(std::path::Path::new("absent.wa")).unwrap_err().to_string();
    assert!(absent.contains("cannot read absent.wa"), "{absent}");
}
