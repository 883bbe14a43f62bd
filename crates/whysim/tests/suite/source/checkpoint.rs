//! The published exact checkpoints.

use std::fs;
use std::io::{Cursor, Write};

use whysim::source::{Fetch, Origin, cached, known, locate};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{Told, World, files, problem};

type Zip = ZipWriter<Cursor<Vec<u8>>>;

fn zip(fill: impl FnOnce(&mut Zip)) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    fill(&mut zip);
    zip.finish().unwrap().into_inner()
}

fn add(zip: &mut Zip, name: &str, contents: &[u8]) {
    zip.start_file(name, SimpleFileOptions::default()).unwrap();
    zip.write_all(contents).unwrap();
}

/// Incompressible bytes, so that their zip file can be cut in the middle.
fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    };
    (0..bytes).map(|_| next()).collect()
}

fn model(prefix: &str) -> Vec<u8> {
    zip(|zip| {
        add(zip, &format!("{prefix}modules.json"), b"[]");
        add(zip, &format!("{prefix}1_Pooling/config.json"), b"{}");
        add(zip, &format!("{prefix}pytorch_model.bin"), &noise(400_000));
    })
}

fn world(bytes: Vec<u8>) -> World {
    let world = World::new();
    world.server.state().plain.insert("/mpnet_cos.zip".to_owned(), bytes);
    world
}

/// What a failure leaves in the cache.
fn left(world: &World) -> Vec<String> {
    files(&world.home.path().join("whysim"))
}

#[test]
fn a_checkpoint_is_downloaded_and_unpacked_once() {
    for prefix in ["", "mpnet_cos/"] {
        let world = world(model(prefix));
        let told = Told::default();
        let folder = locate("mpnet_cos", &Fetch { progress: Some(&told), ..world.fetch() }).unwrap();
        assert_eq!(folder, world.home.path().join("whysim/exact/mpnet_cos"));
        assert_eq!(files(&folder), ["1_Pooling/config.json", "modules.json", "pytorch_model.bin"]);
        assert_eq!(fs::read(folder.join("pytorch_model.bin")).unwrap(), noise(400_000));
        assert_eq!(left(&world).len(), 3, "neither the zip file nor a part of it stays: {:?}", left(&world));
        assert!(told.lines().iter().any(|line| line == "begin unpacking Some(400004)"), "{:?}", told.lines());
        assert_eq!(locate("mpnet_cos", &world.without_network()).unwrap(), folder);
        assert_eq!(world.server.asked(), ["/mpnet_cos.zip"]);

        let models = cached(&world.settings()).unwrap();
        assert_eq!((models.len(), &models[0].origin), (1, &Origin::Published));
        assert_eq!((models[0].name.as_str(), models[0].bytes), ("mpnet_cos", 400_004));
    }
    assert!(known().iter().any(|published| published.name == "droberta_dot"));
}

#[test]
fn a_broken_download_goes_on_where_it_broke() {
    let world = world(model(""));
    world.server.state().cut.push((".zip".to_owned(), 150_000));
    assert!(world.problem("mpnet_cos").contains("broke"));
    assert!(!world.home.path().join("whysim/exact/mpnet_cos").exists());
    world.server.take_log();
    world.locate("mpnet_cos");
    let ranges: Vec<_> = world.server.take_log().iter().map(|request| request.headers.get("range").cloned()).collect();
    assert_eq!(ranges, [None, Some("bytes=150000-".to_owned())]);
}

#[test]
fn a_part_of_other_contents_is_not_gone_on_with() {
    let world = world(zip(|zip| add(zip, "modules.json", &noise(400_000))));
    world.server.state().cut.push((".zip".to_owned(), 150_000));
    world.problem("mpnet_cos");
    world.server.state().plain.insert("/mpnet_cos.zip".to_owned(), model(""));
    world.server.state().version = 2;
    let folder = world.locate("mpnet_cos");
    assert_eq!(fs::read(folder.join("pytorch_model.bin")).unwrap(), noise(400_000));
    assert_eq!(left(&world).len(), 3, "{:?}", left(&world));
}

#[test]
fn a_server_that_ignores_ranges_sends_all_again() {
    let world = world(model(""));
    world.server.state().no_ranges = true;
    world.server.state().cut.push((".zip".to_owned(), 150_000));
    world.problem("mpnet_cos");
    assert_eq!(fs::read(world.locate("mpnet_cos").join("pytorch_model.bin")).unwrap(), noise(400_000));
}

#[test]
fn a_corrupt_zip_is_deleted_and_fetched_anew() {
    let mut bytes = model("");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    for bytes in [bytes, b"<html>moved</html>".to_vec(), Vec::new()] {
        let world = world(bytes);
        let message = world.problem("mpnet_cos");
        assert!(message.contains("the zip file is corrupt"), "{message}");
        assert!(left(&world).is_empty(), "{:?}", left(&world));
        world.server.state().plain.insert("/mpnet_cos.zip".to_owned(), model(""));
        world.locate("mpnet_cos");
    }
}

#[test]
fn no_entry_is_written_outside() {
    let names = ["../evil", "a/../../evil", "/tmp/evil", "a\\..\\..\\evil", "C:evil", "a/./b", "//evil", "../"];
    for name in names {
        let world = world(zip(|zip| {
            add(zip, "modules.json", b"[]");
            add(zip, name, b"evil");
        }));
        let message = world.problem("mpnet_cos");
        assert!(message.contains("outside of its folder"), "{name}: {message}");
        assert!(left(&world).is_empty() && files(world.home.path()).is_empty(), "{name}");
    }
}

#[test]
fn no_entry_may_be_a_link() {
    let world = world(zip(|zip| {
        add(zip, "modules.json", b"[]");
        zip.add_symlink("out", "/etc", SimpleFileOptions::default()).unwrap();
        add(zip, "out/passwd", b"evil");
    }));
    let message = world.problem("mpnet_cos");
    assert!(message.contains("`out` is a link"), "{message}");
    assert!(left(&world).is_empty());
}

#[test]
fn no_zip_unpacks_to_more_than_the_limit() {
    let world = world(model(""));
    let mut fetch = world.fetch();
    fetch.settings.unpacked_limit = 400_003;
    let message = problem("mpnet_cos", &fetch);
    assert!(message.contains("400004 bytes, more than the limit of 400003"), "{message}");
    assert!(left(&world).is_empty());
    fetch.settings.unpacked_limit = 400_004;
    locate("mpnet_cos", &fetch).unwrap();
}

/// Sets the size claimed for the first entry by the directory and the entry's own header.
fn claim(mut bytes: Vec<u8>, size: u32) -> Vec<u8> {
    for (signature, at) in [(b"PK\x01\x02", 24), (b"PK\x03\x04", 22)] {
        let header = bytes.windows(4).position(|window| window == signature).unwrap();
        bytes[header + at..header + at + 4].copy_from_slice(&size.to_le_bytes());
    }
    bytes
}

#[test]
fn no_entry_unpacks_to_another_size_than_it_claims() {
    let bomb = zip(|zip| add(zip, "modules.json", &vec![0; 5_000_000]));
    assert!(bomb.len() < 10_000);
    for (size, expected) in [(10, "corrupt"), (5_000_001, "corrupt"), (u32::MAX - 1, "corrupt")] {
        let world = world(claim(bomb.clone(), size));
        let message = world.problem("mpnet_cos");
        assert!(message.contains(expected), "{size}: {message}");
        assert!(left(&world).is_empty());
    }
    let huge = world(claim(bomb, u32::MAX - 1));
    let mut fetch = huge.fetch();
    fetch.settings.unpacked_limit = 1 << 30;
    assert!(problem("mpnet_cos", &fetch).contains("not safe to unpack"));
}

#[test]
fn a_zip_without_a_model_is_refused() {
    let world = world(zip(|zip| add(zip, "a/b/modules.json", b"[]")));
    assert!(world.problem("mpnet_cos").contains("holds no model"));
    assert!(left(&world).is_empty());
}

#[test]
fn wrong_answers_are_told_apart() {
    let world = World::new();
    let message = world.problem("mpnet_cos");
    assert!(message.contains("status 404") && message.contains("WHYSIM_EXACT_URL"), "{message}");
    world.server.state().status.push((".zip".to_owned(), 500));
    assert!(world.problem("mpnet_cos").contains("in trouble (status 500)"));
    let message = problem("mpnet_cos", &world.without_network());
    assert!(message.contains("cannot be reached") && message.contains("is there no network?"), "{message}");
    let mut offline = world.fetch();
    offline.settings.offline = true;
    assert!(problem("mpnet_cos", &offline).contains("HF_HUB_OFFLINE"));
}

#[test]
fn leftovers_of_stopped_runs_are_neither_used_nor_kept() {
    let world = world(model(""));
    let exact = world.home.path().join("whysim/exact");
    fs::create_dir_all(exact.join(".mpnet_cos.unpacked-1")).unwrap();
    fs::write(exact.join(".mpnet_cos.unpacked-1/modules.json"), "[]").unwrap();
    fs::create_dir_all(exact.join("mpnet_cos")).unwrap();
    fs::write(exact.join("mpnet_cos/half"), "").unwrap();
    fs::write(exact.join("mpnet_cos.zip.old.part"), "x").unwrap();
    let folder = world.locate("mpnet_cos");
    assert!(!folder.join("half").exists());
    assert_eq!(left(&world).len(), 3, "{:?}", left(&world));
}

#[test]
fn two_at_once_download_once() {
    let world = world(model(""));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| world.locate("mpnet_cos"));
        }
    });
    assert_eq!(world.server.asked(), ["/mpnet_cos.zip"]);
}
