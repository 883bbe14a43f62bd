//! Pairs as cooperative games: the players are the tokens of both texts, and the value of a
//! coalition S is computed by the model from the pair with only S kept.
//!
//! ```text
//! v(S) = f(a_S, b_S)                                                   similarity
//! w(S) = (e_a(S) - e_a(empty)) . (e_b(S) - e_b(empty)) / n             interaction
//!        n of the whole texts
//! ```
//!
//! Special tokens and the model's prompt are not players: they are always present.

use std::collections::HashMap;

use crate::Encoder;
use crate::error::{Error, Result};
use crate::report::{Removal, Value};
use crate::similarity::{Similarity, dot, norm};
use crate::text::{Origin, Reference, Tokens};

/// Tokens (texts x longest text) encoded together: few enough for activations to stay near the
/// caches.
const BATCH: usize = 512;

/// No text in a batch is longer than its shortest by more than this factor, since padding is wasted
/// work.
const SPREAD: f64 = 1.25;

/// An embedding this much shorter than that of its whole text is pure rounding error: without
/// tokens, an exact model's text is its own reference.
const NOTHING: f64 = 1e-4;

/// Which players are kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Coalition {
    /// Players of text A, `[players of A]`.
    pub a: Vec<bool>,
    /// Players of text B, `[players of B]`.
    pub b: Vec<bool>,
}

/// Values of coalitions.
pub trait Game {
    /// Number of players of A and of B.
    fn players(&self) -> [usize; 2];

    /// The value of every coalition, `[coalitions]`.
    ///
    /// # Errors
    /// If the model fails.
    fn values(&mut self, coalitions: &[Coalition]) -> Result<Vec<f64>>;
}

impl Coalition {
    /// All players, or none of them.
    pub(super) fn uniform(players: [usize; 2], kept: Kept) -> Self {
        let kept = kept == Kept::All;
        Self { a: vec![kept; players[0]], b: vec![kept; players[1]] }
    }

    /// The player `index`, counting through A and then B.
    pub(super) fn player(&mut self, index: usize) -> Option<&mut bool> {
        let own = self.a.len();
        if index < own { self.a.get_mut(index) } else { self.b.get_mut(index - own) }
    }
}

/// How much of a pair is kept.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    All,
    Nothing,
}

/// What the model reads of a text with some tokens removed: ids, and whether each is seen.
type Reading = (Vec<u32>, Vec<bool>);

/// One text of a game.
pub(super) struct Text {
    pub tokens: Tokens,
    /// The tokens that are players.
    pub players: Vec<usize>,
    known: HashMap<Vec<bool>, Vec<f64>>,
}

/// A pair of texts under a model. Embeddings are cached, so no text is embedded twice.
pub(super) struct TextPair<'a> {
    encoder: &'a Encoder,
    left_out: usize,
    removal: Removal,
    value: Value,
    similarity: Similarity,
    pub texts: [Text; 2],
}

impl<'a> TextPair<'a> {
    pub fn new(
        encoder: &'a Encoder,
        texts: [&str; 2],
        similarity: Similarity,
        removal: Removal,
        value: Value,
    ) -> Result<Self> {
        let prompt = encoder.prompt(None)?;
        let text = |text: &str, which| {
            let tokens = encoder.tokenize(prompt, text, which)?;
            let players = (0..tokens.ids.len()).filter(|&i| tokens.tokens[i].origin == Origin::Text).collect();
            Ok::<_, Error>(Text { tokens, players, known: HashMap::new() })
        };
        let texts = [text(texts[0], "A")?, text(texts[1], "B")?];
        Ok(Self { encoder, left_out: encoder.left_out(prompt)?, removal, value, similarity, texts })
    }

    /// Embeds the variants of the texts that are not cached yet.
    fn learn(&mut self, wanted: [Vec<Vec<bool>>; 2]) -> Result<()> {
        let mut new: Vec<(usize, Vec<bool>)> = Vec::new();
        for (side, all) in wanted.into_iter().enumerate() {
            let known = &self.texts[side].known;
            new.extend(all.into_iter().filter(|kept| !known.contains_key(kept)).map(|kept| (side, kept)));
        }
        new.sort();
        new.dedup();
        let readings = new.iter().map(|(side, kept)| self.reading(*side, kept)).collect::<Result<Vec<_>>>()?;
        let mut embeddings = embed(self.encoder, &readings, self.left_out)?;
        if self.encoder.identity().exact {
            let references = new.iter().map(|(side, kept)| self.shift(*side, kept)).collect::<Result<Vec<_>>>()?;
            for (e, q) in embeddings.iter_mut().zip(embed(self.encoder, &references, self.left_out)?) {
                e.iter_mut().zip(q).for_each(|(e, q)| *e -= q);
            }
        }
        for ((side, kept), embedding) in new.into_iter().zip(embeddings) {
            self.texts[side].known.insert(kept, embedding);
        }
        Ok(())
    }

    /// What the model reads with only the players in `kept`.
    fn reading(&self, side: usize, kept: &[bool]) -> Result<Reading> {
        let ids = &self.texts[side].tokens.ids;
        self.without(side, kept, ids.clone())
    }

    /// The reference of the same reading: padding takes the positions of the tokens that are left.
    fn shift(&self, side: usize, kept: &[bool]) -> Result<Reading> {
        let tokens = &self.texts[side].tokens;
        let ids = Reference::Pad.ids(tokens, &self.encoder.tokenizer)?.unwrap_or_default();
        match self.removal {
            // A mask token is a token, so its reference is padding, as for any other.
            Removal::MaskToken => Ok((ids.clone(), vec![true; ids.len()])),
            Removal::Delete | Removal::AttentionMask => self.without(side, kept, ids),
        }
    }

    fn without(&self, side: usize, kept: &[bool], mut ids: Vec<u32>) -> Result<Reading> {
        let mut seen = vec![true; ids.len()];
        let removed = self.texts[side].players.iter().zip(kept).filter(|(_, kept)| !**kept);
        removed.for_each(|(&token, _)| seen[token] = false);
        match self.removal {
            Removal::AttentionMask => return Ok((ids, seen)),
            Removal::Delete => {
                let mut seen = seen.iter();
                ids.retain(|_| seen.next() == Some(&true));
            }
            Removal::MaskToken => {
                let mask = self.encoder.tokenizer.mask.ok_or_else(|| {
                    Error::Tokenizer("it has no mask token to replace others with; use `delete`".into())
                })?;
                ids.iter_mut().zip(&seen).filter(|(_, seen)| !**seen).for_each(|(id, _)| *id = mask);
            }
        }
        let all = vec![true; ids.len()];
        Ok((ids, all))
    }

    /// The value of a coalition, from cached embeddings.
    fn value(&self, coalition: &Coalition) -> f64 {
        let of = |side: usize, kept: &[bool]| self.texts[side].known.get(kept).map_or(&[][..], Vec::as_slice);
        let uniform = |side: usize, kept| vec![kept; self.texts[side].players.len()];
        let whole = [0, 1].map(|side| norm(of(side, &uniform(side, true))));
        let (a, b) = (of(0, &coalition.a), of(1, &coalition.b));
        let similarity = self.similarity.under(self.encoder.normalizes());
        match self.value {
            Value::Similarity if similarity == Similarity::Dot => dot(a, b),
            Value::Similarity => {
                let nothing = norm(a) <= NOTHING * whole[0] || norm(b) <= NOTHING * whole[1];
                if nothing { 0.0 } else { similarity.of(a, b) }
            }
            Value::Interaction => {
                let less = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x - y).collect::<Vec<_>>();
                let (a, b) = (less(a, of(0, &uniform(0, false))), less(b, of(1, &uniform(1, false))));
                dot(&a, &b) / similarity.norm(whole)
            }
        }
    }
}

impl Game for TextPair<'_> {
    fn players(&self) -> [usize; 2] {
        [0, 1].map(|side| self.texts[side].players.len())
    }

    fn values(&mut self, coalitions: &[Coalition]) -> Result<Vec<f64>> {
        let players = self.players();
        let ends = [Kept::All, Kept::Nothing].map(|kept| Coalition::uniform(players, kept));
        let wanted = |side: fn(&Coalition) -> &Vec<bool>| coalitions.iter().chain(&ends).map(side).cloned().collect();
        self.learn([wanted(|c| &c.a), wanted(|c| &c.b)])?;
        Ok(coalitions.iter().map(|coalition| self.value(coalition)).collect())
    }
}

/// F of every reading, `[readings][D]`. Equal readings are embedded once; those of similar length
/// share a batch.
fn embed(encoder: &Encoder, readings: &[Reading], left_out: usize) -> Result<Vec<Vec<f64>>> {
    let mut order: Vec<usize> = (0..readings.len()).collect();
    order.sort_by(|&i, &j| readings[i].0.len().cmp(&readings[j].0.len()).then_with(|| readings[i].cmp(&readings[j])));
    let groups: Vec<&[usize]> = order.chunk_by(|&i, &j| readings[i] == readings[j]).collect();
    let mut embeddings = vec![Vec::new(); readings.len()];
    let mut rest = groups.as_slice();
    while !rest.is_empty() {
        let length = |group: &[usize]| readings[group[0]].0.len();
        let most = SPREAD * length(rest[0]) as f64;
        let fits = |(n, group): &(usize, &&[usize])| (n + 1) * length(group) <= BATCH && length(group) as f64 <= most;
        let (now, later) = rest.split_at(rest.iter().enumerate().take_while(fits).count().max(1));
        let ids: Vec<&[u32]> = now.iter().map(|group| readings[group[0]].0.as_slice()).collect();
        let seen: Vec<&[bool]> = now.iter().map(|group| readings[group[0]].1.as_slice()).collect();
        for (group, embedding) in now.iter().zip(encoder.embed_visible(&ids, &seen, left_out)) {
            let wide: Vec<f64> = embedding.into_iter().map(f64::from).collect();
            group.iter().for_each(|&i| embeddings[i] = wide.clone());
        }
        rest = later;
    }
    Ok(embeddings)
}
