//! Texts of the same words, in which names or numbers changed places.
//!
//! What is neither a name nor a number in either text is the frame. Where both have the same frame
//! in the same order, what stands in its gaps has another role: who bit whom. Where the frame moved
//! too (`in March` from the beginning to the end), most often nothing did but the order.

use std::collections::HashSet;
use std::fmt;

use super::words::Word;

/// What changed places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Swapped {
    Names,
    Numbers,
    Both,
}

impl fmt::Display for Swapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Names => "names",
            Self::Numbers => "numbers",
            Self::Both => "names and numbers",
        })
    }
}

/// What stands in one gap of the frame in A and in B, and where that gap is.
pub(super) type Run<'a> = (Vec<&'a Word>, Vec<&'a Word>, [usize; 2]);

/// What changed places between two texts of the same words; None if that is not all.
pub(super) fn swapped(sides: &[Vec<Word>; 2]) -> Option<(Swapped, Vec<Run<'_>>)> {
    let facts = sides.iter().flatten().filter(|word| word.is_name || word.is_number);
    let facts: HashSet<&str> = facts.map(|word| word.folded.as_str()).collect();
    let [(left, of_a), (right, of_b)] = [&sides[0], &sides[1]].map(|words| gaps(words, &facts));
    if left != right {
        return None;
    }
    let folded = |words: &[&'_ Word]| words.iter().map(|word| word.folded.clone()).collect::<Vec<String>>();
    let runs = of_a.into_iter().zip(of_b).map(|(a, b)| (a.0, b.0, [a.1, b.1]));
    let runs: Vec<Run> = runs.filter(|(a, b, _)| folded(a) != folded(b)).collect();
    let mut numbers = runs.iter().flat_map(|(a, _, _)| a).map(|word| word.is_number).collect::<Vec<bool>>();
    numbers.sort_unstable();
    numbers.dedup();
    match numbers.as_slice() {
        // `Berger, Anna` is `Anna Berger`.
        [false] if runs.len() < 2 => None,
        [false] => Some((Swapped::Names, runs)),
        [true] => Some((Swapped::Numbers, runs)),
        [_, _] => Some((Swapped::Both, runs)),
        _ => None,
    }
}

/// The words of one gap, and where it begins.
type Gap<'a> = (Vec<&'a Word>, usize);

/// The frame, and what stands before, between and after its words.
fn gaps<'a>(words: &'a [Word], facts: &HashSet<&str>) -> (Vec<&'a str>, Vec<Gap<'a>>) {
    let (mut frame, mut gaps, mut gap): (Vec<&str>, Vec<Gap>, Gap) = (Vec::new(), Vec::new(), (Vec::new(), 0));
    for word in words.iter().filter(|word| !word.is_mark) {
        if facts.contains(word.folded.as_str()) {
            gap.0.push(word);
        } else {
            frame.push(word.folded.as_str());
            gaps.push(std::mem::replace(&mut gap, (Vec::new(), word.token.end)));
        }
    }
    gaps.push(gap);
    (frame, gaps)
}
