//! Folders, and unknown names.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::time::Duration;

use whysim::source::{Fetch, Origin, cached, locate};

use super::{World, problem};

#[test]
fn a_folder_is_taken_as_it_is() {
    let world = World::new();
    let folder = world.home.path().join("mine");
    fs::create_dir(&folder).unwrap();
    let name = folder.to_string_lossy();
    assert_eq!(world.locate(&name), folder);
    let fetch = Fetch { revision: Some("v1".to_owned()), ..world.fetch() };
    assert!(problem(&name, &fetch).contains("a folder has no revisions"));
    assert!(problem("mpnet_cos", &fetch).contains("a published checkpoint has no revisions"));
}

#[test]
fn what_is_no_folder_is_said_to_be_none() {
    let world = World::new();
    let file = world.home.path().join("model.zip");
    fs::write(&file, "").unwrap();
    let message = world.problem(&file.to_string_lossy());
    assert!(message.contains("is not a folder; unpack it first"), "{message}");
    for name in ["./nowhere", "/no/where", "~/no-such-folder", "../no-such-folder"] {
        assert!(world.problem(name).contains("no such folder: "), "{name}");
    }
    assert!(!world.problem("~/no-such-folder").contains("folder: ~"), "it says where it looked");
    assert!(world.server.asked().is_empty());
}

#[test]
fn a_name_that_can_be_nothing_lists_what_would_be_right() {
    let world = World::new();
    for name in ["", "a/b/c", "two words", "a//b", "org/"] {
        let message = world.problem(name);
        assert!(message.contains("droberta_cos") && message.contains("org/name"), "{message}");
    }
    assert!(world.problem("a/b@../c").contains("is not a revision"));
}

#[test]
fn own_models_are_listed() {
    let world = World::new();
    assert!(cached(&world.settings()).unwrap().is_empty());
    let folder = world.home.path().join("models/mine");
    fs::create_dir_all(&folder).unwrap();
    fs::create_dir_all(world.home.path().join("models/other")).unwrap();
    fs::write(folder.join("modules.json"), "[]").unwrap();
    let models = cached(&world.settings()).unwrap();
    assert_eq!((models.len(), &models[0].origin, models[0].whole), (1, &Origin::Folder, false));
    assert_eq!(locate(&models[0].name, &world.fetch()).unwrap(), folder);
}

#[test]
fn a_silent_server_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let world = World::new();
    let mut fetch = world.fetch();
    fetch.settings.endpoint = format!("http://{}", listener.local_addr().unwrap());
    fetch.settings.patience = Duration::from_millis(200);
    let message = problem("org/name", &fetch);
    assert!(message.contains("cannot be reached (timeout"), "{message}");
}

#[test]
fn a_server_that_falls_silent_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let world = World::new();
    let mut fetch = world.fetch();
    fetch.settings.exact_url = format!("http://{}", listener.local_addr().unwrap());
    fetch.settings.patience = Duration::from_millis(200);
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\netag: \"a\"\r\n\r\n0123456789").unwrap();
        stream
    });
    let message = problem("mpnet_cos", &fetch);
    assert!(message.contains("broke (timeout"), "{message}");
    drop(server.join());
}
