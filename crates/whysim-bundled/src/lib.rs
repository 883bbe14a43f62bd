//! A sentence transformer that is part of the program: an exact twin of all-MiniLM-L6-v2, 45 MB of
//! 16-bit weights.
//!
//! `model/README.md` is its card: what it was trained on, with which command, and how well it
//! follows the original.
//!
//! ```
//! let encoder = whysim_bundled::load()?;
//! assert!(encoder.identity().exact);
//! # Ok::<(), whysim::Error>(())
//! ```

use std::path::Path;

use whysim::{Embedded, Encoder, Result};

/// What results call the model.
pub const NAME: &str = "minilm-exact";

/// The model's folder: paths within it, and contents.
pub static FILES: [Embedded; 9] = [
    ("1_Pooling/config.json", include_bytes!("../model/1_Pooling/config.json")),
    ("config.json", include_bytes!("../model/config.json")),
    ("config_sentence_transformers.json", include_bytes!("../model/config_sentence_transformers.json")),
    ("model.safetensors", include_bytes!("../model/model.safetensors")),
    ("modules.json", include_bytes!("../model/modules.json")),
    ("sentence_bert_config.json", include_bytes!("../model/sentence_bert_config.json")),
    ("special_tokens_map.json", include_bytes!("../model/special_tokens_map.json")),
    ("tokenizer.json", include_bytes!("../model/tokenizer.json")),
    ("tokenizer_config.json", include_bytes!("../model/tokenizer_config.json")),
];

/// Whether a model's name means this one: a folder of the same name goes before it.
pub fn is(name: &str) -> bool {
    name == NAME && !Path::new(name).is_dir()
}

/// Loads the model: some tens of milliseconds, and 90 MB of memory.
///
/// # Errors
/// None that a user could mend: the files are those that the crate was built with.
pub fn load() -> Result<Encoder> {
    Encoder::load_embedded(&FILES, NAME)
}
