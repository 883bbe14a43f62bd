//! A method's output for a pair: a matrix over the tokens of both texts, and a score for each
//! token.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

use super::game::{Coalition, Game, Kept, TextPair};
use super::settings::Settings;
use crate::decomposition::Decomposition;
use crate::error::Result;
use crate::explanation::Explanation;
use crate::removal::{self, LEAST};
use crate::similarity::{Similarity, norm};
use crate::{Encoder, Options};

/// A method to evaluate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    /// The integrated-Jacobian attributions A.
    Attribution,
    /// Their interaction, without main effects; a token's score is what it adds to the score.
    Interaction,
    /// Attributions by removal of tokens; a token's score is what it adds to the score.
    Removal,
    /// Their interaction, with the same scores of tokens.
    RemovalInteraction,
    /// Independent normal numbers.
    Random,
    /// Cosines of the tokens' last hidden states.
    Cosine,
    /// Second differences of the value; a token's score is the loss in value without it.
    LeaveOneOut,
    /// Integrated gradients of one text against the whole other: V_i . e_b / n.
    Marginals,
}

impl Method {
    pub const ALL: [Self; 8] = [
        Self::Attribution,
        Self::Interaction,
        Self::Removal,
        Self::RemovalInteraction,
        Self::Marginals,
        Self::LeaveOneOut,
        Self::Cosine,
        Self::Random,
    ];

    /// Whether the matrix is in units of the similarity, so that sums over it can be compared with
    /// values.
    pub fn has_units(self) -> bool {
        matches!(self, Self::Attribution | Self::Removal | Self::LeaveOneOut | Self::Marginals)
    }

    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Attribution => "attribution",
            Self::Interaction => "interaction",
            Self::Removal => "removal",
            Self::RemovalInteraction => "removal, interaction",
            Self::Random => "random",
            Self::Cosine => "token cosine",
            Self::LeaveOneOut => "leave one out",
            Self::Marginals => "integrated gradients",
        }
    }
}

/// A method's output for one pair.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// Attributions, [rows of A][rows of B], special tokens included.
    pub matrix: Vec<Vec<f64>>,
    /// The rows and the columns that are players, in order.
    pub players: [Vec<usize>; 2],
    /// A score for every player, `[players of A]` and `[players of B]`.
    pub tokens: [Vec<f64>; 2],
}

impl Scores {
    /// From a matrix; its row and column sums are the token scores.
    pub fn new(matrix: Vec<Vec<f64>>, players: [Vec<usize>; 2]) -> Self {
        let column = |j: usize| matrix.iter().map(|row| row.get(j).copied().unwrap_or_default()).sum();
        let rows = players[0].iter().map(|&i| matrix.get(i).map_or(0.0, |row| row.iter().sum())).collect();
        let columns = players[1].iter().map(|&j| column(j)).collect();
        Self { matrix, players, tokens: [rows, columns] }
    }

    /// From a matrix and scores of single tokens, [rows] of A and of B.
    fn with_tokens(matrix: Vec<Vec<f64>>, all: &[Vec<f64>; 2], players: [Vec<usize>; 2]) -> Self {
        let tokens = [0, 1].map(|side| players[side].iter().map(|&i| all[side][i]).collect());
        Self { matrix, players, tokens }
    }

    /// From scores of single tokens, [rows] of A and of B. The matrix spreads each token's score
    /// evenly over all tokens of the other text, so its sums are these scores up to a constant.
    fn of_tokens(all: [Vec<f64>; 2], players: [Vec<usize>; 2]) -> Self {
        let [rows, columns] = [all[0].len().max(1) as f64, all[1].len().max(1) as f64];
        let row = |&x: &f64| all[1].iter().map(|y| x / columns + y / rows).collect();
        let matrix = all[0].iter().map(row).collect();
        let tokens = [0, 1].map(|side| players[side].iter().map(|&i| all[side][i]).collect());
        Self { matrix, players, tokens }
    }

    /// Entries between players, row by row.
    pub(super) fn between_players(&self) -> Vec<f64> {
        let [rows, columns] = &self.players;
        rows.iter().flat_map(|&i| columns.iter().map(move |&j| (i, j))).map(|(i, j)| self.matrix[i][j]).collect()
    }

    /// Sum of the attributions among the kept tokens, without those that are always present.
    pub(super) fn inside(&self, coalition: &Coalition) -> f64 {
        let kept = |side: usize, kept: &[bool]| {
            let len = if side == 0 { self.matrix.len() } else { self.matrix.first().map_or(0, Vec::len) };
            let mut weights = vec![1.0; len];
            self.players[side].iter().zip(kept).for_each(|(&i, &kept)| weights[i] = if kept { 1.0 } else { 0.0 });
            weights
        };
        let sum = |a: Vec<f64>, b: Vec<f64>| {
            let row = |row: &Vec<f64>| row.iter().zip(&b).map(|(x, w)| x * w).sum::<f64>();
            self.matrix.iter().zip(a).map(|(values, w)| if w == 0.0 { 0.0 } else { row(values) }).sum::<f64>()
        };
        let nobody = |side: usize| vec![false; self.players[side].len()];
        sum(kept(0, &coalition.a), kept(1, &coalition.b)) - sum(kept(0, &nobody(0)), kept(1, &nobody(1)))
    }
}

/// The loss in value without single tokens and without pairs of tokens.
pub(super) struct Differences {
    /// Second differences, [players of A][players of B].
    pub matrix: Vec<Vec<f64>>,
    /// The loss in value without each player, of A and of B.
    pub losses: [Vec<f64>; 2],
}

/// Second differences
/// `s(a, b) - s(a without i, b) - s(a, b without j) + s(a without i, b without j)`,
/// [players of A][players of B], and the loss in value without each player.
pub(super) fn second_differences(game: &mut impl Game) -> Result<Differences> {
    let players = game.players();
    let all = Coalition::uniform(players, Kept::All);
    let without = |gone: &[usize]| {
        let mut coalition = all.clone();
        gone.iter().for_each(|&p| coalition.player(p).into_iter().for_each(|kept| *kept = false));
        coalition
    };
    let mut asked = vec![all.clone()];
    asked.extend((0..players[0] + players[1]).map(|p| without(&[p])));
    asked.extend(
        (0..players[0]).flat_map(|i| (0..players[1]).map(move |j| [i, j])).map(|[i, j]| without(&[i, players[0] + j])),
    );
    let values = game.values(&asked)?;
    let (singles, pairs) = values[1..].split_at(players[0] + players[1]);
    let (a, b) = singles.split_at(players[0]);
    let entry = |i: usize, j: usize| values[0] - a[i] - b[j] + pairs[i * players[1] + j];
    let matrix = (0..players[0]).map(|i| (0..players[1]).map(|j| entry(i, j)).collect()).collect();
    Ok(Differences { matrix, losses: [a, b].map(|side| side.iter().map(|v| values[0] - v).collect()) })
}

/// A pair with everything that the methods need.
pub(super) struct Case<'a> {
    pub encoder: &'a Encoder,
    pub game: TextPair<'a>,
    pub texts: [Decomposition; 2],
    pub explanation: Explanation,
    /// The same pair by removal of the game's players.
    pub removed: Explanation,
    pub seed: u64,
}

impl Case<'_> {
    /// The output of `method` for the pair.
    pub fn scores(&mut self, method: Method) -> Result<Scores> {
        let players = [0, 1].map(|side| self.game.texts[side].players.clone());
        match method {
            Method::Attribution => Ok(Scores::new(wide(&self.explanation.matrix), players)),
            Method::Interaction => Ok(Scores::with_tokens(
                wide(&self.explanation.interaction()),
                &self.explanation.relevance().sides(),
                players,
            )),
            Method::Removal => Ok(self.of_players(&self.removed.matrix, players)),
            Method::RemovalInteraction => Ok(self.of_players(&self.removed.interaction(), players)),
            Method::Random => Ok(Scores::new(self.random(), players)),
            Method::Cosine => {
                let ids = [0, 1].map(|side| self.game.texts[side].tokens.ids.as_slice());
                Ok(Scores::new(cosines(self.encoder, ids, self.encoder.layers()), players))
            }
            Method::LeaveOneOut => self.leave_one_out(players),
            Method::Marginals => Ok(Scores::of_tokens(self.explanation.relevance().sides(), players)),
        }
    }

    /// The scores of a matrix between players alone, `[players of A][players of B]`.
    fn of_players(&self, between: &[Vec<f32>], players: [Vec<usize>; 2]) -> Scores {
        let [rows, columns] = [0, 1].map(|side| self.game.texts[side].tokens.ids.len());
        let mut matrix = vec![vec![0.0; columns]; rows];
        for (&i, row) in players[0].iter().zip(between) {
            players[1].iter().zip(row).for_each(|(&j, &value)| matrix[i][j] = f64::from(value));
        }
        Scores { matrix, players, tokens: self.removed.relevance().sides() }
    }

    fn random(&self) -> Vec<Vec<f64>> {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        let [rows, columns] = [0, 1].map(|side| self.texts[side].tokens.len());
        (0..rows).map(|_| (0..columns).map(|_| random.sample(StandardNormal)).collect()).collect()
    }

    fn leave_one_out(&mut self, players: [Vec<usize>; 2]) -> Result<Scores> {
        let Differences { matrix: differences, losses: tokens } = second_differences(&mut self.game)?;
        let [rows, columns] = [0, 1].map(|side| self.texts[side].tokens.len());
        let mut matrix = vec![vec![0.0; columns]; rows];
        for (&i, row) in players[0].iter().zip(&differences) {
            players[1].iter().zip(row).for_each(|(&j, &value)| matrix[i][j] = value);
        }
        Ok(Scores { matrix, players, tokens })
    }
}

/// Cosines between the hidden states that enter a layer, of all tokens of A and all tokens of B; at
/// L the last hidden states. ids: of both texts.
pub(super) fn cosines(encoder: &Encoder, ids: [&[u32]; 2], layer: usize) -> Vec<Vec<f64>> {
    let states = |ids: &[u32]| -> Vec<Vec<f64>> {
        let x = encoder.prefix(&[ids], layer);
        let direction = |row: &[f32]| {
            let row: Vec<f64> = row.iter().map(|&v| f64::from(v)).collect();
            let length = norm(&row).max(f64::MIN_POSITIVE);
            row.into_iter().map(|v| v / length).collect()
        };
        x.values().chunks_exact(x.width()).map(direction).collect()
    };
    let [a, b] = ids.map(states);
    let dot = |x: &Vec<f64>, y: &Vec<f64>| x.iter().zip(y).map(|(x, y)| x * y).sum();
    a.iter().map(|x| b.iter().map(|y| dot(x, y)).collect()).collect()
}

pub(super) fn wide(matrix: &[Vec<f32>]) -> Vec<Vec<f64>> {
    matrix.iter().map(|row| row.iter().map(|&v| f64::from(v)).collect()).collect()
}

/// Explains a sampled pair.
pub(super) fn explain(
    encoder: &Encoder,
    texts: [&str; 2],
    options: &Options,
    similarity: Similarity,
) -> Result<([Decomposition; 2], Explanation)> {
    let a = encoder.decompose_named(texts[0], options, "A")?;
    let b = encoder.decompose_named(texts[1], options, "B")?;
    let explanation = a.explain(&b, similarity)?;
    Ok(([a, b], explanation))
}

/// Explains a sampled pair by removal of its tokens. budget: texts to embed for each text, or four
/// for each token if that is more.
pub(super) fn explain_by_removal(
    encoder: &Encoder,
    texts: [&str; 2],
    budget: usize,
    settings: &Settings,
    similarity: Similarity,
) -> Result<Explanation> {
    let game = removal::Game { rule: settings.removal, ..Default::default() };
    let prompt = encoder.prompt(None)?;
    let decompose = |text: &str, which| {
        let tokens = encoder.tokenize(prompt, text, which)?.ids.len();
        let budget = Some(budget.max(LEAST * tokens));
        let removal = Some(removal::Options { game, seed: settings.seed, budget });
        encoder.decompose_named(text, &Options { removal, ..Options::default() }, which)
    };
    decompose(texts[0], "A")?.explain(&decompose(texts[1], "B")?, similarity)
}
