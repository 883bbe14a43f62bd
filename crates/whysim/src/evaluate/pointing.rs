//! The pointing game: unrelated sentence pairs are concatenated, in a different order on each side.
//! A good method's attributions lie on matching sentences (after Zhang et al., ECCV 2016).

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::game::TextPair;
use super::interval::mean;
use super::scores::{Case, Method, Scores, explain, explain_by_removal};
use super::settings::Settings;
use crate::Encoder;
use crate::error::Result;
use crate::pairs::Pair;
use crate::progress::{Progress, steps};
use crate::report::{Pointed, Pointing};
use crate::similarity::Similarity;
use crate::text::Tokens;

/// The largest overlap allowed between sentences of different pairs: shared words divided by all
/// words of the two.
const OVERLAP: f64 = 0.2;

/// One side of a puzzle: its text, and the position of each pair's sentence, in code points.
struct Side {
    text: String,
    spans: Vec<std::ops::Range<usize>>,
}

/// Plays one game for each pair in the sample, using the pairs of the data with gold scores in the
/// top fifth of their range.
pub(super) fn pointing(
    encoder: &Encoder,
    pairs: &[Pair],
    similarity: Similarity,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<Pointing> {
    let alike = alike(pairs);
    let games = settings.sample.min(pairs.len());
    let shares = steps(progress, "pointing", 0..games, |&game| {
        let mut random = ChaCha8Rng::seed_from_u64(settings.seed);
        random.set_stream(game as u64);
        let Some(sides) = puzzle(&alike, &mut random) else { return Ok(None) };
        let texts = [sides[0].text.as_str(), sides[1].text.as_str()];
        let game_of = TextPair::new(encoder, texts, similarity, settings.removal, settings.value)?;
        if game_of.texts.iter().any(|text| text.tokens.truncated.is_some()) {
            return Ok(None);
        }
        let blocks = [0, 1].map(|side| blocks(&game_of.texts[side].tokens, &sides[side]));
        // As few texts as can be: these have several sentences.
        let removed = explain_by_removal(encoder, texts, 0, settings, similarity)?;
        let (texts, explanation) = explain(encoder, texts, &settings.method, similarity)?;
        let seed = settings.seed.wrapping_add(game as u64);
        let mut case = Case { encoder, game: game_of, texts, explanation, removed, seed };
        let of = |method| Ok(share(&case.scores(method)?, &blocks));
        Ok(Some(Method::ALL.into_iter().map(of).collect::<Result<Vec<_>>>()?))
    })?;
    let played: Vec<Vec<[Option<f64>; 2]>> = shares.into_iter().flatten().collect();
    let method = |(m, method): (usize, &Method)| Pointed {
        method: method.name().into(),
        share: mean(played.iter().map(|all| all[m][0]), settings.seed),
    };
    Ok(Pointing {
        chance: mean(played.iter().map(|all| all[0][1]), settings.seed),
        methods: Method::ALL.iter().enumerate().map(method).collect(),
    })
}

/// Pairs with gold scores in the top fifth of their range.
fn alike(pairs: &[Pair]) -> Vec<&Pair> {
    let scores = || pairs.iter().map(|pair| pair.score);
    let (least, most) = (scores().fold(f64::INFINITY, f64::min), scores().fold(f64::NEG_INFINITY, f64::max));
    pairs.iter().filter(|pair| pair.score >= most - 0.2 * (most - least)).collect()
}

/// Two to four pairs with few words in common, each side in its own order. None if no such pairs
/// are found.
fn puzzle(alike: &[&Pair], random: &mut ChaCha8Rng) -> Option<[Side; 2]> {
    const TRIES: usize = 200;
    let wanted = random.random_range(2..=4);
    let mut chosen: Vec<&Pair> = Vec::new();
    for _ in 0..TRIES {
        let next = alike[random.random_range(0..alike.len())];
        let apart = |other: &&Pair| {
            let texts = |pair: &'_ Pair| [words(&pair.a), words(&pair.b)];
            texts(next).iter().all(|x| texts(other).iter().all(|y| overlap(x, y) <= OVERLAP))
        };
        if chosen.len() < wanted && chosen.iter().all(apart) {
            chosen.push(next);
        }
    }
    if chosen.len() < 2 {
        return None;
    }
    let mut order: Vec<usize> = (0..chosen.len()).collect();
    let a = side(&chosen, &order, |pair| &pair.a);
    while order.is_sorted() {
        order.shuffle(random);
    }
    Some([a, side(&chosen, &order, |pair| &pair.b)])
}

/// Concatenates the texts; the spans are in the order of `chosen`.
fn side(chosen: &[&Pair], order: &[usize], text: fn(&Pair) -> &String) -> Side {
    let mut side = Side { text: String::new(), spans: vec![0..0; chosen.len()] };
    for &i in order {
        if !side.text.is_empty() {
            side.text.push(' ');
        }
        let start = side.text.chars().count();
        side.text.push_str(text(chosen[i]).trim());
        side.spans[i] = start..side.text.chars().count();
    }
    side
}

fn words(text: &str) -> std::collections::HashSet<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

fn overlap(x: &std::collections::HashSet<String>, y: &std::collections::HashSet<String>) -> f64 {
    x.intersection(y).count() as f64 / x.union(y).count().max(1) as f64
}

/// For every token the pair that it belongs to; None for special tokens. [tokens]
fn blocks(tokens: &Tokens, side: &Side) -> Vec<Option<usize>> {
    let block = |start: usize, end: usize| {
        side.spans.iter().position(|span| start >= span.start && start < span.end && start < end)
    };
    tokens.tokens.iter().map(|token| block(token.start, token.end)).collect()
}

/// The share of positive attributions between players that falls in matching blocks, and the share
/// of token pairs that does.
fn share(scores: &Scores, blocks: &[Vec<Option<usize>>; 2]) -> [Option<f64>; 2] {
    let (mut mass, mut cells) = ([0.0; 2], [0.0; 2]);
    for &i in &scores.players[0] {
        for &j in &scores.players[1] {
            let matching = blocks[0][i].is_some() && blocks[0][i] == blocks[1][j];
            let value = scores.matrix[i][j].max(0.0);
            mass = [mass[0] + if matching { value } else { 0.0 }, mass[1] + value];
            cells = [cells[0] + if matching { 1.0 } else { 0.0 }, cells[1] + 1.0];
        }
    }
    [mass, cells].map(|[part, all]| (all > 0.0).then(|| part / all))
}
