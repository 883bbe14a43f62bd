//! Which parts of a text to embed.
//!
//! Shapley values are a weighted least-squares fit over all coalitions, in which a coalition of s
//! of n players weighs (Lundberg, Lee, NeurIPS 2017)
//!
//! ```text
//! w(s) = 1 / [ C(n, s) s (n - s) ]
//! ```
//!
//! Small and large coalitions weigh most and are few, so these are taken whole while they cost at
//! most half of what is left. The rest is spent on pairs of a coalition and its complement (Covert,
//! Lee, AISTATS 2021), each drawn once (Musco, Witter, ICLR 2025), with sizes spread as the weights
//! ask. At equal cost this halves the error of permutations in antithetic pairs
//! (`scripts/estimators.py`; docs/method.md has the table).
//!
//! For Banzhaf values all coalitions weigh the same, and pairs are drawn evenly.

use std::collections::HashSet;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::Index;

/// Groups of sampled pairs that are left out in turn, for standard errors.
const GROUPS: usize = 16;

/// Tries to draw a coalition that is not there yet.
const TRIES: usize = 20;

/// Coalitions with their weights in the fit.
pub(crate) struct Coalitions {
    /// Number of players n.
    pub players: usize,
    /// Which players are kept, `[coalitions][n]`.
    pub kept: Vec<Vec<bool>>,
    /// `[coalitions]`.
    pub weights: Vec<f64>,
    /// The group of each coalition; None for those of sizes that are taken whole. `[coalitions]`
    pub group: Vec<Option<usize>>,
    /// Number of groups; 0 if nothing was sampled.
    pub groups: usize,
}

impl Coalitions {
    /// The coalitions for `players`: all of them, or at most `most`. For Shapley values the empty
    /// and the full one are not among them: their values are met exactly.
    pub(crate) fn new(players: usize, index: Index, most: Option<usize>, seed: u64) -> Self {
        let mut all = Self { players, kept: Vec::new(), weights: Vec::new(), group: Vec::new(), groups: 0 };
        match (index, most) {
            (Index::Shapley, _) => all.by_size(most, seed),
            (Index::Banzhaf, None) => (0..=players).for_each(|size| all.layer(size, 1.0)),
            (Index::Banzhaf, Some(most)) => all.evenly(most, seed),
        }
        all
    }

    fn push(&mut self, kept: Vec<bool>, weight: f64, group: Option<usize>) {
        self.kept.push(kept);
        self.weights.push(weight);
        self.group.push(group);
    }

    /// All coalitions of a size.
    fn layer(&mut self, size: usize, weight: f64) {
        let n = self.players;
        let mut chosen: Vec<usize> = (0..size).collect();
        loop {
            let mut kept = vec![false; n];
            chosen.iter().for_each(|&i| kept[i] = true);
            self.push(kept, weight, None);
            // The next combination in lexicographic order.
            let Some(at) = (0..size).rev().find(|&at| chosen[at] < n - size + at) else { return };
            chosen[at] += 1;
            for later in at + 1..size {
                chosen[later] = chosen[later - 1] + 1;
            }
        }
    }

    fn by_size(&mut self, most: Option<usize>, seed: u64) {
        let n = self.players;
        let mut left = most.unwrap_or(usize::MAX) as f64;
        let mut size = 1;
        // A size and that of the complements, which may be the same one.
        while 2 * size <= n {
            let cost = binomial(n, size) * if 2 * size == n { 1.0 } else { 2.0 };
            if most.is_some() && cost > left / 2.0 {
                break;
            }
            self.layer(size, weight(n, size));
            if 2 * size < n {
                self.layer(n - size, weight(n, size));
            }
            left -= cost;
            size += 1;
        }
        if 2 * size <= n {
            self.pairs((left / 2.0) as usize, &sizes(n, size), seed);
        }
    }

    /// Pairs of coalitions with these sizes, which come with their masses.
    fn pairs(&mut self, pairs: usize, sizes: &[(usize, f64)], seed: u64) {
        let mass: f64 = sizes.iter().map(|(_, mass)| mass).sum();
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut seen = HashSet::new();
        self.groups = GROUPS.min(pairs);
        let start: f64 = random.random();
        // Spread, not drawn: every size is there as often as its mass asks, up to rounding.
        let (mut at, mut below) = (0, sizes.first().map_or(0.0, |(_, mass)| *mass));
        let mut spread = Vec::with_capacity(pairs);
        for k in 0..pairs {
            let share = (k as f64 + start) / pairs as f64 * mass;
            while share > below && at + 1 < sizes.len() {
                at += 1;
                below += sizes[at].1;
            }
            spread.push(sizes[at].0);
        }
        shuffle(&mut spread, &mut random);
        for (k, size) in spread.into_iter().enumerate() {
            let kept = self.unseen(&mut seen, &mut random, |random, kept| {
                rand::seq::index::sample(random, kept.len(), size).iter().for_each(|i| kept[i] = true);
            });
            self.pair(kept, mass / (2 * pairs) as f64, k);
        }
    }

    /// Pairs in which every player is kept as often as not.
    fn evenly(&mut self, most: usize, seed: u64) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut seen = HashSet::new();
        let pairs = most / 2;
        self.groups = GROUPS.min(pairs);
        for k in 0..pairs {
            let kept = self.unseen(&mut seen, &mut random, |random, kept| {
                kept.iter_mut().for_each(|kept| *kept = random.random());
            });
            self.pair(kept, 1.0, k);
        }
    }

    fn pair(&mut self, kept: Vec<bool>, weight: f64, k: usize) {
        let group = Some(k % self.groups);
        let complement = kept.iter().map(|kept| !kept).collect();
        self.push(kept, weight, group);
        self.push(complement, weight, group);
    }

    /// A coalition that is not among those seen, and whose complement is not, if one can be found.
    fn unseen(
        &self,
        seen: &mut HashSet<Vec<bool>>,
        random: &mut ChaCha8Rng,
        draw: impl Fn(&mut ChaCha8Rng, &mut [bool]),
    ) -> Vec<bool> {
        let mut kept = vec![false; self.players];
        for _ in 0..TRIES {
            kept.fill(false);
            draw(random, &mut kept);
            // A pair is known by the one of the two that keeps the first player.
            let flip = !kept[0];
            if seen.insert(kept.iter().map(|&kept| kept ^ flip).collect()) {
                break;
            }
        }
        kept
    }
}

/// The sizes from `least` to n - `least`, each with the weight of all its coalitions.
fn sizes(n: usize, least: usize) -> Vec<(usize, f64)> {
    (least..=n - least).map(|size| (size, 1.0 / (size * (n - size)) as f64)).collect()
}

/// The weight of one coalition of a size.
fn weight(n: usize, size: usize) -> f64 {
    1.0 / (binomial(n, size) * (size * (n - size)) as f64)
}

fn binomial(n: usize, k: usize) -> f64 {
    (0..k).map(|i| (n - i) as f64 / (i + 1) as f64).product()
}

fn shuffle(values: &mut [usize], random: &mut ChaCha8Rng) {
    for i in (1..values.len()).rev() {
        values.swap(i, random.random_range(0..=i));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(players: usize, index: Index, most: Option<usize>) -> Coalitions {
        Coalitions::new(players, index, most, 3)
    }

    #[test]
    fn all_subsets_are_there_once() {
        for players in 1..8 {
            for (index, ends) in [(Index::Shapley, 2), (Index::Banzhaf, 0)] {
                let all = new(players, index, None);
                let distinct: HashSet<_> = all.kept.iter().collect();
                assert_eq!((all.kept.len(), distinct.len()), ((1 << players) - ends, (1 << players) - ends));
                assert_eq!(all.groups, 0);
            }
        }
    }

    #[test]
    fn a_budget_is_kept_to_and_pairs_complete_each_other() {
        for players in [11, 12, 30, 200] {
            for index in [Index::Shapley, Index::Banzhaf] {
                for most in [4 * players, 1000] {
                    let some = new(players, index, Some(most));
                    assert!(some.kept.len() <= most && some.kept.len() + 2 > most.min(1 << 10) / 2, "{players} {most}");
                    let sampled = some.group.iter().position(Option::is_some).unwrap();
                    for pair in some.kept[sampled..].chunks(2) {
                        assert!(pair[0].iter().zip(&pair[1]).all(|(x, y)| x != y));
                    }
                    let distinct: HashSet<_> = some.kept.iter().collect();
                    assert_eq!(distinct.len(), some.kept.len());
                }
            }
        }
    }

    #[test]
    fn weights_of_each_size_are_the_kernels() {
        let (players, some) = (12, new(12, Index::Shapley, Some(600)));
        let of = |size: usize| {
            let of_size = |kept: &&Vec<bool>| kept.iter().filter(|kept| **kept).count() == size;
            some.kept.iter().zip(&some.weights).filter(|(kept, _)| of_size(kept)).map(|(_, weight)| weight).sum::<f64>()
        };
        for size in 1..players {
            let expected = 1.0 / (size * (players - size)) as f64;
            assert!((of(size) / expected - 1.0).abs() < 0.1, "{size}: {} {expected}", of(size));
        }
    }
}
