//! Vectors on disk: nothing is paid twice, and nothing that was damaged comes back.

use std::path::Path;
use std::sync::atomic::Ordering;

use serde_json::json;
use tempfile::TempDir;
use whysim::Embedder;
use whysim::endpoint::{Endpoint, Options};

use super::{Answer, Server, Told, check, endpoint, problem, quick, vector};

const TEXTS: [&str; 3] = ["red wine", "white wine", "a café"];

fn keeping(folder: &Path) -> Options {
    Options { cache: Some(folder.to_owned()), ..quick() }
}

/// A new process that uses the cache.
fn anew(server: &Server, folder: &TempDir) -> Endpoint {
    endpoint(server, "/v1/embeddings", keeping(folder.path()))
}

/// The texts that were sent since the last call.
fn sent(server: &Server) -> Vec<String> {
    server.take_log().iter().flat_map(|request| request.texts()).collect()
}

#[test]
fn no_text_is_sent_twice_and_bits_stay() {
    let server = Server::start(|_, request| Answer::right(request));
    let folder = tempfile::tempdir().unwrap();
    check(&anew(&server, &folder), &TEXTS[..2]);
    assert_eq!(sent(&server), TEXTS[..2]);
    let later = anew(&server, &folder);
    let cost = later.cost(&TEXTS);
    assert_eq!((cost.texts, cost.cached, cost.characters, cost.requests), (3, 2, 6, 1));
    let told = Told::default();
    let vectors = later.embed(&TEXTS, &told).unwrap();
    let bits = |vector: &[f32]| vector.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    assert!(vectors.iter().zip(TEXTS).all(|(got, text)| bits(got) == bits(&vector(text))));
    assert_eq!(sent(&server), TEXTS[2..]);
    assert_eq!(told.done.load(Ordering::Relaxed), 3);
    // The same process, and a process that is there at the same time.
    for endpoint in [&later, &anew(&server, &folder)] {
        check(endpoint, &TEXTS);
        assert_eq!(endpoint.cost(&TEXTS).requests, 0);
    }
    assert!(sent(&server).is_empty());
    let file = std::fs::read(later.cache().unwrap()).unwrap();
    assert!(!file.windows(4).any(|part| part == b"wine"), "texts are not in the file");
    assert_eq!(file.len(), 32 + 3 * (32 + 3 * 4 + 8));
}

#[test]
fn every_server_model_and_size_has_its_own() {
    let server = Server::start(|_, request| Answer::right(request));
    let folder = tempfile::tempdir().unwrap();
    let keeping = || keeping(folder.path());
    let others = [
        endpoint(&server, "/v1/embeddings", keeping()),
        endpoint(&server, "/api/embed", keeping()),
        endpoint(
            &server,
            "/v1/embeddings?version=2",
            Options { kind: Some(whysim::endpoint::Kind::OpenAi), ..keeping() },
        ),
        endpoint(&server, "/v1/embeddings", Options { model: Some("other".to_owned()), ..keeping() }),
        endpoint(&server, "/v1/embeddings", Options { dimensions: Some(3), ..keeping() }),
    ];
    let files: std::collections::HashSet<_> = others.iter().map(|endpoint| endpoint.cache().unwrap()).collect();
    assert_eq!(files.len(), others.len());
    // A key is none of what tells them apart, and a model without a name has none.
    let token = whysim::source::Token::new("sk-1");
    let with_key = endpoint(&server, "/v1/embeddings", Options { key: token, ..keeping() });
    assert_eq!(with_key.cache(), others[0].cache());
    assert_eq!(endpoint(&server, "/embed", Options { model: None, ..keeping() }).cache(), None);
}

#[test]
fn a_torn_file_is_cut_and_goes_on() {
    let server = Server::start(|_, request| Answer::right(request));
    let folder = tempfile::tempdir().unwrap();
    let first = anew(&server, &folder);
    check(&first, &TEXTS);
    let path = first.cache().unwrap();
    let whole = std::fs::read(path).unwrap();
    let record = 32 + 3 * 4 + 8;
    sent(&server);
    // As a process leaves it that is killed after any byte.
    for end in 0..whole.len() {
        std::fs::write(path, &whole[..end]).unwrap();
        check(&anew(&server, &folder), &TEXTS);
        assert_eq!(sent(&server).len(), 3 - end.saturating_sub(32) / record, "{end}");
        assert_eq!(std::fs::read(path).unwrap().len(), whole.len(), "{end}");
        check(&anew(&server, &folder), &TEXTS);
        assert!(sent(&server).is_empty(), "{end}");
    }
}

#[test]
fn a_damaged_record_is_as_if_it_were_not_there() {
    let server = Server::start(|_, request| Answer::right(request));
    let folder = tempfile::tempdir().unwrap();
    let first = anew(&server, &folder);
    check(&first, &TEXTS);
    let path = first.cache().unwrap();
    let whole = std::fs::read(path).unwrap();
    sent(&server);
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        std::fs::write(path, damaged).unwrap();
        check(&anew(&server, &folder), &TEXTS);
        assert_eq!(sent(&server).len(), if at < 32 { 3 } else { 1 }, "{at}");
    }
    // While it is in use.
    std::fs::write(path, &whole).unwrap();
    let open = anew(&server, &folder);
    check(&open, &TEXTS);
    let mut damaged = whole.clone();
    damaged[32 + 40] ^= 1;
    std::fs::write(path, damaged).unwrap();
    check(&open, &TEXTS);
    assert_eq!(sent(&server), TEXTS[..1]);
}

#[test]
fn several_write_at_once() {
    let server = Server::start(|_, request| Answer::right(request));
    let folder = tempfile::tempdir().unwrap();
    let texts: Vec<String> = (0..60).map(|i| format!("text {i}")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    std::thread::scope(|scope| {
        for from in [0, 10, 20] {
            let (server, folder, texts) = (&server, &folder, &texts);
            let options = Options { batch: 2, concurrency: 3, ..keeping(folder.path()) };
            scope.spawn(move || check(&endpoint(server, "/v1/embeddings", options), &texts[from..from + 40]));
        }
    });
    sent(&server);
    check(&anew(&server, &folder), &texts);
    assert!(sent(&server).is_empty());
}

#[test]
fn what_came_before_a_failure_is_kept() {
    let server = Server::start(|before, request| match before {
        0 | 1 => Answer::right(request),
        2 => Answer::new(400, "no"),
        _ => Answer::right(request),
    });
    let folder = tempfile::tempdir().unwrap();
    let broken = endpoint(&server, "/v1/embeddings", Options { batch: 1, ..keeping(folder.path()) });
    problem(&broken, &TEXTS);
    sent(&server);
    check(&broken, &TEXTS);
    assert_eq!(sent(&server), TEXTS[2..]);
}

#[test]
fn another_model_under_the_same_name_is_noticed() {
    let server = Server::start(|before, request| match before {
        0 => Answer::right(request),
        _ => Answer::of(&request.path, &json!([[1, 2]])),
    });
    let folder = tempfile::tempdir().unwrap();
    check(&anew(&server, &folder), &TEXTS[..1]);
    let later = anew(&server, &folder);
    let message = problem(&later, &TEXTS[..2]);
    let file = later.cache().unwrap().display();
    let expected = format!(
        "its vectors have 2 values, but 3 in the cache, so that another model has this name now: remove {file}"
    );
    assert!(message.ends_with(&expected), "{message}");
}

#[test]
fn a_cache_that_cannot_be_is_told_of_and_the_work_goes_on() {
    let server = Server::start(|_, request| Answer::right(request));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "in the way").unwrap();
    let endpoint = endpoint(&server, "/v1/embeddings", Options { batch: 1, ..keeping(&file) });
    let told = Told::default();
    assert_eq!(endpoint.embed(&TEXTS, &told).unwrap(), TEXTS.map(vector));
    let notes = told.notes.into_inner().unwrap();
    assert!(notes.len() == 2 && notes[0].starts_with("cannot read") && notes[1].ends_with("not kept"), "{notes:?}");
}
