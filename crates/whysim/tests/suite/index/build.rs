//! Making an index, bringing it up to date, and going on where a run was stopped.

use whysim::Error;
use whysim::corpus::Corpus;
use whysim::index::{Built, Empty, Index, Options, Reading, build};

use super::{Place, StopAfter, contents, embeddings, parts_of, sentences};

#[test]
fn every_format_gives_the_same_texts() {
    let place = Place::new();
    let lines = place.write("a.txt", "red wine\na \"dog\", black\n");
    place.build(&[lines], &Options::default());
    let texts = |index: &Index| contents(index).into_iter().map(|(_, text)| text).collect::<Vec<_>>();
    let (expected, vectors) = (texts(&place.index()), embeddings(&place.index()));
    assert_eq!(expected, ["red wine", "a \"dog\", black"]);
    let tables = [
        ("a.csv", "id,text,year\nx,red wine,1999\ny,\"a \"\"dog\"\", black\",\n"),
        ("b.csv", "year;text;id\n1999;red wine;x\n;\"a \"\"dog\"\", black\";y\n"),
        ("a.tsv", "text\tid\tyear\nred wine\tx\t1999\na \"dog\", black\ty\t\n"),
        (
            "a.jsonl",
            "{\"id\":\"x\",\"text\":\"red wine\",\"year\":\"1999\"}\n\n{\"text\":\"a \\\"dog\\\", black\",\"id\":\"y\",\"year\":\"\"}",
        ),
    ];
    for (name, content) in tables {
        let built = place.build(&[place.write(name, content)], &Options::default());
        assert_eq!((built.kept, built.embedded), (2, 0), "{name}");
        let index = place.index();
        assert_eq!((texts(&index), embeddings(&index)), (expected.clone(), vectors.clone()), "{name}");
        let record = index.record(0).unwrap();
        assert_eq!((record.id.as_str(), record.metadata.as_str()), ("x", "{\"year\":\"1999\"}"), "{name}");
        assert_eq!(index.id(1).unwrap(), "y");
    }
    let parquet = format!("{}/tests/fixtures/parquet/float32.parquet", env!("CARGO_MANIFEST_DIR"));
    let reading = Reading { text: "sentence1".into(), ..Reading::default() };
    place.build(&[parquet.clone().into()], &Options { reading, ..Options::default() });
    let record = place.index().record(2).unwrap();
    assert_eq!((record.text.as_str(), record.line, record.id), ("A \"dog\", black", 3, format!("{parquet}:3")));
    let metadata: serde_json::Value = serde_json::from_str(&record.metadata).unwrap();
    assert_eq!((&metadata["sentence2"], &metadata["score"]), (&"a cat".into(), &0.1.into()));
}

#[test]
fn only_what_is_new_is_embedded() {
    let place = Place::new();
    let mut lines = sentences(50);
    let files = [place.write("a.txt", lines[..20].join("\n")), place.write("b.txt", lines[20..].join("\n"))];
    let built = place.build(&files, &parts_of(16));
    assert_eq!(built, Built { texts: 50, embedded: 50, ..Built::default() });
    let before = (place.files("index"), contents(&place.index()));
    assert_eq!(place.build(&files, &parts_of(16)), Built { texts: 50, kept: 50, ..Built::default() });
    assert_eq!((place.files("index"), contents(&place.index())), before, "nothing has changed");
    // One changed, one new, one gone, and one twice.
    lines[3] = "another text".into();
    lines.remove(25);
    lines.push("a new text".into());
    lines.push(lines[7].clone());
    let files = [place.write("a.txt", lines[..20].join("\n")), place.write("b.txt", lines[20..].join("\n"))];
    let built = place.build(&files, &parts_of(16));
    assert_eq!(built, Built { texts: 51, kept: 49, embedded: 2, removed: 2, ..Built::default() });
    let index = place.index();
    let mut found = contents(&index);
    found.sort_by_key(|(id, _)| {
        let (file, line) = id.rsplit_once(':').unwrap();
        (file.to_owned(), line.parse::<usize>().unwrap())
    });
    assert_eq!(found.into_iter().map(|(_, text)| text).collect::<Vec<_>>(), lines);
    let whole = place.encoder.embed(&contents(&index).iter().map(|(_, text)| text).collect::<Vec<_>>(), None).unwrap();
    for (kept, fresh) in embeddings(&index).iter().zip(whole.iter().flatten()) {
        assert!((kept - fresh).abs() < 1e-5);
    }
    let other = place.write("c.txt", "something else");
    let built = place.build(&[other], &parts_of(16));
    assert_eq!(built, Built { texts: 1, embedded: 1, removed: 51, ..Built::default() });
    assert_eq!(place.files("index").len(), 2, "dead parts are removed");
}

#[test]
fn parts_of_which_little_is_left_are_written_anew() {
    let place = Place::new();
    let lines = sentences(64);
    let rows = |some: &[String]| {
        let row = |text: &String| serde_json::json!({"id": text, "text": text}).to_string();
        some.iter().map(row).collect::<Vec<_>>().join("\n")
    };
    let file = place.write("a.jsonl", rows(&lines));
    place.build(std::slice::from_ref(&file), &parts_of(16));
    place.write("a.jsonl", rows(&[&lines[..10], &lines[31..]].concat()));
    let built = place.build(std::slice::from_ref(&file), &parts_of(16));
    assert_eq!(built, Built { texts: 43, kept: 43, removed: 21, ..Built::default() });
    let names: Vec<String> = place.files("index").into_iter().map(|(name, _)| name).collect();
    assert_eq!(names.iter().filter(|name| name.contains("vectors")).count(), 4);
    assert!(
        !names.contains(&"part-000002.vectors.arrow".to_owned())
            && names.contains(&"part-000005.texts.arrow".to_owned())
    );
    assert_eq!(
        contents(&place.index()).into_iter().map(|(_, text)| text).collect::<std::collections::BTreeSet<_>>(),
        lines[..10].iter().chain(&lines[31..]).cloned().collect()
    );
}

#[test]
fn a_run_that_was_stopped_goes_on_to_the_same_bytes() {
    let place = Place::new();
    let files = [place.write("a.txt", sentences(60).join("\n"))];
    place.build(&files, &parts_of(16));
    std::fs::rename(place.path("index"), place.path("whole")).unwrap();
    let stopped = build(&place.encoder, &files, &place.path("index"), &parts_of(16), &StopAfter::new(40));
    assert!(matches!(stopped, Err(Error::Unfinished { .. })), "{stopped:?}");
    assert!(place.refusal().contains("not finished"), "{}", place.refusal());
    let done = place.files("index").len() / 2;
    assert!((1..4).contains(&done), "{done} parts");
    // What a killed process was writing.
    place.write("index/.part-000003.vectors.arrow.unfinished", "half");
    std::fs::write(place.path("index/part-000009.vectors.arrow"), "no part").unwrap();
    let built = place.build(&files, &parts_of(16));
    assert_eq!((built.resumed, built.embedded), (16 * done, 60 - 16 * done));
    let bytes = |index: &str| place.files(index).into_iter().map(|(_, bytes)| bytes).collect::<Vec<_>>();
    assert_eq!(bytes("index"), bytes("whole"));
    assert!(!place.path("index/.part-000003.vectors.arrow.unfinished").exists());
    assert_eq!(contents(&place.index()), contents(&Index::open(&place.path("whole")).unwrap()));
}

#[test]
fn what_is_embedded_of_a_part_is_kept_when_the_work_is_stopped() {
    let place = Place::new();
    let files = [place.write("a.txt", sentences(2000).join("\n"))];
    let run = |most| build(&place.encoder, &files, &place.path("index"), &Options::default(), &StopAfter::new(most));
    assert!(matches!(run(1), Err(Error::Interrupted)));
    assert!(!place.path("index").exists(), "nothing is kept, and nothing is left");
    let stopped = run(1200);
    assert!(matches!(stopped, Err(Error::Unfinished { .. })), "{stopped:?}");
    assert_eq!(place.files("index").len(), 2, "a part of the part");
    let built = place.build(&files, &Options::default());
    assert!((300..=1200).contains(&built.resumed) && built.resumed + built.embedded == 2000, "{built:?}");
    let lines = sentences(2000);
    assert_eq!(contents(&place.index()).into_iter().map(|(_, text)| text).collect::<Vec<_>>(), lines);
    let whole = place.encoder.embed(&lines, None).unwrap();
    let near = |(kept, fresh): (&f32, &f32)| (kept - fresh).abs() < 1e-5;
    assert!(embeddings(&place.index()).iter().zip(whole.iter().flatten()).all(near));
}

/// Across texts that are embedded together, within one part.
#[test]
fn the_same_text_is_embedded_once() {
    let place = Place::new();
    let lines = [sentences(1000), sentences(1000)].concat();
    place.build(&[place.write("a.txt", lines.join("\n"))], &Options::default());
    let values = embeddings(&place.index());
    assert_eq!(place.files("index").len(), 2, "one part");
    assert_eq!(values[..values.len() / 2], values[values.len() / 2..]);
}

#[test]
fn an_update_that_was_stopped_leaves_the_index_as_it_was() {
    let place = Place::new();
    let lines = sentences(60);
    let file = place.write("a.txt", lines[..20].join("\n"));
    place.build(std::slice::from_ref(&file), &parts_of(8));
    let before = (contents(&place.index()), embeddings(&place.index()));
    place.write("a.txt", lines.join("\n"));
    build(&place.encoder, std::slice::from_ref(&file), &place.path("index"), &parts_of(8), &StopAfter::new(40))
        .unwrap_err();
    assert_eq!((contents(&place.index()), embeddings(&place.index())), before);
    let built = place.build(std::slice::from_ref(&file), &parts_of(8));
    assert!(built.kept == 20 && built.resumed >= 8 && built.resumed + built.embedded == 40, "{built:?}");
}

#[test]
fn a_damaged_part_is_made_again() {
    let place = Place::new();
    let files = [place.write("a.txt", sentences(40).join("\n"))];
    place.build(&files, &parts_of(16));
    let expected = embeddings(&place.index());
    let path = place.path("index/part-000002.vectors.arrow");
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    assert!(place.refusal().contains("part-000002.vectors.arrow was damaged"), "{}", place.refusal());
    let built = place.build(&files, &parts_of(16));
    assert_eq!((built.resumed + built.kept, built.embedded), (24, 16));
    assert_eq!(embeddings(&place.index()).len(), expected.len());
}

#[test]
fn empty_texts_are_refused_by_their_line_or_left_out() {
    let place = Place::new();
    let files = [place.write("a.txt", "one\n \ntwo\n")];
    let message = place.problem(&files, &Options::default());
    assert!(message.contains("a.txt") && message.contains("line 2: its text is empty"), "{message}");
    let reading = Reading { empty: Empty::Skip, ..Reading::default() };
    let built = place.build(&files, &Options { reading, ..Options::default() });
    assert_eq!((built.texts, built.skipped), (2, 1));
    let nulls = place.write("a.jsonl", "{\"text\":null}\n{\"text\":\"one\"}\n");
    let reading = Reading { empty: Empty::Skip, ..Reading::default() };
    let built = place.build(&[files[0].clone(), nulls], &Options { reading, ..Options::default() });
    assert_eq!((built.texts, built.skipped), (3, 2));
    assert!(place.index().id(1).unwrap().ends_with("a.txt:3"));
}
