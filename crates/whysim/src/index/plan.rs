//! Which texts of the sources are embedded already, and which parts stay as they are.

use std::collections::HashMap;

use super::pool::{Known, Place, Pool};
use super::recipe::Hash;

/// A text of a source, by its hash and that of where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) hash: Hash,
    pub(super) digest: Hash,
}

/// Where a text's embedding comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    /// From a row that stays in its part.
    Kept(Place),
    /// From a row of another part, whose embedding is copied.
    Copied(Place),
    /// It is embedded.
    New,
}

/// For every text of the sources, in order, where its embedding comes from.
pub(super) fn plan(wanted: &[Wanted], pool: &Pool) -> Vec<From> {
    let mut exact: HashMap<(Hash, Hash), &Known> = HashMap::new();
    let mut texts: HashMap<Hash, Place> = HashMap::new();
    for known in &pool.known {
        exact.entry((known.hash, known.digest)).or_insert(known);
        texts.entry(known.hash).or_insert(known.place);
    }
    let of = |text: &Wanted| match (exact.get(&(text.hash, text.digest)), texts.get(&text.hash)) {
        (Some(known), _) => From::Kept(known.place),
        (None, Some(&place)) => From::Copied(place),
        (None, None) => From::New,
    };
    let mut from: Vec<From> = wanted.iter().map(of).collect();
    let given_up = given_up(&from, pool);
    for from in &mut from {
        match *from {
            From::Kept(place) if given_up[place.part as usize] => *from = From::Copied(place),
            _ => {}
        }
    }
    from
}

/// Small parts that may lie beside each other before they are put together.
const SMALL: usize = 8;

/// The parts whose rows move to new parts: those of which less than half is needed, and small ones
/// where there are many. [parts]
fn given_up(from: &[From], pool: &Pool) -> Vec<bool> {
    let mut kept = vec![0; pool.parts.len()];
    for from in from {
        if let From::Kept(place) = from {
            kept[place.part as usize] += 1;
        }
    }
    let full = pool.parts.iter().map(|(part, _)| part.rows).max().unwrap_or(0);
    let is_small = |i: usize| kept[i] > 0 && pool.parts[i].0.rows * 4 < full;
    let many = (0..kept.len()).filter(|&i| is_small(i)).count() > SMALL;
    (0..kept.len()).map(|i| kept[i] * 2 < pool.parts[i].0.rows || many && is_small(i)).collect()
}

/// The runs of rows that stay, by parts. [parts]
pub(super) fn runs(from: &[From], parts: usize) -> Vec<Vec<[usize; 2]>> {
    let mut rows: Vec<Vec<usize>> = vec![Vec::new(); parts];
    for from in from {
        if let From::Kept(place) = from {
            rows[place.part as usize].push(place.row as usize);
        }
    }
    rows.into_iter().map(in_runs).collect()
}

fn in_runs(mut rows: Vec<usize>) -> Vec<[usize; 2]> {
    rows.sort_unstable();
    let mut runs: Vec<[usize; 2]> = Vec::new();
    for row in rows {
        match runs.last_mut() {
            Some([_, end]) if *end == row => *end += 1,
            _ => runs.push([row, row + 1]),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_make_runs() {
        assert_eq!(in_runs(vec![5, 1, 2, 3, 7]), [[1, 4], [5, 6], [7, 8]]);
        assert!(in_runs(Vec::new()).is_empty());
    }
}
