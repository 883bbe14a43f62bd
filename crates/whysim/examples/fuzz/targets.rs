//! The readers, each with a valid input to break.

use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};

use whysim::decomposition::Decomposition;
use whysim::pairs::{self, BadRows, Reading, Scores};
use whysim::{Encoder, Options, Similarity, encoding};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::mutate::{self, Random};

/// What is broken and how it is read.
pub enum Target {
    /// A file of a model's folder.
    Model { folder: &'static str, file: &'static str },
    /// The pickle within a checkpoint.
    Pickle,
    /// A file of pairs or of gold alignments.
    Data { file: &'static str },
    /// A stored decomposition.
    Stored,
    /// A text for a model.
    Text { folder: &'static str },
}

/// Every reader.
pub fn all() -> Vec<Target> {
    let model = |folder, file| Target::Model { folder, file };
    let mut all = vec![
        model("bert", "config.json"),
        model("bert", "modules.json"),
        model("bert", "1_Pooling/config.json"),
        model("bert", "tokenizer.json"),
        model("bert", "tokenizer_config.json"),
        model("bert", "special_tokens_map.json"),
        model("bert", "sentence_bert_config.json"),
        model("bert", "config_sentence_transformers.json"),
        model("bert", "model.safetensors"),
        model("camembert", "tokenizer.json"),
        model("roberta", "tokenizer.json"),
        model("xlm-roberta", "tokenizer.json"),
        model("xlm-roberta", "pytorch_model.bin"),
        model("mpnet", "config.json"),
        model("mpnet", "model.safetensors.index.json"),
        model("cases/legacy-pytorch/model", "pytorch_model.bin"),
        model("cases/peft-adapter/model-beside-base", "adapter_config.json"),
        model("cases/peft-adapter/model-beside-base", "adapter_model.safetensors"),
        model("cases/herbert-bpe/model", "vocab.json"),
        model("cases/herbert-bpe/model", "merges.txt"),
        model("cases/added-tokens-with-old-vocabulary/model-added_tokens.json", "vocab.txt"),
        model("cases/added-tokens-with-old-vocabulary/model-added_tokens.json", "added_tokens.json"),
        Target::Pickle,
        Target::Stored,
        Target::Text { folder: "bert" },
        Target::Text { folder: "camembert" },
        Target::Text { folder: "roberta" },
    ];
    #[cfg(feature = "parquet")]
    all.push(Target::Data { file: "cases/parquet-hang/hang1.parquet" });
    for file in [
        "cases/files-from-windows/utf16.csv",
        "cases/files-from-windows/semicolons.csv",
        "gold/chunks.wa",
        "gold/words.tsv",
    ] {
        all.push(Target::Data { file });
    }
    #[cfg(feature = "parquet")]
    for file in ["parquet/float64.parquet", "parquet/nulls.parquet", "parquet/string.parquet"] {
        all.push(Target::Data { file });
    }
    all
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// Copies a folder's files.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("target can be written to");
    for entry in std::fs::read_dir(from).expect("a fixture").flatten() {
        let (path, copied) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &copied);
        } else if !entry.file_name().to_string_lossy().starts_with("golden") {
            std::fs::copy(&path, &copied).expect("target can be written to");
        }
    }
}

impl Target {
    pub fn name(&self) -> String {
        match self {
            Self::Model { folder, file } => format!("{folder}/{file}"),
            Self::Pickle => "the pickle of xlm-roberta/pytorch_model.bin".to_owned(),
            Self::Data { file } => (*file).to_owned(),
            Self::Stored => "a decomposition".to_owned(),
            Self::Text { folder } => format!("a text for {folder}"),
        }
    }

    /// Writes a broken input into the folder `work`.
    pub fn prepare(&self, work: &Path, random: &mut Random) {
        std::fs::create_dir_all(work).expect("target can be written to");
        let write =
            |name: &str, bytes: Vec<u8>| std::fs::write(work.join(name), bytes).expect("target can be written to");
        match self {
            Self::Model { folder, file } => {
                copy(&fixtures().join(folder), work);
                let mut input = std::fs::read(work.join(file)).expect("a fixture");
                match file.ends_with(".json") {
                    true => mutate::json(&mut input, random),
                    false => mutate::bytes(&mut input, random),
                }
                write(file, input);
            }
            Self::Pickle => {
                copy(&fixtures().join("xlm-roberta"), work);
                let file = std::fs::read(work.join("pytorch_model.bin")).expect("a fixture");
                write("pytorch_model.bin", with_pickle(&file, random));
            }
            Self::Data { file } => {
                let mut input = std::fs::read(fixtures().join(file)).expect("a fixture");
                mutate::bytes(&mut input, random);
                let ending = Path::new(file).extension().unwrap_or_default().to_string_lossy();
                write(&format!("data.{ending}"), input);
            }
            Self::Stored => {
                let model = Encoder::load(&fixtures().join("bert"), "bert").expect("a fixture");
                let whole = model.decompose("The cat sleeps.", &Options::default()).expect("a text");
                let mut input = whole.to_bytes().expect("a decomposition");
                mutate::bytes(&mut input, random);
                write("stored", input);
            }
            Self::Text { .. } => {
                let mut input = "Zoé's CAFÉ 日本語 x\u{301} [MASK] <mask> 👩‍👩‍👧 don't\r\n\t1,000.5".repeat(3).into_bytes();
                mutate::bytes(&mut input, random);
                write("text", input);
            }
        }
    }

    /// Reads what was prepared. Whatever comes of it, it must come to an end.
    pub fn read(&self, work: &Path) {
        match self {
            Self::Model { .. } | Self::Pickle => {
                let Ok(model) = Encoder::load(work, "broken") else { return };
                let text = "The cat sleeps [MASK] on Zoé's roof.";
                let _ = model.embed(&[text], None);
                let _ = model.explain([text, "A dog runs."], [&Options::default(); 2], Similarity::Cos);
            }
            Self::Data { .. } => {
                let data = std::fs::read_dir(work).into_iter().flatten().flatten().map(|entry| entry.path());
                for file in data.filter(|path| path.file_stem().is_some_and(|stem| stem == "data")) {
                    let reading = Reading { bad_rows: BadRows::Skip, scores: Scores::Optional, ..Reading::default() };
                    let _ = pairs::read(&file, &reading);
                    let _ = pairs::read(&file, &Reading::default());
                    let _ = pairs::gold::read(&file);
                }
            }
            Self::Stored => {
                if let Ok(stored) = Decomposition::load(&work.join("stored")) {
                    let _ = stored.explain(&stored, whysim::Similarity::Cos);
                }
            }
            Self::Text { folder } => {
                let bytes = std::fs::read(work.join("text")).unwrap_or_default();
                let text =
                    encoding::decode(&bytes, "it").unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into_owned());
                let model = Encoder::load(&fixtures().join(folder), folder).expect("a fixture");
                let explained = model.explain([&text, "A dog runs."], [&Options::default(); 2], Similarity::Cos);
                if let Ok(e) = explained {
                    assert!(e.error.abs() <= e.bound, "the bound does not hold");
                }
            }
        }
    }
}

/// A checkpoint whose pickle is broken.
fn with_pickle(file: &[u8], random: &mut Random) -> Vec<u8> {
    let mut archive = ZipArchive::new(Cursor::new(file)).expect("a fixture");
    let mut out = ZipWriter::new(Cursor::new(Vec::new()));
    for i in 0..archive.len() {
        let mut entry = archive.by_index(i).expect("a fixture");
        let name = entry.name().map(|name| name.into_owned()).unwrap_or_default();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("a fixture");
        if name.ends_with("data.pkl") {
            mutate::bytes(&mut bytes, random);
        }
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        out.start_file(name, options).and_then(|()| Ok(out.write_all(&bytes)?)).expect("in memory");
    }
    out.finish().expect("in memory").into_inner()
}
