//! Downloads that are bounded, caches that are not written to, and bases of adapters.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::hub::{weights, world};
use super::{World, files, problem};

/// The partial files of a repository.
fn parts(world: &World) -> Vec<String> {
    let mut all = files(&world.home.path().join("hub/models--org--name"));
    all.retain(|name| name.ends_with("incomplete"));
    all
}

#[test]
fn downloads_are_bounded() {
    let world = world("org/name", &[("model.safetensors", weights(500_000))]);
    world.server.state().stated = Some(1000);
    let message = world.problem("org/name");
    assert!(message.contains("sends more than the 1000 bytes") && parts(&world).is_empty(), "{message}");
    world.server.state().stated = Some(1 << 50);
    let message = world.problem("org/name");
    assert!(message.contains("more than any model has") && parts(&world).is_empty(), "{message}");
    world.server.state().stated = None;
    world.server.state().drip = Some(std::time::Duration::from_millis(10));
    let mut fetch = world.fetch();
    fetch.settings.patience = std::time::Duration::from_millis(300);
    let message = problem("org/name", &fetch);
    assert!(message.contains("slower than 1 kB a second") && message.contains("is kept"), "{message}");
    assert_eq!(parts(&world).len(), 1);
    world.server.state().drip = None;
    assert_eq!(fs::read(world.locate("org/name").join("model.safetensors")).unwrap(), weights(500_000));
    assert!(parts(&world).is_empty());
}

#[test]
fn a_whole_model_in_the_cache_is_not_written_to() {
    let world = world("org/name", &[("model.safetensors", weights(1000))]);
    let folder = world.locate("org/name");
    let hub = world.home.path().join("hub/models--org--name");
    let about = |path: &Path| fs::symlink_metadata(path).unwrap().modified().unwrap();
    let watched: Vec<_> = ["refs", "refs/main", "blobs", "snapshots"].iter().map(|name| hub.join(name)).collect();
    let before: Vec<_> = watched.iter().map(|path| about(path)).collect();
    std::thread::sleep(std::time::Duration::from_millis(20));
    assert_eq!(world.locate("org/name"), folder);
    assert_eq!(watched.iter().map(|path| about(path)).collect::<Vec<_>>(), before);
}

#[test]
fn the_base_of_an_adapter_is_downloaded_by_its_own_name() {
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/cases/peft-adapter");
    let read = |folder: &str, names: &[&str]| -> BTreeMap<String, Vec<u8>> {
        names.iter().map(|name| ((*name).to_owned(), fs::read(case.join(folder).join(name)).unwrap())).collect()
    };
    let world = World::new();
    let own =
        ["1_Pooling/config.json", "adapter_config.json", "adapter_model.safetensors", "modules.json", "vocab.txt"];
    let base = ["config.json", "model.safetensors", "vocab.txt"];
    {
        let mut state = world.server.state();
        state.repos.insert("org/adapter".to_owned(), read("model-adapter-only", &own));
        // As old repositories, it has no organisation.
        state.repos.insert("base-model".to_owned(), read("model-beside-base", &base));
    }
    let model = whysim::load("org/adapter", &world.fetch()).unwrap();
    let merged = whysim::Encoder::load(&case.join("model-beside-base"), "it").unwrap();
    assert_eq!(model.embed(&["the cat sleeps"], None).unwrap(), merged.embed(&["the cat sleeps"], None).unwrap());
    let log = world.server.take_log();
    assert!(log.iter().any(|request| request.path.starts_with("/api/models/base-model/")), "{log:?}");
}
