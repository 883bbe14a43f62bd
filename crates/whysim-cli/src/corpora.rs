//! What duplicates are found in: files, whose texts are embedded now, and indexes, whose texts are.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use anyhow::bail;
use whysim::corpus::{Corpus, Embedded};
#[cfg(feature = "index")]
use whysim::index::Index;
use whysim::{Encoder, Similarity};

use crate::args::Duplicates;
use crate::progress::Bars;
use crate::texts::{file_lines, usage};
use crate::voice::Voice;

/// The texts, and those that they are compared with.
pub struct Corpora {
    texts: Origin,
    against: Option<Origin>,
}

/// Texts with their embeddings, and those that they are compared with.
type Pair = (Box<dyn Corpus>, Option<Box<dyn Corpus>>);

/// Where texts come from.
enum Origin {
    File(Texts),
    #[cfg(feature = "index")]
    Index(Box<Index>),
}

impl Corpora {
    /// Reads the files and opens the indexes that the arguments name.
    pub fn open(args: &Duplicates, voice: &Voice) -> anyhow::Result<Self> {
        let sets = Self {
            texts: match indexed(args) {
                Some(folder) => opened(folder, voice)?,
                None => Origin::File(texts(&args.files, args)?),
            },
            against: match &args.against {
                Some(folder) if folder.is_dir() => Some(opened(folder, voice)?),
                Some(file) => Some(Origin::File(texts(std::slice::from_ref(file), args)?)),
                None => None,
            },
        };
        #[cfg(feature = "index")]
        sets.check(args)?;
        Ok(sets)
    }

    /// The name of the prompt that the texts are embedded with.
    pub fn prompt(&self, args: &Duplicates) -> Option<String> {
        #[cfg(feature = "index")]
        if let Some(index) = self.index() {
            return index.recipe().prompt.clone();
        }
        args.prompt.clone()
    }

    /// The model, if there is anything to embed or to explain.
    pub fn encoder(&self, args: &Duplicates, voice: &Voice) -> anyhow::Result<Option<Encoder>> {
        #[cfg(feature = "index")]
        if let Some(index) = self.index() {
            let has_file = self.origins().any(|origin| matches!(origin, Origin::File(_)));
            let needed = args.finding.explain > 0 || has_file;
            return needed.then(|| crate::opened::the_model(&args.model, index, voice)).transpose();
        }
        args.model.load(voice).map(Some)
    }

    /// The name of the model of the embeddings. encoder: of [`Self::encoder`].
    pub fn model(&self, encoder: Option<&Encoder>) -> Option<String> {
        let of_encoder = encoder.map(|encoder| encoder.identity().name.clone());
        #[cfg(feature = "index")]
        return of_encoder.or_else(|| self.index().map(|index| index.recipe().model.name.clone()));
        #[cfg(not(feature = "index"))]
        of_encoder
    }

    /// What the texts, and those that they are compared with, are called: by their files or
    /// folders.
    pub fn names(&self, args: &Duplicates) -> Vec<String> {
        let files = || args.files.iter().map(|file| name(file)).collect::<Vec<String>>().join(" + ");
        let texts = indexed(args).map_or_else(files, name);
        let Some(against) = &args.against else { return vec![texts] };
        let other = name(against);
        if texts == other { vec![format!("A ({texts})"), format!("B ({other})")] } else { vec![texts, other] }
    }

    /// How the texts are compared: as an index says, as was asked for, or as the model does.
    /// encoder: of [`Self::encoder`].
    pub fn similarity(&self, encoder: Option<&Encoder>, args: &Duplicates) -> whysim::Result<Similarity> {
        #[cfg(feature = "index")]
        let asked = self.index().map(|index| index.similarity()).or(args.similarity);
        #[cfg(not(feature = "index"))]
        let asked = args.similarity;
        encoder.map_or(Ok(asked.unwrap_or_default()), |encoder| encoder.similarity(asked))
    }

    /// The texts with their embeddings. encoder: of [`Self::encoder`].
    pub fn embedded(self, encoder: Option<&Encoder>, args: &Duplicates, bars: &Bars) -> anyhow::Result<Pair> {
        let prompt = self.prompt(args);
        let similarity = self.similarity(encoder, args)?;
        let corpus = |origin| -> anyhow::Result<Box<dyn Corpus>> {
            match (origin, encoder) {
                #[cfg(feature = "index")]
                (Origin::Index(index), _) => Ok(index),
                (Origin::File(texts), Some(encoder)) => {
                    Ok(Box::new(embedded(texts, encoder, prompt.as_deref(), similarity, bars)?))
                }
                (Origin::File(_), None) => bail!("texts of files need a model"),
            }
        };
        Ok((corpus(self.texts)?, self.against.map(corpus).transpose()?))
    }
}

#[cfg(feature = "index")]
impl Corpora {
    fn origins(&self) -> impl Iterator<Item = &Origin> {
        std::iter::once(&self.texts).chain(&self.against)
    }

    /// The first index among the two.
    fn index(&self) -> Option<&Index> {
        self.origins().find_map(|origin| match origin {
            Origin::Index(index) => Some(&**index),
            Origin::File(_) => None,
        })
    }

    /// # Errors
    /// If two indexes were made in different ways, or an argument says again how an index was made.
    fn check(&self, args: &Duplicates) -> anyhow::Result<()> {
        let Some(index) = self.index() else { return Ok(()) };
        if let (Origin::Index(one), Some(Origin::Index(other))) = (&self.texts, &self.against) {
            one.check_against(other)?;
        }
        let settled = [
            ("prompt", args.prompt.is_some()),
            ("similarity", args.similarity.is_some()),
            ("revision", args.model.revision.is_some()),
            ("truncate-dim", args.model.truncate_dim.is_some()),
        ];
        match settled.into_iter().find(|(_, given)| *given) {
            Some((name, _)) => {
                let folder = index.folder().display();
                Err(usage(&format!("--{name} is settled by the index {folder}: leave it out")))
            }
            None => Ok(()),
        }
    }
}

/// A file's or a folder's name without what it lies in.
fn name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// The folder of the index that takes the place of files.
fn indexed(args: &Duplicates) -> Option<&Path> {
    #[cfg(feature = "index")]
    return args.index.as_deref();
    #[cfg(not(feature = "index"))]
    {
        let _ = args;
        None
    }
}

#[cfg(feature = "index")]
fn opened(folder: &Path, voice: &Voice) -> anyhow::Result<Origin> {
    Ok(Origin::Index(Box::new(crate::opened::open(folder, voice)?)))
}

#[cfg(not(feature = "index"))]
fn opened(folder: &Path, _: &Voice) -> anyhow::Result<Origin> {
    bail!("{} is a folder, and this program was built without indexes: give a text file", folder.display())
}

/// Texts with their names.
struct Texts {
    ids: Vec<String>,
    texts: Vec<String>,
}

/// The texts of several files: of lines, by the numbers of these; of tables, by their names.
fn texts(files: &[PathBuf], args: &Duplicates) -> anyhow::Result<Texts> {
    let mut seen = HashSet::new();
    if let Some(twice) = files.iter().find(|file| !seen.insert(*file)) {
        return Err(usage(&format!("{} is given twice", twice.display())));
    }
    if files.iter().any(|file| is_table(file)) {
        return of_tables(files, args);
    }
    if let [file] = files {
        return of_lines(file, args);
    }
    let mut all = Texts { ids: Vec::new(), texts: Vec::new() };
    for file in files {
        let one = of_lines(file, args)?;
        all.ids.extend(one.ids.into_iter().map(|id| format!("{}:{id}", file.display())));
        all.texts.extend(one.texts);
    }
    Ok(all)
}

/// Whether a file's name says that it has columns.
fn is_table(file: &Path) -> bool {
    const TABLES: [&str; 6] = ["csv", "tsv", "jsonl", "ndjson", "json", "parquet"];
    file.extension().is_some_and(|ending| TABLES.contains(&ending.to_string_lossy().to_ascii_lowercase().as_str()))
}

#[cfg(feature = "index")]
fn of_tables(files: &[PathBuf], args: &Duplicates) -> anyhow::Result<Texts> {
    use whysim::index::{Empty, Reading, read};
    let reading = Reading { text: args.text.clone(), id: args.id.clone(), empty: Empty::Skip, ..Reading::default() };
    let (ids, texts) = read(files, &reading)?.into_iter().map(|record| (record.id, record.text)).unzip();
    Ok(Texts { ids, texts })
}

#[cfg(not(feature = "index"))]
fn of_tables(_: &[PathBuf], _: &Duplicates) -> anyhow::Result<Texts> {
    bail!("this program was built without tables: give text files with one text a line")
}

fn of_lines(file: &Path, args: &Duplicates) -> anyhow::Result<Texts> {
    let mut all = Texts { ids: Vec::new(), texts: Vec::new() };
    for (i, line) in file_lines(file, args.max_bytes)?.into_iter().enumerate() {
        if !line.trim().is_empty() {
            all.ids.push((i + 1).to_string());
            all.texts.push(line);
        }
    }
    if all.texts.is_empty() {
        bail!("{}: there is no text in it: give one text a line", file.display());
    }
    Ok(all)
}

/// The texts with their embeddings; those that are equal are embedded once.
fn embedded(
    texts: Texts,
    encoder: &Encoder,
    prompt: Option<&str>,
    similarity: Similarity,
    bars: &Bars,
) -> anyhow::Result<Embedded> {
    let Texts { ids, texts } = texts;
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut unique: Vec<&str> = Vec::new();
    let mut of = Vec::with_capacity(texts.len());
    for text in &texts {
        let place = *places.entry(text).or_insert(unique.len());
        if place == unique.len() {
            unique.push(text);
        }
        of.push(place);
    }
    let vectors = encoder.embed_with_progress(&unique, prompt, bars)?;
    let embeddings = of.iter().flat_map(|&place| vectors[place].iter().copied()).collect();
    Ok(Embedded { ids, texts, embeddings, dim: encoder.dim(), similarity })
}
