//! Gold alignments: which parts of two texts belong together, as people marked them.
//!
//! | file | units | recognised by |
//! |---|---|---|
//! | `.wa`, interpretable STS | chunks | a first line `<sentence …>` |
//! | `.tsv`, MultiMWA and its like | words | tab-separated fields, or the ending `.tsv` |
//!
//! Interpretable STS is SemEval-2016 task 2 (Agirre et al., 2016); its chunks are the sets of words
//! in the alignment lines, aligned or not. MultiMWA is by Lan, Jiang and Xu (ACL 2021).
//!
//! A text is its words joined by single blanks, whatever the file's own line of text says. Text
//! files may be UTF-8 or UTF-16.

mod chunks;
mod words;

use std::ops::Range;
use std::path::Path;

use crate::encoding;
use crate::error::{Error, Result};

/// A file of gold alignments.
#[derive(Clone, Debug, PartialEq)]
pub struct Gold {
    /// The file's name, for reports.
    pub name: String,
    /// Its pairs of texts, in order.
    pub pairs: Vec<Aligned>,
}

/// Two texts and which of their units are aligned.
#[derive(Clone, Debug, PartialEq)]
pub struct Aligned {
    /// The first text.
    pub a: Units,
    /// The second text.
    pub b: Units,
    /// The aligned units, by their positions in `a.spans` and `b.spans`, each pair once, sorted.
    pub pairs: Vec<(usize, usize)>,
}

/// A text and its units.
#[derive(Clone, Debug, PartialEq)]
pub struct Units {
    /// Words joined by single blanks.
    pub text: String,
    /// Where each unit is, in code points of `text`. A chunk with a gap has several ranges; units
    /// may overlap.
    pub spans: Vec<Vec<Range<usize>>>,
}

impl Units {
    /// A text of these words, with units that are sets of them. Every unit's positions are sorted
    /// and less than the number of words.
    fn new(words: &[&str], units: &[Vec<usize>]) -> Self {
        let mut at = 0;
        let mut places = Vec::with_capacity(words.len());
        for word in words {
            let end = at + word.chars().count();
            places.push(at..end);
            at = end + 1;
        }
        let spans = |unit: &Vec<usize>| {
            let runs = unit.chunk_by(|left, right| left + 1 == *right);
            runs.filter_map(|run| Some(places[*run.first()?].start..places[*run.last()?].end)).collect()
        };
        Self { text: words.join(" "), spans: units.iter().map(spans).collect() }
    }

    /// A unit's text: the words of its ranges, joined by blanks.
    pub fn unit(&self, unit: usize) -> String {
        let chars: Vec<char> = self.text.chars().collect();
        let part = |range: &Range<usize>| chars[range.clone()].iter().collect::<String>();
        self.spans[unit].iter().map(part).collect::<Vec<_>>().join(" ")
    }
}

/// Reads a file of gold alignments.
///
/// # Errors
/// If the file cannot be read, is of another kind, or is broken; the error names the line.
pub fn read(path: &Path) -> Result<Gold> {
    let bytes = std::fs::read(path).map_err(Error::io("read", path))?;
    let malformed = |problem: String| Error::malformed(path, problem);
    let bytes = encoding::utf8(&bytes).map_err(malformed)?;
    if bytes.contains(&0) {
        return Err(malformed(format!("it is no text file: gold alignments are {KINDS}")));
    }
    let text = encoding::decode(&bytes, "it").map_err(malformed)?;
    let first = text.lines().map(str::trim).find(|line| !line.is_empty());
    let Some(first) = first else {
        return Err(malformed(format!("it is empty: gold alignments are {KINDS}")));
    };
    let ends_in = |ending: &str| path.extension().is_some_and(|found| found.eq_ignore_ascii_case(ending));
    let pairs = if first.starts_with(chunks::SENTENCE) || ends_in("wa") {
        chunks::pairs(&text)
    } else if ends_in("tsv") || first.split('\t').count() > words::SURE {
        words::pairs(&text)
    } else {
        Err(format!("its first line is that of no known kind of gold alignments: they are {KINDS}"))
    };
    Ok(Gold { name: path.display().to_string(), pairs: pairs.map_err(malformed)? })
}

/// What errors call the known kinds.
const KINDS: &str = "`.wa` files of interpretable STS, which start with `<sentence`, or tab-separated word alignments";

/// The beginning of a line, to show in an error.
fn shown(line: &str) -> String {
    const LENGTH: usize = 60;
    match line.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("`{}…`", &line[..end]),
        None => format!("`{line}`"),
    }
}
