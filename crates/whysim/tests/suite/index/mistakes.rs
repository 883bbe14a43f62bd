//! One clear error for every mistake.

use std::collections::BTreeMap;
use std::sync::Mutex;

use whysim::corpus::Corpus;
use whysim::index::{Change, Index, Options, Reading, Search, Stored, build};
use whysim::{Progress, Similarity};

use super::{Place, parts_of, sentences};

#[test]
fn sources_that_cannot_be_used_say_why() {
    let place = Place::new();
    let cases = [
        ("a.csv", "id,text\n1,one\n2,two\n1,three\n", "line 4 has the id `1`, which line 2 of"),
        ("b.csv", "id,body\n1,one\n", "it has no column `text`; it has `id`, `body`: name the column of the texts"),
        ("c.csv", "text,text\none,two\n", "it has two columns `text`"),
        ("d.csv", "id,text\n1,one\n2\n", "line 3: it has 1 fields, and the header 2"),
        (
            "e.jsonl",
            "{\"text\":\"one\"}\n{\"texts\":\"two\"}\n",
            "line 2: it has no `text`: name the columns; it has `texts`",
        ),
        ("f.jsonl", "{\"text\":[1]}\n", "line 1: its `text` is neither text nor a number"),
        ("g.txt", "", "g.txt is not usable: it does not hold any text: give one at least"),
        ("h.pdf", "x", "unsupported source"),
        (
            "j.jsonl",
            "{\"text\":\"one\"}\n{\"text\":null}\n",
            "line 2: its text is null: give it one, or skip empty texts",
        ),
        ("k.jsonl", "{\"text\":\"one\"}\n{\"text\":,}\n", "line 2: it is not JSON: expected value at column 9"),
        ("l.csv", "id,text\n1,\"a\n2,b\n", "line 2: a quote is opened and never closed"),
        (
            "m.csv",
            "id,text\n1,\"a\n2,\"b\"\n",
            "line 2: a quote is opened there, and closed in the middle of a field of line 3",
        ),
    ];
    for (name, content, expected) in cases {
        let message = place.problem(&[place.write(name, content)], &Options::default());
        assert!(message.contains(expected), "{name}: {message}");
    }
}

#[test]
fn bytes_and_files_that_cannot_be_used_say_why() {
    let place = Place::new();
    place.write("a.csv", "id,text\n1,one\n");
    place.write("g.txt", "");
    for name in ["n.txt", "n.csv"] {
        let message = place.problem(&[place.write(name, b"text\n\ncaf\xe9\n")], &Options::default());
        let expected = ["line 3: it is not UTF-8 (byte 4 is 0xe9)", "line 2: its text is empty"];
        assert!(message.contains(expected[usize::from(name == "n.txt")]), "{message}");
    }
    let none = [place.path("g.txt"), place.write("o.csv", "text\n")];
    let message = place.problem(&none, &Options::default());
    assert!(message.contains("g.txt") && message.contains("nor does any of the 1 others"), "{message}");
    assert!(place.problem(&[place.path("absent.txt")], &Options::default()).contains("absent.txt"));
    let twice = place.write("i.txt", "one");
    assert!(place.problem(&[twice.clone(), twice], &Options::default()).contains("it is given twice"));
    let reading = Reading { id: Some("key".into()), ..Reading::default() };
    let options = Options { reading, ..Options::default() };
    assert!(place.problem(&[place.path("a.csv")], &options).contains("it has no column `key`"));
    assert!(!place.path("index").exists(), "nothing is left of an index that is not begun");
}

#[test]
fn an_index_is_of_one_recipe() {
    let place = Place::new();
    let files = [place.write("a.txt", "one\ntwo")];
    place.build(&files, &Options::default());
    let half = Options { precision: Stored::Float16, ..Options::default() };
    assert!(place.problem(&files, &half).contains("its numbers are float32, not float16"));
    let dot = Options { similarity: Some(Similarity::Dot), ..Options::default() };
    assert!(place.problem(&files, &dot).contains("its texts are compared by `cos`, not `dot`"));
    assert_eq!(place.index().similarity(), Similarity::Cos);
    let other = crate::common::encoder("mpnet", "mean");
    let error = build(&other, &files, &place.path("index"), &Options::default(), &()).unwrap_err().to_string();
    assert!(error.contains("it was made with the model") && error.contains("give a new folder"), "{error}");
    let error = place.index().search(&other, "one", &Search::default(), &()).unwrap_err().to_string();
    assert!(error.contains("it was made with the model"), "{error}");
    let short = place.encoder.truncated(4).unwrap();
    let error = build(&short, &files, &place.path("index"), &Options::default(), &()).unwrap_err().to_string();
    assert!(error.contains("dimensions, not 4"), "{error}");
    let error = place.index().check(&short).unwrap_err().to_string();
    assert!(error.contains("have 32 dimensions, and those of `bert` 4"), "{error}");
    assert!(
        place
            .index()
            .search(&place.encoder, " ", &Search::default(), &())
            .unwrap_err()
            .to_string()
            .contains("text query is empty")
    );
    assert!(place.index().nearest(&[1.0], 1, &()).unwrap_err().to_string().contains("finite numbers"));
}

#[test]
fn folders_that_are_no_index_say_what_they_are() {
    let place = Place::new();
    let files = [place.write("a.txt", sentences(20).join("\n"))];
    assert!(place.refusal().contains("there is no such folder"));
    std::fs::create_dir(place.path("index")).unwrap();
    assert!(place.refusal().contains("it is no index"));
    place.write("index/letter.doc", "Dear");
    assert!(place.problem(&files, &Options::default()).contains("it holds other files"));
    std::fs::remove_file(place.path("index/letter.doc")).unwrap();
    place.build(&files, &parts_of(8));
    let manifest = std::fs::read_to_string(place.path("index/index.json")).unwrap();
    place.write("index/index.json", manifest.replace("\"version\": 1", "\"version\": 2"));
    assert!(place.refusal().contains("its format is version 2"), "{}", place.refusal());
    place.write("index/index.json", manifest.replace("\"rows\": 8", "\"rows\": 7"));
    let message = place.refusal();
    assert!(message.contains("checksum is wrong") && message.contains("which makes it anew"), "{message}");
    place.write("index/index.json", "{}");
    assert!(place.refusal().contains("it has no version"), "{}", place.refusal());
    std::fs::create_dir(place.path("begun")).unwrap();
    place.write("begun/.lock", "");
    assert!(Index::open(&place.path("begun")).unwrap_err().to_string().contains("not finished"));
    std::fs::remove_file(place.path("index/index.json")).unwrap();
    assert!(place.refusal().contains("not finished"), "{}", place.refusal());
    let built = place.build(&files, &parts_of(8));
    assert_eq!((built.resumed, built.embedded, place.index().sources().count()), (20, 0, 1));
    std::fs::remove_file(place.path("index/part-000002.texts.arrow")).unwrap();
    assert!(place.refusal().contains("part-000002.texts.arrow cannot be used"), "{}", place.refusal());
}

/// What a run has to say.
#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl Progress for Notes {
    fn note(&self, message: &str) {
        self.0.lock().unwrap().push(message.to_owned());
    }
}

#[test]
fn a_damaged_manifest_is_made_anew_from_the_parts() {
    let place = Place::new();
    let files = [place.write("a.txt", sentences(20).join("\n"))];
    place.build(&files, &parts_of(8));
    let before = (place.files("index"), super::contents(&place.index()));
    for damaged in ["", "{}", "{\"version\": 1", "[1]"] {
        place.write("index/index.json", damaged);
        let other = crate::common::encoder("mpnet", "mean");
        let error = build(&other, &files, &place.path("index"), &parts_of(8), &()).unwrap_err().to_string();
        assert!(error.contains("it was made with the model"), "{error}");
        let notes = Notes::default();
        let built = build(&place.encoder, &files, &place.path("index"), &parts_of(8), &notes).unwrap();
        assert_eq!((built.kept, built.embedded, built.removed), (20, 0, 0));
        assert!(matches!(&notes.0.lock().unwrap()[..], [note] if note.contains("index.json is damaged")));
        assert_eq!((place.files("index"), super::contents(&place.index())), before, "{damaged}");
    }
    std::fs::create_dir(place.path("site")).unwrap();
    place.write("site/index.json", "{}");
    let error = build(&place.encoder, &files, &place.path("site"), &parts_of(8), &()).unwrap_err().to_string();
    assert!(error.contains("it is not the manifest of an index"), "somebody else's file: {error}");
    assert_eq!(std::fs::read(place.path("site/index.json")).unwrap(), b"{}");
}

#[test]
fn columns_that_are_left_out_are_named() {
    let place = Place::new();
    let file = format!("{}/tests/fixtures/parquet/float32.parquet", env!("CARGO_MANIFEST_DIR"));
    let reading = Reading { text: "sentence1".into(), ..Reading::default() };
    let options = Options { reading, ..Options::default() };
    let notes = Notes::default();
    build(&place.encoder, &[file.into()], &place.path("index"), &options, &notes).unwrap();
    let notes = notes.0.into_inner().unwrap();
    assert!(
        matches!(&notes[..], [note] if note.ends_with("left out of the metadata, since it is neither text nor a number: `more`")),
        "{notes:?}"
    );
}

#[test]
fn two_builders_do_not_meet() {
    let place = Place::new();
    let files = [place.write("a.txt", "one\ntwo")];
    place.build(&files, &Options::default());
    let lock = std::fs::File::options().append(true).open(place.path("index/.lock")).unwrap();
    lock.lock().unwrap();
    assert!(place.problem(&files, &Options::default()).contains("another process is building it"));
    drop(lock);
    place.build(&files, &Options::default());
}

#[test]
fn sources_that_have_changed_are_known() {
    let place = Place::new();
    let files = [place.write("a.txt", "one\ntwo"), place.write("b.txt", "three")];
    place.build(&files, &Options::default());
    let changes = || Index::open(&place.path("index")).unwrap().changes().unwrap();
    assert!(changes().is_empty());
    place.write("a.txt", "one\ntwo");
    assert!(changes().is_empty(), "the same contents, written again");
    place.write("a.txt", "one\ntoo");
    std::fs::remove_file(&files[1]).unwrap();
    assert_eq!(changes(), [Change::Changed(files[0].clone()), Change::Gone(files[1].clone())]);
}

#[test]
fn a_broken_part_is_an_error_whichever_byte_it_is() {
    let place = Place::new();
    place.build(&[place.write("a.txt", sentences(3).join("\n"))], &Options::default());
    for file in ["part-000001.vectors.arrow", "part-000001.texts.arrow", "index.json"] {
        let path = place.path("index").join(file);
        let whole = std::fs::read(&path).unwrap();
        for at in (0..whole.len()).step_by(13) {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (at % 8);
            std::fs::write(&path, &bytes).unwrap();
            // The system's clock may be too coarse to tell.
            let later = std::time::SystemTime::now() + std::time::Duration::from_secs(5);
            std::fs::File::options().append(true).open(&path).unwrap().set_modified(later).unwrap();
            assert!(Index::open(&place.path("index")).is_err(), "{file}: byte {at}");
        }
        std::fs::write(&path, &whole).unwrap();
    }
    assert_eq!(place.index().sources().count(), 1);
}

/// Texts and embeddings, by their names.
fn by_name(index: &Index) -> BTreeMap<String, (String, Vec<f32>)> {
    let (texts, values) = (super::contents(index), super::embeddings(index));
    let rows = values.chunks_exact(values.len() / texts.len()).map(<[f32]>::to_vec);
    texts.into_iter().zip(rows).map(|((id, text), row)| (id, (text, row))).collect()
}

#[test]
fn what_a_run_left_is_checked_before_it_is_taken_over() {
    let place = Place::new();
    let files = [place.write("a.txt", sentences(3).join("\n"))];
    place.build(&files, &Options::default());
    let expected = by_name(&place.index());
    for file in ["part-000001.vectors.arrow", "part-000001.texts.arrow"] {
        let whole = std::fs::read(place.path("index").join(file)).unwrap();
        for at in (0..whole.len()).step_by(whole.len() / 60) {
            let dir = tempfile::tempdir().unwrap();
            for (name, mut bytes) in place.files("index") {
                if name == file {
                    bytes[at] ^= 1 << (at % 8);
                }
                std::fs::write(dir.path().join(name), bytes).unwrap();
            }
            let built = build(&place.encoder, &files, dir.path(), &Options::default(), &()).unwrap();
            assert!(built.resumed + built.embedded == 3 && built.kept == 0, "{file}: byte {at}");
            // A text that is not what it was is embedded again, and then has another position.
            let found = by_name(&Index::open(dir.path()).unwrap());
            assert!(found.keys().eq(expected.keys()), "{file}: byte {at}");
            for (id, (text, row)) in &found {
                let near = |(a, b): (&f32, &f32)| (a - b).abs() < 1e-5;
                assert!(*text == expected[id].0 && row.iter().zip(&expected[id].1).all(near), "{file}: byte {at}");
            }
        }
    }
}
