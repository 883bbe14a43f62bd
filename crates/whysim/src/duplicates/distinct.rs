//! The texts of a corpus, each once.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use whysim_core::parallel;

use super::boilerplate::Counter;
use crate::corpus::Corpus;
use crate::error::Result;
use crate::progress::Part;

/// Texts that are read between two checks for cancellation.
const TOGETHER: usize = 1024;

/// The texts of a corpus, each once: those that are equal word for word have one number.
pub(super) struct Distinct {
    /// Where each stands first, in ascending order.
    pub first: Vec<u32>,
    /// How often each stands.
    pub count: Vec<u32>,
    /// Where the others are, in order, with the number of their text.
    pub copies: Vec<(u32, u32)>,
    /// A hash of each. 128 bits: texts with equal ones are the same for all that can ever be
    /// counted.
    pub hashes: Vec<[u8; 16]>,
}

impl Distinct {
    /// Reads all texts, and counts their sentences on the way. set: which of the two corpora it is.
    pub fn read(corpus: &dyn Corpus, set: usize, sentences: &mut Counter, part: &Part) -> Result<Self> {
        let mut known: HashMap<[u8; 16], u32> = HashMap::new();
        let mut all = Self { first: Vec::new(), count: Vec::new(), copies: Vec::new(), hashes: Vec::new() };
        for from in (0..corpus.len()).step_by(TOGETHER) {
            part.check()?;
            let count = TOGETHER.min(corpus.len() - from);
            let texts = parallel::try_map(count, |i| {
                let text = corpus.text(from + i)?;
                Ok::<_, crate::Error>((hash(&text), Counter::hashes(&text)))
            })?;
            for (i, (hash, hashes)) in texts.into_iter().enumerate() {
                let at = (from + i) as u32;
                match known.entry(hash) {
                    Entry::Occupied(entry) => {
                        all.count[*entry.get() as usize] += 1;
                        all.copies.push((at, *entry.get()));
                    }
                    Entry::Vacant(entry) => {
                        entry.insert(all.first.len() as u32);
                        all.first.push(at);
                        all.hashes.push(hash);
                        all.count.push(1);
                        sentences.add(set, at, &hashes);
                    }
                }
            }
            part.advance(count as u64);
        }
        Ok(all)
    }
}

/// How many texts are also in `other`, word for word; with none, how many are there twice or more.
pub(super) fn verbatim(texts: &Distinct, other: Option<&Distinct>) -> usize {
    let known: Option<HashSet<&[u8; 16]>> = other.map(|other| other.hashes.iter().collect());
    let is_copy = |(hash, count): &(&[u8; 16], u32)| known.as_ref().map_or(*count > 1, |known| known.contains(hash));
    let all = texts.hashes.iter().zip(texts.count.iter().copied());
    all.filter(is_copy).map(|(_, count)| count as usize).sum()
}

fn hash(text: &str) -> [u8; 16] {
    let mut short = [0; 16];
    short.copy_from_slice(&blake3::hash(text.as_bytes()).as_bytes()[..16]);
    short
}
