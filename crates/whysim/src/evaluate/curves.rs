//! Insertion and deletion: the value of a pair when only its most or least important tokens are
//! kept.
//!
//! Keeping the k most important tokens is step k of insertion, most important first, and step n - k
//! of deletion, least important first: the curves are the same, read from opposite ends. The area
//! between the two curves is
//!
//! ```text
//! area = integral over the share kept, 0 to 1, of
//!        v(most important kept) - v(least important kept)
//! ```
//!
//! First order: tokens are ordered by their own scores (Petsiuk, Das, Saenko, BMVC 2018). Second
//! order: for every size, the sets of tokens with the most and the least attribution among
//! themselves, each the best found by greedy searches from every token (in the manner of Baniecki
//! et al., 2025, arXiv 2508.05430).

use super::game::{Coalition, Game, Kept};
use super::scores::Scores;
use crate::error::Result;

/// Steps from nothing to everything.
pub(super) const STEPS: usize = 10;

/// Second-order searches start from at most this many tokens, spread over both texts.
const STARTS: usize = 32;

/// Values by the share of tokens kept: 0, 0.1, …, 1, `[11]` each.
#[derive(Clone, Debug, PartialEq)]
pub struct PairCurves {
    /// With the most important tokens kept.
    pub most: Vec<f64>,
    /// With the least important tokens kept.
    pub least: Vec<f64>,
}

/// How tokens are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// By the tokens' own scores.
    First,
    /// By attributions among the tokens kept.
    Second,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Most,
    Least,
}

/// The curves of one pair.
///
/// # Errors
/// If the game fails.
pub fn curves(game: &mut impl Game, scores: &Scores, order: Order) -> Result<PairCurves> {
    let players = game.players();
    let sizes: Vec<usize> = (0..=STEPS).map(|t| (t * (players[0] + players[1])).div_ceil(STEPS)).collect();
    let mut asked = Vec::new();
    for end in [End::Most, End::Least] {
        asked.extend(match order {
            Order::First => first(scores, players, &sizes, end),
            Order::Second => second(scores, players, &sizes, end),
        });
    }
    let values = game.values(&asked)?;
    let (most, least) = values.split_at(sizes.len());
    Ok(PairCurves { most: most.to_vec(), least: least.to_vec() })
}

impl PairCurves {
    /// The area between the curves, by the trapezoid rule.
    pub fn area(&self) -> f64 {
        let heights: Vec<f64> = self.most.iter().zip(&self.least).map(|(most, least)| most - least).collect();
        let trapezoids = heights.windows(2).map(|pair| 0.5 * (pair[0] + pair[1]));
        trapezoids.sum::<f64>() / heights.len().saturating_sub(1).max(1) as f64
    }

    /// The value of all tokens minus that of none.
    pub fn range(&self) -> f64 {
        self.most.last().copied().unwrap_or_default() - self.most.first().copied().unwrap_or_default()
    }
}

/// The leading tokens of the order, for each size.
fn first(scores: &Scores, players: [usize; 2], sizes: &[usize], end: End) -> Vec<Coalition> {
    let all: Vec<f64> = scores.tokens.iter().flatten().copied().collect();
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by(|&i, &j| match end {
        End::Most => all[j].total_cmp(&all[i]),
        End::Least => all[i].total_cmp(&all[j]),
    });
    sizes.iter().map(|&size| keep(players, &order[..size])).collect()
}

/// Over all searches, the set of each size with the most or least attribution among its tokens.
fn second(scores: &Scores, players: [usize; 2], sizes: &[usize], end: End) -> Vec<Coalition> {
    let count = players[0] + players[1];
    let starts = (0..count).step_by(count.div_ceil(STARTS).max(1));
    let searches: Vec<Search> = starts.map(|start| Search::run(scores, players, start, end)).collect();
    let best = |&size: &usize| {
        let sign = if end == End::Most { 1.0 } else { -1.0 };
        let total = |search: &&Search| sign * search.totals.get(size).copied().unwrap_or_default();
        let best = searches.iter().max_by(|p, q| total(p).total_cmp(&total(q)));
        keep(players, best.map_or(&[][..], |search| &search.order[..size.min(search.order.len())]))
    };
    sizes.iter().map(best).collect()
}

/// Tokens in the order chosen by a greedy search, and the attribution within the set after each
/// step.
struct Search {
    order: Vec<usize>,
    /// `[players + 1]`.
    totals: Vec<f64>,
}

impl Search {
    /// Always adds the token with the largest, or smallest, attribution to those already kept.
    /// Special tokens are kept from the start.
    fn run(scores: &Scores, players: [usize; 2], start: usize, end: End) -> Self {
        let mut gains = with_special(scores);
        let mut search = Self { order: Vec::new(), totals: vec![0.0] };
        let mut left: Vec<usize> = (0..players[0] + players[1]).collect();
        let mut next = Some(start);
        while let Some(player) = next {
            left.retain(|&p| p != player);
            search.order.push(player);
            search.totals.push(search.totals[search.totals.len() - 1] + gains[player]);
            for &p in &left {
                gains[p] += between(scores, players, p, player);
            }
            next = left.iter().copied().max_by(|&p, &q| match end {
                // Ties go to the first, as in a stable sort.
                End::Most => gains[p].total_cmp(&gains[q]).then(q.cmp(&p)),
                End::Least => gains[q].total_cmp(&gains[p]).then(q.cmp(&p)),
            });
        }
        search
    }
}

/// Each player's attribution with the special tokens of the other text.
fn with_special(scores: &Scores) -> Vec<f64> {
    let [rows, columns] = &scores.players;
    let width = scores.matrix.first().map_or(0, Vec::len);
    let special = |players: &[usize], len: usize| (0..len).filter(|i| !players.contains(i)).collect::<Vec<_>>();
    let (rest_a, rest_b) = (special(rows, scores.matrix.len()), special(columns, width));
    let of_a = rows.iter().map(|&i| rest_b.iter().map(|&j| scores.matrix[i][j]).sum());
    let of_b = columns.iter().map(|&j| rest_a.iter().map(|&i| scores.matrix[i][j]).sum());
    of_a.chain(of_b).collect()
}

/// The attribution between two players, 0 if they belong to the same text.
fn between(scores: &Scores, players: [usize; 2], p: usize, q: usize) -> f64 {
    let (p, q) = (p.min(q), p.max(q));
    if p < players[0] && q >= players[0] {
        scores.matrix[scores.players[0][p]][scores.players[1][q - players[0]]]
    } else {
        0.0
    }
}

fn keep(players: [usize; 2], kept: &[usize]) -> Coalition {
    let mut coalition = Coalition::uniform(players, Kept::Nothing);
    kept.iter().for_each(|&p| coalition.player(p).into_iter().for_each(|kept| *kept = true));
    coalition
}
