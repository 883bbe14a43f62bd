//! `modules.json`: the modules of a sentence-transformers folder.

use std::path::{Component, Path};

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::folder::Folder;

/// The kinds of modules that `modules.json` may list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Transformer,
    /// A transformer whose output is shifted by a reference's output: the exact models.
    Shifted,
    Pooling,
    Dense,
    Normalize,
}

/// One entry of `modules.json`.
#[derive(Deserialize)]
struct Module {
    path: String,
    #[serde(rename = "type")]
    class: String,
}

/// The modules of a sentence-transformers folder in order, each with its kind and path. None for a
/// bare transformers folder.
pub(crate) fn modules(folder: &Folder) -> Result<Option<Vec<(Kind, String)>>> {
    let Some(modules) = folder.optional_json::<Vec<Module>>("modules.json")? else { return Ok(None) };
    let kind = |class: &str| {
        // Old and new spellings differ only in the module path; the published exact models may
        // repeat the class name.
        Ok(match class.rsplit('.').next().unwrap_or(class) {
            "Transformer" | "ReferenceTransformer" => Kind::Transformer,
            "ShiftingReferenceTransformer" => Kind::Shifted,
            "Pooling" => Kind::Pooling,
            "Dense" => Kind::Dense,
            "Normalize" => Kind::Normalize,
            _ => {
                return Err(Error::Unsupported {
                    what: "module",
                    got: class.to_owned(),
                    supported: "Transformer, Pooling, Dense, Normalize, ShiftingReferenceTransformer".into(),
                });
            }
        })
    };
    let inside = |m: &Module| Path::new(&m.path).components().all(|part| matches!(part, Component::Normal(_)));
    if let Some(module) = modules.iter().find(|m| !inside(m)) {
        let problem = format!("it names the module folder `{}`, which is not inside the model's", module.path);
        return Err(Error::malformed(&folder.file("modules.json"), problem));
    }
    modules.into_iter().map(|m| Ok((kind(&m.class)?, m.path))).collect::<Result<_>>().map(Some)
}
