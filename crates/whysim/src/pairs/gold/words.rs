//! Word alignments as in MultiMWA (Lan, Jiang, Xu, "Neural semi-Markov CRF for Monolingual Word
//! Alignment", ACL 2021): a pair a line, with tab-separated fields.
//!
//! | field | what it holds |
//! |---|---|
//! | 2, 4 | the texts, whose words are separated by blanks |
//! | 8 | sure alignments `i-j`, separated by blanks; positions count from 0 |
//! | 9 | possible alignments, if there are any |
//!
//! Sure and possible alignments both count as aligned, as in the "sure and possible" setting of
//! that paper. Other fields are not read.

use super::{Aligned, Units, shown};

/// The fields, counted from 0.
const TEXTS: [usize; 2] = [1, 3];
pub(super) const SURE: usize = 7;
const POSSIBLE: usize = 8;

/// All pairs of a file, or what is wrong with a line.
pub(super) fn pairs(text: &str) -> Result<Vec<Aligned>, String> {
    let lines = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    lines.map(|(line, number)| pair(line).map_err(|problem| format!("line {number}: {problem}"))).collect()
}

fn pair(line: &str) -> Result<Aligned, String> {
    let fields: Vec<&str> = line.split('\t').collect();
    if fields.len() <= SURE {
        return Err(format!(
            "it has {} tab-separated fields, and word alignments at least {}: id, text, source, text, source, two more, \
             sure alignments `i-j`",
            fields.len(),
            SURE + 1
        ));
    }
    let [a, b] = TEXTS.map(|field| fields[field].split_ascii_whitespace().collect::<Vec<&str>>());
    for (words, field) in [(&a, TEXTS[0]), (&b, TEXTS[1])] {
        if words.is_empty() {
            return Err(format!("its field {} is empty, where a text should be", field + 1));
        }
    }
    let mut pairs = Vec::new();
    for field in [SURE, POSSIBLE] {
        for link in fields.get(field).unwrap_or(&"").split_ascii_whitespace() {
            pairs.push(aligned(link, [a.len(), b.len()]).map_err(|problem| format!("field {}: {problem}", field + 1))?);
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    let each = |words: &[&str]| Units::new(words, &(0..words.len()).map(|i| vec![i]).collect::<Vec<_>>());
    Ok(Aligned { a: each(&a), b: each(&b), pairs })
}

/// `i-j`, within texts of these numbers of words.
fn aligned(link: &str, words: [usize; 2]) -> Result<(usize, usize), String> {
    let ends = link.split_once('-').and_then(|(i, j)| Some([i.parse().ok()?, j.parse().ok()?]));
    let Some([i, j]) = ends else {
        return Err(format!("{} is no alignment: write `i-j`, such as 0-2", shown(link)));
    };
    for (at, count, which) in [(i, words[0], "first"), (j, words[1], "second")] {
        if at >= count {
            return Err(format!(
                "`{link}` names word {at} of the {which} text, which has words 0 to {}",
                count.saturating_sub(1)
            ));
        }
    }
    Ok((i, j))
}
