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
use crate::progress::Part;
use crate::removal::{Removal, Variants};
use crate::report::Value;
use crate::similarity::{Similarity, dot, norm};
use crate::text::{Origin, Tokens};

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

    /// Embeds the variants of a text that are not cached yet.
    fn learn(&mut self, side: usize, wanted: Vec<Vec<bool>>) -> Result<()> {
        let known = &self.texts[side].known;
        let mut new: Vec<Vec<bool>> = wanted.into_iter().filter(|kept| !known.contains_key(kept)).collect();
        new.sort();
        new.dedup();
        let text = &self.texts[side];
        let members: Vec<Vec<usize>> = text.players.iter().map(|&token| vec![token]).collect();
        let variants = Variants {
            encoder: self.encoder,
            left_out: self.left_out,
            rule: self.removal,
            tokens: &text.tokens,
            members: &members,
        };
        let embeddings = variants.embed(&new, &Part::of_steps(&(), "coalitions", new.len()))?;
        self.texts[side].known.extend(new.into_iter().zip(embeddings));
        Ok(())
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
        self.learn(0, wanted(|c| &c.a))?;
        self.learn(1, wanted(|c| &c.b))?;
        Ok(coalitions.iter().map(|coalition| self.value(coalition)).collect())
    }
}
