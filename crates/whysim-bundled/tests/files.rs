//! What is inside is the folder beside it.
#![allow(missing_docs)]

use std::path::Path;

use whysim::Encoder;

#[test]
fn the_model_inside_is_that_of_the_folder() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("model");
    let (inside, outside) = (whysim_bundled::load().unwrap(), Encoder::load(&folder, whysim_bundled::NAME).unwrap());
    // Names, exactness, and the hash of all weights, configs and the tokenizer.
    assert_eq!(inside.identity(), outside.identity());
    assert!(inside.identity().exact);
    let texts = ["A cat sleeps."];
    assert_eq!(inside.embed(&texts, None).unwrap(), outside.embed(&texts, None).unwrap());
}

#[test]
fn a_file_that_is_missing_is_named() {
    static FILES: [whysim::Embedded; 1] = [("modules.json", b"[]")];
    let empty = Encoder::load_embedded(&FILES, "x").err().unwrap().to_string();
    assert!(empty.contains("Transformer, Pooling"), "{empty}");
    static BARE: [whysim::Embedded; 1] = [("vocab.txt", b"")];
    let bare = Encoder::load_embedded(&BARE, "x").err().unwrap().to_string();
    assert!(bare.contains("config.json is missing"), "{bare}");
}
