//! `whysim models`: what can be given to `--model`.

use std::fmt::Write;

use whysim::encoder::{is_supported, supported};
use whysim::source::{CachedModel, Origin, Settings, cached, known};

use crate::model::bundled;
use crate::output::Target;

/// The modules of a sentence-transformers model that the loader knows.
const MODULES: &str = "Transformer, ShiftingReferenceTransformer (exact models), StaticEmbedding, WeightedLayerPooling, Pooling, Dense, LayerNorm, Normalize";
/// The values of `pooling_mode` that the loader knows.
const POOLINGS: &str =
    "mean, cls, max, mean_sqrt_len_tokens, weightedmean, lasttoken, and several of them concatenated";

pub fn run() -> anyhow::Result<()> {
    let settings = Settings::from_env();
    let models = cached(&settings)?;
    let parts = [here(&models), default(), published(&settings), others(), caches(&settings)];
    Target::Standard.write(parts.join("\n").as_bytes())
}

fn here(models: &[CachedModel]) -> String {
    let mut out = "On this machine:\n".to_owned();
    if models.is_empty() {
        out += "  none\n";
    }
    let width = models.iter().map(|model| model.name.chars().count()).max().unwrap_or(0);
    for model in models {
        let kind = model.model_type.as_deref().unwrap_or("unknown kind");
        let from = match &model.origin {
            Origin::Published => "published exact model".to_owned(),
            Origin::Hub { commit, .. } => format!("hub, commit {}", commit.get(..7).unwrap_or(commit)),
            Origin::Folder => "folder".to_owned(),
        };
        let problem = match (model.whole, is_supported(kind)) {
            (false, _) => ", incomplete",
            (true, false) => ", not supported",
            (true, true) => "",
        };
        // Writing to memory cannot fail.
        let _ = writeln!(out, "  {:width$}  {:>9}  {kind}, {from}{problem}", model.name, size(model.bytes));
    }
    out
}

fn default() -> String {
    match std::env::var("WHYSIM_MODEL").ok().filter(|name| !name.is_empty()) {
        Some(name) => format!("Without --model: {name} (WHYSIM_MODEL)\n"),
        None => match bundled::NAME {
            Some(name) => format!("Without --model: {name}, an exact twin of all-MiniLM-L6-v2 inside this program\n"),
            None => "Without --model: none; set WHYSIM_MODEL to the model that you use most\n".to_owned(),
        },
    }
}

fn published(settings: &Settings) -> String {
    let mut out = "Published exact models:\n".to_owned();
    for model in known() {
        let place = if model.folder(settings).is_some() { "on this machine" } else { "downloaded at first use" };
        let similarity = format!("{:?}", model.similarity).to_lowercase();
        let _ = writeln!(out, "  {:12}  {:13}  trained for {similarity}, {place}", model.name, model.encoder);
    }
    out
}

fn others() -> String {
    let mut out = "Any other model in a folder or on the Hugging Face hub (`org/name`, or `name` for \
                   `sentence-transformers/name`) of a model type\n"
        .to_owned();
    for (name, models) in supported() {
        let _ = writeln!(out, "  {name:18}  {models}");
    }
    out + &format!("with\n  modules   {MODULES}\n  poolings  {POOLINGS}\n")
}

fn caches(settings: &Settings) -> String {
    let network = match (cfg!(feature = "hub"), settings.offline) {
        (false, _) => "this build cannot download: it was built without the cargo feature `hub`",
        (true, true) => "HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE is set: nothing is downloaded",
        (true, false) => "missing models are downloaded to",
    };
    format!(
        "Caches; {network}\n  hub        {}\n  published  {}\n",
        settings.hub_cache.display(),
        settings.cache.display()
    )
}

/// Bytes in the largest unit of which there is at least one.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}
