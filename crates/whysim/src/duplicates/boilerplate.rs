//! What stands in many texts, or carries the similarity of many pairs: signatures, templates.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use crate::corpus::Corpus;
use crate::error::Result;
use crate::text::{Unit, function_words, segment};

/// Words below which a sentence is no boilerplate: `Yes.` stands in many texts.
const WORDS: usize = 3;

/// What stands in many texts, or carries the similarity of many pairs.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Boilerplate {
    /// Sentences that stand in most distinct texts, most frequent first. Case and spacing do not
    /// matter; sentences of less than three words are left out.
    pub sentences: Vec<Sentence>,
    /// Words, and of long texts sentences, that carry most similarity over the explained pairs.
    /// Function words (`the`, `is`, `nicht`, …) of English, German, French and Spanish are left
    /// out, by a list.
    pub carriers: Vec<Carrier>,
}

/// A sentence that stands in many texts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sentence {
    /// The sentence as it was written where it stands first.
    pub text: String,
    /// In how many distinct texts it stands.
    pub texts: u32,
    /// Their share of all distinct texts.
    pub share: f64,
}

/// A word or a sentence that carries similarity in many pairs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Carrier {
    /// The word or sentence in lower case.
    pub text: String,
    /// Whether it is a word or a sentence.
    pub by: Unit,
    /// In how many of the explained pairs both texts have it.
    pub pairs: usize,
    /// Its share of what carries their similarity, as a mean over these pairs.
    pub share: f64,
}

/// Counts the sentences of texts. It keeps some 40 bytes for every distinct sentence.
#[derive(Default)]
pub(super) struct Counter {
    seen: HashMap<u64, Seen>,
    texts: usize,
}

/// A sentence: in how many texts, and where it stands first.
struct Seen {
    texts: u32,
    set: u32,
    at: u32,
    nth: u32,
}

impl Counter {
    /// The sentences of a text that count, each once: a hash, and its number in the text.
    pub fn hashes(text: &str) -> Vec<(u64, u32)> {
        let hash = |(nth, sentence): (usize, &str)| {
            let folded = folded(sentence);
            let short: [u8; 8] = blake3::hash(folded.as_bytes()).as_bytes()[..8].try_into().ok()?;
            (folded.split(' ').count() >= WORDS).then(|| (u64::from_le_bytes(short), nth as u32))
        };
        let mut hashes: Vec<_> = sentences(text).iter().map(String::as_str).enumerate().filter_map(hash).collect();
        hashes.sort_unstable();
        hashes.dedup_by_key(|(hash, _)| *hash);
        hashes
    }

    /// Counts the sentences of one text.
    pub fn add(&mut self, set: usize, at: u32, hashes: &[(u64, u32)]) {
        self.texts += 1;
        for &(hash, nth) in hashes {
            let seen = self.seen.entry(hash).or_insert(Seen { texts: 0, set: set as u32, at, nth });
            seen.texts += 1;
        }
    }

    /// The most frequent sentences that stand in `least` texts or more.
    pub fn most(&self, corpora: [&dyn Corpus; 2], keep: usize, least: usize) -> Result<Vec<Sentence>> {
        let mut seen: Vec<&Seen> = self.seen.values().filter(|seen| seen.texts as usize >= least).collect();
        seen.sort_unstable_by_key(|seen| (std::cmp::Reverse(seen.texts), seen.set, seen.at, seen.nth));
        seen.truncate(keep);
        let sentence = |seen: &&Seen| {
            let text = corpora[seen.set as usize].text(seen.at as usize)?;
            Ok(Sentence {
                text: sentences(&text).into_iter().nth(seen.nth as usize).unwrap_or_default(),
                texts: seen.texts,
                share: f64::from(seen.texts) / self.texts.max(1) as f64,
            })
        };
        seen.iter().map(sentence).collect()
    }
}

/// What a word carries in one pair.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Share {
    /// In lower case.
    pub text: String,
    pub by: Unit,
    /// Its share of all that carries the similarity.
    pub share: f64,
    pub in_both: bool,
}

/// Words and sentences by what they carry in all pairs together. shares: of each pair.
pub(super) fn carriers(shares: &[Vec<Share>], keep: usize, least: usize) -> Vec<Carrier> {
    let mut sums: BTreeMap<(&str, bool), (usize, f64)> = BTreeMap::new();
    let counts = |share: &&Share| share.in_both && !(share.by == Unit::Word && function_words::is_any(&share.text));
    for share in shares.iter().flatten().filter(counts) {
        let (pairs, sum) = sums.entry((&share.text, share.by == Unit::Sentence)).or_default();
        *pairs += 1;
        *sum += share.share;
    }
    let mut all: Vec<_> = sums.into_iter().filter(|(_, (pairs, _))| *pairs >= least).collect();
    all.sort_by(|(_, x), (_, y)| y.1.total_cmp(&x.1));
    all.truncate(keep);
    let carrier = |((text, is_sentence), (pairs, sum)): ((&str, bool), (usize, f64))| Carrier {
        text: text.to_owned(),
        by: if is_sentence { Unit::Sentence } else { Unit::Word },
        pairs,
        share: sum / pairs as f64,
    };
    all.into_iter().map(carrier).collect()
}

fn sentences(text: &str) -> Vec<String> {
    segment(text, Unit::Sentence).into_iter().map(|sentence| sentence.text).collect()
}

/// In lower case, with single spaces.
pub(super) fn folded(text: &str) -> String {
    text.split_whitespace().map(str::to_lowercase).collect::<Vec<String>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_counts_once_in_a_text_whatever_its_case() {
        let texts =
            ["Kind regards from us. Red.", "A cat. KIND  regards from us. Kind regards from us.", "A cat. A dog."];
        let mut counter = Counter::default();
        texts.iter().enumerate().for_each(|(at, text)| counter.add(0, at as u32, &Counter::hashes(text)));
        let counted: Vec<u32> = counter.seen.values().map(|seen| seen.texts).collect();
        assert_eq!((counted, counter.texts), (vec![2], 3));
    }

    #[test]
    fn carriers_are_in_both_texts_of_several_pairs() {
        let share = |text: &str, share, in_both| Share { text: text.into(), by: Unit::Word, share, in_both };
        let pairs = [
            vec![share("regards", 0.5, true), share("cat", 0.3, true), share("the", 0.1, true)],
            vec![share("regards", 0.3, true), share("dog", 0.6, false), share("the", 0.1, true)],
            vec![share("dog", 0.6, false)],
        ];
        let found = carriers(&pairs, 5, 2);
        assert_eq!((found.len(), found[0].text.as_str(), found[0].pairs), (1, "regards", 2));
        assert!((found[0].share - 0.4).abs() < 1e-12);
    }
}
