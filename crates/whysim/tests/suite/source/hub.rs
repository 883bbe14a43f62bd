//! Hub models.

use std::collections::BTreeMap;
use std::fs;

use whysim::source::{Fetch, Origin, Token, cached, locate};

use super::server::COMMIT;
use super::{Told, World, files, problem};

const MODULES: &str = r#"[
    {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
    {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]"#;

/// Bytes that differ everywhere, so that a wrongly joined file shows.
pub fn weights(bytes: usize) -> Vec<u8> {
    (0..bytes as u32).flat_map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes()).take(bytes).collect()
}

fn repo(more: &[(&str, Vec<u8>)]) -> BTreeMap<String, Vec<u8>> {
    let mut files: BTreeMap<String, Vec<u8>> = [
        ("modules.json", MODULES),
        ("config.json", "{}"),
        ("sentence_bert_config.json", r#"{"max_seq_length": 8}"#),
        ("tokenizer.json", r#"{"version": "1.0"}"#),
        ("1_Pooling/config.json", r#"{"word_embedding_dimension": 4}"#),
        ("README.md", "text"),
        ("onnx/model.onnx", "onnx"),
        ("tf_model.h5", "tf"),
    ]
    .iter()
    .map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()))
    .collect();
    files.extend(more.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.clone())));
    files
}

pub fn world(name: &str, more: &[(&str, Vec<u8>)]) -> World {
    let world = World::new();
    world.server.state().repos.insert(name.to_owned(), repo(more));
    world
}

const SMALL: [&str; 5] =
    ["1_Pooling/config.json", "config.json", "modules.json", "sentence_bert_config.json", "tokenizer.json"];

#[test]
fn a_model_is_downloaded_once_and_then_used_without_network() {
    let all = [("model.safetensors", weights(300_000)), ("pytorch_model.bin", weights(9))];
    let world = world("org/name", &all);
    let folder = world.locate("org/name");
    assert_eq!(files(&folder), [&SMALL[..2], &["model.safetensors"], &SMALL[2..]].concat());
    assert_eq!(fs::read(folder.join("model.safetensors")).unwrap(), all[0].1);
    let repo = world.home.path().join("hub/models--org--name");
    assert_eq!(folder, repo.join("snapshots").join(COMMIT));
    assert_eq!(fs::read_to_string(repo.join("refs/main")).unwrap(), COMMIT);
    let link = folder.join("1_Pooling/config.json");
    assert!(link.canonicalize().unwrap().starts_with(repo.join("blobs").canonicalize().unwrap()));

    world.server.asked();
    assert_eq!(world.locate("org/name"), folder);
    assert_eq!(world.server.asked(), ["/api/models/org/name/revision/main"], "only where main stands is asked again");

    let told = Told::default();
    let alone = Fetch { progress: Some(&told), ..world.without_network() };
    assert_eq!(locate("org/name", &alone).unwrap(), folder);
    assert!(told.lines()[0].contains("127.0.0.1:1 cannot be reached"), "{:?}", told.lines());
    assert!(told.lines()[0].contains("Using the copy in the cache"), "{:?}", told.lines());
}

#[test]
fn progress_adds_up() {
    let world = world("org/name", &[("model.safetensors", weights(300_000))]);
    let told = Told::default();
    locate("org/name", &Fetch { progress: Some(&told), ..world.fetch() }).unwrap();
    let lines = told.lines();
    let from = lines.iter().position(|line| line == "begin model.safetensors Some(300000)").unwrap();
    let sum: u64 = lines[from..].iter().filter_map(|line| line.strip_prefix("advance ")?.parse::<u64>().ok()).sum();
    assert_eq!((sum, lines.last().unwrap().as_str()), (300_000, "end"));
    let count = |start: &str| lines.iter().filter(|line| line.starts_with(start)).count();
    assert_eq!(count("begin"), count("end"));
}

#[test]
fn a_bare_name_is_one_of_sentence_transformers() {
    let world = world("sentence-transformers/tiny", &[("model.safetensors", weights(10))]);
    assert!(world.locate("tiny").to_string_lossy().contains("models--sentence-transformers--tiny"));
    let message = world.problem("other");
    assert!(message.contains("no model sentence-transformers/other on the hub"), "{message}");
    assert!(message.contains("org/name"), "{message}");
}

#[test]
fn a_missing_model_is_said_to_be_missing() {
    let world = World::new();
    let message = world.problem("org/none");
    assert!(message.contains("there is no model org/none on the hub, or it is private"), "{message}");
    assert!(message.contains("spelling") && message.contains("HF_TOKEN"), "{message}");
    assert!(files(world.home.path()).is_empty());
}

#[test]
fn a_private_model_needs_the_token_which_goes_to_the_hub_alone() {
    let world = world("org/secret", &[("model.safetensors", weights(10))]);
    world.server.state().private.insert("org/secret".to_owned(), "hf_right".to_owned());
    assert!(world.problem("org/secret").contains("set HF_TOKEN"));
    let mut fetch = world.fetch();
    fetch.settings.token = Token::new("hf_wrong");
    assert!(problem("org/secret", &fetch).contains("may have expired"));
    fetch.settings.token = Token::new("hf_right");
    world.server.take_log();
    locate("org/secret", &fetch).unwrap();
    let log = world.server.take_log();
    assert!(log.iter().all(|request| request.headers.contains_key("authorization")));

    // The large files now come from another origin: the same server under another name.
    fetch.settings.hub_cache = world.home.path().join("other");
    world.server.state().cdn = world.server.url.replace("127.0.0.1", "localhost");
    locate("org/secret", &fetch).unwrap();
    for request in world.server.take_log() {
        let is_hub = !request.path.starts_with("/cdn/");
        assert_eq!(request.headers.contains_key("authorization"), is_hub, "{}", request.path);
    }
}

#[test]
fn a_gated_model_is_told_from_a_missing_one() {
    let world = world("org/gated", &[]);
    world.server.state().status.push(("/revision/main".to_owned(), 403));
    let message = world.problem("org/gated");
    assert!(message.contains("refuses access to org/gated (status 403)"), "{message}");
}

#[test]
fn a_cut_connection_is_resumed_by_the_next_run() {
    let all = weights(500_000);
    let world = world("org/name", &[("model.safetensors", all.clone())]);
    world.server.state().cut.push(("model.safetensors".to_owned(), 200_000));
    let message = world.problem("org/name");
    assert!(message.contains("broke") && message.contains("try again to continue"), "{message}");
    let hub = world.home.path().join("hub/models--org--name");
    assert!(!hub.join("refs/main").exists(), "nothing may look whole");
    assert!(!hub.join("snapshots").join(COMMIT).join("model.safetensors").exists());
    assert!(problem("org/name", &world.without_network()).contains("cannot be reached"));

    world.server.take_log();
    let folder = world.locate("org/name");
    let log = world.server.take_log();
    assert!(log.iter().any(|request| request.headers.get("range").is_some_and(|range| range == "bytes=200000-")));
    assert_eq!(fs::read(folder.join("model.safetensors")).unwrap(), all);
    assert!(!files(&hub).iter().any(|name| name.ends_with("incomplete")));
}

#[test]
fn a_cut_connection_is_taken_up_again_in_the_same_run() {
    let all = weights(500_000);
    let world = world("org/name", &[("model.safetensors", all.clone())]);
    world.server.state().cut.push(("model.safetensors".to_owned(), 200_000));
    let mut fetch = world.fetch();
    fetch.settings.retries = 1;
    let folder = locate("org/name", &fetch).unwrap();
    assert_eq!(fs::read(folder.join("model.safetensors")).unwrap(), all);
}

#[test]
fn a_server_that_ignores_ranges_is_no_trap() {
    let all = weights(500_000);
    let world = world("org/name", &[("model.safetensors", all.clone())]);
    world.server.state().no_ranges = true;
    world.server.state().cut.push(("model.safetensors".to_owned(), 200_000));
    world.problem("org/name");
    assert_eq!(fs::read(world.locate("org/name").join("model.safetensors")).unwrap(), all);
}

#[test]
fn contents_that_are_not_what_was_named_are_refused() {
    let world = world("org/name", &[("model.safetensors", weights(1000))]);
    world.server.state().forged = Some(vec![7; 1000]);
    let message = world.problem("org/name");
    assert!(message.contains("model.safetensors was received with SHA-256"), "{message}");
    world.server.state().forged = None;
    assert_eq!(fs::read(world.locate("org/name").join("model.safetensors")).unwrap(), weights(1000));
}

#[test]
fn sharded_weights_are_all_fetched() {
    let index =
        br#"{"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors", "c": "model-1.safetensors"}}"#;
    let world = world(
        "org/large",
        &[
            ("model.safetensors.index.json", index.to_vec()),
            ("model-1.safetensors", weights(100)),
            ("model-2.safetensors", weights(200)),
            ("pytorch_model.bin", weights(300)),
        ],
    );
    let folder = world.locate("org/large");
    assert_eq!(fs::read(folder.join("model-2.safetensors")).unwrap(), weights(200));
    assert!(folder.join("model-1.safetensors").exists() && !folder.join("pytorch_model.bin").exists());

    fs::remove_file(folder.join("model-2.safetensors")).unwrap();
    assert!(problem("org/large", &world.without_network()).contains("cannot be reached"), "no longer whole");
    world.locate("org/large");
    assert!(folder.join("model-2.safetensors").exists());
}

#[test]
fn a_shard_may_not_be_elsewhere() {
    let index = br#"{"weight_map": {"a": "../../evil.safetensors"}}"#;
    let world = world("org/bad", &[("model.safetensors.index.json", index.to_vec())]);
    assert!(world.problem("org/bad").contains("not a file of the model"));
}

#[test]
fn old_weights_do_where_there_are_no_others() {
    let world = world("org/old", &[("pytorch_model.bin", weights(100))]);
    assert_eq!(fs::read(world.locate("org/old").join("pytorch_model.bin")).unwrap(), weights(100));
}

#[test]
fn a_model_without_weights_or_modules_is_refused_before_anything_large_comes() {
    let world = world("org/onnx", &[]);
    assert!(world.problem("org/onnx").contains("model.safetensors or"));
    world.server.state().repos.get_mut("org/onnx").unwrap().remove("modules.json");
    world.server.state().repos.get_mut("org/onnx").unwrap().remove("config.json");
    assert!(world.problem("org/onnx").contains("config.json"));
}

#[test]
fn revisions_are_kept_apart() {
    let world = world("org/name", &[("model.safetensors", weights(100))]);
    let other = COMMIT.replace('0', "9");
    world.server.state().revisions.insert("refs/pr/1".to_owned(), other.clone());
    world.server.state().revisions.insert(other.clone(), other.clone());
    let main = world.locate("org/name");
    let by_suffix = world.locate("org/name@refs/pr/1");
    assert!(by_suffix.ends_with(&other) && by_suffix != main);
    let by_option = Fetch { revision: Some("refs/pr/1".to_owned()), ..world.fetch() };
    assert_eq!(locate("org/name", &by_option).unwrap(), by_suffix);
    let message = world.problem("org/name@v9");
    assert!(message.contains("no revision `v9`"), "{message}");

    world.server.asked();
    assert_eq!(world.locate(&format!("org/name@{other}")), by_suffix);
    assert!(world.server.asked().is_empty(), "a commit that is here is not asked for");

    let models = cached(&world.settings()).unwrap();
    let names: Vec<_> = models.iter().map(|model| model.name.as_str()).collect();
    assert_eq!(names, ["org/name", "org/name@refs/pr/1"]);
    assert_eq!(models[0].origin, Origin::Hub { commit: COMMIT.to_owned(), revisions: vec!["main".to_owned()] });
    assert!(models[0].whole && models[0].bytes > 100 && models[0].folder == main);
}

#[test]
fn offline_mode_asks_nobody() {
    let world = world("org/name", &[("model.safetensors", weights(100))]);
    let mut offline = world.fetch();
    offline.settings.offline = true;
    let message = problem("org/name", &offline);
    assert!(message.contains("HF_HUB_OFFLINE") && message.contains("hub"), "{message}");
    assert!(world.server.asked().is_empty());
    let folder = world.locate("org/name");
    world.server.asked();
    assert_eq!(locate("org/name", &offline).unwrap(), folder);
    assert!(world.server.asked().is_empty());
}

#[test]
fn a_server_in_trouble_is_said_to_be() {
    let world = world("org/name", &[("model.safetensors", weights(100))]);
    world.server.state().status.push(("/revision/main".to_owned(), 503));
    assert!(world.problem("org/name").contains("in trouble (status 503); try again later"));
    world.server.state().status.clear();
    world.server.state().status.push(("model.safetensors".to_owned(), 418));
    assert!(world.problem("org/name").contains("status 418"));
    world.server.state().status.clear();
    let folder = world.locate("org/name");
    world.server.state().status.push(("/revision/main".to_owned(), 503));
    assert_eq!(world.locate("org/name"), folder, "what is here is used");
}

#[test]
fn two_at_once_end_with_one_whole_model() {
    let all = weights(2_000_000);
    let world = world("org/name", &[("model.safetensors", all.clone())]);
    let folders: Vec<_> = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..4).map(|_| scope.spawn(|| world.locate("org/name"))).collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    assert!(folders.iter().all(|folder| fs::read(folder.join("model.safetensors")).unwrap() == all));
}
